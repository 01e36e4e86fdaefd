"""What reaches Prometheus: questions of panels, and nothing else."""

import pytest
import requests

from tests.unit.preview.conftest import Preview, Prometheus

PROXY = "/api/datasources/proxy/uid/prometheus/api/v1"


@pytest.mark.parametrize("path", ["query", "query_range", "query_exemplars"])
def test_a_query_is_sent_on_as_it_is(preview: Preview, prometheus: Prometheus, path: str) -> None:
    form = {"query": 'up{job="api"}', "time": "1.5"}

    answer = requests.post(f"{preview.url}{PROXY}/{path}", data=form, timeout=5)

    assert answer.json() == {"status": "success", "data": []}
    sent = "query=up%7Bjob%3D%22api%22%7D&time=1.5"
    assert prometheus.questions == [("POST", f"/api/v1/{path}", sent)]


@pytest.mark.parametrize(
    "path", ["series", "labels", "label/job/values", "label/__name__/values", "rules", "alerts"]
)
def test_labels_series_and_alerts_can_be_asked_for(
    preview: Preview, prometheus: Prometheus, path: str
) -> None:
    assert requests.get(f"{preview.url}{PROXY}/{path}?match[]=up", timeout=5).ok
    assert prometheus.questions == [("GET", f"/api/v1/{path}?match%5B%5D=up", "")]


@pytest.mark.parametrize(
    "path",
    [
        "admin/tsdb/delete_series",
        "admin/tsdb/snapshot",
        "status/config",
        "status/flags",
        "targets",
        "write",
        "label/job/values/../../admin/tsdb/snapshot",
        "query/../admin/tsdb/snapshot",
        "query%2F..%2Fadmin",
        "../../-/quit",
        "",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_else_reaches_prometheus(
    preview: Preview, prometheus: Prometheus, path: str, method: str
) -> None:
    request = requests.Request(method, preview.url, data="a=b" if method == "POST" else None)
    prepared = request.prepare()
    # As it is: requests would resolve the dots itself.
    prepared.url = f"{preview.url}{PROXY}/{path}"

    with requests.Session() as session:
        assert session.send(prepared, timeout=5).status_code == 403
    assert prometheus.questions == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_no_other_method_is_known(preview: Preview, prometheus: Prometheus, method: str) -> None:
    answer = requests.request(method, f"{preview.url}{PROXY}/query", timeout=5)

    assert answer.status_code == 501
    assert prometheus.questions == []


def test_a_post_anywhere_else_is_not_found(preview: Preview, prometheus: Prometheus) -> None:
    for path in ("/", "/api/search", "/api/datasources/proxy/uid/other/api/v1/query"):
        assert requests.post(f"{preview.url}{path}", data={"a": "b"}, timeout=5).status_code == 404
    assert prometheus.questions == []


def test_a_form_beyond_reason_is_refused(preview: Preview, prometheus: Prometheus) -> None:
    address = f"{preview.url}{PROXY}/query"

    assert requests.post(address, data="a" * 100_001, timeout=5).status_code == 413
    assert prometheus.questions == []


def test_prometheus_own_words_about_a_bad_query_come_back(
    preview: Preview, prometheus: Prometheus
) -> None:
    prometheus.status, prometheus.body = 400, b'{"status":"error","error":"parse error"}'

    answer = requests.post(f"{preview.url}{PROXY}/query", data={"query": "("}, timeout=5)

    assert answer.status_code == 400
    assert answer.json()["error"] == "parse error"


def test_an_answer_stays_packed_on_its_way(preview: Preview, prometheus: Prometheus) -> None:
    prometheus.zipped = True

    answer = requests.post(f"{preview.url}{PROXY}/query", data={"query": "up"}, timeout=5)

    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.json() == {"status": "success", "data": []}


def test_a_prometheus_that_is_gone_is_said_in_its_own_form(preview: Preview) -> None:
    preview.datasources.write_text(
        "datasources: [{name: Prometheus, uid: prometheus, type: prometheus, "
        "url: 'http://127.0.0.1:1'}]"
    )

    answer = requests.post(f"{preview.url}{PROXY}/query", data={"query": "up"}, timeout=5)

    assert answer.status_code == 502
    assert answer.json()["status"] == "error"
    assert "Prometheus does not answer" in answer.json()["error"]


def test_a_companys_proxy_is_not_asked(
    preview: Preview, prometheus: Prometheus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    with requests.Session() as session:
        session.trust_env = False
        assert session.post(f"{preview.url}{PROXY}/query", data={"query": "up"}, timeout=5).ok
    assert len(prometheus.questions) == 1
