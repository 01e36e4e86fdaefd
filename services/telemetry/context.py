"""What is known of the request in progress, for every line logged while it runs."""

from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True)
class RequestContext:
    """One request, as the log shows it.

    `method` and `path` are the client's own words, `path` without the query string. `extra` is
    what handlers add to the request's one line.
    """

    request_id: str
    user_id: str | None
    method: str
    path: str
    extra: dict[str, object] = field(default_factory=dict)


_current: ContextVar[RequestContext | None] = ContextVar("telemetry_request", default=None)

# Setting and resetting belong to the middleware; everybody else reads.
enter = _current.set
leave = _current.reset
current = _current.get
