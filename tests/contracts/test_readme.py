"""The READMEs and the documents beside them say what is there, and the same in both languages."""

import re
from pathlib import Path

import pytest

from deploy.stack.console import ROOT
from tests.contracts import repository

PAIRS = [("README.md", "README.ja.md"), ("docs/gameday.md", "docs/ja/gameday.md")]
DOCUMENTS = [
    *(one for pair in PAIRS for one in pair),
    "docs/architecture.md",
    "docs/aws.md",
    "docs/scorecard.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
]
FENCED = re.compile(r"^ *```\w*\n.*?^ *```$", re.MULTILINE | re.DOTALL)
SHELL = re.compile(r"^ *```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)|<(http[^>]+)>")
FOLDERS = "services|prometheus|alertmanager|grafana|loadtest|deploy|docs|tests"
PATH = re.compile(rf"(?:{FOLDERS})/[\w./-]*")

each = pytest.mark.parametrize("name", DOCUMENTS)
each_pair = pytest.mark.parametrize(("english", "japanese"), PAIRS)


def text(name: str) -> str:
    return (ROOT / name).read_text()


def commands(name: str) -> list[str]:
    """Return the commands of a document's blocks, without what explains them."""
    lines = [line for block in SHELL.findall(text(name)) for line in block.splitlines()]
    return [re.sub(r"\s+#.*", "", line) for line in lines]


def links(name: str) -> list[str]:
    return [one or other for one, other in LINK.findall(FENCED.sub("", text(name)))]


@each
def test_every_command_is_a_target(name: str) -> None:
    named = set(re.findall(r"\bmake ([a-z][a-z-]+)", "; ".join([*commands(name), *code(name)])))
    assert named - {"chaos-"} <= repository.make_targets()


def code(name: str) -> set[str]:
    return {" ".join(one.split()) for one in INLINE.findall(FENCED.sub("", text(name)))}


@each
def test_what_it_links_to_is_there(name: str) -> None:
    folder = (ROOT / name).parent
    for link in links(name):
        if not link.startswith(("http:", "https:", "mailto:")):
            target, _, anchor = link.partition("#")
            file = folder / target if target else ROOT / name
            assert file.exists(), link
            assert not anchor or anchor in anchors(file), link


def anchors(file: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)", file.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


@each
def test_every_path_that_it_names_is_there(name: str) -> None:
    for one in code(name):
        # A path with a blank in it is a command; `…` and `<…>` stand for many.
        if PATH.fullmatch(one) and "<" not in one:
            assert (ROOT / one).exists(), one


@each_pair
def test_commands_are_the_same_in_both_languages(english: str, japanese: str) -> None:
    assert commands(japanese) == commands(english)
    assert code(japanese) == code(english)


@each_pair
def test_links_are_the_same_in_both_languages(english: str, japanese: str) -> None:
    # A page leads to those of its own language.
    same = {str(ROOT / other): str(ROOT / one) for one, other in PAIRS}
    found = []
    for name in (english, japanese):
        targets = [resolved(name, link) for link in links(name)]
        found.append(sorted(same.get(target, target) for target in targets))
    assert found[0] == found[1]


def resolved(name: str, link: str) -> str:
    if link.startswith("http"):
        return link
    return str(((ROOT / name).parent / link.partition("#")[0]).resolve())


@each_pair
def test_each_leads_to_the_other(english: str, japanese: str) -> None:
    for name, other in ((english, japanese), (japanese, english)):
        assert str(ROOT / other) in {resolved(name, link) for link in links(name)}


@each_pair
def test_tables_have_the_same_rows(english: str, japanese: str) -> None:
    rows = [re.findall(r"^\|(.*)\|$", text(name), re.MULTILINE) for name in (english, japanese)]
    cells = [[re.findall(INLINE, row) for row in found] for found in rows]
    assert cells[0] == cells[1]
