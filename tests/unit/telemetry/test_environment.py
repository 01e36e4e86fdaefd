import re
from collections.abc import Callable
from pathlib import Path

import pytest

from telemetry import environment


@pytest.fixture
def stopped(capsys: pytest.CaptureFixture[str]) -> Callable[[Callable[[], object]], str]:
    """Expect status 2 and one line on stderr; return the line."""

    def stop(read: Callable[[], object]) -> str:
        with pytest.raises(SystemExit) as exit_:
            read()
        assert exit_.value.code == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.count("\n") == 1
        return captured.err

    return stop


def test_a_variable_that_is_set_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML_URL", "http://ml:8001")
    assert environment.required("ML_URL") == "http://ml:8001"
    assert environment.optional("ML_URL", "http://other") == "http://ml:8001"


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_variable_stops_with_its_name_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
    stopped: Callable[[Callable[[], object]], str],
    value: str | None,
) -> None:
    monkeypatch.delenv("ML_URL", raising=False)
    if value is not None:
        monkeypatch.setenv("ML_URL", value)
    assert re.match("ML_URL is not set: set it", stopped(lambda: environment.required("ML_URL")))
    assert environment.optional("ML_URL", "default") == "default"


def test_a_secret_is_its_files_content_without_the_line_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("hunter2\n")
    monkeypatch.setenv("DATABASE_PASSWORD_FILE", str(tmp_path / "secret"))
    assert environment.secret("DATABASE_PASSWORD_FILE") == "hunter2"


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "No such file"), (b"", "is empty"), (b" \n", "is empty"), (b"\xff", "not UTF-8")],
)
def test_a_secret_that_cannot_be_read_stops_with_its_name_and_why(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    stopped: Callable[[Callable[[], object]], str],
    content: bytes | None,
    says: str,
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("DATABASE_PASSWORD_FILE", str(file))
    line = stopped(lambda: environment.secret("DATABASE_PASSWORD_FILE"))
    assert line.startswith("DATABASE_PASSWORD_FILE: ")
    assert str(file) in line
    assert says in line


def test_the_log_level_is_info_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOG_LEVEL", raising=False)
    assert environment.log_level() == "INFO"
    monkeypatch.setenv("LOG_LEVEL", "debug")
    assert environment.log_level() == "DEBUG"


@pytest.mark.parametrize("level", ["LOUD", "TRACE", "10", "x" * 1_000])
def test_a_wrong_log_level_stops_and_names_the_right_ones(
    monkeypatch: pytest.MonkeyPatch, stopped: Callable[[Callable[[], object]], str], level: str
) -> None:
    monkeypatch.setenv("LOG_LEVEL", level)
    line = stopped(environment.log_level)
    assert line.startswith("LOG_LEVEL is ")
    assert "DEBUG, INFO, WARN, ERROR" in line
    assert len(line) < 120


@pytest.mark.parametrize("value", ["1", "007", "100"])
def test_a_whole_number_is_read(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("ROOM", value)
    assert environment.whole_number("ROOM", 5, 100) == int(value)


def test_without_one_the_default_is_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOM", "")
    assert environment.whole_number("ROOM", 5, 100) == 5


@pytest.mark.parametrize("value", ["0", "101", "-1", "1.5", "1e3", " 1", "٣", "9" * 5000])
def test_any_other_number_stops_with_its_name_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
    stopped: Callable[[Callable[[], object]], str],
    value: str,
) -> None:
    monkeypatch.setenv("ROOM", value)
    said = stopped(lambda: environment.whole_number("ROOM", 5, 100))
    assert re.match("ROOM is .*: set it to a whole number", said)
    assert len(said) < 100
