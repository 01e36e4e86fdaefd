#!/usr/bin/python3
"""Stand in for cAdvisor where no registry serves its image.

Serves ``/metrics`` and ``/healthz`` on port 8080 with the container metrics that this stack uses,
under cAdvisor's names, read from the host's control groups (v1 or v2) without the Docker socket:

- ``container_cpu_usage_seconds_total{id, cpu="total"}``: seconds of CPU time;
- ``container_memory_usage_bytes{id}``: bytes charged to the group, page cache included;
- ``container_memory_working_set_bytes{id}``: the same less inactive file cache;
- ``container_start_time_seconds{id}``: Unix time at which the group was made.

Only groups below the prefixes given by ``--raw_cgroup_prefix_whitelist`` are read; cAdvisor's
other flags are accepted and ignored. Sources: the kernel's cgroup-v1/cpuacct.rst, memory.rst and
cgroup-v2.rst; cAdvisor's docs/storage/prometheus.md.
"""

import argparse
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

CGROUPS = Path("/sys/fs/cgroup")
NANOSECONDS = 1e9
MICROSECONDS = 1e6
HELP = {
    "container_cpu_usage_seconds_total": ("counter", "Cumulative CPU time consumed in seconds."),
    "container_memory_usage_bytes": ("gauge", "Current memory usage in bytes, cache included."),
    "container_memory_working_set_bytes": ("gauge", "Current working set in bytes."),
    "container_start_time_seconds": ("gauge", "Start time of the container since the Unix epoch."),
}


class Usage(NamedTuple):
    """What one control group has used: seconds, bytes, bytes, Unix seconds."""

    cpu: float
    memory: int
    working_set: int
    started: float


def containers(root: Path, prefixes: tuple[str, ...]) -> dict[str, Path]:
    """Return the groups without children below every group whose name has a prefix, by id.

    The engine may itself run in a group, below which it then puts its own (in each hierarchy of
    cgroup v1 another one): a name counts at any depth, and the id is the path from there on.
    """
    found = {}
    for top, names, _ in os.walk(root):
        for name in [name for name in names if f"/{name}".startswith(prefixes)]:
            names.remove(name)
            for group, children, _ in os.walk(Path(top) / name):
                if not children:
                    found[f"/{Path(group).relative_to(top)}"] = Path(group)
    return found


def field(path: Path, name: str) -> int:
    """Return the integer of the line ``name value`` in a flat-keyed file, 0 without it."""
    for line in path.read_text().splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return 0


def usage(memory: Path, cpu: Path) -> Usage:
    """Read what a group has used from its folders in the memory and the CPU hierarchy.

    With the unified hierarchy (v2) both are the same folder.
    """
    if (cpu / "cpuacct.usage").exists():
        seconds = int((cpu / "cpuacct.usage").read_text()) / NANOSECONDS
        charged = int((memory / "memory.usage_in_bytes").read_text())
        inactive = field(memory / "memory.stat", "total_inactive_file")
    else:
        seconds = field(cpu / "cpu.stat", "usage_usec") / MICROSECONDS
        charged = int((memory / "memory.current").read_text())
        inactive = field(memory / "memory.stat", "inactive_file")
    return Usage(seconds, charged, max(0, charged - inactive), memory.stat().st_mtime)


def collect(prefixes: tuple[str, ...]) -> dict[str, Usage]:
    """Return the usage of every container's group, by its path; one that just ended is left out."""
    unified = (CGROUPS / "cgroup.controllers").exists()
    memory = containers(CGROUPS if unified else CGROUPS / "memory", prefixes)
    cpu = memory if unified else containers(CGROUPS / "cpuacct", prefixes)
    found = {}
    for group in sorted(memory.keys() & cpu.keys()):
        try:
            found[group] = usage(memory[group], cpu[group])
        except OSError:
            continue
    return found


def exposition(found: dict[str, Usage]) -> str:
    """Return the Prometheus text format (version 0.0.4) of the groups' usage."""
    lines = []
    for name, (kind, text) in HELP.items():
        lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
        for group, used in found.items():
            value = used[list(HELP).index(name)]
            cpu = 'cpu="total",' if name == "container_cpu_usage_seconds_total" else ""
            lines.append(f'{name}{{{cpu}id="{group}"}} {value}')
    return "\n".join(lines) + "\n"


def handler(prefixes: tuple[str, ...]) -> type[BaseHTTPRequestHandler]:
    """Return the request handler that serves the groups with one of the prefixes."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = {"/healthz": "ok"}.get(self.path)
            if self.path == "/metrics":
                body = exposition(collect(prefixes))
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.end_headers()
            self.wfile.write((body or "not found").encode())

        def log_message(self, *_: object) -> None:
            """Stay silent: a line for each scrape tells nobody anything."""

    return Handler


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description="Container metrics from control groups.")
    parser.add_argument("--raw_cgroup_prefix_whitelist", default="/docker")
    options, _ = parser.parse_known_args()
    prefixes = tuple(options.raw_cgroup_prefix_whitelist.split(","))
    ThreadingHTTPServer(("", 8080), handler(prefixes)).serve_forever()


if __name__ == "__main__":
    main()
