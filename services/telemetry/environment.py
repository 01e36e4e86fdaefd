"""Settings from the environment: a wrong one stops the service and says what to do."""

import os
import sys
from pathlib import Path
from typing import NoReturn

LOG_LEVELS = ("DEBUG", "INFO", "WARN", "ERROR")

# The exit status that a shell's own commands use for wrong usage.
_WRONG_USAGE = 2

_MOST_DIGITS = 18


def stop(problem: str) -> NoReturn:
    """Print one line on stderr and end the process with status 2 (raises SystemExit)."""
    print(problem, file=sys.stderr, flush=True)  # noqa: T201 - the log may not be set up yet
    raise SystemExit(_WRONG_USAGE)


def optional(name: str, default: str) -> str:
    """Return the variable's value, or the default where it is unset or empty."""
    return os.environ.get(name) or default


def required(name: str) -> str:
    """Return the variable's value; without one, stop."""
    value = os.environ.get(name)
    if not value:
        stop(f"{name} is not set: set it in this service's environment (docker-compose.yml).")
    return value


def whole_number(name: str, default: int, most: int) -> int:
    """Return the variable as a number from 1 to `most`; anything else stops."""
    text = optional(name, str(default))
    # Python would refuse to convert thousands of digits.
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        stop(f"{name} is {text[:32]!r}: set it to a whole number.")
    if not 1 <= int(text) <= most:
        stop(f"{name} is {text}: set it to a whole number from 1 to {most}.")
    return int(text)


def log_level() -> str:
    """Return LOG_LEVEL, one of DEBUG, INFO (the default), WARN, ERROR; anything else stops."""
    level = optional("LOG_LEVEL", "INFO").upper()
    if level not in LOG_LEVELS:
        stop(f"LOG_LEVEL is {level[:32]!r}: set it to one of {', '.join(LOG_LEVELS)}.")
    return level


def secret(name: str) -> str:
    """Return what is in the file that the variable names; see `read_secret`."""
    return read_secret(name, required(name))


def read_secret(name: str, file: str) -> str:
    """Return a secret file's content without surrounding white space.

    `name` is the variable that named the file. A missing, unreadable or empty file stops.
    """
    try:
        value = Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        stop(f"{name}: cannot read {file} ({error.strerror}): mount the secret there.")
    except UnicodeDecodeError:
        stop(f"{name}: {file} is not UTF-8 text: write the secret into it again.")
    if not value:
        stop(f"{name}: {file} is empty: write the secret into it.")
    return value
