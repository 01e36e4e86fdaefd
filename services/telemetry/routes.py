"""Which route a request took, as a label that clients cannot multiply."""

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute
from starlette.types import Scope

from telemetry import metrics

UNMATCHED = "<unmatched>"

# Scrapes, health checks and the fault interface are not the service's traffic.
_INTERNAL = frozenset({"/metrics", "/livez", "/readyz", "/faults"})


def is_traffic(path: str) -> bool:
    """Tell whether a request to this path counts as the service's work."""
    return path not in _INTERNAL and not path.startswith("/faults/")


def template(scope: Scope) -> str:
    """Return the full template of the route that answered, such as `/api/v1/predictions/{id}`.

    Valid once routing ran, for it writes the route into the scope. A route of an
    included router knows its path without the prefix it was included with; FastAPI keeps the
    whole of it in a context of its own (read in FastAPI 0.165). Without a route: `UNMATCHED`.
    """
    included = scope.get("fastapi", {}).get("effective_route_context")
    for route in (getattr(included, "starlette_route", None), included, scope.get("route")):
        path = getattr(route, "path_format", None)
        if path:
            return str(path)
    return UNMATCHED


def preset(routes: list[BaseRoute]) -> None:
    """Start the request series of every route at zero."""
    for route in iter_route_contexts(routes):
        status = getattr(route, "status_code", None) or 200
        if route.path is None or not is_traffic(route.path):
            continue
        for method in (route.methods or set()) - {"HEAD", "OPTIONS"}:
            metrics.preset_request(method, route.path, status)
