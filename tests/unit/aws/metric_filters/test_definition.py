"""Which metric filters there can be."""

from typing import Any

import pytest

from deploy.aws.standin.metric_filter import Filter, FilterError
from deploy.aws.standin.patterns import Event
from tests.unit.aws.metric_filters.conftest import metric_filter

PROPERTIES: dict[str, Any] = {
    "FilterName": "Slow",
    "LogGroupName": "/shop/api",
    "FilterPattern": "{ $.ms > 1000 }",
    "MetricTransformations": [
        {
            "MetricName": "SlowRequests",
            "MetricNamespace": "Shop",
            "MetricValue": "$.ms",
            "Unit": "Milliseconds",
            "Dimensions": [{"Key": "Path", "Value": "$.path"}],
        }
    ],
}


def changed(**transformation: object) -> dict[str, Any]:
    (own,) = PROPERTIES["MetricTransformations"]
    merged = {key: one for key, one in (own | transformation).items() if one is not None}
    return PROPERTIES | {"MetricTransformations": [merged]}


def test_a_filter_is_made_of_the_template() -> None:
    found = Filter.from_template(PROPERTIES)

    assert (found.name, found.group) == ("Slow", "/shop/api")
    assert (found.namespace, found.metric_name, found.unit) == (
        "Shop",
        "SlowRequests",
        "Milliseconds",
    )
    assert found.default_value is None
    assert found.sample(Event('{"ms": 1500, "path": "/a"}')) == (1500, (("Path", "/a"),))
    assert found.sample(Event('{"ms": 500, "path": "/a"}')) is None


def test_a_default_value_of_the_template_is_a_number() -> None:
    found = Filter.from_template(changed(DefaultValue="0", Dimensions=None, MetricValue=1))

    assert found.default_value == 0.0
    assert found.sample(Event("{}")) == (0.0, ())


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        (changed(MetricValue="ms"), "metric value 'ms' is neither"),
        (changed(MetricValue="$ms"), "neither a number nor one field's selector"),
        (changed(MetricValue="$.items[*].ms"), "neither a number nor one field's selector"),
        (changed(MetricValue="$.a["), "neither"),
        (changed(MetricValue="1e400"), "neither"),
        (changed(MetricValue=None), "has no MetricValue"),
        (changed(DefaultValue=0), "has dimensions and a default value"),
        (
            changed(Dimensions=[{"Key": "Path", "Value": "path"}]),
            "dimension Path: 'path' is no field of JSON events",
        ),
        (
            changed(Dimensions=[{"Key": key, "Value": "$.a"} for key in "abcd"]),
            "more than 3 dimensions",
        ),
        (PROPERTIES | {"FilterPattern": "{ $.ms > }"}, "column 10: '}' where only"),
        (PROPERTIES | {"FilterPattern": "slow"}, "'\\$.ms' is neither"),
        (PROPERTIES | {"MetricTransformations": []}, "Slow"),
    ],
)
def test_a_filter_that_aws_would_refuse_is_refused(properties: dict[str, Any], says: str) -> None:
    with pytest.raises(FilterError, match=says) as refusal:
        Filter.from_template(properties)

    assert str(refusal.value).startswith("metric filter Slow")


def test_unstructured_events_have_no_dimensions() -> None:
    with pytest.raises(FilterError, match="no field of unstructured events"):
        metric_filter("ERROR", dimensions={"Path": "$path"})
