"""What must be so before anything is fetched or started: room on the disk, free ports."""

import shutil
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

from deploy.stack import settings
from deploy.stack.console import StackError, must, run

# Images unpacked, build cache, and some room for data.
NEEDED_GIGABYTES = 4
GIGABYTE = 1024**3
# Far enough away to be free, and easy to remember.
ASIDE = 10_000


def disk() -> None:
    """Raise StackError when the engine's disk has no room for the images."""
    root = must(["docker", "info", "--format", "{{.DockerRootDir}}"], why="docker does not answer")
    folder = Path(root.strip())
    # The engine's disk can be another machine's: Docker Desktop, a remote context.
    if not folder.exists():
        return
    free = shutil.disk_usage(folder).free / GIGABYTE
    if free < NEEDED_GIGABYTES:
        raise StackError(
            f"{folder} has {free:.1f} GB free, the stack needs {NEEDED_GIGABYTES}. "
            "Free some (`docker system df` shows what takes it, `make clean` removes "
            "what this stack made) and try again."
        )


def ports(values: Mapping[str, str], project: str, *, unused: Iterable[str] = ()) -> None:
    """Raise StackError when a port is given twice, or another program holds it on 127.0.0.1.

    Those that the project's own containers hold are fine, and 0 is any free one. `unused` are
    settings of services that are not started.
    """
    names = [name for name in settings.PORTS if name not in unused]
    taken = [values[name] for name in names if values[name] != "0"]
    for name in names:
        if taken.count(values[name]) > 1:
            raise StackError(f"{name}={values[name]} is another service's port too: move one")
    label = f"label=com.docker.compose.project={project}"
    ours = run(["docker", "ps", "--format", "{{.Ports}}", "--filter", label]).stdout
    for name in names:
        port = int(values[name])
        if port and f"127.0.0.1:{port}->" not in ours:
            free(name, port)


def free(name: str, port: int) -> None:
    """Raise StackError unless a port on 127.0.0.1 is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise StackError(
                f"port {port} on 127.0.0.1 is not free ({error.strerror}). Stop what uses it, or "
                f"move ours: make up {name}={(port + ASIDE) % settings.HIGHEST_PORT}"
            ) from error


def free_ports() -> dict[str, str]:
    """Return a free port for every service.

    Chosen here: one that the engine chooses changes when a container restarts.
    """
    probes = {name: socket.create_server(("127.0.0.1", 0)) for name in settings.PORTS}
    ports = {name: str(probe.getsockname()[1]) for name, probe in probes.items()}
    for probe in probes.values():
        probe.close()
    return ports
