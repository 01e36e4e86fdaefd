"""One Compose project of the stack: its settings, secrets and rendered files, up and down."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from deploy.stack import engine, environment, images, preflight, secret_files, settings
from deploy.stack.console import ROOT, StackError, must, run, say, step
from deploy.stack.state import State

SERVICES = ("api", "ml", "sink")
# The services of which another version can be deployed.
VERSIONED = ("api", "ml")
# Compose's profile of the local stand-in for AWS, and its services.
AWS_PROFILE = "aws"
AWS_SERVICES = ("moto", "aws")
# Where an exemplar's dot leads; Grafana puts its trace id in.
TRACE_VIEW_URL = "http://localhost:{port}/traces/${{__value.raw}}"
UP_SECONDS = 180
# Container metrics are worth a warning, not the whole stack: some hosts close their control groups.
OPTIONAL = frozenset({"cadvisor"})
# What reads its configuration again when told to, and how that is checked before.
CHECKS = {
    "prometheus": ("promtool", "check", "config", "/etc/prometheus/prometheus.yml"),
    "alertmanager": ("amtool", "check-config", "/etc/alertmanager/alertmanager.yml"),
}


@dataclass(frozen=True)
class Project:
    """A Compose project.

    Attributes:
        name: Compose's project name; secrets and rendered files live in .run/<name>/.
        factor: by what every duration of Prometheus and Alertmanager is divided; 1 is real time.
        overrides: settings that differ from .env, such as ports.
        aws: whether the local stand-in for AWS runs beside it, and gets its logs and traces.

    """

    name: str
    factor: int = 1
    overrides: dict[str, str] = field(default_factory=dict)
    aws: bool = False

    @property
    def folder(self) -> Path:
        """The folder of what is generated for this project."""
        return ROOT / ".run" / self.name

    @property
    def secrets(self) -> Path:
        """The folder of the project's secrets."""
        return self.folder / "secrets"

    def environment(self) -> dict[str, str]:
        """Return the variables that docker-compose.yml reads, for this project."""
        values = settings.read() | self.overrides
        values |= {
            "COMPOSE_PROJECT_NAME": self.name,
            "SECRETS_DIR": str(self.secrets),
            "FLAGS_DIR": str(self.folder / "flags"),
            "TARGETS_DIR": str(self.folder / "targets"),
            "TIME_FACTOR": str(self.factor),
        }
        for service, versions in self.state.releases().items():
            values[f"{service.upper()}_VERSION"] = versions[-1]
        if self.renders(values):
            values |= {
                "PROMETHEUS_DIR": str(self.folder / "prometheus"),
                "ALERTMANAGER_DIR": str(self.folder / "alertmanager"),
                "GRAFANA_DIR": str(self.folder / "grafana"),
            }
        if self.aws:
            values |= {
                "COMPOSE_PROFILES": AWS_PROFILE,
                "AWS_LOCAL": "on",
                "AWS_FACTOR": str(self.factor),
                "TRACE_VIEW_URL": TRACE_VIEW_URL.format(port=values["AWS_PORT"]),
            }
        scaled = self.folder / "scaled.env"
        if self.factor != 1 and scaled.exists():
            values |= dict(line.split("=", 1) for line in scaled.read_text().split())
        return values

    @classmethod
    def running(cls, name: str) -> "Project":
        """Return the project as it was started, whatever the environment says now.

        Raises:
            StackError: it was never started.

        """
        started = State(ROOT / ".run" / name).started()
        return cls(name, started["factor"], started["overrides"], aws=started["aws"])

    @property
    def state(self) -> State:
        """What became of it since it was started."""
        return State(self.folder)

    def version(self, service: str) -> str:
        """Return the version of a service that runs: the last deployed, or the checkout's own."""
        own = settings.read() | self.overrides
        return self.state.releases().get(service, [own["SERVICE_VERSION"]])[-1]

    def begin_anew(self) -> None:
        """Note how the project is started: the checkout's versions, one instance of each."""
        values = self.environment()
        ports = {name: values[name] for name in settings.PORTS}
        self.state.begin(self.factor, self.overrides | ports, aws=self.aws)
        if self.state.scraped("ml"):
            self.compose("--profile=scale", "rm", "--stop", "--force", "ml-extra")
        self.state.scrape("ml", [])

    def renders(self, values: dict[str, str]) -> bool:
        """Tell whether the configuration differs from the one in git."""
        return self.factor != 1 or bool(self.moved(values))

    def moved(self, values: dict[str, str]) -> dict[str, str]:
        """Return the links that must change: the default address → the moved one."""
        defaults = {"SINK_PORT": "8002", "GRAFANA_PORT": "3000"}
        return {
            f"http://localhost:{default}/": f"http://localhost:{values[name]}/"
            for name, default in defaults.items()
            if values[name] not in {default, "0"}
        }

    def compose(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `docker compose` on this project and return the result."""
        return run(["docker", "compose", *words], env=self.environment())

    def compose_foreground(self, *words: str) -> int:
        """Become `docker compose` on this project, terminal and signals included."""
        command = ["docker", "compose", *words]
        os.chdir(ROOT)
        os.execvpe("docker", command, {**os.environ, **self.environment()})  # noqa: S606, S607

    def fetch(self) -> str:
        """Make sure of an engine that answers and of the images, and touch no project's data.

        Returns a sentence on where the images are from.

        Raises:
            StackError: something is missing; the message says what to do.

        """
        say(f"  {engine.ensure()}")
        preflight.disk()
        source = images.ensure(self.environment())
        say(f"  {source}")
        return source

    def prepare(self) -> str:
        """Do all set-up short of starting: engine, images, secrets, configuration, builds.

        Returns a sentence on where the images are from.

        Raises:
            StackError: something is missing; the message says what to do.

        """
        source = self.fetch()
        values = self.environment()
        self.write_secrets()
        self.render(values)
        built = (*SERVICES, AWS_PROFILE) if self.aws else SERVICES
        with step(f"building {', '.join(built)}"):
            must(
                ["docker", "compose", "build", "--quiet"],
                why="the services' images could not be built",
                env=self.environment(),
            )
        return source

    def write_secrets(self) -> None:
        """Make the secrets that are not there yet.

        Raises:
            StackError: the database has data from another checkout, whose password is not here.

        """
        volume = f"{self.name}_postgres-data"
        password = self.secrets / "postgres_password"
        if not password.exists() and run(["docker", "volume", "inspect", volume]).returncode == 0:
            raise StackError(
                f"the volume {volume} is another checkout's, and its passwords are not in "
                f"{self.secrets.relative_to(ROOT)}. Copy that folder from there, run beside it "
                f"with `make up COMPOSE_PROJECT_NAME={self.name}-2`, or remove all of its data "
                "with `make clean`."
            )
        secret_files.ensure(self.secrets)

    def render(self, values: dict[str, str]) -> None:
        """Write the configuration with scaled durations and moved links into the folder.

        Files are rewritten where they are: a running container has their folder mounted.
        """
        if not self.renders(values):
            return
        self.copy("grafana/provisioning", "grafana/dashboards")
        if self.factor == 1:
            self.copy("prometheus", "alertmanager")
        else:
            must(
                [environment.ensure(), "-m", "deploy.scaled_time", "--factor", self.factor]
                + ["--out", self.folder],
                why="the configuration could not be scaled",
            )
        linking = (self.folder / "prometheus" / "rules", self.folder / "grafana" / "dashboards")
        for file in (file for folder in linking for file in folder.iterdir()):
            text = file.read_text()
            for default, moved in self.moved(values).items():
                text = text.replace(default, moved)
            file.write_text(text)

    def copy(self, *folders: str) -> None:
        """Copy folders of the checkout into the project's, and remove what is gone there."""
        for name in folders:
            shutil.copytree(ROOT / name, self.folder / name, dirs_exist_ok=True)
            for file in (self.folder / name).rglob("*"):
                if file.is_file() and not (ROOT / file.relative_to(self.folder)).exists():
                    file.unlink()

    def up(self) -> None:
        """Start every service and wait until all are healthy.

        Raises:
            StackError: a service did not become healthy; shows the end of its log.

        """
        preflight.ports(self.environment(), self.name, unused=() if self.aws else ("AWS_PORT",))
        self.begin_anew()
        if not self.aws and self.compose("ps", "--all", "--quiet", *AWS_SERVICES).stdout:
            with step("removing the stand-in for AWS: `make up-aws` starts it"):
                self.compose("rm", "--stop", "--force", *AWS_SERVICES)
        with step("starting the stack"):
            result = self.compose("up", "--detach", "--wait", f"--wait-timeout={UP_SECONDS}")
        if result.returncode == 0:
            self.reload()
            return
        broken = self.unhealthy()
        if broken and broken <= OPTIONAL:
            say(f"  ! {', '.join(broken)} does not run here: no container metrics. See README.md")
            self.reload()
            return
        logs = [
            f"--- {name}\n{self.compose('logs', '--no-log-prefix', '--tail=8', name).stdout}"
            for name in sorted(broken)
        ]
        tail = "\n".join(result.stderr.strip().splitlines()[-5:])
        raise StackError("the stack did not become healthy:\n" + "\n".join([tail, *logs]))

    def reload(self) -> None:
        """Let what ran already read its configuration again: an edited file changes no container.

        Raises:
            StackError: it is wrong; the running service goes on with the old one.

        """
        for service, check in CHECKS.items():
            found = self.compose("exec", "-T", service, *check)
            if found.returncode != 0:
                raise StackError(
                    f"{service}'s configuration is wrong, and it goes on with the old one:\n"
                    f"{found.stdout.strip()}\n{found.stderr.strip()}"
                )
            # Not `kill --signal`: after it an engine no longer restarts the container.
            self.compose("exec", "-T", service, "sh", "-c", "kill -HUP 1")

    def unhealthy(self) -> set[str]:
        """Return the services that are not running and healthy."""
        lines = self.compose("ps", "--all", "--format", "json").stdout.splitlines()
        return {
            one["Service"]
            for one in map(json.loads, lines)
            if one["State"] != "running" or one["Health"] not in {"", "healthy"}
        }

    def down(self, *, volumes: bool = False) -> None:
        """Stop and remove the containers, with their data only when asked to."""
        extra = ["--volumes"] if volumes else []
        result = self.compose("--profile=*", "down", "--remove-orphans", *extra)
        if result.returncode != 0:
            raise StackError(f"docker compose down failed:\n{result.stderr.strip()}")

    def url(self, service: str) -> str:
        """Return a service's address on this machine, such as ``http://127.0.0.1:8000``."""
        inside = {
            "api": 8000,
            "ml": 8001,
            "sink": 8002,
            "prometheus": 9090,
            "alertmanager": 9093,
            "grafana": 3000,
            "aws": 8003,
        }
        result = self.compose("port", service, str(inside[service]))
        if result.returncode != 0 or not result.stdout.strip():
            raise StackError(f"{service} does not run: start the stack with `make up`")
        return f"http://{result.stdout.strip()}"
