"""What became of a project since it was started, in files of its folder: versions, flags, targets.

Containers read two of its folders: ``flags/`` (services/flags) and ``targets/`` (Prometheus).
"""

import json
from pathlib import Path
from typing import Any

from deploy.stack.console import StackError

# What can be switched off while it hurts; services/api/routes.py goes by them.
FLAGS = ("store-predictions", "model-digits", "model-breast-cancer")


class State:
    """The files of one project's folder. A missing one says that nothing was changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, factor: int, overrides: dict[str, str], *, aws: bool) -> None:
        """Note how the project is started; of each service the checkout's own version runs."""
        started = {"factor": factor, "overrides": overrides, "aws": aws}
        self._write("state.json", json.dumps(started))
        (self.folder / "releases.json").unlink(missing_ok=True)
        (self.folder / "flags").mkdir(exist_ok=True)

    def started(self) -> dict[str, Any]:
        """Return how it was started: `factor`, `overrides` and `aws`.

        Raises:
            StackError: it never was.

        """
        found: dict[str, Any] | None = self._read("state.json")
        if found is None:
            raise StackError(f"{self.folder.name} does not run: start the stack with `make up`")
        return found

    def releases(self) -> dict[str, list[str]]:
        """Return the versions that were deployed of each service, the one that runs last."""
        return self._read("releases.json") or {}

    def release(self, service: str, version: str, before: str) -> None:
        """Note that a version runs from now on, where `before` did."""
        known = self.releases()
        versions = known.get(service) or [before]
        self._write("releases.json", json.dumps(known | {service: [*versions, version]}))

    def take_back(self, service: str) -> str:
        """Note that the version before runs from now on, and return it.

        Raises:
            StackError: none is known.

        """
        known = self.releases()
        versions = known.get(service, [])[:-1]
        if not versions:
            raise StackError(
                f"no earlier version of {service} is known: "
                f"`make deploy VERSION=… SERVICE={service}` deploys one"
            )
        self._write("releases.json", json.dumps(known | {service: versions}))
        return versions[-1]

    def has(self, feature: str) -> bool:
        """Tell whether a feature is switched on."""
        file = self.folder / "flags" / feature
        return not file.exists() or file.read_text().strip() != "off"

    def switch(self, feature: str, to: str) -> None:
        """Switch a feature ``on`` or ``off``."""
        self._write(f"flags/{feature}", f"{to}\n")

    def scraped(self, job: str) -> list[str]:
        """Return the targets that Prometheus has for a job beside those of its configuration."""
        groups: list[dict[str, list[str]]] = self._read(f"targets/{job}.json") or []
        return [target for group in groups for target in group["targets"]]

    def scrape(self, job: str, targets: list[str]) -> None:
        """Have Prometheus scrape these too; it sees the file change."""
        self._write(f"targets/{job}.json", json.dumps([{"targets": targets}] if targets else []))

    def _read(self, name: str) -> Any:  # noqa: ANN401 - JSON
        """Return a file's JSON; None where there is no file."""
        file = self.folder / name
        return json.loads(file.read_text()) if file.exists() else None

    def _write(self, name: str, text: str) -> None:
        """Write a file: all of it or nothing, readable to containers."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_name(f".{file.name}.new")
        new.write_text(text)
        new.chmod(0o644)
        new.replace(file)
