"""CloudFormation's words and the APIs': names in another case, numbers as text."""

from collections.abc import Iterable, Mapping
from typing import Any


def chosen(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return of what was found what is wanted; names that are missing are left out."""
    return {key: found[key] for key in wanted if key in found}


def without(properties: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return properties but for these, such as tags, which nothing is decided by."""
    return {key: value for key, value in properties.items() if key not in names}


def lower_camel(value: Any, kept: Iterable[str] = ()) -> Any:  # noqa: ANN401 - JSON
    """Begin every name with a small letter, as ECS' and CloudWatch Logs' APIs do.

    What is below a name in `kept` has names that are data, and stays as it is.
    """
    if isinstance(value, list):
        return [lower_camel(one, kept) for one in value]
    if not isinstance(value, Mapping):
        return value
    return {
        key[:1].lower() + key[1:]: one if key in kept else lower_camel(one, kept)
        for key, one in value.items()
    }
