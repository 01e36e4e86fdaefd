"""Which fields of the configuration hold durations, and how a file is rewritten.

A field is named by its keys alone, without list positions; a route below a route counts as `route`.
A duration in a field that no table names is an error: nobody would notice one left at full length.
"""

from dataclasses import dataclass
from fractions import Fraction

import yaml

from deploy.scaled_time import promql
from deploy.scaled_time.durations import ScalingError, divide, read, write

# Time as Prometheus and Alertmanager count it.
SCALED = frozenset(
    {
        "global.scrape_interval",
        "global.evaluation_interval",
        "global.rule_query_offset",
        "scrape_configs.scrape_interval",
        # Prometheus refuses a timeout that is longer than the interval.
        "global.scrape_timeout",
        "scrape_configs.scrape_timeout",
        "groups.interval",
        "groups.query_offset",
        "groups.rules.for",
        "groups.rules.keep_firing_for",
        "global.resolve_timeout",
        "route.group_wait",
        "route.group_interval",
        "route.repeat_interval",
    }
)
EXPRESSIONS = frozenset({"groups.rules.expr"})
# Time as networks spend it: Slack doesn't answer sooner because we are in a hurry. And how often
# a file is looked at, which is seen when it changes anyway.
KEPT = frozenset(
    {
        "scrape_configs.file_sd_configs.refresh_interval",
        "alerting.alertmanagers.timeout",
        "receivers.pagerduty_configs.timeout",
        "receivers.slack_configs.timeout",
        "receivers.webhook_configs.timeout",
    }
)
# What people and routes read. A label `window: 5m` is a name, not a time.
TEXTS = ("groups.name", "groups.labels", "groups.rules.labels", "groups.rules.annotations")


@dataclass(frozen=True)
class Scaling:
    """What to do with a file: divide its durations by the factor."""

    factor: Fraction

    def file(self, text: str) -> str:
        """Return a YAML file rewritten; comments are lost.

        Raises:
            ScalingError: it isn't YAML, or a field of it can't be scaled, which is named.

        """
        try:
            document = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ScalingError(" ".join(str(error).split())) from error
        return yaml.dump(
            self.value(document, "", ""), Dumper=PlainDumper, sort_keys=False, width=10_000
        )

    def value(self, value: object, field: str, place: str) -> object:
        """Return a value of the document rewritten.

        `field` names it as the tables do, `place` as a reader of the file looks for it.
        """
        if isinstance(value, dict):
            return {
                key: self.value(inner, below(field, key), f"{place}.{key}".lstrip("."))
                for key, inner in value.items()
            }
        if isinstance(value, list):
            return [self.value(v, field, f"{place}[{n}]") for n, v in enumerate(value)]
        try:
            return self.scalar(value, field)
        except ScalingError as error:
            raise ScalingError(f"{place}: {error}") from error

    def scalar(self, value: object, field: str) -> object:
        """Return one scalar rewritten, or raise ScalingError."""
        if field in SCALED:
            return write(divide(read(value), self.factor))
        if field in EXPRESSIONS:
            return promql.scale(str(value), self.factor)
        if field not in KEPT and not field.startswith(TEXTS) and looks_like_duration(value):
            raise ScalingError(f"{value} is a duration, but nothing says whether it is scaled")
        return value


class PlainDumper(yaml.SafeDumper):
    """Writes for people: expressions in lines, and in full what merge keys share."""

    def ignore_aliases(self, data: object) -> bool:
        """Tell PyYAML never to make an anchor."""
        del data
        return True

    def text(self, text: str) -> yaml.ScalarNode:
        """Write a text of several lines as a block."""
        style = "|" if "\n" in text else None
        return self.represent_scalar("tag:yaml.org,2002:str", text, style)


PlainDumper.add_representer(str, PlainDumper.text)


def below(field: str, key: object) -> str:
    """Return the name of a key inside a field."""
    if field == "route" and key == "routes":
        return field
    return f"{field}.{key}".lstrip(".")


def looks_like_duration(value: object) -> bool:
    """Tell whether a value has a duration's form."""
    if not isinstance(value, str):
        return False
    try:
        read(value)
    except ScalingError:
        return False
    return True
