"""A fault is held by renewing it, and never longer than its holder lives."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from loadtest import leases
from loadtest.endpoints import Endpoints, StackUnreachableError
from loadtest.leases import Lease
from tests.polling import wait_for

BODY = {"point": "http.request", "effect": "error", "rate": 0.3}


class Service:
    """A service with a fault interface that takes notes and answers as told."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, object]] = []
        self.status = 200
        service = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body = json.loads(self.rfile.read(length) or "null")
                token = self.headers["Authorization"]
                service.asked.append((f"{self.command} {self.path}", token, body))
                self.send_response(service.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_PUT = do_DELETE = answer  # noqa: N815 - the names http.server calls

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints({"api": f"http://127.0.0.1:{self.server.server_address[1]}"}, "secret")

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.close()


def test_the_fault_is_put_renewed_and_deleted(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.01)
    lease = Lease(service.endpoints, "api", "api-errors", BODY)

    lease.put()
    wait_for(lambda: len(service.asked) >= 3, "the lease is renewed", seconds=5)
    lease.end()

    assert service.asked[0] == (
        "PUT /faults/api-errors",
        "Bearer secret",
        {**BODY, "lease_seconds": leases.LEASE_SECONDS},
    )
    assert {asked[0] for asked in service.asked[:-1]} == {"PUT /faults/api-errors"}
    assert service.asked[-1][0] == "DELETE /faults/api-errors"


def test_a_renewal_comes_well_before_the_lease_ends() -> None:
    assert leases.RENEW_SECONDS <= leases.LEASE_SECONDS / 3


@pytest.mark.parametrize(
    ("status", "hint"), [(401, "make up"), (404, "FAULTS_TOKEN_FILE"), (422, "refuses the fault")]
)
def test_a_refusal_says_what_to_do(service: Service, status: int, hint: str) -> None:
    service.status = status

    with pytest.raises(StackUnreachableError, match=hint):
        Lease(service.endpoints, "api", "api-errors", BODY).put()


CRASH = {"point": "process", "effect": "exit", "delay_seconds": 1}


def test_a_crashed_service_gets_its_fault_again_at_once(service: Service) -> None:
    lease = Lease(service.endpoints, "api", "api-restarts", CRASH)
    lease.put()

    wait_for(lambda: len(service.asked) >= 3, "the fault is put again", seconds=1)

    lease.end()
    assert service.asked[-1][0] == "DELETE /faults/api-restarts"


def test_a_crashed_service_is_waited_for_at_the_end(service: Service) -> None:
    lease = Lease(service.endpoints, "api", "api-restarts", CRASH)
    lease.put()
    service.status = 503
    back = threading.Timer(0.3, lambda: setattr(service, "status", 200))
    back.start()

    lease.end()

    assert service.status == 200, "it did not wait"


def test_a_service_that_stays_away_says_how_long_the_fault_can_last() -> None:
    service = Service()
    lease = Lease(service.endpoints, "api", "api-errors", BODY)
    lease.put()
    service.close()

    with pytest.raises(StackUnreachableError, match=r"ends by itself within 15 s"):
        lease.end()


def test_a_service_that_is_away_is_named() -> None:
    nowhere = Endpoints({"api": "http://127.0.0.1:1"}, "secret")

    with pytest.raises(StackUnreachableError, match="api does not answer"):
        leases.stop(nowhere, "api")
