"""The HTTP server: files of the page, JSON, and questions to Prometheus."""

import json
import mimetypes
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from urllib.parse import unquote, urlsplit

from grafana.preview.server import api, provisioning, settings, upstream
from grafana.preview.server.upstream import Answer

# A query of ours has some hundred characters.
LONGEST_FORM = 100_000
PAGE = "index.html"
PROXY = "/api/datasources/proxy/uid/"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    # Styles are made while the page runs (emotion); nothing else comes from elsewhere.
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}
# Scripts are named by their content; icons and fonts are those of a pinned package.
FOREVER = "public, max-age=31536000, immutable"
A_DAY = "public, max-age=86400"
FRESH = "no-cache"


class Handler(BaseHTTPRequestHandler):
    """One connection of a browser."""

    protocol_version = "HTTP/1.1"
    server_version = "dashboard-preview"
    sys_version = ""
    # Headers and body are two writes: the second must not wait for an acknowledgement.
    disable_nagle_algorithm = True
    # An idle connection is closed.
    timeout = 60

    def do_GET(self) -> None:
        """Answer with a file, JSON, or what Prometheus says."""
        path = urlsplit(self.path).path
        if path.startswith(PROXY):
            self.forward(None)
        elif path.startswith("/api/"):
            self.send_json(api.answer(path.removeprefix("/api/").rstrip("/")))
        elif path.startswith("/public/"):
            self.send_file(path.removeprefix("/public/"))
        else:
            self.send_file(PAGE)

    def do_HEAD(self) -> None:
        """Answer as to GET, without the body."""
        self.do_GET()

    def do_POST(self) -> None:
        """Send a form on to Prometheus."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LONGEST_FORM:
            self.close_connection = True
            self.send_problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        self.forward(self.rfile.read(int(length)))

    def forward(self, form: bytes | None) -> None:
        """Ask a data source: `/api/datasources/proxy/uid/<uid>/<path of Prometheus>`."""
        parts = urlsplit(self.path)
        uid, _, path = parts.path.removeprefix(PROXY).partition("/")
        source = provisioning.datasources(settings.provisioning()).get(uid)
        if source is None or not parts.path.startswith(PROXY):
            self.send_problem(HTTPStatus.NOT_FOUND)
        elif not upstream.READABLE.fullmatch(path):
            self.send_problem(HTTPStatus.FORBIDDEN)
        else:
            accepted = self.headers.get("Accept-Encoding", "identity")
            self.send(upstream.ask(source, path, parts.query, form, accepted))

    def send_json(self, value: object) -> None:
        """Send JSON; None is 404."""
        if value is None:
            self.send_problem(HTTPStatus.NOT_FOUND)
            return
        self.send(Answer(HTTPStatus.OK, "application/json", "", json.dumps(value).encode()))

    def send_problem(self, status: HTTPStatus) -> None:
        """Send a status with its words, in the form of Grafana's own."""
        body = json.dumps({"message": status.phrase}).encode()
        self.send(Answer(status, "application/json", "", body))

    def send_file(self, name: str) -> None:
        """Send a file of the page; one outside of its folder is not found."""
        root = settings.page_files().resolve()
        # A null character is no part of any name.
        file = (root / unquote(name).replace("\0", "")).resolve()
        if not (file.is_relative_to(root) and file.is_file()):
            self.send_problem(HTTPStatus.NOT_FOUND)
            return
        media = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        cached = FRESH if name == PAGE else FOREVER if name.startswith("assets/") else A_DAY
        self.send(Answer(HTTPStatus.OK, media, "", file.read_bytes()), cached)

    def send(self, answer: Answer, cached: str = FRESH) -> None:
        """Send an answer; `cached` is how long a browser may keep it."""
        # Whoever has left the page takes no answer any more.
        with suppress(ConnectionError):
            self.write(answer, cached)

    def write(self, answer: Answer, cached: str) -> None:
        """Write an answer to the connection."""
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.media)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Cache-Control", cached)
        if answer.encoding:
            self.send_header("Content-Encoding", answer.encoding)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """Stay silent: a line for each panel tells nobody anything."""
