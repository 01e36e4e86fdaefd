"""Keys, roles, secrets and parameters."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

# boto3's clients of services whose types aren't installed.
Client = Any


class Key:
    """AWS::KMS::Key. Its id is the service's; it is found again by its description."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def id(self, properties: Mapping[str, Any]) -> str | None:
        """Return the id of the key that is there."""
        for listed in self._client.list_keys()["Keys"]:
            found = self._client.describe_key(KeyId=listed["KeyId"])["KeyMetadata"]
            if found["Description"] == properties["Description"] and found["Enabled"]:
                return str(found["KeyId"])
        return None

    def wanted(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return its policy, and whether it is rotated."""
        return {
            "KeyPolicy": properties["KeyPolicy"],
            "EnableKeyRotation": bool(properties.get("EnableKeyRotation", False)),
        }

    def read(self, properties: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return them as they are kept."""
        key = self.id(properties)
        if key is None:
            return None
        policy = self._client.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
        rotated = self._client.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
        return {"KeyPolicy": json.loads(policy), "EnableKeyRotation": rotated}

    def write(self, properties: Mapping[str, Any]) -> None:
        """Make it, or set its policy."""
        policy = json.dumps(properties["KeyPolicy"])
        key = self.id(properties)
        if key is None:
            made = self._client.create_key(Description=properties["Description"], Policy=policy)
            key = made["KeyMetadata"]["KeyId"]
        self._client.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)
        if properties.get("EnableKeyRotation"):
            self._client.enable_key_rotation(KeyId=key)


class Alias:
    """AWS::KMS::Alias."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def wanted(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return its name and the id of its key."""
        target = properties["TargetKeyId"].rpartition("/")[2]
        return {"AliasName": properties["AliasName"], "TargetKeyId": target}

    def read(self, properties: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return it as listed."""
        for one in self._client.list_aliases()["Aliases"]:
            if one["AliasName"] == properties["AliasName"]:
                return {key: one.get(key) for key in ("AliasName", "TargetKeyId")}
        return None

    def write(self, properties: Mapping[str, Any]) -> None:
        """Make it, or turn it to its key."""
        call = self._client.update_alias if self.read(properties) else self._client.create_alias
        call(**self.wanted(properties))


class Role:
    """AWS::IAM::Role with its inline policies; moto checks the policies' grammar."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def wanted(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return who may take it, and what it may do."""
        return {
            "AssumeRolePolicyDocument": properties["AssumeRolePolicyDocument"],
            "Policies": {
                one["PolicyName"]: one["PolicyDocument"] for one in properties.get("Policies", ())
            },
        }

    def read(self, properties: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return them as they are kept."""
        name = properties["RoleName"]
        try:
            role = self._client.get_role(RoleName=name)["Role"]
        except ClientError as error:
            _raise_unless(error, "NoSuchEntity")
            return None
        names = self._client.list_role_policies(RoleName=name)["PolicyNames"]
        policies = {
            one: self._client.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"]
            for one in names
        }
        trust = role["AssumeRolePolicyDocument"]
        return {"AssumeRolePolicyDocument": trust, "Policies": policies}

    def write(self, properties: Mapping[str, Any]) -> None:
        """Make it, or set its policies."""
        name, wanted = properties["RoleName"], self.wanted(properties)
        trust = json.dumps(wanted["AssumeRolePolicyDocument"])
        if self.read(properties) is None:
            self._client.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
        self._client.update_assume_role_policy(RoleName=name, PolicyDocument=trust)
        for policy, document in wanted["Policies"].items():
            self._client.put_role_policy(
                RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document)
            )


class Secret:
    """AWS::SecretsManager::Secret, without a value: locally secrets are files."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def wanted(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return its name."""
        return {"Name": properties["Name"]}

    def read(self, properties: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return it as described."""
        try:
            return {"Name": self._client.describe_secret(SecretId=properties["Name"])["Name"]}
        except ClientError as error:
            _raise_unless(error, "ResourceNotFound")
            return None

    def write(self, properties: Mapping[str, Any]) -> None:
        """Make it."""
        self._client.create_secret(
            Name=properties["Name"], Description=properties.get("Description", "")
        )


class Parameter:
    """AWS::SSM::Parameter."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def wanted(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return its name, type and value."""
        return {key: properties[key] for key in ("Name", "Type", "Value")}

    def read(self, properties: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return it as it is kept."""
        try:
            found = self._client.get_parameter(Name=properties["Name"])["Parameter"]
        except ClientError as error:
            _raise_unless(error, "ParameterNotFound")
            return None
        return {key: found[key] for key in ("Name", "Type", "Value")}

    def write(self, properties: Mapping[str, Any]) -> None:
        """Put it."""
        self._client.put_parameter(**self.wanted(properties), Overwrite=True)


def _raise_unless(error: ClientError, code: str) -> None:
    if code not in error.response["Error"]["Code"]:
        raise error
