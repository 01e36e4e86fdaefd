"""The template's metric filters, ready to be evaluated."""

from typing import TYPE_CHECKING

from deploy.aws.standin.assembly import MakeFilters
from deploy.aws.standin.engine import Filters
from deploy.aws.standin.metric_filters import Filter, FilterError, MetricFilters
from deploy.aws.standin.samples import Samples
from deploy.aws.standin.scale import Scale
from deploy.aws.standin.state import State
from deploy.aws.standin.template import Resource

if TYPE_CHECKING:
    from types_boto3_logs import CloudWatchLogsClient

__all__ = ["FilterError", "metric_filters"]


def metric_filters(scale: Scale) -> MakeFilters:
    """Return what makes a template's filters of its resources; it raises FilterError."""

    def make(
        logs: "CloudWatchLogsClient", samples: Samples, resources: list[Resource], state: State
    ) -> Filters:
        found = [one for one in resources if one.type == "AWS::Logs::MetricFilter"]
        filters = [Filter.from_template(one.properties) for one in found]
        return MetricFilters(logs, samples, state, filters, scale)

    return make
