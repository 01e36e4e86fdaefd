"""What a metric filter makes of one log event.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from deploy.aws.standin.patterns import Event, Pattern
from deploy.aws.standin.patterns import compile as compile_pattern
from deploy.aws.standin.patterns.operands import NUMBER

if TYPE_CHECKING:
    from collections.abc import Mapping

# botocore's models of PutMetricFilter and PutMetricData.
_MOST_DIMENSIONS = 3
_LONGEST_DIMENSION_VALUE = 1024
_GREATEST = 2.0**360

Dimensions = tuple[tuple[str, str], ...]


class FilterError(ValueError):
    """A metric filter that CloudWatch Logs would refuse; its text names it and says why."""


class Sample(NamedTuple):
    """A value for the filter's metric, with the dimensions that the event has."""

    value: float
    dimensions: Dimensions


@dataclass(frozen=True, slots=True)
class Filter:
    """A metric filter with its one transformation.

    `value` is a number or a selector (`$.duration_ms`, `$bytes`), dimensions are selectors by name.
    """

    name: str
    group: str
    pattern: Pattern
    metric_name: str
    namespace: str
    value: str = "1"
    default_value: float | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)
    unit: str = "None"

    def __post_init__(self) -> None:
        """Raise FilterError where AWS would refuse it."""
        if number_in(self.value) is None and not self.pattern.selects(self.value):
            self._refuse(
                f"metric value {self.value!r} is neither a number nor one field's selector"
            )
        if len(self.dimensions) > _MOST_DIMENSIONS:
            self._refuse(f"has more than {_MOST_DIMENSIONS} dimensions")
        if self.dimensions and self.default_value is not None:
            self._refuse("has dimensions and a default value: a metric can have one of them")
        for name, selector in self.dimensions.items():
            if not self.pattern.selects(selector):
                kind = self.pattern.kind
                self._refuse(f"dimension {name}: {selector!r} is no field of {kind} events")

    @classmethod
    def from_template(cls, properties: Mapping[str, Any]) -> Filter:
        """Make one of AWS::Logs::MetricFilter's properties; raises FilterError."""
        name = str(properties.get("FilterName", ""))
        try:
            (transformation,) = properties["MetricTransformations"]
            default = transformation.get("DefaultValue")
            return cls(
                name=name,
                group=properties["LogGroupName"],
                pattern=compile_pattern(properties["FilterPattern"]),
                metric_name=transformation["MetricName"],
                namespace=transformation["MetricNamespace"],
                value=str(transformation["MetricValue"]),
                default_value=None if default is None else float(default),
                dimensions={
                    one["Key"]: one["Value"] for one in transformation.get("Dimensions", ())
                },
                unit=transformation.get("Unit", "None"),
            )
        except FilterError:
            raise
        except KeyError as error:
            raise FilterError(f"metric filter {name} has no {error.args[0]}") from None
        except ValueError as error:
            # Of PatternError too, which says where.
            raise FilterError(f"metric filter {name}: {error}") from None

    def sample(self, event: Event) -> Sample | None:
        """Return what an event adds to the metric; None for nothing.

        An event that doesn't match adds the default value. One that matches and has no number where
        the value should be adds nothing. A dimension that the event hasn't is left out.
        """
        if not self.pattern.matches(event):
            return None if self.default_value is None else Sample(self.default_value, ())
        value = number_in(self.value)
        if value is None:
            value = number_in(self.pattern.value(event, self.value) or "")
        return None if value is None else Sample(value, self._dimensions_of(event))

    def _dimensions_of(self, event: Event) -> Dimensions:
        found = [(key, self.pattern.value(event, one)) for key, one in self.dimensions.items()]
        return tuple(
            (name, value)
            for name, value in found
            # Another value would have the whole call refused.
            if value and value.strip() and len(value) <= _LONGEST_DIMENSION_VALUE
        )

    def _refuse(self, why: str) -> None:
        raise FilterError(f"metric filter {self.name}: {why}")


def number_in(text: str) -> float | None:
    """Return a number that CloudWatch takes as a metric's value; None for any other text."""
    if not NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if abs(value) <= _GREATEST else None
