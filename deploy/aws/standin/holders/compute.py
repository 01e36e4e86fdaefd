"""ECS' task definitions: nothing runs here, but boto3 and moto check what they say."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from deploy.aws.standin.holders.words import lower_camel, without

# What is below these has names that are data.
_DATA = ("Options", "DockerLabels")


class TaskDefinition:
    """AWS::ECS::TaskDefinition."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - its types aren't installed
        self._client = client

    def wanted(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return its containers by name, as images and what is in their environment."""
        return {
            one["Name"]: (one["Image"], sorted(e["Name"] for e in one.get("Environment", ())))
            for one in properties["ContainerDefinitions"]
        }

    def read(self, properties: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the newest revision's."""
        try:
            answer = self._client.describe_task_definition(taskDefinition=properties["Family"])
        except ClientError as error:
            if "ClientException" not in error.response["Error"]["Code"]:
                raise
            return None
        return {
            one["name"]: (one["image"], sorted(e["name"] for e in one.get("environment", ())))
            for one in answer["taskDefinition"]["containerDefinitions"]
        }

    def write(self, properties: Mapping[str, Any]) -> None:
        """Register it."""
        request = lower_camel(without(properties, "Tags"), kept=_DATA)
        for container in request["containerDefinitions"]:
            for variable in container.get("environment", ()):
                # CloudFormation makes text of a parameter that is a number.
                variable["value"] = str(variable["value"])
        self._client.register_task_definition(**request)
