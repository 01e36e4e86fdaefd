"""The template's intrinsic functions."""

from pathlib import Path
from typing import Any

import pytest

from deploy.aws.standin.template import Template, TemplateError, load

PARAMETERS = {
    "Project": {"Type": "String", "Default": "shop"},
    "Url": {"Type": "String", "Default": ""},
    "Days": {"Type": "Number", "Default": 30},
}
CONDITIONS = {
    "HasUrl": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Url"}, ""]}]},
    "NoUrl": {"Fn::Not": [{"Condition": "HasUrl"}]},
    "ThirtyDays": {"Fn::Equals": [{"Ref": "Days"}, "30"]},
    "Both": {"Fn::And": [{"Condition": "HasUrl"}, {"Condition": "NoUrl"}]},
    "Either": {"Fn::Or": [{"Condition": "HasUrl"}, {"Condition": "NoUrl"}]},
}
RESOURCES: dict[str, Any] = {
    "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::Sub": "${Project}-a"}}},
    "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/shop/api"}},
    "Role": {"Type": "AWS::IAM::Role", "Properties": {}},
    "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}},
    "Key": {"Type": "AWS::KMS::Key", "Properties": {}},
}


def template(*, conditions: dict[str, Any] = CONDITIONS, **resources: Any) -> Template:  # noqa: ANN401 - of any type
    document = {
        "Parameters": PARAMETERS,
        "Conditions": conditions,
        "Resources": RESOURCES | resources,
    }
    return Template(document, "eu-west-1")


def resolved(value: object) -> object:
    one = template(It={"Type": "AWS::X::Y", "Properties": {"Value": value}}).resources()[-1]
    return one.properties.get("Value", "nothing")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Project"}, "shop"),
        ({"Ref": "Days"}, 30),
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "AWS::AccountId"}, "123456789012"),
        ({"Ref": "AWS::NoValue"}, "nothing"),
        ([{"Ref": "AWS::NoValue"}, "x"], ["x"]),
        ({"Ref": "Topic"}, "arn:aws:sns:eu-west-1:123456789012:shop-a"),
        ({"Ref": "Group"}, "/shop/api"),
        ({"Ref": "Role"}, "sre-reference-Role"),
        ({"Ref": "Queue"}, "https://sqs.eu-west-1.amazonaws.com/123456789012/q"),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, "arn:aws:sqs:eu-west-1:123456789012:q"),
        ({"Fn::GetAtt": "Role.Arn"}, "arn:aws:iam::123456789012:role/sre-reference-Role"),
        (
            {"Fn::GetAtt": ["Group", "Arn"]},
            "arn:aws:logs:eu-west-1:123456789012:log-group:/shop/api:*",
        ),
        ({"Fn::GetAtt": ["Topic", "TopicName"]}, "shop-a"),
        ({"Fn::Sub": "${Project}/${AWS::Region} ${!Literal}"}, "shop/eu-west-1 ${Literal}"),
        ({"Fn::Sub": "${Queue.Arn}"}, "arn:aws:sqs:eu-west-1:123456789012:q"),
        ({"Fn::Sub": ["${a}-${Project}", {"a": {"Ref": "Days"}}]}, "30-shop"),
        ({"Fn::If": ["HasUrl", "yes", {"Ref": "Project"}]}, "shop"),
        ({"Fn::If": ["NoUrl", "yes", {"Ref": "Missing"}]}, "yes"),
        ({"Fn::If": ["ThirtyDays", 1, 2]}, 1),
        ({"Fn::If": ["Both", 1, 2]}, 2),
        ({"Fn::If": ["Either", 1, 2]}, 1),
        ({"Fn::Join": ["-", ["a", {"Ref": "Project"}]]}, "a-shop"),
        ({"nested": [{"Ref": "Project"}]}, {"nested": ["shop"]}),
    ],
)
def test_a_value_resolves_to(value: object, expected: object) -> None:
    assert resolved(value) == expected


def test_a_resource_whose_condition_does_not_hold_is_left_out() -> None:
    found = template(
        With={"Type": "AWS::X::Y", "Condition": "HasUrl"},
        Without={"Type": "AWS::X::Y", "Condition": "NoUrl"},
    ).resources()

    assert [one.id for one in found if one.type == "AWS::X::Y"] == ["Without"]


def test_a_keys_id_is_the_one_that_its_service_gave() -> None:
    found = template(It={"Type": "AWS::X::Y", "Properties": {"Value": {"Ref": "Key"}}})
    found.ids["Key"] = "1234"

    assert found.resources()[-1].properties == {"Value": "1234"}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"Ref": "Missing"}, "It: Missing is neither a parameter nor a resource"),
        ({"Fn::GetAtt": ["Queue", "Colour"]}, "It: the attribute Queue.Colour is unknown here"),
        ({"Fn::ImportValue": "x"}, "It: Fn::ImportValue is not resolved here"),
        ({"Fn::If": ["Unheard", 1, 2]}, "It: 'Unheard'"),
    ],
)
def test_what_can_not_be_resolved_is_named(value: object, message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        resolved(value)


def test_a_parameter_without_default_is_named() -> None:
    with pytest.raises(TemplateError, match="parameter Colour has no default"):
        Template({"Parameters": {"Colour": {"Type": "String"}}, "Resources": {}}, "eu-west-1")


@pytest.mark.parametrize(
    ("text", "message"),
    [("a: [", "is no YAML"), ("a: 1", "has no Resources"), (None, "cannot read")],
)
def test_a_file_that_is_no_template_is_named(
    tmp_path: Path, text: str | None, message: str
) -> None:
    file = tmp_path / "template.yaml"
    if text is not None:
        file.write_text(text)

    with pytest.raises(TemplateError, match=message):
        load(file, "eu-west-1")
