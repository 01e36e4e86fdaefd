"""What of the collector's own file this follows, and what it refuses because it would not.

https://opentelemetry.io/docs/collector/configuration/
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deploy.aws.standin.collector.policies import Policy
from deploy.aws.standin.collector.policy_settings import policies
from deploy.aws.standin.collector.settings import ConfigurationError, expand, number, seconds

# The processor's own defaults.
_DECISION_WAIT = "30s"
_NUM_TRACES = 50_000

_PROCESSOR = "tail_sampling"
_EXPORTER = "awsxray"

# Whatever else stands there changes what is kept, so that it may not be passed over in silence.
# The last two say how large tables are: here each decision is remembered for `num_traces` traces.
_KNOWN = {
    "decision_wait",
    "num_traces",
    "policies",
    "expected_new_traces_per_sec",
    "decision_cache",
}


@dataclass(frozen=True, slots=True)
class Configuration:
    """How traces are chosen and written.

    `decision_wait` in seconds; `num_traces` are held, and as many decisions remembered; `indexed`
    are the attributes that become annotations, all of them with `index_all`; `log_groups` are named
    in every segment.
    """

    decision_wait: float
    num_traces: int
    policies: tuple[Policy, ...]
    indexed: frozenset[str] = frozenset()
    index_all: bool = False
    log_groups: tuple[str, ...] = ()


def read(file: Path, factor: float = 1) -> Configuration:
    """Read the tail sampling processor and the X-Ray exporter of the file's traces pipeline.

    `factor` divides the time that a decision waits. Variables come from the environment. Raises
    ConfigurationError for what is missing, wrong, or can't be followed here.
    """
    try:
        document = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{file}: {error}") from None
    try:
        return _configuration(document, factor)
    except ConfigurationError as error:
        raise ConfigurationError(f"{file}: {error}") from None


def _configuration(document: object, factor: float) -> Configuration:
    pipeline = _at(document, "service", "pipelines", "traces")
    sampling = _component(document, pipeline, "processors", _PROCESSOR)
    exporter = _component(document, pipeline, "exporters", _EXPORTER)
    unknown = sorted({*sampling} - _KNOWN)
    if unknown:
        raise ConfigurationError(f"{_PROCESSOR}: the stand-in has no {unknown[0]!r}")
    return Configuration(
        decision_wait=seconds(sampling, "decision_wait", _DECISION_WAIT) / factor,
        num_traces=int(number(sampling, "num_traces", 1, _NUM_TRACES)),
        policies=policies(sampling.get("policies")),
        indexed=frozenset(map(str, exporter.get("indexed_attributes") or ())),
        index_all=bool(exporter.get("index_all_attributes")),
        log_groups=tuple(map(str, exporter.get("aws_log_groups") or ())),
    )


def _at(document: object, *path: str) -> Mapping[str, Any]:
    found = document
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping):
        raise ConfigurationError(f"there is no {'.'.join(path)}")
    return found


def _component(
    document: object, pipeline: Mapping[str, Any], kind: str, name: str
) -> Mapping[str, Any]:
    """Return the settings of the pipeline's one component of this type: `name`, or `name/other`."""
    used = [one for one in pipeline.get(kind) or () if str(one).split("/")[0] == name]
    if len(used) != 1:
        raise ConfigurationError(f"service.pipelines.traces.{kind} needs one {name}")
    settings = expand(_at(document, kind).get(used[0]) or {})
    if not isinstance(settings, Mapping):
        raise ConfigurationError(f"{kind}.{used[0]} is no mapping")
    return settings
