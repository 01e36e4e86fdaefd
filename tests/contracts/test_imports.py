"""Who may use whom: services are strangers to each other, shared packages know no service."""

import ast

import pytest

from tests.contracts import repository

OURS = {"api", "ml", "sink", "telemetry", "faults", "loadtest", "deploy", "grafana", "tests"}
# Package → the only packages of ours that it may import.
ALLOWED = {
    "services/telemetry": set(),
    "services/faults": {"telemetry"},
    "services/api": {"telemetry", "faults"},
    "services/ml": {"telemetry", "faults"},
    # It knows nothing of what it is told about.
    "services/sink": {"telemetry", "faults"},
    # They talk to services over HTTP alone.
    "loadtest": set(),
    # What runs in the local stand-in for AWS logs as services do.
    "deploy": {"telemetry"},
    # The SLO files' reader, and nothing that runs.
    "grafana": {"deploy"},
}


# Of which folders that permission is.
ONLY_IN = {("deploy", "telemetry"): "deploy/aws/standin"}


@pytest.mark.parametrize("folder", ALLOWED)
def test_package_imports_no_other_than_it_may(folder: str) -> None:
    own = folder.rpartition("/")[2]

    for file in repository.python_files(folder):
        imported = packages(ast.parse(file.read_text())) & OURS
        allowed = {
            name for name in ALLOWED[folder] if ONLY_IN.get((folder, name), "") in file.as_posix()
        }
        assert imported <= allowed | {own}, file


def packages(tree: ast.Module) -> set[str]:
    """Return the top-level packages that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_every_import_is_found_wherever_it_stands() -> None:
    source = "import api.app as a\ndef f():\n    from ml.models import Model\nfrom . import b"

    assert packages(ast.parse(source)) == {"api", "ml"}
