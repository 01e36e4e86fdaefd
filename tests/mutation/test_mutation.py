"""No edit that makes the configuration wrong goes unnoticed by the fast tests."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

import pytest

from deploy.stack.console import say
from tests.mutation import bench, mutants
from tests.mutation.bench import Bench
from tests.mutation.mutant import Mutant, RefusedError
from tests.tools import promtool

# Each has containers of its own, and a mutant keeps one core busy.
BENCHES = 2
MUTANTS = list(mutants.every())
KINDS = sorted({mutant.kind for mutant in MUTANTS})

# Three minutes on two quiet cores, five times as many on busy ones.
pytestmark = pytest.mark.timeout(1800)


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: the tests that failed with it, or that no program reads it."""

    mutant: Mutant
    killer: str = ""
    refusal: str = ""


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Bench]]:
    with ExitStack() as stack:
        places = [tmp_path_factory.mktemp("bench") for _ in range(BENCHES)]
        yield [stack.enter_context(bench.opened(place)) for place in places]


@pytest.fixture(scope="module")
def verdicts(benches: list[Bench]) -> list[Verdict]:
    free: SimpleQueue[Bench] = SimpleQueue()
    for one in benches:
        # It fails closed: no baseline, no verdict.
        assert one.baseline(MUTANTS) == []
        free.put(one)

    def judge(mutant: Mutant) -> Verdict:
        taken = free.get()
        try:
            return Verdict(mutant, taken.killer(mutant))
        except RefusedError as refusal:
            return Verdict(mutant, refusal=str(refusal))
        finally:
            free.put(taken)

    with ThreadPoolExecutor(BENCHES) as pool:
        found = list(pool.map(judge, MUTANTS))
    # Nothing is left of any mutant, and nothing broke on the way that would have killed the rest.
    for one in benches:
        assert one.baseline(MUTANTS) == []
    return found


def test_the_report(verdicts: list[Verdict], capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        say("\n" + report(verdicts))

    assert len(verdicts) == len(MUTANTS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_edit_of_this_kind_is_noticed(verdicts: list[Verdict], kind: str) -> None:
    survivors = [
        v.mutant for v in verdicts if v.mutant.kind == kind and not (v.killer or v.refusal)
    ]

    assert not survivors, "\n".join(one.diff() for one in survivors)


def test_prometheus_would_load_every_mutant_of_its_rules(tmp_path: Path) -> None:
    """One that is refused at the start is no danger, and its death proves no test."""
    rules = [mutant for mutant in MUTANTS if mutant.file.startswith(bench.RULES)]
    for number, mutant in enumerate(rules):
        (tmp_path / f"{number}.yml").write_text(mutant.after)
    files = [f"/mutants/{number}.yml" for number in range(len(rules))]

    printed = promtool("check", "rules", "--lint=none", *files, mounts={tmp_path: "/mutants"})

    assert printed.count("SUCCESS") == len(rules)


def test_alertmanager_would_load_every_mutant_of_its_file(verdicts: list[Verdict]) -> None:
    refused = [f"{v.refusal}\n{v.mutant.diff()}" for v in verdicts if v.refusal]

    assert not refused, "\n".join(refused)


def report(verdicts: list[Verdict]) -> str:
    """Return killed/total by kind, and by which tests."""
    lines = []
    for kind in KINDS:
        killers = Counter(v.killer for v in verdicts if v.mutant.kind == kind)
        killed = killers.total() - killers[""]
        by = ", ".join(f"{count} by {name}" for name, count in killers.most_common() if name)
        lines.append(f"{kind:16} {killed:4}/{killers.total():<4} {by}")
    killed = sum(bool(v.killer) for v in verdicts)
    return "\n".join([*lines, f"{'mutants killed':16} {killed:4}/{len(verdicts)}"])
