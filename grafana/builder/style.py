"""The language of all panels: colours, thresholds, words in place of figures."""

from collections.abc import Mapping, Sequence
from string import ascii_uppercase

from grafana_foundation_sdk.builders import common
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models import dashboard as models

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


def targeted(panel: object, queries: Sequence[Dataquery]) -> models.Panel:
    """Return the panel with its queries, called A, B, C and on."""
    for letter, query in zip(ascii_uppercase, queries, strict=False):
        panel.with_target(query.ref_id(letter).datasource(SOURCE))  # type: ignore[attr-defined]
    built: models.Panel = panel.build()  # type: ignore[attr-defined]
    return built
