"""The pages: made here from templates, run nothing, and fetch nothing from anywhere else."""

from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from deploy.aws.standin.traces import words

_TEMPLATES = Path(__file__).with_name("templates")

# Spans and log lines hold what strangers sent.
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}

_environment = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters |= {"duration": words.duration, "moment": words.moment}


def page(template: str, status: int = 200, **values: object) -> HTMLResponse:
    """Return a page made from a template of this package; every value is escaped."""
    text = _environment.get_template(template).render(values)
    # A log line can hold half of a character, which no page can.
    return HTMLResponse(text.encode("utf-8", "replace"), status, headers=SECURITY)
