"""The substitute for cAdvisor, on control groups laid out as both versions of the kernel do."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from prometheus_client.parser import text_string_to_metric_families

from deploy.stack.console import ROOT


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    place = ROOT / "deploy" / "packages" / "container_exporter.py"
    spec = importlib.util.spec_from_file_location("container_exporter", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "CGROUPS", tmp_path)
    return module


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def values(exporter: ModuleType) -> dict[tuple[str, str], float]:
    text = exporter.exposition(exporter.collect(("/sre",)))
    return {
        (sample.name, sample.labels["id"]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_unified_hierarchy_is_read(exporter: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpu memory")
    group = "/sre.slice/sre-reference.slice/sre-reference-api.slice/docker-abc.scope"
    write(
        Path(f"{tmp_path}{group}"),
        memory__current="3000\n",
        memory__stat="anon 2000\ninactive_file 1000\n",
        cpu__stat="usage_usec 2500000\nuser_usec 1\n",
    )

    found = values(exporter)

    assert found["container_cpu_usage_seconds_total", group] == 2.5
    assert found["container_memory_usage_bytes", group] == 3000
    assert found["container_memory_working_set_bytes", group] == 2000


def test_separate_hierarchies_are_joined_below_the_engines_own_group(
    exporter: ModuleType, tmp_path: Path
) -> None:
    group = "/sre-reference-ml.slice/abc"
    write(
        Path(f"{tmp_path}/memory/engine{group}"),
        memory__usage_in_bytes="4096",
        memory__stat="total_inactive_file 96\n",
    )
    write(Path(f"{tmp_path}/cpuacct{group}"), cpuacct__usage="1500000000\n")

    found = values(exporter)

    assert found["container_cpu_usage_seconds_total", group] == 1.5
    assert found["container_memory_working_set_bytes", group] == 4000


def test_other_groups_are_not_shown(exporter: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpu memory")
    write(tmp_path / "user.slice" / "session", memory__current="1", cpu__stat="usage_usec 1")

    assert values(exporter) == {}


def test_a_container_that_ends_while_it_is_read_is_left_out(
    exporter: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpu memory")
    write(tmp_path / "sre-reference-api.slice" / "gone", memory__current="1")

    assert values(exporter) == {}
