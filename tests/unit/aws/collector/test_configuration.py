"""What of the collector's file is followed, and what is refused."""

from pathlib import Path

import pytest
import yaml

from deploy.aws.standin.collector import Configuration, ConfigurationError, read
from deploy.aws.standin.collector.policies import Latency, Probabilistic, StatusCode

FILE = """
receivers:
  otlp: {protocols: {http: {endpoint: "localhost:4318"}}}
processors:
  memory_limiter: {check_interval: 1s}
  tail_sampling:
    decision_wait: 1m30s
    num_traces: 2000
    expected_new_traces_per_sec: 100
    decision_cache: {sampled_cache_size: 1000}
    policies:
      - name: errors
        type: status_code
        status_code: {status_codes: [ERROR]}
      - name: slow
        type: latency
        latency: {threshold_ms: 1000}
      - name: some
        type: probabilistic
        probabilistic: {sampling_percentage: "${env:SAMPLED:-10}"}
exporters:
  awsxray:
    region: ${env:AWS_REGION}
    indexed_attributes: [http.route]
    aws_log_groups: [/sre-reference/api]
service:
  pipelines:
    traces:
      receivers: [otlp]
      processors: [memory_limiter, tail_sampling]
      exporters: [awsxray]
"""


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "collector.yaml"
    file.write_text(text)
    return file


def changed(tmp_path: Path, old: str, new: str) -> Path:
    assert FILE.count(old) == 1
    return write(tmp_path, FILE.replace(old, new))


def test_the_sampling_and_the_exporter_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SAMPLED", raising=False)

    assert read(write(tmp_path, FILE)) == Configuration(
        decision_wait=90,
        num_traces=2000,
        policies=(StatusCode(("ERROR",)), Latency(1000), Probabilistic(10)),
        indexed=frozenset({"http.route"}),
        log_groups=("/sre-reference/api",),
    )


def test_a_variable_of_the_environment_wins_over_its_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAMPLED", "2.5")

    assert read(write(tmp_path, FILE)).policies[-1] == Probabilistic(2.5)


def test_time_can_run_faster(tmp_path: Path) -> None:
    assert read(write(tmp_path, FILE), factor=20).decision_wait == 4.5


def test_more_than_everything_is_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAMPLED", "150")

    assert read(write(tmp_path, FILE)).policies[-1] == Probabilistic(100)


def test_the_processors_own_defaults_hold(tmp_path: Path) -> None:
    text = FILE.replace("    decision_wait: 1m30s\n    num_traces: 2000\n", "")

    found = read(write(tmp_path, text))

    assert (found.decision_wait, found.num_traces) == (30, 50_000)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("type: status_code", "type: rate_limiting", "policy errors: the stand-in has no 'rate_l"),
        ("threshold_ms: 1000", "threshold_ms: 1000, upper_threshold_ms: 2", "no 'upper_thresho"),
        ("threshold_ms: 1000", "threshold_ms: -1", "threshold_ms is -1"),
        ("threshold_ms: 1000", "threshold_ms: soon", "threshold_ms is 'soon'"),
        ("latency: {threshold_ms: 1000}", "invert: true", "there is no latency"),
        ("[ERROR]", "[BAD]", "list of OK, ERROR, UNSET"),
        ("[ERROR]", "[]", "list of OK, ERROR, UNSET"),
        ("1m30s", "soon", "decision_wait is 'soon'"),
        ("num_traces: 2000", "num_traces: 0", "num_traces is 0"),
        ("num_traces: 2000", "num_traces: true", "num_traces is True"),
        ("${env:SAMPLED:-10}", "${env:NOT_SET}", "sampling_percentage is None"),
        ("expected_new_traces_per_sec", "sample_on_first_match", "has no 'sample_on_first_match'"),
        ("[memory_limiter, tail_sampling]", "[memory_limiter]", "processors needs one tail_samp"),
        ("exporters: [awsxray]", "exporters: [debug]", "exporters needs one awsxray"),
        ("    traces:\n", "    metrics:\n", "there is no service.pipelines.traces"),
    ],
)
def test_what_cannot_be_followed_is_refused_with_its_place(
    tmp_path: Path, old: str, new: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOT_SET", raising=False)
    with pytest.raises(ConfigurationError, match=r"collector\.yaml") as caught:
        read(changed(tmp_path, old, new))

    assert words in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "a: [", "processors: 1", "\x00"])
def test_a_file_that_is_no_such_configuration_says_so(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"collector\.yaml"):
        read(write(tmp_path, text))


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        read(tmp_path / "collector.yaml")


@pytest.mark.parametrize("policies", ["[]", "{}", "[1]"])
def test_without_policies_nothing_starts(tmp_path: Path, policies: str) -> None:
    document = yaml.safe_load(FILE)
    document["processors"]["tail_sampling"]["policies"] = yaml.safe_load(policies)

    with pytest.raises(ConfigurationError, match="polic"):
        read(write(tmp_path, yaml.safe_dump(document)))
