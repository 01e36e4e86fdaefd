"""The template in moto: every resource that it can hold, read back."""

from collections import Counter
from pathlib import Path
from typing import Any

import boto3
import pytest

from deploy.aws.standin.holders import metrics
from deploy.aws.standin.provision import Provisioner
from deploy.aws.standin.template import Template, load
from tests.unit.aws.standin.conftest import lose_all
from tests.unit.aws.standin.world import REGION, World, template

REAL = Path(__file__).parents[4] / "deploy" / "aws" / "template.yaml"
URL = "http://aws:8003"

# What nobody stands in for.
LINTED = {"AWS::Lambda::Permission", "AWS::XRay::Group", "AWS::XRay::SamplingRule"}
OWN = {
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::Lambda::Function",
    "AWS::Logs::QueryDefinition",
    "AWS::SNS::Subscription",
}


def client(moto: str, service: str) -> Any:  # noqa: ANN401 - a client of any service
    return boto3.client(service, endpoint_url=moto, region_name=REGION)  # type: ignore[call-overload]  # by name


def provisioner(moto: str, found: Template, url: str = URL) -> Provisioner:
    return Provisioner(found, lambda service: client(moto, service), url)


@pytest.fixture
def real(moto: str) -> Provisioner:
    return provisioner(moto, load(REAL, REGION))


def test_all_of_the_template_is_held_but_what_is_only_linted(real: Provisioner) -> None:
    real.provision()

    assert real.problems == []
    by = {
        kind: {one.type for one in real.held if one.by == kind} for kind in ("nobody", "stand-in")
    }
    assert by["nobody"] <= LINTED
    assert by["stand-in"] == OWN
    assert {one.note for one in real.held if one.by == "moto"} == {"read back as wanted"}
    kinds = Counter(one.type for one in real.held if one.by == "moto")
    assert kinds["AWS::CloudWatch::Alarm"] > 20
    assert kinds["AWS::Logs::MetricFilter"] > 10


def test_it_is_made_once(real: Provisioner, moto: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not real.is_made()
    assert real.provision() is False
    assert real.is_made()
    keys = client(moto, "kms").list_keys()["Keys"]
    monkeypatch.setattr(metrics.Alarm, "write", not_again)

    assert real.provision() is True
    assert client(moto, "kms").list_keys()["Keys"] == keys
    again = provisioner(moto, load(REAL, REGION))
    assert again.provision() is True
    assert again.problems == []


def not_again(*_: object) -> None:
    raise AssertionError("it is there already")


def test_after_moto_has_lost_everything_it_is_made_again(real: Provisioner, moto: str) -> None:
    real.provision()
    lose_all(moto)
    assert not real.is_made()

    assert real.provision() is False

    assert real.is_made()
    assert real.problems == []


def test_a_topics_only_subscriber_is_the_stand_in(moto: str) -> None:
    sns = client(moto, "sns")
    topic = sns.create_topic(Name="shop-critical")["TopicArn"]
    # From a stand-in that was elsewhere; it is dead, and moto would stop at it.
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint="http://gone:1/sns/shop-critical")

    provisioner(moto, Template(template(), REGION)).provision()

    found = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [one["Endpoint"] for one in found] == [f"{URL}/sns/shop-critical"]


def test_what_moto_keeps_otherwise_is_a_problem_that_is_named(
    moto: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics.Alarm, "write", lambda *_: None)
    found = provisioner(moto, Template(template(), REGION))

    found.provision()

    (problem,) = found.problems
    assert (problem.name, problem.note) == ("shop-errors", "moto took it and has none")


def test_what_moto_refuses_is_a_problem_that_is_named(moto: str) -> None:
    bad = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "no spaces, please"}}
    odd = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": 7}}
    found = provisioner(moto, Template(template(Bad=bad, Odd=odd), REGION))

    found.provision()

    assert {one.id for one in found.problems} >= {"Odd"}


def test_a_changed_alarm_is_put_again(moto: str) -> None:
    document = template()
    provisioner(moto, Template(document, REGION)).provision()
    document["Resources"]["Errors"]["Properties"]["Threshold"] = 5

    provisioner(moto, Template(document, REGION)).provision()

    (alarm,) = client(moto, "cloudwatch").describe_alarms()["MetricAlarms"]
    assert alarm["Threshold"] == 5


def test_moto_shows_the_alarms_states(here: World) -> None:
    here.begin()
    here.put(3)
    here.tick(75)

    (alarm,) = client(here.moto, "cloudwatch").describe_alarms()["MetricAlarms"]

    assert alarm["StateValue"] == here.states()["shop-errors"]
    assert alarm["StateReason"].startswith("Threshold Crossed")


def test_a_resource_that_somebody_deletes_is_made_again(here: World) -> None:
    here.begin()
    here.tick()
    cloudwatch = client(here.moto, "cloudwatch")
    cloudwatch.delete_alarms(AlarmNames=["shop-errors"])
    here.tick(601)

    assert [one["AlarmName"] for one in cloudwatch.describe_alarms()["MetricAlarms"]] == [
        "shop-errors"
    ]
