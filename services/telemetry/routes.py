"""Which route a request took, as a label that clients cannot multiply."""

from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute
from starlette.types import Scope

from telemetry import metrics

UNMATCHED = "<unmatched>"

_OK = 200

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
    return _plain_route(scope)


def _plain_route(scope: Scope) -> str:
    """Return the template of a Starlette route or mount, which routing leaves out of the scope."""
    endpoint = scope.get("endpoint")
    for route in scope["app"].routes if endpoint is not None else ():
        if endpoint is getattr(route, "endpoint", getattr(route, "app", None)):
            return str(getattr(route, "path", UNMATCHED))
    return UNMATCHED


def preset(routes: list[BaseRoute]) -> None:
    """Start the request series of every route at zero, with the status that it declares."""
    for route in iter_route_contexts(routes):
        if not isinstance(route.original_route, APIRoute):
            continue
        path = route.path or UNMATCHED
        for method in sorted(route.methods or ()) if is_traffic(path) else ():
            metrics.preset_request(method, path, route.status_code or _OK)
