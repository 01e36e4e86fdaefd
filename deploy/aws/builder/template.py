"""The template: every subject's resources, in the order in which one reads about them."""

from typing import Any

import yaml

from deploy.aws.builder import (
    aws_metrics,
    burn,
    causes,
    dashboard,
    function,
    logged,
    logs,
    parameters,
    saved_queries,
    symptoms,
    tasks,
    topics,
    traces,
)
from deploy.aws.builder.names import Resources, ref

HEADER = """\
# Written by `make aws` from prometheus/rules, prometheus/slo and alertmanager/alertmanager.yml; the
# program is deploy/aws/builder. Change those, not this file: `make lint` fails when they differ.
# How to deploy it, what it costs and what of it runs on a laptop: docs/aws.md.
"""


class Dumper(yaml.SafeDumper):
    """Writes longer texts as they are, one line after another, and no anchors."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002, D102 - yaml's
        return True


def _text(dumper: Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


Dumper.add_representer(str, _text)


def rendered() -> str:
    """Return the template as YAML."""
    document = yaml.dump(
        template(), Dumper=Dumper, sort_keys=False, width=1_000_000, allow_unicode=True
    )
    return HEADER + document


def template() -> dict[str, Any]:
    """Return the template.

    Raises:
        LookupError: a rule has no threshold, or says what an alarm can't.
        GroupingError: alertmanager.yml routes in a way that is not understood.
        ValueError: an SLO file is bad.

    """
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Logs, alarms and traces of the SRE reference stack, and whom they tell",
        "Parameters": parameters.parameters(),
        "Rules": parameters.together(),
        "Conditions": parameters.conditions(),
        "Resources": resources(),
        "Outputs": outputs(),
    }


def resources() -> Resources:
    """Return all resources."""
    alarms = causes.resources() | symptoms.resources() | burn.resources() | logged.resources()
    return {
        **logs.resources(),
        **alarms,
        **aws_metrics.resources(),
        **topics.resources(),
        **function.resources(),
        **saved_queries.resources(),
        **dashboard.resources(told(alarms)),
        **traces.resources(),
        **tasks.resources(),
    }


def told(alarms: Resources) -> list[str]:
    """Return the names of the alarms that tell people, without the project's in front."""
    names = [
        alarm["Properties"]["AlarmName"]["Fn::Sub"].removeprefix("${Project}-")
        for alarm in alarms.values()
        if "AlarmActions" in alarm["Properties"]
    ]
    return sorted(names)


def outputs() -> dict[str, Any]:
    """Return what whoever deploys needs next: which secrets to fill, which tasks to run."""
    secrets = [*(f"{name}Secret" for name in function.SECRETS), tasks.SECRET]
    said = dict.fromkeys(secrets, "Put its value in: aws secretsmanager put-secret-value")
    said |= {"ApiTask": "Run it as an ECS service", "MlTask": "Run it as an ECS service"}
    return {name: {"Description": text, "Value": ref(name)} for name, text in said.items()}
