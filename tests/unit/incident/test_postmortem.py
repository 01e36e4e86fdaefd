"""A postmortem of recorded samples, and what stops one from being written."""

import json
import re
import threading
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from deploy.incident import sink
from deploy.incident.postmortem import __main__ as program
from deploy.incident.postmortem import lines
from deploy.incident.postmortem.lines import Sample
from deploy.incident.postmortem.words import FILE, LANGUAGES, Words
from deploy.stack.console import StackError
from deploy.stack.project import Project

# 2026-01-15 03:00:00 UTC, noon in Japan.
NOON = 1768446000.0
PAGED, RESOLVED = NOON + 420, NOON + 900
INCIDENT: dict[str, Any] = {
    "id": 15,
    "status": "resolved",
    "class": "HighErrorRate",
    "source": "api",
    "summary": "HighErrorRate: api | <b>",
    "triggered_at": "2026-01-15T03:07:00.000Z",
    "acknowledged_at": "2026-01-15T03:09:30.000Z",
    "resolved_at": "2026-01-15T03:15:00.000Z",
    "declared": None,
    "timeline": [
        {"at": "2026-01-15T02:59:00.000Z", "kind": "deploy", "by": "kim", "text": "api 1.1.0"},
        {"at": "2026-01-15T03:07:00.000Z", "kind": "page", "by": "A", "text": "a | <b> `x`"},
        {"at": "2026-01-15T03:11:00.000Z", "kind": "mitigation", "by": "kim", "text": "rolled"},
    ],
}


class Recorded:
    """A Prometheus that answers with samples: 100 requests a scrape, 5 fail from noon on."""

    def __init__(self) -> None:
        self.oldest = NOON - 86400
        self.asked: list[str] = []
        self.silent = False

    def answer(self, path: str, query: dict[str, list[str]]) -> Any:  # noqa: ANN401 - JSON
        if path.endswith("/status/config"):
            return {"yaml": "global:\n  scrape_interval: 15s\n"}
        text = query["query"][0]
        self.asked.append(text)
        if "lowest_timestamp" in text:
            return self.vector(self.oldest)
        if text.startswith("vector(time())"):
            return self.vector(RESOLVED + 60)
        if "remaining_ratio" in text:
            return self.vector(0.9 if float(query["time"][0]) < NOON + 60 else 0.75)
        if text.startswith("ALERTS"):
            states = {"pending": (NOON + 60, NOON + 360), "firing": (NOON + 375, NOON + 870)}
            return {
                "result": [
                    {
                        "metric": {"alertname": "HighErrorRate", "alertstate": state, "job": "api"},
                        "values": [[at, "1"] for at in range(int(begin), int(end) + 1, 15)],
                    }
                    for state, (begin, end) in states.items()
                ]
            }
        return {"result": [{"metric": {}, "values": self.samples(text, query)}]}

    def samples(self, text: str, query: dict[str, list[str]]) -> list[list[object]]:
        width = float(re.findall(r"\[(\d+)ms\]", text)[0]) / 1000
        end = float(query["time"][0])
        first = int((end - width) // 15 * 15 + 15)
        times = range(first, int(end), 15)
        return [[at, str(self.count(text, at))] for at in times]

    def count(self, text: str, at: float) -> float:
        scrapes = (at - NOON) / 15 + 10_000
        if "5.." not in text:
            return scrapes * 100
        return max(0, min((at - NOON) / 15, 40)) * 5

    @staticmethod
    def vector(value: float) -> dict[str, Any]:
        return {"result": [{"metric": {}, "value": [0, str(value)]}]}


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()


@pytest.fixture
def address(recorded: Recorded) -> Iterator[str]:
    """Where the recorded Prometheus answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            data = recorded.answer(url.path, parse_qs(url.query))
            body = json.dumps({"status": "success", "data": data}).encode()
            self.send_response(503 if recorded.silent else 200)
            self.end_headers()
            self.wfile.write(b"starting" if recorded.silent else body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Stage:
    """The program with everything around it replaced; `said` is what it printed."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys
        self.incident = dict(INCIDENT)

    def run(self, *words: str) -> tuple[int, str]:
        status = program.main(["15", "--out", str(self.folder), *words])
        printed = self.capsys.readouterr()
        return status, printed.out + printed.err

    def written(self) -> list[str]:
        return sorted(file.name for file in self.folder.iterdir()) if self.folder.exists() else []

    def page(self, *words: str) -> str:
        assert self.run(*words)[0] == 0
        (file,) = self.folder.glob("*.md")
        return file.read_text()


@pytest.fixture
def stage(
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Stage:
    stage = Stage(tmp_path / "postmortems", capsys)
    monkeypatch.setenv("PROMETHEUS_URL", address)
    monkeypatch.setattr(program, "running", lambda: Project("unit", 1))
    monkeypatch.setattr(lines, "samples", lambda *_: ([Sample('{"level": "ERROR"}', "a" * 32)], ""))

    def ask(path: str) -> dict[str, Any]:
        if path == "/api/v1/deliveries":
            return {"deliveries": []}
        if path == "/api/v1/incidents/15":
            return stage.incident
        raise StackError("the sink refuses: There is no incident 99.")

    monkeypatch.setattr(sink, "ask", ask)
    return stage


def test_numbers_are_those_of_the_samples(stage: Stage) -> None:
    text = stage.page("--language", "en")

    assert "- When: 2026-01-15 12:00 - 12:15 (JST)" in text
    # Forty scrapes in which 5 of 100 failed.
    assert "- Impact: 10.00 minutes (intervals of 15 s in which API availability" in text
    assert "200 requests failed, of 4000 (5.00%)" in text
    assert "| 7 min 00 s | 2 min 30 s | 4 min 00 s | 10 min 00 s |" in text
    assert "15.0% (90.0% left → 75.0%)" in text


def test_the_timeline_is_in_order_and_says_where_each_line_is_from(stage: Stage) -> None:
    text = stage.page("--language", "en").split("## Timeline")[1].split("## Root")[0]
    lines = [line for line in text.splitlines() if line.startswith("- ")]

    assert lines == [
        "- 11:59:00 deploy by kim: api 1.1.0 (sink)",
        "- 12:01:00 HighErrorRate (api) pending (Prometheus)",
        "- 12:06:15 HighErrorRate (api) firing (Prometheus)",
        "- 12:07:00 paged: a \\| &lt;b> 'x' (PagerDuty)",
        "- 12:11:00 mitigation by kim: rolled (sink)",
        "- 12:14:30 HighErrorRate (api) over (Prometheus)",
        "- ❓ HH:MM root cause found",
    ]


def test_japanese_is_the_specifications_form(stage: Stage) -> None:
    text = stage.page()
    headings = re.findall(r"^#+ .*", text, re.MULTILINE)

    assert headings == [
        "# ポストモーテム: HighErrorRate (api)",
        *("## 概要", "## タイムライン", "## 根本原因", "## 影響", "## ログ", "## 教訓"),
        *("### うまくいったこと", "### 改善すべきこと", "## アクションアイテム"),
        *("## わからないこと", "## 数値の確かめ方"),
    ]
    assert "- 日時: 2026-01-15 12:00 - 12:15 (JST)" in text
    assert "- ユーザー影響: 200件のリクエストが失敗" in text


def test_what_no_machine_knows_is_asked(stage: Stage) -> None:
    text = stage.page("--language", "en")
    for title in ("Root cause", "What went well", "What to improve", "Action items"):
        assert "❓" in text.split(title)[1].split("\n## ")[0], title
    assert "- Revenue: ❓" in text
    assert "- Severity: ❓" in text


def test_a_declaration_answers_how_grave_it_was(stage: Stage) -> None:
    stage.incident["declared"] = {"severity": "P1", "commander": "lee"}
    text = stage.page("--language", "en")
    assert "- Severity: P1\n- Commander: lee\n" in text


def test_the_picture_shows_every_interval_and_who_acted_when(stage: Stage) -> None:
    text = stage.page("--language", "en")
    (name,) = re.findall(r"!\[.*\]\((.*)\)", text)
    picture = (stage.folder / name).read_text()
    words = [one.text for one in ET.fromstring(picture).iter() if one.tag.endswith("text")]  # noqa: S314 - our own

    assert {"impact", "paged", "acknowledged", "mitigated", "resolved"} <= set(words)
    assert picture.count("#d9304a") == 40


def test_an_incident_that_hurt_nobody_says_so(stage: Stage, recorded: Recorded) -> None:
    recorded.count = lambda text, at: 0 if "5.." in text else at * 10  # type: ignore[method-assign]
    text = stage.page("--language", "en")
    assert "- Impact: 0 minutes (no SLO was missed)" in text
    assert "no failed request was measured" in text
    assert stage.written() == ["2026-01-15-high-error-rate-15.en.md"]


def test_scaled_time_is_said(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "running", lambda: Project("unit", 20))
    assert "time ran 20 times as fast" in stage.page("--language", "en")


def test_data_that_begin_late_are_said(stage: Stage, recorded: Recorded) -> None:
    recorded.oldest = NOON + 30
    text = stage.page("--language", "en")
    assert "Prometheus' data begin at 2026-01-15 03:00:30 UTC" in text


def test_without_logs_it_says_why(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "samples", lambda *_: ([], "docker is away"))
    assert "No line of level ERROR is kept (docker is away)." in stage.page("--language", "en")


def test_past_retention_nothing_is_written(stage: Stage, recorded: Recorded) -> None:
    recorded.oldest = PAGED + 1
    status, said = stage.run()
    assert status == 1
    assert "past the retention" in said
    assert stage.written() == []


def test_without_prometheus_nothing_is_written(stage: Stage, recorded: Recorded) -> None:
    recorded.silent = True
    status, said = stage.run()
    assert status == 1
    assert "Prometheus does not answer" in said
    assert stage.written() == []


@pytest.mark.parametrize("status", ["triggered", "acknowledged"])
def test_an_open_incident_can_wait(stage: Stage, status: str) -> None:
    stage.incident["status"] = status
    assert "incident 15 is still open" in stage.run()[1]
    assert stage.written() == []


def test_an_unknown_incident_is_said(stage: Stage) -> None:
    status = program.main(["99", "--out", str(stage.folder)])
    assert status == 1
    assert "There is no incident 99." in stage.capsys.readouterr().err
    assert stage.written() == []


def test_what_people_wrote_is_not_overwritten(stage: Stage) -> None:
    stage.page()
    (file,) = stage.folder.glob("*.md")
    file.write_text("ours")
    status, said = stage.run()
    assert status == 1
    assert "is there already" in said
    assert file.read_text() == "ours"


def test_a_folder_that_takes_no_file_is_said(stage: Stage) -> None:
    stage.folder.write_text("not a folder")
    status, said = stage.run()
    assert status == 1
    assert "can't be written" in said


def test_a_sentence_that_is_none_is_an_error() -> None:
    with pytest.raises(KeyError):
        Words("en")("no such sentence")


def test_both_languages_have_every_sentence_with_the_same_values() -> None:
    for name, said in tomllib.loads(FILE.read_text()).items():
        assert tuple(said) == LANGUAGES, name
        ja, en = (set(re.findall(r"\{(\w+)", said[language])) for language in LANGUAGES)
        assert ja - {"by"} == en - {"by"}, name
