import json

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from grafana.builder import panels
from grafana.builder.page import DEPLOYS, Page


def note(title: str) -> panels.Panel:
    return panels.note(title, "What it is.", "words")


@pytest.fixture
def page() -> Page:
    return Page("api-server", "A page.", since="now-1h", refresh="30s", events=[DEPLOYS])


def written(page: Page) -> dict:
    return json.loads(json.dumps(page.build(), cls=JSONEncoder))


def test_rows_are_laid_out_below_each_other_and_panels_numbered_as_they_are_read(
    page: Page,
) -> None:
    page.row(5, note("a"), note("b"))
    page.heading("section")
    page.row(8, note("c"), note("d"), widths=[18, 6])

    places = [
        (one["id"], one["title"], *(one["gridPos"][key] for key in "xywh"))
        for one in written(page)["panels"]
    ]
    assert places == [
        (1, "a", 0, 0, 12, 5),
        (2, "b", 12, 0, 12, 5),
        (3, "section", 0, 5, 24, 1),
        (4, "c", 0, 6, 18, 8),
        (5, "d", 18, 6, 6, 8),
    ]


def test_a_row_that_does_not_fill_the_page_is_refused(page: Page) -> None:
    with pytest.raises(ValueError, match="24 columns wide, not 20"):
        page.row(5, *(note(letter) for letter in "abcde"))


def test_it_links_to_all_others_and_keeps_the_time(page: Page) -> None:
    links = written(page)["links"]

    assert [link["title"] for link in links] == [
        "Executive Summary",
        "Service Overview",
        "ML Inference",
        "Infrastructure",
    ]
    assert all(link["keepTime"] for link in links)


def test_an_annotation_has_what_grafana_reads_and_the_sdk_leaves_out(page: Page) -> None:
    (event,) = written(page)["annotations"]["list"]

    assert event["titleFormat"] == "{{job}} {{version}} deployed"
    assert event["step"] == "15s"
    assert event["datasource"] == {"type": "prometheus", "uid": "prometheus"}


@pytest.mark.parametrize("several", [True, False])
def test_a_variable_of_several_values_begins_with_all(page: Page, several: bool) -> None:  # noqa: FBT001 - a parameter
    page.variable("path", "Route", "label_values(up, path)", several=several)

    (variable,) = written(page)["templating"]["list"]
    assert (variable["multi"], variable["includeAll"]) == (several, several)
    assert ("current" in variable) == several
