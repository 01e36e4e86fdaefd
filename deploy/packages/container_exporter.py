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
from collections.abc import Iterator
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


def leaves(root: Path, prefixes: tuple[str, ...]) -> Iterator[Path]:
    """Yield the groups without children below those top groups whose path has a prefix."""
    for top in sorted(root.iterdir()):
        if top.is_dir() and f"/{top.name}".startswith(prefixes):
            for group in [top, *(path for path in top.rglob("*") if path.is_dir())]:
                if not any(child.is_dir() for child in group.iterdir()):
                    yield group


def field(path: Path, name: str) -> int:
    """Return the integer of the line ``name value`` in a flat-keyed file, 0 without it."""
    for line in path.read_text().splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return 0


def usage_v2(group: Path) -> Usage:
    """Read one group of the unified hierarchy."""
    memory = int((group / "memory.current").read_text())
    inactive = field(group / "memory.stat", "inactive_file")
    cpu = field(group / "cpu.stat", "usage_usec") / MICROSECONDS
    return Usage(cpu, memory, max(0, memory - inactive), group.stat().st_mtime)


def usage_v1(group: Path) -> Usage:
    """Read one group of the separate ``memory`` and ``cpuacct`` hierarchies."""
    relative = group.relative_to(CGROUPS / "memory")
    memory = int((group / "memory.usage_in_bytes").read_text())
    inactive = field(group / "memory.stat", "total_inactive_file")
    cpu = int((CGROUPS / "cpuacct" / relative / "cpuacct.usage").read_text()) / NANOSECONDS
    return Usage(cpu, memory, max(0, memory - inactive), group.stat().st_mtime)


def collect(prefixes: tuple[str, ...]) -> dict[str, Usage]:
    """Return the usage of every container's group, by its path; one that just ended is left out."""
    unified = (CGROUPS / "cgroup.controllers").exists()
    root, read = (CGROUPS, usage_v2) if unified else (CGROUPS / "memory", usage_v1)
    found = {}
    for group in leaves(root, prefixes):
        try:
            found[f"/{group.relative_to(root)}"] = read(group)
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
            known = {"/metrics": lambda: exposition(collect(prefixes)), "/healthz": lambda: "ok"}
            body = known.get(self.path)
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.end_headers()
            self.wfile.write((body() if body else "not found").encode())

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
