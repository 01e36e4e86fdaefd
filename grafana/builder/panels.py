"""Panels of one moment: figures, bars, names, lists and words, each with what it means."""

from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.builders import bargauge, stat, text
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.text import TextMode

from grafana.builder.figures import Steps
from grafana.builder.queries import SOURCE
from grafana.builder.style import (
    NEUTRAL,
    Links,
    Panel,
    by_thresholds,
    last,
    nothing,
    sized,
    targeted,
    thresholds,
)


def tile(  # noqa: PLR0913 - what a tile has, by name
    title: str,
    description: str,
    *queries: Dataquery,
    unit: str,
    decimals: int = 0,
    steps: Steps = NEUTRAL,
    links: Links = (),
    mappings: Sequence[models.ValueMapping] = (),
    empty: str = "no traffic",
) -> Panel:
    """Return figures that are read from across the room; coloured ones where steps say so.

    A click on the figure goes where the first link goes. `empty` stands where there is no value.
    """
    panel = (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .unit(unit)
        .decimals(decimals)
        .thresholds(thresholds(steps))
        .color_scheme(by_thresholds())
        .mappings([*mappings, nothing(empty)])
        .links(list(links))
        .data_links(list(links[:1]))
        .reduce_options(last())
        .graph_mode(shapes.BigValueGraphMode.NONE)
        .justify_mode(shapes.BigValueJustifyMode.CENTER)
        .text_mode(shapes.BigValueTextMode.AUTO)
        .color_mode(
            shapes.BigValueColorMode.NONE
            if steps == NEUTRAL
            else shapes.BigValueColorMode.BACKGROUND
        )
    )
    return targeted(panel, queries)


def roll(
    title: str, description: str, *queries: Dataquery, unit: str, own_steps: Mapping[str, Steps]
) -> Panel:
    """Return a line for each series: its name and its figure, in the colour of its own steps."""
    panel = (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .unit(unit)
        .decimals(2)
        .no_value("no data yet")
        .thresholds(thresholds(NEUTRAL))
        .color_scheme(by_thresholds())
        .reduce_options(last())
        .graph_mode(shapes.BigValueGraphMode.NONE)
        .color_mode(shapes.BigValueColorMode.VALUE)
        .text_mode(shapes.BigValueTextMode.VALUE_AND_NAME)
        .orientation(shapes.VizOrientation.HORIZONTAL)
        .text(sized(17, 32))
    )
    for name, steps in own_steps.items():
        value = thresholds(steps).build()
        panel.override_by_name(name, [models.DynamicConfigValue(id_val="thresholds", value=value)])
    return targeted(panel, queries)


def names(title: str, description: str, *queries: Dataquery, links: Links = ()) -> Panel:
    """Return series that say all by their names, such as a version."""
    panel = (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .unit("none")
        .no_value("none")
        .thresholds(thresholds(NEUTRAL))
        .color_scheme(by_thresholds())
        .links(list(links))
        .reduce_options(last())
        .graph_mode(shapes.BigValueGraphMode.NONE)
        .color_mode(shapes.BigValueColorMode.NONE)
        .text_mode(shapes.BigValueTextMode.NAME)
        .orientation(shapes.VizOrientation.HORIZONTAL)
        .text(sized(18, 18))
    )
    return targeted(panel, queries)


def bars(  # noqa: PLR0913 - what a bar has, by name
    title: str,
    description: str,
    *queries: Dataquery,
    unit: str,
    steps: Steps,
    most: float,
    decimals: int = 0,
    links: Links = (),
) -> Panel:
    """Return a horizontal bar for each series, from 0 to `most`."""
    panel = (
        bargauge.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .unit(unit)
        .decimals(decimals)
        .min(0)
        .max(most)
        .no_value("no data yet")
        .thresholds(thresholds(steps))
        .color_scheme(by_thresholds())
        .links(list(links))
        .reduce_options(last())
        .orientation(shapes.VizOrientation.HORIZONTAL)
        .display_mode(shapes.BarGaugeDisplayMode.BASIC)
        .value_mode(shapes.BarGaugeValueMode.COLOR)
        .name_placement(shapes.BarGaugeNamePlacement.LEFT)
        .show_unfilled(show_unfilled=True)
        .text(sized(15, 22))
    )
    return targeted(panel, queries)


def incidents(title: str, description: str, *, only: str, links: Links = ()) -> Panel:
    """Return the list of alerts that are pending or firing, of those whose labels match `only`."""
    # The SDK has no builder of its own for this panel.
    panel = (
        builders.Panel()
        .type("alertlist")
        .title(title)
        .description(description)
        .links(list(links))
        .options(
            {
                "viewMode": "list",
                "groupMode": "default",
                "groupBy": [],
                "maxItems": 20,
                # By importance: what fires before what is pending.
                "sortOrder": 3,
                "dashboardAlerts": False,
                "alertName": "",
                "alertInstanceLabelFilter": only,
                # By its name; all other panels have its uid.
                "datasource": "Prometheus",
                "folder": None,
                "stateFilter": {
                    "firing": True,
                    "pending": True,
                    "recovering": True,
                    "noData": False,
                    "normal": False,
                    "error": True,
                },
                "showInactiveAlerts": False,
            }
        )
    )
    return panel.build()


def note(title: str, description: str, markdown: str) -> Panel:
    """Return words for the reader."""
    panel = text.Panel().title(title).description(description)
    return panel.mode(TextMode.MARKDOWN).content(markdown).build()
