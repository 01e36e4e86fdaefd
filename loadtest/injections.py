"""Ways to break a stack. Each ends by itself when the process that put it in does."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from loadtest import containers
from loadtest.endpoints import Endpoints, StackUnreachableError
from loadtest.leases import Lease
from loadtest.traffic import Traffic, start

Body = Callable[[float], Mapping[str, object]]
HOGS = Path(__file__).with_name("hogs")


class Injection(Protocol):
    """A fault that is in from `put` to `end`; both raise StackUnreachableError."""

    def put(self) -> None:
        """Put it in."""

    def end(self) -> None:
        """Take it out."""


class Way(Protocol):
    """A kind of fault, as the catalogue writes it."""

    def prepare(self, endpoints: Endpoints, name: str, scrape: float) -> Injection:
        """Return the fault, ready to be put in. `scrape` is the scrape interval in seconds."""


@dataclass(frozen=True)
class InService:
    """A fault in a service's own fault interface.

    `body` is what is PUT there, without the lease: a function of the scrape interval in seconds,
    since a crash must leave time to be seen.
    """

    target: str
    body: Body

    def prepare(self, endpoints: Endpoints, name: str, scrape: float) -> Injection:
        """Return the lease."""
        return Lease(endpoints, self.target, name, self.body(scrape))


@dataclass
class Broken:
    """Docker commands that break something, and those that undo it, whatever becomes of us."""

    breaking: list[tuple[str, ...]]
    undoing: list[tuple[str, ...]]
    _undo: containers.Held | None = None

    def put(self) -> None:
        """Break it."""
        self._undo = containers.at_the_end(*[("docker", *words) for words in self.undoing])
        for words in self.breaking:
            containers.docker(*words)

    def end(self) -> None:
        """Undo it."""
        if self._undo is not None:
            self._undo.end()


@dataclass(frozen=True)
class Stopped:
    """A service's container is killed, as when its machine dies, and stays away."""

    service: str

    def prepare(self, endpoints: Endpoints, name: str, scrape: float) -> Injection:  # noqa: ARG002 - a container's fault has neither
        """Return the commands."""
        one = containers.container(project(endpoints), self.service)
        return Broken([("kill", one)], [("start", one)])


@dataclass(frozen=True)
class Unreachable:
    """A service runs, and nobody reaches it: its network is cut."""

    service: str

    def prepare(self, endpoints: Endpoints, name: str, scrape: float) -> Injection:  # noqa: ARG002 - a container's fault has neither
        """Return the commands."""
        one = containers.container(project(endpoints), self.service)
        form = "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}}{{end}}"
        network = containers.docker("inspect", f"--format={form}", one)
        # What it is called there is forgotten with the network.
        names = '{{range .NetworkSettings.Networks}}{{join .Aliases " "}}{{end}}'
        aliases = containers.docker("inspect", f"--format={names}", one).split()
        called = [f"--alias={alias}" for alias in aliases if not one.startswith(alias)]
        connect = ("network", "connect", *called, network, one)
        return Broken([("network", "disconnect", network, one)], [connect])


@dataclass(frozen=True)
class Deployed:
    """A new version of a service is deployed, and what `body` says is wrong with it alone.

    It ends when it is rolled back; what is wrong stays in, and strikes no other version.
    """

    target: str
    version: str
    body: Body

    def prepare(self, endpoints: Endpoints, name: str, scrape: float) -> Injection:
        """Return the deploy."""
        stack = (sys.executable, "-m", "deploy.stack", "--project", project(endpoints))
        wrong = {**self.body(scrape), "match": {"version": self.version}}
        return Deploy(
            Lease(endpoints, self.target, name, wrong),
            (*stack, "deploy", "--service", self.target, self.version),
            (*stack, "rollback", "--service", self.target, "--only", self.version),
        )


@dataclass
class Deploy:
    """One deploy, its fault, and the way back unless somebody went it already."""

    lease: Lease
    forward: tuple[str, ...]
    back: tuple[str, ...]
    _undo: containers.Held | None = None

    def put(self) -> None:
        """Deploy; the fault waits for its version."""
        self.lease.put()
        self._undo = containers.at_the_end(self.back)
        containers.command(*self.forward)

    def end(self) -> None:
        """Roll back where that is still to be done, and take the fault out."""
        if self._undo is not None:
            self._undo.end()
        self.lease.end()


@dataclass(frozen=True)
class Edited:
    """Prometheus' configuration is edited and loaded again: a bad deploy.

    Only where the folder is a stack's own rendered copy: nobody's work may be lost.
    `edit` takes the file's text, empty for a new file, and returns the new one.
    """

    file: str
    edit: Callable[[str], str]

    def prepare(self, endpoints: Endpoints, name: str, scrape: float) -> Injection:  # noqa: ARG002 - a container's fault has neither
        """Return the edit.

        Raises:
            StackUnreachableError: the stack runs on files of a checkout.

        """
        one = containers.container(project(endpoints), "prometheus")
        form = '{{range .Mounts}}{{if eq .Destination "/etc/prometheus"}}{{.Source}}{{end}}{{end}}'
        folder = Path(containers.docker("inspect", f"--format={form}", one))
        if ".run" not in folder.parts:
            raise StackUnreachableError(
                f"this fault edits {folder}, which is yours: `make drill FAULT={name}` runs it on "
                "a stack of its own"
            )
        # Not `docker kill --signal=HUP`: after it an engine no longer restarts the container.
        reload = ("docker", "exec", one, "sh", "-c", "kill -HUP 1")
        return Edit(folder / self.file, self.edit, reload)


@dataclass
class Edit:
    """One edit of one file, and the command that makes it known."""

    file: Path
    edit: Callable[[str], str]
    reload: tuple[str, ...]
    _undo: containers.Held | None = None

    def put(self) -> None:
        """Write the file."""
        before = self.file.with_suffix(".before")
        if self.file.exists():
            text = self.file.read_text()
            before.write_text(text)
            back: tuple[str, ...] = ("mv", str(before), str(self.file))
        else:
            text, back = "", ("rm", str(self.file))
        self._undo = containers.at_the_end(back, self.reload)
        self.file.write_text(self.edit(text))
        containers.docker(*self.reload[1:])

    def end(self) -> None:
        """Put the file back as it was."""
        if self._undo is not None:
            self._undo.end()


@dataclass(frozen=True)
class Hogged:
    """A program that takes something away for as long as it runs: connections, disk.

    `script` is a file of hogs/ and `words` its arguments. It runs in the container of `service`;
    with a `volume`, in one of its own that has the same image and the volume at /disk.
    """

    service: str
    script: str
    words: tuple[str, ...] = ()
    volume: str = ""

    def prepare(self, endpoints: Endpoints, name: str, scrape: float) -> Injection:  # noqa: ARG002 - a container's fault has neither
        """Return the program."""
        name_of = project(endpoints)
        one = containers.container(name_of, self.service)
        source = (HOGS / f"{self.script}.py").read_text()
        start_words = ["exec", "--interactive", one]
        if self.volume:
            image = containers.docker("inspect", "--format={{.Config.Image}}", one)
            mount = f"--volume={name_of}_{self.volume}:/disk"
            start_words = ["run", "--rm", "--interactive", "--network=none", mount, image]
        return Hog(["docker", *start_words, "python", "-c", source, *self.words])


@dataclass
class Hog:
    """The running program."""

    command: list[str]
    _held: containers.Held | None = None

    def put(self) -> None:
        """Start it, and wait until it has what it takes."""
        self._held = containers.Held(self.command)
        self._held.wait_ready()

    def end(self) -> None:
        """Let it give all back."""
        if self._held is not None:
            self._held.end()


@dataclass(frozen=True)
class Crowd:
    """More users: `times` as many again come to the API."""

    times: float

    def prepare(self, endpoints: Endpoints, name: str, scrape: float) -> Injection:  # noqa: ARG002 - traffic has neither
        """Return the traffic."""
        return Coming(endpoints.urls["api"], self.times)


@dataclass
class Coming:
    """The users who come."""

    host: str
    times: float
    _traffic: list[Traffic] = field(default_factory=list)

    def put(self) -> None:
        """Let them come."""
        self._traffic.append(start(self.host, self.times))

    def end(self) -> None:
        """Send them away."""
        while self._traffic:
            self._traffic.pop().stop()


def project(endpoints: Endpoints) -> str:
    """Return the Compose project; raises StackUnreachableError where Docker is out of reach."""
    if not endpoints.project:
        raise StackUnreachableError(
            "this fault needs Docker, and STACK_PROJECT names no project: use `make drill`"
        )
    return endpoints.project
