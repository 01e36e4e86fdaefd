"""A segment's `http`: what was asked, and the answer's status.

https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html#api-segmentdocuments-http
"""

from collections.abc import Mapping
from ipaddress import ip_address

from deploy.aws.standin.collector.attributes import Value, text

# Where a port is the scheme's own, an address doesn't name it.
_PORTS = {"http": "80", "https": "443"}

# HTTP's attributes (https://opentelemetry.io/docs/specs/semconv/http/http-spans/) that end here
# instead of in the metadata. Those of the first line make a span one of HTTP.
_MAKES_HTTP = {"http.request.method", "http.response.status_code", "user_agent.original"} | {
    "url.full",
    "url.scheme",
    "url.path",
    "url.query",
}
KEYS = _MAKES_HTTP | {"server.address", "server.port", "client.address", "network.peer.address"}


def http_block(found: Mapping[str, Value], *, is_server: bool) -> dict[str, object] | None:
    """Return the block for a span's attributes, None for a span that isn't HTTP's."""
    if not _MAKES_HTTP & found.keys():
        return None
    peer, client = (_ip(text(found, key)) for key in ("network.peer.address", "client.address"))
    request = {
        "method": text(found, "http.request.method"),
        "url": _url(found, is_server=is_server) if peer or _names_host(found) else "",
        "user_agent": text(found, "user_agent.original"),
        "client_ip": client or peer,
        # An address that isn't the connection's own comes from a header of that name.
        "x_forwarded_for": bool(client and not peer),
    }
    status = found.get("http.response.status_code")
    return {
        "request": {key: value for key, value in request.items() if value},
        "response": {"status": status} if isinstance(status, int) else {},
    }


def _names_host(found: Mapping[str, Value]) -> bool:
    return "url.full" in found or "server.address" in found


def _ip(value: str) -> str:
    try:
        return str(ip_address(value))
    except ValueError:
        return ""


def _url(found: Mapping[str, Value], *, is_server: bool) -> str:
    """Return the whole address, or put it together of its parts."""
    if full := text(found, "url.full"):
        return full
    scheme = text(found, "url.scheme") or "http"
    # As the exporter has it: of a client's attributes none names the port.
    port = str(found.get("server.port") or "") if is_server else ""
    query = text(found, "url.query")
    return "".join(
        (
            f"{scheme}://{text(found, 'server.address')}",
            f":{port}" if port and port != _PORTS.get(scheme) else "",
            text(found, "url.path") or "/",
            f"?{query.removeprefix('?')}" if query else "",
        )
    )
