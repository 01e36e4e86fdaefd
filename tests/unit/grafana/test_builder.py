import json
from pathlib import Path

import pytest

from grafana.builder.__main__ import FOLDER, generated, main


def test_what_is_written_is_complete_and_passes_the_check(tmp_path: Path) -> None:
    assert main(["--out", str(tmp_path)]) == 0

    assert {file.name for file in tmp_path.iterdir()} == generated().keys()
    assert main(["--check", "--out", str(tmp_path)]) == 0


def test_a_file_that_was_clicked_together_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--out", str(tmp_path)])
    file = tmp_path / "api-server.json"
    file.write_text(file.read_text().replace("now-3h", "now-1h"))

    assert main(["--check", "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        "grafana/dashboards/api-server.json is not what grafana/builder writes: "
        "run `make dashboards`\n"
    )
    assert "now-1h" in file.read_text()


def test_a_dashboard_that_is_nobodys_is_named_and_then_removed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--out", str(tmp_path)])
    (tmp_path / "old.json").write_text("{}")

    assert main(["--check", "--out", str(tmp_path)]) == 1
    assert "dashboards/old.json" in capsys.readouterr().err

    main(["--out", str(tmp_path)])
    assert not (tmp_path / "old.json").exists()


def test_a_missing_one_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", "--out", str(tmp_path)]) == 1
    assert len(capsys.readouterr().err.splitlines()) == len(generated())


def test_two_runs_write_the_same() -> None:
    assert generated() == generated()
    assert all(json.loads(text)["schemaVersion"] >= 41 for text in generated().values())
    assert FOLDER.name == "dashboards"
