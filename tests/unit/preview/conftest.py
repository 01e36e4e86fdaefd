"""The preview's server, in this process, and a Prometheus that remembers what it is asked."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from grafana.preview.server.serving import Handler

CONFIGURATION = "global:\n  scrape_interval: 750ms\n"


@dataclass
class Prometheus:
    """What stands for Prometheus: the questions it was asked, and what it answers to each."""

    url: str = ""
    questions: list[tuple[str, str, str]] = field(default_factory=list)
    status: int = 200
    body: bytes = b'{"status":"success","data":[]}'
    zipped: bool = False
    configuration: str | None = CONFIGURATION

    def handler(self) -> type[BaseHTTPRequestHandler]:
        prometheus = self

        class Asked(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                form = self.rfile.read(length).decode()
                if self.path == "/api/v1/status/config":
                    self.configure()
                    return
                prometheus.questions.append((self.command, self.path, form))
                packed = gzip.compress(prometheus.body) if prometheus.zipped else prometheus.body
                self.answer(prometheus.status, packed, zipped=prometheus.zipped)

            do_POST = do_GET  # noqa: N815 - http.server's name

            def configure(self) -> None:
                if prometheus.configuration is None:
                    self.answer(503, b"starting")
                    return
                data = {"data": {"yaml": prometheus.configuration}}
                self.answer(200, json.dumps(data).encode())

            def answer(self, status: int, body: bytes, *, zipped: bool = False) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                if zipped:
                    self.send_header("Content-Encoding", "gzip")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        return Asked


@dataclass
class Preview:
    """The server: its address, and the folders that it reads."""

    url: str
    dashboards: Path
    datasources: Path
    files: Path
    configuration: Path


@contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve on a free port, and give the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    # Seconds between looks whether it is to end: tests are many.
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def prometheus() -> Iterator[Prometheus]:
    prometheus = Prometheus()
    with served(prometheus.handler()) as url:
        prometheus.url = url
        yield prometheus


@pytest.fixture
def preview(
    tmp_path: Path, prometheus: Prometheus, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Preview]:
    dashboards, files = tmp_path / "dashboards", tmp_path / "files"
    provisioning, configuration = tmp_path / "provisioning", tmp_path / "grafana.ini"
    for folder in (dashboards, files, provisioning / "datasources", provisioning / "dashboards"):
        folder.mkdir(parents=True)
    (files / "index.html").write_text("<!doctype html><title>page</title>")
    (provisioning / "dashboards" / "files.yaml").write_text(
        "providers: [{name: files, folder: SRE reference, type: file, "
        f"options: {{path: {dashboards}}}}}]"
    )
    datasources = provisioning / "datasources" / "prometheus.yaml"
    datasources.write_text(
        "datasources: [{name: Prometheus, uid: prometheus, type: prometheus, "
        f"url: {prometheus.url}/, jsonData: {{timeInterval: 15s}}}}]"
    )
    monkeypatch.setenv("GF_PATHS_PROVISIONING", str(provisioning))
    monkeypatch.setenv("GF_PATHS_CONFIG", str(configuration))
    monkeypatch.setenv("PREVIEW_FILES", str(files))
    with served(Handler) as url:
        yield Preview(url, dashboards, datasources, files, configuration)
