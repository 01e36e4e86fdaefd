"""``python3 -m deploy.stack``: what the Makefile's targets call."""

import argparse
import json
import sys
import urllib.error
import urllib.request
from typing import Any

from deploy.stack import (
    engine,
    environment,
    images,
    mitigations,
    on_host,
    packages,
    preflight,
    settings,
)
from deploy.stack.console import StackError, fail, run, say
from deploy.stack.project import Project
from deploy.stack.state import FLAGS

INTERRUPTED = 130
# Beyond it a scrape interval of 15 s is so short that scrapes are all that the machine does.
HIGHEST_FACTOR = 60
# CloudWatch's period, in seconds.
MINUTE = 60
PASSED_ON = frozenset({"compose", "loadtest", "drill"})
# What end-to-end tests use: a `for` of five minutes becomes 15 s, a scrape interval 0.75 s.
DRILL_FACTOR = 20


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit status: 0, 1 with an explanation, 130 on Ctrl-C."""
    options = parse(arguments)
    try:
        return options.run(options) or 0
    except StackError as error:
        return fail(error)
    except KeyboardInterrupt:
        say("\ninterrupted; `make down` removes what was started")
        return INTERRUPTED


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python3 -m deploy.stack", description=__doc__)
    parser.add_argument("--project", help="Compose project name (default: .env's)")
    parser.add_argument("--factor", default="1", help="divide every duration by this")
    parser.add_argument("--aws", action="store_true", help="with the local stand-in for AWS")
    commands = parser.add_subparsers(required=True)
    for name, function in COMMANDS.items():
        command = commands.add_parser(name, help=function.__doc__)
        command.set_defaults(run=function)
        for word, about in ARGUMENTS.get(name, ()):
            command.add_argument(word, **about)
    given = sys.argv[1:] if arguments is None else arguments
    # What follows these is another program's, options included, which argparse would take for ours.
    own = next((n for n, word in enumerate(given, 1) if word in PASSED_ON), len(given))
    options = parser.parse_args(given[:own])
    options.words = given[own:]
    return options


def project(options: argparse.Namespace) -> Project:
    """Return the project that the command line names."""
    factor = options.factor
    if not (factor.isdecimal() and 1 <= int(factor) <= HIGHEST_FACTOR):
        raise StackError(
            f"FACTOR={factor}: use a whole number from 1 (real time) to {HIGHEST_FACTOR}, "
            "such as 20 for a quick look"
        )
    if options.aws and MINUTE % int(factor):
        raise StackError(
            f"FACTOR={factor}: with AWS use one that divides {MINUTE}, such as 20: CloudWatch's "
            "periods are whole seconds"
        )
    name = options.project or settings.read()["COMPOSE_PROJECT_NAME"]
    return Project(name, int(factor), aws=options.aws)


def up(options: argparse.Namespace) -> None:
    """Set up everything that is missing and start the stack."""
    stack = project(options)
    source = stack.prepare()
    stack.up()
    say(f"\nThe stack is up; {source}.")
    for line in images.explain(stack.environment()):
        say(line)
    aws = (("Traces and alarms (local AWS)", "aws", "/"),) if stack.aws else ()
    for label, service, path in (
        ("Dashboards", "grafana", "/"),
        ("Slack and PagerDuty (sink)", "sink", "/"),
        ("API, as OpenAPI", "api", "/openapi.json"),
        ("ML service", "ml", "/v1/models"),
        ("Prometheus", "prometheus", "/"),
        ("Alertmanager", "alertmanager", "/"),
        *aws,
    ):
        say(f"  {label:29} {stack.url(service).replace('127.0.0.1', 'localhost')}{path}")
    if stack.factor != 1:
        say(f"\nTime runs {stack.factor} times as fast; `make up` alone goes back to real time.")
    for name in (name for name in FLAGS if not stack.state.has(name)):
        say(f"\n! {name} is switched off: `make flag NAME={name} TO=on`")
    say("\nNext: make chaos-errors, and watch the dashboards and the sink's page.")


def fetch(options: argparse.Namespace) -> None:
    """Get the engine and the images, and nothing of a project: what tests need to begin."""
    project(options).fetch()


def down(options: argparse.Namespace) -> None:
    """Stop the stack and keep its data."""
    project(options).down()


def clean(options: argparse.Namespace) -> None:
    """Remove containers, data and the images made here."""
    if not engine.answers():
        raise StackError("no Docker engine answers: there is nothing to clean")
    stack = project(options)
    stack.down(volumes=True)
    filters = (f"label={packages.LABEL}", f"reference={packages.BASE}", "reference=sre-reference/*")
    for chosen in filters:
        found = run(["docker", "image", "ls", "--quiet", "--filter", chosen]).stdout
        for image in dict.fromkeys(found.split()):
            run(["docker", "image", "rm", "--force", image])


def status(options: argparse.Namespace) -> None:
    """Show each service's health and the alerts that are active."""
    stack = project(options)
    if not engine.answers():
        raise StackError("no Docker engine answers: start the stack with `make up`")
    table = "table {{.Service}}\t{{.Status}}\t{{.Ports}}"
    say(stack.compose("ps", "--all", "--format", table).stdout.rstrip())
    try:
        with urllib.request.urlopen(  # noqa: S310 - the address is http://127.0.0.1
            f"{stack.url('prometheus')}/api/v1/alerts", timeout=5
        ) as answer:
            alerts = json.load(answer)["data"]["alerts"]
    except (urllib.error.URLError, TimeoutError) as error:
        raise StackError(f"Prometheus does not answer ({error}): make logs S=prometheus") from error
    for alert in alerts:
        say(f"  {alert['state']:8} {alert['labels']['alertname']} since {alert['activeAt']}")
    if not alerts:
        say("no alert is pending or firing")
    if broken := stack.unhealthy():
        raise StackError(f"not healthy: {', '.join(sorted(broken))}. `make logs S=…` says why")


def venv(_: argparse.Namespace) -> None:
    """Make the virtual environment for tests and print its interpreter."""
    say(str(environment.ensure()))


def compose(options: argparse.Namespace) -> None:
    """Run `docker compose` on the project with the words that follow."""
    project(options).compose_foreground(*options.words)


def loadtest(options: argparse.Namespace) -> None:
    """Run loadtest against the project with the words that follow: load, chaos, drill."""
    on_host.become_loadtest(project(options), options.words)


def drill(options: argparse.Namespace) -> int:
    """Run the drill on a stack of its own, which is removed at the end."""
    factor = project(options).factor
    name = f"{settings.read()['COMPOSE_PROJECT_NAME']}-drill"
    factor = DRILL_FACTOR if factor == 1 else factor
    stack = Project(name, factor, preflight.free_ports(), aws=options.aws)
    return on_host.drill(stack, options.words)


def running(options: argparse.Namespace) -> Project:
    """Return the project as it runs; raises StackError where it doesn't."""
    if not engine.answers():
        raise StackError("no Docker engine answers: start the stack with `make up`")
    found = Project.running(options.project or settings.read()["COMPOSE_PROJECT_NAME"])
    if not found.compose("ps", "--quiet").stdout.strip():
        raise StackError(f"{found.name} does not run: start the stack with `make up`")
    return found


def deploy(options: argparse.Namespace) -> None:
    """Run another version of a service."""
    mitigations.deploy(running(options), options.service, options.version)


def rollback(options: argparse.Namespace) -> None:
    """Run the version of a service that ran before."""
    mitigations.rollback(running(options), options.service, options.only)


def scale(options: argparse.Namespace) -> None:
    """Run so many instances of a service."""
    mitigations.scale(running(options), options.service, options.count)


def flag(options: argparse.Namespace) -> None:
    """Switch a feature, or say how all are switched."""
    mitigations.flag(running(options), options.name, options.to)


SERVICE: tuple[str, dict[str, Any]] = ("--service", {"default": "api"})
ARGUMENTS: dict[str, tuple[tuple[str, dict[str, Any]], ...]] = {
    "deploy": (SERVICE, ("version", {})),
    "rollback": (SERVICE, ("--only", {"default": "", "help": "where this version runs"})),
    "scale": (("service", {}), ("count", {})),
    "flag": (("name", {"nargs": "?", "default": ""}), ("to", {"nargs": "?", "default": "off"})),
}
COMMANDS = {
    "up": up,
    "fetch": fetch,
    "down": down,
    "clean": clean,
    "status": status,
    "venv": venv,
    "compose": compose,
    "loadtest": loadtest,
    "drill": drill,
    "deploy": deploy,
    "rollback": rollback,
    "scale": scale,
    "flag": flag,
}

if __name__ == "__main__":
    sys.exit(main())
