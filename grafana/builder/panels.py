"""The few kinds of panel that the dashboards are made of, each with a title and what it means."""

from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.builders import bargauge, common, heatmap, stat, text, timeseries
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode, HeatmapColorScale
from grafana_foundation_sdk.models.text import TextMode

from grafana.builder.figures import Steps
from grafana.builder.queries import SOURCE

Panel = models.Panel
Links = Sequence[builders.DashboardLink]
# Series have colours that mean nothing: green, amber and red are for objectives alone.
HUES = (
    *("blue", "purple", "#56B7C4", "#8F8FA3", "light-blue", "light-purple", "dark-blue"),
    *("#C78BB8", "#A08670", "dark-purple"),
)
NEUTRAL: Steps = ((None, "text"),)
# A heatmap of 24 hours has cells of five minutes.
CELLS = 300


def thresholds(steps: Steps) -> builders.ThresholdsConfig:
    """Return absolute thresholds."""
    made = [models.Threshold(value=value, color=colour) for value, colour in steps]
    return builders.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(made)


def by_thresholds() -> builders.FieldColor:
    """Colour by what the value means."""
    return builders.FieldColor().mode(models.FieldColorModeId.THRESHOLDS)


def last() -> common.ReduceDataOptions:
    """Show the last value of each series."""
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(values=False)


def words(meanings: Mapping[str, tuple[str, str]]) -> models.ValueMapping:
    """Return the mapping of values to words and colours."""
    return models.ValueMap(
        options={
            value: models.ValueMappingResult(text=said, color=colour, index=number)
            for number, (value, (said, colour)) in enumerate(meanings.items())
        }
    )


def nothing(said: str) -> models.ValueMapping:
    """Return the mapping of no value, such as 0 / 0, to words; good or bad it is not."""
    return models.SpecialValueMap(
        options=models.DashboardSpecialValueMapOptions(
            match=models.SpecialValueMatch.NULL_AND_NAN,
            result=models.ValueMappingResult(text=said, color="transparent", index=9),
        )
    )


def sized(name: int, value: int) -> common.VizTextDisplayOptions:
    """Return sizes of a series' name and value, in pixels."""
    return common.VizTextDisplayOptions().title_size(name).value_size(value)


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
) -> models.Panel:
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
) -> models.Panel:
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


def names(title: str, description: str, *queries: Dataquery, links: Links = ()) -> models.Panel:
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
) -> models.Panel:
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


def trend(  # noqa: PLR0913 - what a trend has, by name
    title: str,
    description: str,
    *queries: Dataquery,
    unit: str,
    series: Sequence[str] = (),
    steps: Steps = (),
    links: Links = (),
    least: float | None = 0,
    shown: float | None = None,
    decimals: int | None = None,
    stacked: bool = False,
    points: int | None = None,
) -> models.Panel:
    """Return lines over time.

    `series` are names in the order of their colours; all others are shades of blue. Where steps
    are given, their limits are dashed lines; `shown` is the value up to which the axis goes at
    least, so that a limit is in sight of lines far below it.
    """
    panel = (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .unit(unit)
        .links(list(links))
        .legend(
            common.VizLegendOptions()
            .display_mode(shapes.LegendDisplayMode.LIST)
            .placement(shapes.LegendPlacement.BOTTOM)
            .show_legend(show_legend=True)
            .calcs([])
        )
        .tooltip(
            common.VizTooltipOptions()
            .mode(shapes.TooltipDisplayMode.MULTI)
            .sort(shapes.SortOrder.DESCENDING)
        )
        .line_width(1.5)
        .fill_opacity(40 if stacked else 8)
        .show_points(shapes.VisibilityMode.AUTO)
        .span_nulls(span_nulls=False)
        .color_scheme(
            builders.FieldColor().mode(models.FieldColorModeId.SHADES).fixed_color("blue")
        )
        .thresholds(thresholds(steps or NEUTRAL))
        .thresholds_style(
            common.GraphThresholdsStyleConfig().mode(
                shapes.GraphThresholdsStyleMode.DASHED
                if steps
                else shapes.GraphThresholdsStyleMode.OFF
            )
        )
        .stacking(
            common.StackingConfig().mode(
                shapes.StackingMode.NORMAL if stacked else shapes.StackingMode.NONE
            )
        )
    )
    for setting, value in (
        (panel.axis_soft_min, least),
        (panel.axis_soft_max, shown),
        (panel.decimals, decimals),
        (panel.max_data_points, points),
    ):
        if value is not None:
            setting(value)
    for name, hue in zip(series, HUES, strict=False):
        colour = {"mode": "fixed", "fixedColor": hue}
        panel.override_by_name(name, [models.DynamicConfigValue(id_val="color", value=colour)])
    return targeted(panel, queries)


def spread(
    title: str, description: str, query: Dataquery, *, unit: str, links: Links = ()
) -> models.Panel:
    """Return how many events fell into each bucket of a histogram, over time."""
    panel = (
        heatmap.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .links(list(links))
        .max_data_points(CELLS)
        .calculate(calculate=False)
        .color(
            heatmap.HeatmapColorOptions()
            .mode(HeatmapColorMode.SCHEME)
            .scheme("Blues")
            # A few slow requests among many fast ones must be seen.
            .scale(HeatmapColorScale.EXPONENTIAL)
            .exponent(0.5)
            .steps(64)
            .reverse(reverse=False)
        )
        .filter_values(heatmap.FilterValueRange().le(1e-9))
        .y_axis(heatmap.YAxisConfig().unit(unit).axis_placement(shapes.AxisPlacement.LEFT))
        .cell_gap(1)
        .cell_values(heatmap.CellValues().unit("reqps").decimals(2))
        .mode(shapes.TooltipDisplayMode.SINGLE)
        .exemplars_color("purple")
        .hide_legend()
        .unit(unit)
    )
    return targeted(panel, [query])


def incidents(title: str, description: str, *, only: str, links: Links = ()) -> models.Panel:
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


def note(title: str, description: str, markdown: str) -> models.Panel:
    """Return words for the reader."""
    panel = text.Panel().title(title).description(description)
    return panel.mode(TextMode.MARKDOWN).content(markdown).build()


def targeted(panel: object, queries: Sequence[Dataquery]) -> models.Panel:
    """Return the panel with its queries, called A, B, C and on."""
    for letter, query in zip("ABCDEFGH", queries, strict=False):
        panel.with_target(query.ref_id(letter).datasource(SOURCE))  # type: ignore[attr-defined]
    built: models.Panel = panel.build()  # type: ignore[attr-defined]
    return built
