"""What people do about an incident, and what is remembered of it."""

import signal
from typing import Any

import httpx
import pytest
import requests

from tests.unit.sink.conftest import Process
from tests.unit.sink.notifications import event


async def opened(sink: httpx.AsyncClient, key: str = "group-1") -> int:
    await sink.post("/v2/enqueue", json=event(key=key))
    newest = (await sink.get("/api/v1/incidents?newest=1")).json()["incidents"][0]
    return int(newest["id"])


async def do(sink: httpx.AsyncClient, number: int, what: str, **body: object) -> dict[str, Any]:
    answer = await sink.post(f"/api/v1/incidents/{number}/{what}", json={"by": "kim", **body})
    answer.raise_for_status()
    return dict(answer.json())


def kinds(incident: dict[str, Any]) -> list[tuple[str, str]]:
    return [(line["kind"], line["by"]) for line in incident["timeline"]]


async def test_an_incident_goes_from_page_to_end_and_all_of_it_is_in_its_timeline(
    sink: httpx.AsyncClient,
) -> None:
    number = await opened(sink)
    assert (await do(sink, number, "acknowledge"))["status"] == "acknowledged"
    declared = await do(sink, number, "declare", severity="P1", commander="lee")
    await do(sink, number, "notes", text="  it began with the deploy  ")
    end = await do(sink, number, "resolve")

    assert end["status"] == "resolved"
    assert kinds(end) == [
        ("page", "Alertmanager"),
        ("acknowledged", "kim"),
        ("declared", "kim"),
        ("note", "kim"),
        ("resolved", "kim"),
    ]
    assert end["timeline"][3]["text"] == "it began with the deploy"
    told = end["declared"]
    assert (told["severity"], told["commander"]) == ("P1", "lee")
    day = end["triggered_at"][:10].replace("-", "")
    assert told["channel"] == f"#inc-{day}-higherrorrate-{number}"
    assert told["at"] == declared["timeline"][2]["at"]


async def test_the_list_says_who_leads(sink: httpx.AsyncClient) -> None:
    number = await opened(sink)
    await do(sink, number, "declare", severity="P3", commander="lee")
    await do(sink, number, "declare", severity="P1", commander="kim")

    (one,) = (await sink.get("/api/v1/incidents")).json()["incidents"]
    assert (one["declared"]["severity"], one["declared"]["commander"]) == ("P1", "kim")
    assert "timeline" not in one


@pytest.mark.parametrize("again", ["acknowledge", "resolve"])
async def test_what_was_done_is_not_done_again(sink: httpx.AsyncClient, again: str) -> None:
    number = await opened(sink)
    first = await do(sink, number, again)
    answer = await sink.post(f"/api/v1/incidents/{number}/{again}", json={"by": "lee"})

    assert answer.status_code == 409
    assert f"was {again.removesuffix('e')}ed at" in answer.json()["detail"]
    shown = (await sink.get(f"/api/v1/incidents/{number}")).json()
    assert shown["timeline"] == first["timeline"]


@pytest.mark.parametrize("what", ["acknowledge", "declare"])
async def test_what_is_over_takes_notes_alone(sink: httpx.AsyncClient, what: str) -> None:
    number = await opened(sink)
    await do(sink, number, "resolve")
    body = {"by": "lee", "severity": "P2", "commander": "lee"}
    answer = await sink.post(f"/api/v1/incidents/{number}/{what}", json=body)

    assert answer.status_code == 409
    assert "was resolved at" in answer.json()["detail"]
    assert kinds(await do(sink, number, "notes", text="later"))[-1] == ("note", "kim")


async def test_alertmanagers_resolve_after_a_persons_is_dropped(sink: httpx.AsyncClient) -> None:
    number = await opened(sink)
    await do(sink, number, "resolve")
    await sink.post("/v2/enqueue", json=event("resolve"))
    shown = (await sink.get(f"/api/v1/incidents/{number}")).json()

    assert kinds(shown) == [("page", "Alertmanager"), ("resolved", "kim")]
    assert [one["client"] for one in shown["dropped"]] == ["Alertmanager"]


async def happened(sink: httpx.AsyncClient, kind: str, text: str) -> None:
    body = {"kind": kind, "text": text, "by": "make", "data": {"version": "1.1.0"}}
    answer = await sink.post("/api/v1/timeline", json=body)
    assert answer.status_code == 201


async def test_a_deploy_belongs_to_the_incidents_of_its_time(sink: httpx.AsyncClient) -> None:
    await happened(sink, "deploy", "api 1.1.0")
    first = await opened(sink)
    await happened(sink, "mitigation", "rolled back")
    await do(sink, first, "resolve")
    await happened(sink, "chaos", "too late for the first")
    second = await opened(sink, "group-2")

    shown = (await sink.get(f"/api/v1/incidents/{first}")).json()
    assert [line["kind"] for line in shown["timeline"]] == [
        *("deploy", "page", "mitigation", "resolved")
    ]
    assert shown["timeline"][0]["data"] == {"version": "1.1.0"}
    later = (await sink.get(f"/api/v1/incidents/{second}")).json()
    assert [line["kind"] for line in later["timeline"]] == ["deploy", "mitigation", "chaos", "page"]


@pytest.mark.parametrize("path", ["", "/acknowledge", "/declare", "/notes", "/resolve"])
async def test_an_unknown_incident_is_not_found(sink: httpx.AsyncClient, path: str) -> None:
    await opened(sink)
    body = {"by": "kim", "severity": "P1", "commander": "kim", "text": "x"}
    url = f"/api/v1/incidents/99{path}"
    answer = await (sink.post(url, json=body) if path else sink.get(url))

    assert answer.status_code == 404
    assert answer.json()["detail"] == "There is no incident 99."


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("incidents/1/acknowledge", {}),
    ("incidents/1/acknowledge", {"by": "  "}),
    ("incidents/1/acknowledge", {"by": "x" * 65}),
    ("incidents/1/declare", {"by": "kim", "commander": "kim", "severity": "P4"}),
    ("incidents/1/declare", {"by": "kim", "severity": "P1"}),
    ("incidents/1/notes", {"by": "kim", "text": " "}),
    ("incidents/1/notes", {"by": "kim", "text": "x" * 2001}),
    ("timeline", {"by": "kim", "text": "x", "kind": "page"}),
    ("timeline", {"by": "kim", "text": "x", "kind": "note", "data": []}),
]


@pytest.mark.parametrize(("path", "body"), WRONG)
async def test_what_makes_no_sense_is_refused(
    sink: httpx.AsyncClient, path: str, body: dict[str, Any]
) -> None:
    number = await opened(sink)
    answer = await sink.post(f"/api/v1/{path}", json=body)

    assert answer.status_code == 422
    shown = (await sink.get(f"/api/v1/incidents/{number}")).json()
    assert kinds(shown) == [("page", "Alertmanager")]


async def test_another_sites_form_can_do_nothing(sink: httpx.AsyncClient) -> None:
    number = await opened(sink)
    answer = await sink.post(
        f"/api/v1/incidents/{number}/resolve",
        content=b'{"by": "kim"}',
        headers={"Content-Type": "text/plain"},
    )
    assert answer.status_code == 422
    shown = (await sink.get(f"/api/v1/incidents/{number}")).json()
    assert shown["status"] == "triggered"


def test_a_kill_loses_nothing_that_was_answered(process: Process) -> None:
    process.start()
    requests.post(f"{process.url}/v2/enqueue", json=event(), timeout=5).raise_for_status()
    url = f"{process.url}/api/v1/incidents/1"
    for path, body in (
        ("acknowledge", {}),
        ("declare", {"severity": "P2", "commander": "lee"}),
        ("notes", {"text": "seen"}),
    ):
        requests.post(f"{url}/{path}", json={"by": "kim", **body}, timeout=5).raise_for_status()
    before = requests.get(url, timeout=5).json()
    process.end(signal.SIGKILL)
    process.start()

    assert requests.get(f"{process.url}/api/v1/incidents/1", timeout=5).json() == before
    assert before["declared"]["severity"] == "P2"
