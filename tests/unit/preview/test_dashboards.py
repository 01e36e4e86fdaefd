"""What is provisioned, as Grafana's own API tells it."""

import json
from pathlib import Path

import pytest
import requests

from tests.unit.preview.conftest import Preview, Prometheus

PROVISIONED = Path(__file__).parents[3] / "grafana/provisioning/datasources/prometheus.yaml"


def store(preview: Preview, uid: str, **more: object) -> None:
    (preview.dashboards / f"{uid}.json").write_text(json.dumps({"uid": uid, **more}))


def get(preview: Preview, path: str) -> requests.Response:
    return requests.get(f"{preview.url}{path}", timeout=5)


def test_it_is_healthy_and_says_that_it_is_not_grafana(preview: Preview) -> None:
    assert get(preview, "/api/health").json() == {"database": "ok", "version": "preview"}


def test_dashboards_are_listed_by_title_with_their_folder(preview: Preview) -> None:
    store(preview, "one", title="Zebra", tags=["sre"])
    store(preview, "two", title="Ant")

    found = get(preview, "/api/search?type=dash-db").json()

    assert [one["title"] for one in found] == ["Ant", "Zebra"]
    assert found[1] == {
        "uid": "one",
        "title": "Zebra",
        "tags": ["sre"],
        "type": "dash-db",
        "url": "/d/one",
        "folderTitle": "SRE reference",
    }


def test_a_dashboard_is_its_file_as_it_is_now(preview: Preview) -> None:
    store(preview, "one", title="before")
    store(preview, "one", title="after")

    assert get(preview, "/api/dashboards/uid/one").json() == {
        "dashboard": {"uid": "one", "title": "after"},
        "meta": {"folderTitle": "SRE reference"},
    }
    assert get(preview, "/api/dashboards/uid/two").status_code == 404


@pytest.mark.parametrize("text", ["{", "[]", "{}", '"text"'])
def test_a_file_that_is_no_dashboard_hides_no_other(preview: Preview, text: str) -> None:
    store(preview, "one")
    (preview.dashboards / "broken.json").write_text(text)

    assert [one["uid"] for one in get(preview, "/api/search").json()] == ["one"]


def test_home_is_what_grafanas_configuration_says(preview: Preview) -> None:
    assert get(preview, "/api/dashboards/home").json() == {"redirectUri": "/dashboards"}

    store(preview, "one")
    place = preview.dashboards / "one.json"
    preview.configuration.write_text(f"[dashboards]\ndefault_home_dashboard_path = {place}\n")

    assert get(preview, "/api/dashboards/home").json() == {"redirectUri": "/d/one"}


def test_the_interval_of_scrapes_is_prometheus_own(preview: Preview) -> None:
    found = get(preview, "/api/frontend/settings").json()["datasources"]

    assert found == {
        "prometheus": {
            "uid": "prometheus",
            "name": "Prometheus",
            "type": "prometheus",
            "jsonData": {"timeInterval": "750ms"},
        }
    }


@pytest.mark.parametrize("configuration", [None, "", "global: {}", ": :"])
def test_without_an_answer_the_provisioned_interval_stands(
    preview: Preview, prometheus: Prometheus, configuration: str | None
) -> None:
    prometheus.configuration = configuration

    found = get(preview, "/api/frontend/settings").json()["datasources"]["prometheus"]

    assert found["jsonData"] == {"timeInterval": "15s"}


def test_variables_of_the_environment_are_replaced_as_grafana_does(
    preview: Preview, prometheus: Prometheus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_ADDRESS", prometheus.url)
    preview.datasources.write_text(
        "datasources: [{name: P, uid: p, type: prometheus, url: $PROMETHEUS_ADDRESS, "
        "jsonData: {link: '/trace/$${__value.raw}'}}]"
    )

    (found,) = get(preview, "/api/frontend/settings").json()["datasources"].values()

    assert found["jsonData"]["link"] == "/trace/${__value.raw}"
    assert get(preview, "/api/datasources/proxy/uid/p/api/v1/labels").ok


LINKED = """
datasources:
  - name: Prometheus
    uid: prometheus
    type: prometheus
    # Not $THIS.
    url: http://127.0.0.1:9
    jsonData:
      exemplarTraceIdDestinations: [{name: trace_id, url: $TRACE_VIEW_URL}]
"""


def exemplar_link(preview: Preview) -> str:
    source = get(preview, "/api/frontend/settings").json()["datasources"]["prometheus"]
    (link,) = source["jsonData"]["exemplarTraceIdDestinations"]
    assert link["name"] == "trace_id"
    return str(link["url"])


def test_exemplars_lead_to_their_traces(preview: Preview, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACE_VIEW_URL", "http://localhost:8003/traces/${__value.raw}")
    preview.datasources.write_text(LINKED)

    # What a variable holds is not looked at again: it is the browser that fills it in.
    assert exemplar_link(preview) == "http://localhost:8003/traces/${__value.raw}"


@pytest.mark.parametrize("empty", [True, False])
def test_where_traces_go_nowhere_exemplars_are_no_links(
    preview: Preview, monkeypatch: pytest.MonkeyPatch, *, empty: bool
) -> None:
    monkeypatch.delenv("TRACE_VIEW_URL", raising=False)
    if empty:
        monkeypatch.setenv("TRACE_VIEW_URL", "")
    preview.datasources.write_text(LINKED)

    assert exemplar_link(preview) == ""


def test_grafanas_own_provisioning_has_that_link(
    preview: Preview, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACE_VIEW_URL", "http://localhost:8003/traces/${__value.raw}")
    preview.datasources.write_text(PROVISIONED.read_text())

    assert exemplar_link(preview) == "http://localhost:8003/traces/${__value.raw}"
