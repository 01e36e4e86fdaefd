"""Panels over time: lines, and heatmaps of histograms."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import common, heatmap, timeseries
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode, HeatmapColorScale

from grafana.builder.figures import Steps
from grafana.builder.queries import SOURCE
from grafana.builder.style import HUES, NEUTRAL, Links, Panel, targeted, thresholds

# A heatmap of 24 hours has cells of five minutes.
CELLS = 300


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
    filled: bool = True,
    points: int | None = None,
) -> Panel:
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
        .fill_opacity(40 if stacked else 8 * filled)
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
) -> Panel:
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
