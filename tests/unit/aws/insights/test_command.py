"""`make logs-query`: what it prints, and how it ends, over a docker that prints what it is told."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.aws.insights.__main__ import VARIABLE, main

Docker = Callable[..., None]


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Docker:
    """Put a program named docker on the PATH that prints these lines and exits like this."""

    def install(*lines: str, status: int = 0, complaint: str = "") -> None:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
        text = "".join(f"api-1  | {now} {line}\n" for line in lines)
        program = tmp_path / "docker"
        program.write_text(
            f"#!{sys.executable}\nimport sys\nopen({str(tmp_path / 'words')!r}, 'w').write("
            f"' '.join(sys.argv[1:]))\nprint({text!r}, end='')\n"
            f"print({complaint!r}, file=sys.stderr)\nsys.exit({status})\n"
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))

    return install


def test_a_saved_query_is_answered_as_a_table(
    docker: Docker, capsys: pytest.CaptureFixture[str]
) -> None:
    docker('{"user_id": "u1"}', '{"user_id": "u2"}', '{"user_id": "u1"}')
    assert main(["users"]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        "user_id  request_count",
        "───────  ─────────────",
        "u1                   2",
        "u2                   1",
    ]
    assert printed.err.startswith("2 rows from 3 events")


def test_a_query_comes_through_the_environment_untouched(
    docker: Docker, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    docker('it\'s 5 $ ("cheap") #1', "other")
    monkeypatch.setenv(
        VARIABLE, """filter @message like /^it's \\d \\$ .*"cheap".*#1$/ | fields 1"""
    )
    assert main(["--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"1": "1"}]


def test_the_services_and_the_period_are_docker_s(
    docker: Docker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    docker("x")
    assert main(["stats count(*)", "--since", "15m", "--service", "ml,api"]) == 0
    words = (tmp_path / "words").read_text().split()
    assert words[:4] == ["compose", "logs", "--no-color", "--timestamps"]
    assert words[-2:] == ["ml", "api"]
    since = datetime.fromisoformat(words[4].removeprefix("--since="))
    assert 890 < (datetime.now(UTC) - since).total_seconds() < 910
    capsys.readouterr()


def test_a_wrong_query_is_pointed_at_before_any_line_is_read(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert main(["fields a | srot b"]) == 2
    first, *rest = capsys.readouterr().err.splitlines()
    assert first.startswith("✗ line 1, column 12: `srot` is no command; did you mean `sort`?")
    assert rest == ["  fields a | srot b", "             ^^^^"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["erors"], "no saved query `erors`. Did you mean errors?"),
        ([], "Q is missing."),
        (["fields a", "--since", "soon"], "SINCE=soon is no period"),
        (["fields a", "--service", "postgres"], "SERVICE=postgres has no logs here"),
        (["fields a"], "there is no docker here"),
    ],
)
def test_what_is_missing_is_said_in_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv(VARIABLE, raising=False)
    assert main(words) == 1
    assert said in capsys.readouterr().err


def test_a_field_that_no_event_has_is_told(
    docker: Docker, capsys: pytest.CaptureFixture[str]
) -> None:
    docker('{"level": "ERROR", "extra": {"model": "digits"}}')
    assert main(['filter levle = "ERROR" and extra.model = "digits"']) == 0
    assert capsys.readouterr().err.splitlines()[1:] == ["no event has the field `levle`"]
    assert main(["fields level, extra.modle"]) == 0
    assert capsys.readouterr().err.splitlines()[1:] == ["no event has the field `extra.modle`"]
    assert main(['filter level = "INFO"']) == 0
    assert capsys.readouterr().err.splitlines()[1:] == []


def test_no_line_at_all_is_told(docker: Docker, capsys: pytest.CaptureFixture[str]) -> None:
    docker()
    assert main(["errors"]) == 0
    assert "Docker has no line of that time: `make status`" in capsys.readouterr().err


def test_a_failing_docker_is_quoted(docker: Docker, capsys: pytest.CaptureFixture[str]) -> None:
    docker(status=1, complaint="Cannot connect to the Docker daemon")
    assert main(["errors"]) == 1
    assert "failed: Cannot connect to the Docker daemon" in capsys.readouterr().err


def test_more_rows_than_are_shown_are_told(
    docker: Docker, capsys: pytest.CaptureFixture[str]
) -> None:
    docker("a", "b", "c")
    assert main(["fields @message | limit 2"]) == 0
    assert "there are more" not in capsys.readouterr().err
    docker(*["x"] * 10_001)
    assert main(["stats count(*) as n by @message"]) == 0
    assert "there are more" not in capsys.readouterr().err
    assert main(["fields @message"]) == 0
    assert "there are more than these 10,000 rows" in capsys.readouterr().err
