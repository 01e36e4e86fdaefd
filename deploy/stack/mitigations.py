"""What helps at once in an incident: go back a version, run more instances, switch something off.

Each works on the stack as it runs (`Project.running`), within seconds, and says on the sink's
timeline what it did.
"""

import getpass
import json
import re
import time
import urllib.error
import urllib.request

from deploy.stack.console import StackError, must, run, say, step
from deploy.stack.project import VERSIONED, Project
from deploy.stack.state import FLAGS

# A tag as registries take it: https://github.com/opencontainers/distribution-spec (pulling
# manifests).
_VERSION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,62}")
# The service that `scale` runs more of, and the Compose service of what is more.
SCALED, MORE = "ml", "ml-extra"
MOST_INSTANCES = 5
_PORT = 8001
_WAIT_SECONDS = 60
_SINK_SECONDS = 5
# Prometheus takes changes of its targets over every five seconds.
_FORGET_SECONDS = 15
_POLL_SECONDS = 0.5


def deploy(stack: Project, service: str, version: str) -> None:
    """Run a version of a service: the checkout's code where there is no image of it yet.

    Raises:
        StackError: no such service or version, it runs already, or it does not become healthy, in
            which case the version before runs again.

    """
    _check(service)
    if not _VERSION.fullmatch(version):
        raise StackError(f"VERSION={version!r}: use a version such as 1.1.0")
    before = stack.version(service)
    if version == before:
        raise StackError(f"{service} {version} runs already")
    began = time.monotonic()
    stack.state.release(service, version, before)
    try:
        if run(["docker", "image", "inspect", f"sre-reference/{service}:{version}"]).returncode:
            with step(f"building {service} {version}"):
                must(
                    ["docker", "compose", "build", "--quiet", service],
                    why=f"{service} {version} could not be built",
                    env=stack.environment(),
                )
        _start(stack, service, version)
    except StackError:
        stack.state.take_back(service)
        _start(stack, service, before)
        raise
    _tell(stack, "deploy", f"{service} {version} deployed, after {before}", began)


def rollback(stack: Project, service: str, only: str = "") -> None:
    """Run the version that ran before; `only` where that of this name runs now.

    Raises:
        StackError: no earlier version is known, or it does not become healthy.

    """
    _check(service)
    bad = stack.version(service)
    if only and bad != only:
        say(f"{service} runs {bad}, not {only}: nothing to roll back")
        return
    began = time.monotonic()
    good = stack.state.take_back(service)
    _start(stack, service, good)
    _tell(stack, "mitigation", f"{service} rolled back from {bad} to {good}", began)


def scale(stack: Project, service: str, count: str) -> None:
    """Run so many instances of the ML service.

    Raises:
        StackError: another service or number, or the new ones do not become healthy.

    """
    if service != SCALED:
        raise StackError(f"only {SCALED} can be scaled: {service} has a port of this machine")
    if not (count.isdecimal() and 1 <= int(count) <= MOST_INSTANCES):
        raise StackError(f"N={count}: use a number from 1 to {MOST_INSTANCES}")
    began, more = time.monotonic(), int(count) - 1
    # Prometheus first forgets what will be gone, and last learns of what is there.
    known = [f"{stack.name}-{MORE}-{number}:{_PORT}" for number in range(1, more + 1)]
    gone = [one for one in stack.state.scraped(SCALED) if one not in known]
    if gone:
        stack.state.scrape(SCALED, [one for one in known if one in stack.state.scraped(SCALED)])
        _wait_until_forgotten(stack, gone)
    with step(f"running {count} of {service}"):
        if more:
            _up(stack, MORE, f"--scale={MORE}={more}", "--no-recreate", profile="scale")
        else:
            stack.compose("--profile=scale", "rm", "--stop", "--force", MORE)
    stack.state.scrape(SCALED, known)
    _tell(stack, "mitigation", f"{service} scaled to {count}", began)


def flag(stack: Project, name: str, to: str) -> None:
    """Switch a feature on or off, or say how all are switched where no name is given.

    Raises:
        StackError: there is no such feature, or it is switched to neither.

    """
    if not name:
        for one in FLAGS:
            say(f"  {one:24} {'on' if stack.state.has(one) else 'OFF'}")
        return
    if name not in FLAGS:
        raise StackError(f"NAME={name}: there are {', '.join(FLAGS)}")
    if to not in {"on", "off"}:
        raise StackError(f"TO={to}: use on or off")
    began = time.monotonic()
    stack.state.switch(name, to)
    _tell(stack, "mitigation", f"{name} switched {to}", began)


def _wait_until_forgotten(stack: Project, targets: list[str]) -> None:
    """Wait until Prometheus scrapes none of these, or a while where it doesn't answer."""
    until = time.monotonic() + _FORGET_SECONDS
    while time.monotonic() < until:
        try:
            url = f"{stack.url('prometheus')}/api/v1/targets?state=active"
            with urllib.request.urlopen(url, timeout=_SINK_SECONDS) as answer:  # noqa: S310 - http
                text = answer.read().decode()
        except (StackError, OSError):
            return
        if not any(one in text for one in targets):
            return
        time.sleep(_POLL_SECONDS)


def _check(service: str) -> None:
    if service not in VERSIONED:
        raise StackError(f"SERVICE={service}: {' and '.join(VERSIONED)} have versions")


def _start(stack: Project, service: str, version: str) -> None:
    with step(f"starting {service} {version}"):
        _up(stack, service)


def _up(stack: Project, service: str, *options: str, profile: str = "") -> None:
    """Start a service and wait until it is healthy; raises StackError with the end of its log."""
    chosen = [f"--profile={profile}"] if profile else []
    result = stack.compose(
        *chosen,
        *("up", "--detach", "--no-deps", "--wait", f"--wait-timeout={_WAIT_SECONDS}"),
        *(*options, service),
    )
    if result.returncode != 0:
        shown = stack.compose(*chosen, "logs", "--no-log-prefix", "--tail=8", service).stdout
        raise StackError(f"{service} did not become healthy:\n{result.stderr.strip()}\n{shown}")


def _tell(stack: Project, kind: str, text: str, began: float) -> None:
    """Say what was done, here and on the sink's timeline."""
    seconds = time.monotonic() - began
    say(f"✓ {text}, in {seconds:.1f} s")
    try:
        by = getpass.getuser()
    except (KeyError, OSError):
        by = "make"
    body = {"kind": kind, "text": text, "by": by, "data": {"seconds": round(seconds, 1)}}
    try:
        request = urllib.request.Request(  # noqa: S310 - the address is http://127.0.0.1
            f"{stack.url('sink')}/api/v1/timeline",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=_SINK_SECONDS).close()  # noqa: S310 - the same
    except (StackError, OSError) as error:
        say(f"  (not on the incident's timeline: {error})")
