"""The template with its parameters' defaults put in, as CloudFormation would resolve it.

Only the intrinsic functions that the template uses: Ref, Fn::Sub, Fn::GetAtt, Fn::If, and in
conditions Fn::Equals, Fn::Not, Fn::And, Fn::Or, Condition.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

# moto's own.
ACCOUNT = "123456789012"

_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]+)\}")
_NO_VALUE = object()

# What Ref yields where it isn't a name, and Fn::GetAtt Arn; {0} is the resource's name.
_REFS = {
    "AWS::SNS::Topic": "arn:aws:sns:{region}:{account}:{0}",
    "AWS::SQS::Queue": "https://sqs.{region}.amazonaws.com/{account}/{0}",
    "AWS::SecretsManager::Secret": "arn:aws:secretsmanager:{region}:{account}:secret:{0}",
}
_ARNS = {
    "AWS::CloudWatch::Alarm": "arn:aws:cloudwatch:{region}:{account}:alarm:{0}",
    "AWS::CloudWatch::CompositeAlarm": "arn:aws:cloudwatch:{region}:{account}:alarm:{0}",
    "AWS::IAM::Role": "arn:aws:iam::{account}:role/{0}",
    "AWS::KMS::Key": "arn:aws:kms:{region}:{account}:key/{0}",
    "AWS::Lambda::Function": "arn:aws:lambda:{region}:{account}:function:{0}",
    "AWS::Logs::LogGroup": "arn:aws:logs:{region}:{account}:log-group:{0}:*",
    "AWS::SQS::Queue": "arn:aws:sqs:{region}:{account}:{0}",
}
# Properties that name a resource, by the type's last word where it isn't «<word>Name».
_NAMES = {
    "CompositeAlarm": "AlarmName",
    "MetricFilter": "FilterName",
    "Parameter": "Name",
    "QueryDefinition": "Name",
    "Secret": "Name",
    "TaskDefinition": "Family",
}


class TemplateError(ValueError):
    """A template that can't be resolved; its text says where and why."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource with its properties resolved."""

    id: str
    type: str
    name: str
    properties: dict[str, Any]


class Template:
    """A template's resources. `ids` are physical ids that only their service gives (KMS keys)."""

    def __init__(self, document: Mapping[str, Any], region: str) -> None:
        """Take a parsed template; raises TemplateError where a parameter has no default."""
        self._document = document
        self._place = {"region": region, "account": ACCOUNT}
        self._values: dict[str, Any] = {
            "AWS::AccountId": ACCOUNT,
            "AWS::NoValue": _NO_VALUE,
            "AWS::Partition": "aws",
            "AWS::Region": region,
            "AWS::StackName": "sre-reference",
            "AWS::URLSuffix": "amazonaws.com",
        }
        for name, parameter in document.get("Parameters", {}).items():
            if "Default" not in parameter:
                raise TemplateError(f"parameter {name} has no default")
            self._values[name] = parameter["Default"]
        self.ids: dict[str, str] = {}

    def resources(self) -> list[Resource]:
        """Return the resources whose condition holds, in the template's order."""
        return [
            self._resource(key)
            for key, one in self._document["Resources"].items()
            if "Condition" not in one or self._condition(one["Condition"])
        ]

    def _resource(self, key: str) -> Resource:
        declared = self._document["Resources"][key]
        try:
            properties = self._resolve(declared.get("Properties", {}))
        except (KeyError, TypeError, ValueError) as error:
            raise TemplateError(f"{key}: {error}") from None
        return Resource(key, declared["Type"], self._name(key), properties)

    def _name(self, key: str) -> str:
        if key in self.ids:
            return self.ids[key]
        declared = self._document["Resources"][key]
        word = declared["Type"].rpartition("::")[2]
        given = declared.get("Properties", {}).get(_NAMES.get(word, f"{word}Name"))
        return str(self._resolve(given)) if given else f"{self._values['AWS::StackName']}-{key}"

    def _ref(self, name: str) -> Any:  # noqa: ANN401 - a parameter's value
        if name in self._values:
            return self._values[name]
        if name not in self._document["Resources"]:
            raise TemplateError(f"{name} is neither a parameter nor a resource")
        pattern = _REFS.get(self._document["Resources"][name]["Type"], "{0}")
        return pattern.format(self._name(name), **self._place)

    def _attribute(self, name: str, attribute: str) -> str:
        declared = self._document["Resources"].get(name, {})
        if attribute == "Arn" and declared.get("Type") in _ARNS:
            return _ARNS[declared["Type"]].format(self._name(name), **self._place)
        if attribute in {"TopicName", "QueueName"}:
            return self._name(name)
        if attribute in {"TopicArn", "Id"}:
            return str(self._ref(name))
        raise TemplateError(f"the attribute {name}.{attribute} is unknown here")

    def _resolve(self, value: Any) -> Any:  # noqa: ANN401 - YAML
        if isinstance(value, list):
            return _without_none(map(self._resolve, value))
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (function, argument), *_ = value.items()
            if function == "Ref":
                return self._ref(argument)
            if function.startswith("Fn::"):
                return self._function(function, argument)
        resolved = {key: self._resolve(one) for key, one in value.items()}
        return {key: one for key, one in resolved.items() if one is not _NO_VALUE}

    def _function(self, function: str, argument: Any) -> Any:  # noqa: ANN401 - YAML
        match function:
            case "Fn::Sub":
                text, names = argument if isinstance(argument, list) else (argument, {})
                own = {key: self._resolve(one) for key, one in names.items()}
                return _PLACEHOLDER.sub(lambda found: self._put(found, own), text)
            case "Fn::GetAtt":
                return self._attribute(
                    *(argument if isinstance(argument, list) else argument.split("."))
                )
            case "Fn::If":
                name, then, otherwise = argument
                return self._resolve(then if self._condition(name) else otherwise)
            case "Fn::Join":
                separator, parts = argument
                return str(separator).join(map(str, self._resolve(parts)))
        raise TemplateError(f"{function} is not resolved here")

    def _put(self, found: re.Match[str], own: Mapping[str, Any]) -> str:
        literal, name = found.groups()
        if literal:
            return f"${{{name}}}"
        if name in own:
            return str(own[name])
        resource, _, attribute = name.partition(".")
        return self._attribute(resource, attribute) if attribute else str(self._ref(name))

    def _condition(self, condition: Any) -> bool:  # noqa: ANN401 - YAML
        if isinstance(condition, str):
            return self._condition(self._document["Conditions"][condition])
        (function, argument), *_ = condition.items()
        tests: dict[str, Callable[[], bool]] = {
            "Condition": lambda: self._condition(argument),
            "Fn::Equals": lambda: _same(*map(self._resolve, argument)),
            "Fn::Not": lambda: not self._condition(argument[0]),
            "Fn::And": lambda: all(map(self._condition, argument)),
            "Fn::Or": lambda: any(map(self._condition, argument)),
        }
        if function not in tests:
            raise TemplateError(f"{function} is no condition that is resolved here")
        return tests[function]()


def load(path: Path, region: str) -> Template:
    """Read a template; raises TemplateError where it can't be read or isn't one."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TemplateError(f"cannot read {path} ({error.strerror})") from None
    except yaml.YAMLError as error:
        raise TemplateError(f"{path} is no YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(document, dict) or "Resources" not in document:
        raise TemplateError(f"{path} has no Resources")
    return Template(document, region)


def _without_none(values: Iterable[Any]) -> list[Any]:
    return [one for one in values if one is not _NO_VALUE]


def _same(left: object, right: object) -> bool:
    """Compare as CloudFormation does, to which all parameters are text."""
    return str(left) == str(right)
