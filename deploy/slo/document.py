"""One SLO, as its file has it: the subset of OpenSLO v1 that rules are made of.

The schema is OpenSLO's own (https://github.com/OpenSLO/OpenSLO, v1); its validator's limits on
names and lengths hold here too. What it allows and nothing here would read (calendar windows, time
slices, thresholds, several objectives) is refused: a setting without an effect is a lie.
"""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

WINDOW = "30d"
# OpenSLO: a DNS label.
Name = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
# Stands in a page's text, which is a Go template and which Alertmanager reads as YAML.
Text = Annotated[str, Field(pattern=r"^[A-Za-z0-9][^\n:#`{}]*$")]


def refused(message: str) -> PydanticCustomError:
    """Return the error of a field; the message says what is wrong and what to write instead."""
    return PydanticCustomError("refused", "{message}", {"message": message})


class Part(BaseModel):
    """A mapping of the file; fields that nothing reads are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel)


class Labels(Part):
    """Who owns it."""

    team: Name


class Annotations(Part):
    """Settings of this repository; OpenSLO leaves annotations to its users."""

    # «2.5% of API requests failed»: what stands after the share of failed events.
    symptom: Text
    # Events, as text: annotations are texts. Fewer failed ones than these page nobody.
    least_failed_events: Annotated[
        str, Field(alias="least-failed-events", pattern=r"^[1-9][0-9]{0,5}$")
    ]
    dashboard: Name


class Metadata(Part):
    """The SLO's name, and what people call it."""

    name: Name
    display_name: Annotated[Text, Field(max_length=63)]
    labels: Labels
    annotations: Annotations


class Query(Part):
    """A selector of counters."""

    query: str


class MetricSource(Part):
    """Where the counters are."""

    type: Literal["Prometheus"]
    spec: Query


class Metric(Part):
    """Events of one kind."""

    metric_source: MetricSource


class RatioMetric(Part):
    """Good or bad events, and all of them."""

    counter: Literal[True]
    good: Metric | None = None
    bad: Metric | None = None
    total: Metric

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.good is None) == (self.bad is None):
            found = "both good and bad" if self.good else "neither good nor bad"
            raise refused(f"has {found}: give one of them, the other is the rest of total")
        return self


class IndicatorSpec(Part):
    """What is measured."""

    description: str = ""
    ratio_metric: RatioMetric


class IndicatorMetadata(Part):
    """The indicator's name."""

    name: Name
    display_name: str = ""


class Indicator(Part):
    """The indicator, which the SLO holds itself."""

    metadata: IndicatorMetadata
    spec: IndicatorSpec


class TimeWindow(Part):
    """Over which time the budget counts."""

    duration: str
    is_rolling: Literal[True]

    @field_validator("duration")
    @classmethod
    def _supported(cls, duration: str) -> str:
        if duration != WINDOW:
            raise refused(f"{duration!r} is not supported: write {WINDOW}")
        return duration


class Objective(Part):
    """What is promised."""

    display_name: Text
    target: float

    @field_validator("target")
    @classmethod
    def _leaves_a_budget(cls, target: float) -> float:
        if not 0 < target < 1:
            raise refused(
                f"{target:g} is no share between 0 and 1 that leaves an error budget: "
                "write 99.9% as 0.999"
            )
        return target

    @model_validator(mode="after")
    def _named_truly(self) -> Self:
        if self.display_name.split()[0] != self.percent:
            raise refused(
                f"displayName {self.display_name!r} and target {self.target:g} differ: "
                f"begin displayName with {self.percent}"
            )
        return self

    @property
    def percent(self) -> str:
        """The target in percent, such as 99.9%."""
        return f"{(Decimal(str(self.target)) * 100).normalize():f}%"


class Spec(Part):
    """The promise."""

    description: Annotated[str, Field(max_length=1050)]
    service: Name
    indicator: Indicator
    time_window: Annotated[list[TimeWindow], Field(min_length=1, max_length=1)]
    budgeting_method: Literal["Occurrences"]
    objectives: Annotated[list[Objective], Field(min_length=1, max_length=1)]


class Slo(Part):
    """A service level objective."""

    api_version: Literal["openslo/v1"]
    kind: Literal["SLO"]
    metadata: Metadata
    spec: Spec

    @property
    def name(self) -> str:
        """What the label `slo` says."""
        return self.metadata.name

    @property
    def target(self) -> str:
        """The objective as a decimal number, without the rounding of binary ones."""
        return f"{Decimal(str(self.spec.objectives[0].target)):f}"

    @property
    def budget(self) -> str:
        """The share of events that may fail, as a decimal number."""
        return f"{1 - Decimal(self.target):f}"

    @property
    def title(self) -> str:
        """What a page calls it, such as `API availability 99.9%`."""
        return f"{self.metadata.display_name} {self.spec.objectives[0].display_name}"

    @property
    def labels(self) -> dict[str, str]:
        """The labels of all its series and alerts."""
        return {"slo": self.name, "job": self.spec.service, "team": self.metadata.labels.team}

    @property
    def selector(self) -> str:
        """The matchers that find its recordings."""
        return f'{{slo="{self.name}"}}'

    @property
    def ratio(self) -> RatioMetric:
        """The counters."""
        return self.spec.indicator.spec.ratio_metric

    @property
    def part(self) -> str:
        """The selector of the good events, or of the bad ones: whichever the file has."""
        metric = self.ratio.good or self.ratio.bad
        assert metric is not None  # noqa: S101 - RatioMetric has made sure
        return metric.metric_source.spec.query

    @property
    def total(self) -> str:
        """The selector of all events."""
        return self.ratio.total.metric_source.spec.query
