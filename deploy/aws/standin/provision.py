"""Makes the template's resources: in moto, in the stand-in itself, or, where neither can, not.

Idempotent: what is there already as wanted is left alone. After moto has lost everything it makes
all of it again; nothing is published by that, because alarms' states are not moto's.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError, ParamValidationError

from deploy.aws.standin.holders import Holder, holders
from deploy.aws.standin.holders.account import Key
from deploy.aws.standin.template import Resource, Template

if TYPE_CHECKING:
    from types_boto3_sns import SNSClient

_log = logging.getLogger("standin.provision")

# What the stand-in itself does, because moto doesn't know it or only keeps it.
OWN = {
    "AWS::CloudWatch::CompositeAlarm": "judged by the stand-in",
    "AWS::Lambda::Function": "run by the stand-in, from the code in the template",
    "AWS::Logs::QueryDefinition": "kept by the stand-in",
    "AWS::SNS::Subscription": "served by the stand-in",
}

HeldBy = Literal["moto", "stand-in", "nobody"]


@dataclass(frozen=True, slots=True)
class Held:
    """What became of a resource; `note` says how, or why not."""

    id: str
    type: str
    name: str
    by: HeldBy
    note: str


class Provisioner:
    """Makes a template's resources and notices when moto has lost them.

    `client` returns boto3's client of a service; `url` is where moto finds the stand-in.
    """

    def __init__(self, template: Template, client: Callable[[str], Any], url: str) -> None:
        self._template = template
        self._client = cache(client)
        self._url = url
        self._holders: dict[str, Holder] = {}
        self._subscription = ""
        self.held: list[Held] = []

    @property
    def problems(self) -> list[Held]:
        """What should be in moto and isn't as wanted."""
        return [one for one in self.held if one.by == "nobody" and one.type in self._holders]

    def provision(self) -> bool:
        """Make all resources and read them back; return whether moto had them before.

        Raises botocore's errors where moto is away.
        """
        was_there = self._is_subscribed()
        types = {one.type for one in self._template.resources()}
        self._holders = self._holders or holders(self._client, types)
        self._make_keys()
        order = {kind: at for at, kind in enumerate(self._holders)}
        resources = sorted(
            self._template.resources(), key=lambda one: order.get(one.type, len(order))
        )
        self.held = [self._hold(one) for one in resources]
        for one in resources:
            if one.type == "AWS::SNS::Topic":
                self._subscribe(one.name)
        self._report()
        return was_there

    def is_made(self) -> bool:
        """Say whether this process made all and moto still has it; raises where moto is away."""
        if not self._subscription:
            return False
        sns: SNSClient = self._client("sns")
        try:
            sns.get_subscription_attributes(SubscriptionArn=self._subscription)
        except ClientError as error:
            if "NotFound" not in error.response["Error"]["Code"]:
                raise
            return False
        return True

    def _is_subscribed(self) -> bool:
        """Say whether moto knows the stand-in, from before this process or from now."""
        sns: SNSClient = self._client("sns")
        found = sns.list_subscriptions()["Subscriptions"]
        return any(one["Endpoint"].startswith(f"{self._url}/sns/") for one in found)

    def _make_keys(self) -> None:
        """Make keys first: their ids are moto's, and other resources name them."""
        holder = self._holders.get("AWS::KMS::Key")
        for one in self._template.resources():
            if one.type == "AWS::KMS::Key" and isinstance(holder, Key):
                if holder.id(one.properties) is None:
                    holder.write(one.properties)
                self._template.ids[one.id] = holder.id(one.properties) or one.id

    def _hold(self, one: Resource) -> Held:
        if one.type in OWN:
            return Held(one.id, one.type, one.name, "stand-in", OWN[one.type])
        holder = self._holders.get(one.type)
        if holder is None:
            return Held(one.id, one.type, one.name, "nobody", "moto has none: it is only linted")
        properties = one.properties
        if one.type == "AWS::IAM::Role":
            properties = {"RoleName": one.name, **properties}
        try:
            wanted = holder.wanted(properties)
            found = holder.read(properties)
            if found != wanted:
                holder.write(properties)
                found = holder.read(properties)
        except (ClientError, ParamValidationError) as error:
            return Held(one.id, one.type, one.name, "nobody", str(error))
        if found != wanted:
            return Held(one.id, one.type, one.name, "nobody", _difference(wanted, found))
        return Held(one.id, one.type, one.name, "moto", "read back as wanted")

    def _subscribe(self, name: str) -> None:
        """Have the stand-in as a topic's one subscriber: moto stops at the first that is dead."""
        sns: SNSClient = self._client("sns")
        arn = sns.create_topic(Name=name)["TopicArn"]
        endpoint = f"{self._url}/sns/{name}"
        found = sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
        for one in found:
            if one["Endpoint"] != endpoint:
                sns.unsubscribe(SubscriptionArn=one["SubscriptionArn"])
        # The same one where there is one already.
        protocol = self._url.partition(":")[0]
        made = sns.subscribe(TopicArn=arn, Protocol=protocol, Endpoint=endpoint)
        self._subscription = made["SubscriptionArn"]

    def _report(self) -> None:
        counts = {by: sum(one.by == by for one in self.held) for by in ("moto", "stand-in")}
        linted = sorted({one.type for one in self.held if one.by == "nobody"})
        _log.info(
            "Of the template's %d resources moto holds %d, the stand-in %d; only linted: %s",
            *(len(self.held), counts["moto"], counts["stand-in"], ", ".join(linted) or "none"),
        )
        for one in self.problems:
            _log.error("%s (%s) is not held: %s", one.name, one.type, one.note)


def _difference(wanted: dict[str, Any], found: dict[str, Any] | None) -> str:
    if found is None:
        return "moto took it and has none"
    names = [key for key in wanted if found.get(key) != wanted[key]]
    return "moto keeps otherwise: " + "; ".join(
        f"{key} is {found.get(key)!r}, not {wanted[key]!r}"[:300] for key in names
    )
