"""``python -m deploy.aws.standin``: serve what stands in for AWS.

Reads the environment (`settings`); what is missing or wrong there, or in the template, ends the
process with status 2 and one line that says what to do.
"""

import os
import sqlite3
import sys

import yaml
from fastapi import FastAPI

from deploy.aws.standin import settings as environment
from deploy.aws.standin.alarms.definition import AlarmError
from deploy.aws.standin.app import create_app
from deploy.aws.standin.assembly import assemble
from deploy.aws.standin.collector import ConfigurationError
from deploy.aws.standin.filters import FilterError, metric_filters
from deploy.aws.standin.retries import PolicyError
from deploy.aws.standin.settings import Settings, SettingsError
from deploy.aws.standin.state import State
from deploy.aws.standin.template import TemplateError, load
from telemetry import logs
from telemetry.server import serve

_WRONG_USAGE = 2


def main() -> int:
    """Serve until SIGTERM or SIGINT; return the exit status."""
    try:
        settings = environment.read(os.environ)
        logs.configure(settings.log_level)
        app = _build(settings)
    except SettingsError as error:
        return _stop(str(error))
    except (AlarmError, FilterError, PolicyError, TemplateError) as error:
        return _stop(f"STANDIN_TEMPLATE: {error}.")
    except (ConfigurationError, yaml.YAMLError) as error:
        return _stop(f"STANDIN_COLLECTOR: {error}.")
    except sqlite3.Error as error:
        return _stop(
            f"STANDIN_DATABASE: cannot write it ({error}): its folder must exist and belong to the "
            "user that the service runs as."
        )
    serve(app, port=settings.port)
    return 0


def _build(settings: Settings) -> FastAPI:
    template = load(settings.template, settings.region)
    state = State(settings.database)
    return create_app(assemble(settings, template, state, metric_filters(settings.scale)))


def _stop(problem: str) -> int:
    print(problem, file=sys.stderr, flush=True)  # noqa: T201 - the log may not be set up yet
    return _WRONG_USAGE


if __name__ == "__main__":
    sys.exit(main())
