"""Puts the stand-in together from its settings and the template."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from deploy.aws.standin import functions
from deploy.aws.standin.alarms.datapoints import Datapoints
from deploy.aws.standin.alarms.message import Place
from deploy.aws.standin.alarms.watch import Watch
from deploy.aws.standin.declared import alarms, subscribers
from deploy.aws.standin.delivery import Deliveries
from deploy.aws.standin.engine import Engine, Filters, Parts
from deploy.aws.standin.outbox import Outbox
from deploy.aws.standin.provision import Provisioner
from deploy.aws.standin.queues import Queues
from deploy.aws.standin.samples import Samples
from deploy.aws.standin.settings import Settings
from deploy.aws.standin.state import State
from deploy.aws.standin.subscriptions import Subscriptions
from deploy.aws.standin.template import ACCOUNT, Resource, Template

# Seconds. moto is near; and a publication waits until we have taken it.
_PATIENCE = Config(
    connect_timeout=2, read_timeout=20, retries={"total_max_attempts": 1}, max_pool_connections=20
)

# Seconds within which a line may still arrive, unscaled and real: a service that couldn't send for
# some minutes sends what it kept.
_LATE = 900
_LEAST_LATE = 300


@dataclass(frozen=True, slots=True)
class Standin:
    """The parts that the application serves."""

    settings: Settings
    template: Template
    state: State
    provisioner: Provisioner
    watch: Watch
    subscriptions: Subscriptions
    deliveries: Deliveries
    engine: Engine
    client: Callable[[str], Any]


# Makes the metric filters: from boto3's clients of logs and CloudWatch (as far as they need it),
# the resources and the state.
MakeFilters = Callable[[Any, Samples, list[Resource], State], Filters]


def assemble(
    settings: Settings,
    template: Template,
    state: State,
    make_filters: MakeFilters,
    clock: Callable[[], float] = time.time,
) -> Standin:
    """Build everything; nothing is sent yet.

    Raises AlarmError, PolicyError and TemplateError for what can't be stood in for.
    """
    resources = template.resources()
    client = _clients(settings)
    cloudwatch = client("cloudwatch")
    scale = settings.scale
    late = max(int(scale.seconds(_LATE)), _LEAST_LATE)
    watch = Watch(
        alarms(resources),
        Datapoints(cloudwatch, state, late),
        state,
        Place(ACCOUNT, settings.region),
        scale,
    )
    watch.enrol(clock())
    subscriptions = Subscriptions(state, settings.url)
    subscriptions.enrol(subscribers(resources, settings.sink_url))
    queues = Queues(
        [one.name for one in resources if one.type == "AWS::SQS::Queue"],
        _dead_letter_queues(resources, settings.region),
        client("sqs"),
        cloudwatch,
        scale,
    )
    provisioner = Provisioner(template, client, settings.url)
    deliveries = Deliveries(
        state, subscriptions, _functions(resources, settings), queues.bury, scale
    )
    parts = Parts(
        state=state,
        provisioner=provisioner,
        filters=make_filters(client("logs"), Samples(cloudwatch, state), resources, state),
        queues=queues,
        watch=watch,
        outbox=Outbox(state, client("sns"), scale),
        deliveries=deliveries,
        cloudwatch=cloudwatch,
    )
    engine = Engine(parts, clock)
    return Standin(
        settings, template, state, provisioner, watch, subscriptions, deliveries, engine, client
    )


def _functions(resources: list[Resource], settings: Settings) -> dict[str, Any]:
    functions.point_at_sink(settings.sink_url)
    return {
        _function_arn(one, settings.region): functions.load(one)
        for one in resources
        if one.type == "AWS::Lambda::Function"
    }


def _dead_letter_queues(resources: list[Resource], region: str) -> dict[str, str]:
    """Return the name of each function's dead letter queue by the function's ARN."""
    return {
        _function_arn(one, region): one.properties["DeadLetterConfig"]["TargetArn"].rpartition(":")[
            2
        ]
        for one in resources
        if one.type == "AWS::Lambda::Function" and "DeadLetterConfig" in one.properties
    }


def _function_arn(one: Resource, region: str) -> str:
    return f"arn:aws:lambda:{region}:{ACCOUNT}:function:{one.name}"


def _clients(settings: Settings) -> Callable[[str], Any]:
    """Return boto3's clients by their service's name, each made once."""
    session = boto3.Session(region_name=settings.region)
    made: dict[str, Any] = {}

    def client(service: str) -> Any:  # noqa: ANN401 - a client of any service
        if service not in made:
            made[service] = session.client(
                service,  # type: ignore[call-overload]  # by name
                endpoint_url=settings.endpoint,
                config=_PATIENCE,
            )
        return made[service]

    return client
