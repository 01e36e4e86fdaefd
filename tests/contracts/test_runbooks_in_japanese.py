"""Each runbook is there in Japanese, with the same commands, links and numbers."""

import re
from collections import Counter

import pytest

from tests.contracts import repository
from tests.contracts.test_runbooks import OF_THE_SINK, RULES, RUNBOOKS

# The specification's own words (7.2).
TITLES = ["アラート条件", "影響", "確認手順", "対応手順", "エスカレーション"]
FENCED = re.compile(r"^ *```\w+\n.*?^ *```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\]\(([^)]+)\)")
NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
# What English spells out and Japanese counts.
WORDS = {
    "once": "1",
    "one": "1",
    "a": "1",
    "an": "1",
    "every": "1",
    "first": "1",
    "each": "1",
    "two": "2",
    "twice": "2",
    "both": "2",
    "second": "2",
    "half": "2",
    "other": "1",
    "three": "3",
    "four": "4",
    "quarter": "4",
    "five": "5",
    "six": "6",
    "ten": "10",
    "hundred": "100",
    "last": "1",
    "which": "1",
    "only": "1",
    "more": "2",
    "couple": "2",
}


def text(name: str, language: str = "") -> str:
    return (repository.RUNBOOKS / language / f"{name}.md").read_text()


def prose(name: str, language: str = "") -> str:
    """Return a page without commands, links' targets and the numbers of its lists."""
    words = INLINE.sub(" ", FENCED.sub(" ", text(name, language)))
    words = LINK.sub("]", words)
    return re.sub(r"^\s*\d+\. ", "", words, flags=re.MULTILINE)


def code(name: str, language: str = "") -> set[str]:
    return {" ".join(one.split()) for one in INLINE.findall(FENCED.sub("", text(name, language)))}


def test_no_page_is_of_an_alert_that_is_gone() -> None:
    there = sorted(file.stem for file in (repository.RUNBOOKS / "ja").glob("*.md"))
    assert there == RUNBOOKS


@pytest.mark.parametrize("name", RUNBOOKS)
def test_sections_are_the_specifications(name: str) -> None:
    lines = text(name, "ja").splitlines()
    assert lines[0] == f"# Runbook: {name}"
    assert [line[3:] for line in lines if line.startswith("## ")] == TITLES


@pytest.mark.parametrize("name", RUNBOOKS)
def test_blocks_of_commands_are_the_same(name: str) -> None:
    assert FENCED.findall(text(name, "ja")) == FENCED.findall(text(name))


@pytest.mark.parametrize("name", RUNBOOKS)
def test_commands_within_a_sentence_are_the_same(name: str) -> None:
    assert code(name, "ja") == code(name)


@pytest.mark.parametrize("name", RUNBOOKS)
def test_links_are_the_same(name: str) -> None:
    assert Counter(LINK.findall(text(name, "ja"))) == Counter(LINK.findall(text(name)))


@pytest.mark.parametrize("name", RUNBOOKS)
def test_numbers_are_the_same(name: str) -> None:
    english, japanese = (set(NUMBER.findall(prose(name, one))) for one in ("", "ja"))
    spelled = {WORDS[word] for word in re.findall(r"[a-z]+", prose(name).lower()) if word in WORDS}

    assert english <= japanese
    assert japanese - english <= spelled


@pytest.mark.parametrize("name", RUNBOOKS)
def test_as_many_checks_and_actions(name: str) -> None:
    numbered = [re.findall(r"^(\d+)\. ", text(name, one), re.MULTILINE) for one in ("", "ja")]
    assert numbered[0] == numbered[1]


@pytest.mark.parametrize("name", RUNBOOKS)
def test_escalation_names_whom_to_call_and_when(name: str) -> None:
    escalation = text(name, "ja").split("## エスカレーション")[1]
    for words in ("Tech Lead に連絡", "30分以内に改善しない", "サービス全停止", "即座に VP に連絡"):
        assert words in escalation.replace("\n  ", ""), words


COMPARED = re.compile(r"[<>]=?\s*(?:bool\s+)?([\d.]+)(?![\w.\[])")


@pytest.mark.parametrize("name", sorted(RULES.keys() - OF_THE_SINK))
@pytest.mark.parametrize(("language", "title"), [("", "Alert condition"), ("ja", TITLES[0])])
def test_the_condition_has_the_rules_thresholds(name: str, language: str, title: str) -> None:
    condition = text(name, language).split(f"## {title}\n")[1].split("\n## ")[0]
    for rule in RULES[name]:
        for threshold in map(float, COMPARED.findall(rule["expr"])):
            # More than nothing, less than one: words say that.
            if threshold not in {0, 1}:
                assert forms(threshold) & set(NUMBER.findall(condition)), threshold


def forms(threshold: float) -> set[str]:
    """Return how people write it: as it is, in percent, in milliseconds."""
    return {f"{threshold * factor:g}" for factor in (1, 100, 1000)}
