"""The local stack's log lines, as Docker keeps what api, ml and sink write to stdout."""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, NamedTuple

from deploy.aws.insights.errors import InsightsError
from deploy.aws.insights.window import Window
from deploy.stack.console import ROOT
from deploy.stack.project import Project

# CloudWatch's limit of one event, 1 MiB with 26 bytes for its keeping:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
LONGEST_MESSAGE = 1024 * 1024 - 26
# Docker keeps a longer line in pieces of this many bytes.
_PIECE = 16 * 1024
# Before each line, and also between its pieces: 2026-11-25T01:02:03.123456789Z and a space.
_STAMP = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{3})\d*Z ")
# A line of the longest message, with its prefix and the stamps between its pieces.
_LONGEST_LINE = LONGEST_MESSAGE + 64 * 1024


class Event(NamedTuple):
    """One log event: milliseconds since the epoch, the container it is from, its text."""

    moment: int
    stream: str
    message: str


@dataclass
class Tally:
    """What was peculiar about the lines."""

    events: int = 0
    bytes: int = 0
    cut: int = 0
    replaced: int = 0
    unstamped: int = 0
    ahead: int = 0

    def explained(self) -> list[str]:
        """Return a sentence for each peculiarity."""
        told = (
            (self.cut, f"longer than {LONGEST_MESSAGE:,} bytes: cut there, their JSON is not read"),
            (self.replaced, "with bytes that are no UTF-8: each such byte is shown as \ufffd"),
            (self.unstamped, "without a time: left out"),
            (self.ahead, "later than now, by a clock that is ahead: left out"),
        )
        return [f"{count:,} lines {what}" for count, what in told if count]


def command(services: Iterable[str], window: Window) -> list[str]:
    """Return the command that prints the services' lines of a window."""
    since = datetime.fromtimestamp(window.start // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    options = ["--no-color", "--timestamps", f"--since={since}"]
    return ["docker", "compose", "logs", *options, *services]


def read(project: Project, services: Iterable[str], window: Window) -> Iterator[bytes]:
    """Yield the lines of a project's services, each with Docker's prefix and time.

    A line that is longer than CloudWatch takes is cut. Raises InsightsError where Docker fails.
    """
    with tempfile.TemporaryFile() as problems:
        try:
            process = subprocess.Popen(  # noqa: S603 - fixed words and checked names
                command(services, window),
                stdout=subprocess.PIPE,
                stderr=problems,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **project.environment()},
                cwd=ROOT,
            )
        except FileNotFoundError:
            raise InsightsError("there is no docker here: start the stack with `make up`") from None
        with process:
            if process.stdout is None:
                raise TypeError(process)
            yield from lines(process.stdout)
        problems.seek(0)
        said = problems.read(4096).decode(errors="replace").strip()
        if process.returncode:
            reason = said.splitlines()[-1] if said else f"status {process.returncode}"
            raise InsightsError(
                f"`docker compose logs` failed: {reason}. Is the stack up (`make up`)?"
            )


def lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield a stream's lines, none of them longer than the longest one that can count."""
    while line := stream.readline(_LONGEST_LINE):
        yield line
        while not line.endswith(b"\n") and (line := stream.readline(_LONGEST_LINE)):
            pass


def events(raw: Iterable[bytes], window: Window, tally: Tally) -> Iterator[Event]:
    """Yield the events of lines that Docker has stamped, and count what is peculiar."""
    second, began = b"", 0
    for line in raw:
        tally.bytes += len(line)
        name, _, rest = line.partition(b" | ")
        stamp = _STAMP.match(rest)
        if stamp is None:
            tally.unstamped += 1
            continue
        if stamp[1] != second:
            second = stamp[1]
            began = int(datetime.fromisoformat(f"{second.decode()}+00:00").timestamp()) * 1000
        moment = began + int(stamp[2])
        if moment > window.end:
            tally.ahead += 1
        elif moment >= window.start and (message := _message(rest[stamp.end() :], tally)):
            tally.events += 1
            yield Event(moment, name.strip().decode(errors="replace"), message)


def _message(raw: bytes, tally: Tally) -> str:
    """Return a line's text: pieces joined, cut where it is too long, decoded."""
    message = raw.rstrip(b"\r\n")
    if len(message) > _PIECE:
        message = _joined(message)
    if len(message) > LONGEST_MESSAGE:
        tally.cut += 1
        message = message[:LONGEST_MESSAGE]
    try:
        return message.decode()
    except UnicodeDecodeError:
        tally.replaced += 1
        return message.decode(errors="replace")


def _joined(message: bytes) -> bytes:
    """Take out the stamps that Docker writes before each piece of a long line."""
    pieces, start = [], 0
    while stamp := _STAMP.match(message, start + _PIECE):
        pieces.append(message[start : start + _PIECE])
        start = stamp.end()
    return b"".join([*pieces, message[start:]])
