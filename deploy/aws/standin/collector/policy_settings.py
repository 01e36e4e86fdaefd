"""Makes policies of what the file says of them; what can't be followed is refused."""

from collections.abc import Callable, Mapping
from typing import Any

from deploy.aws.standin.collector.policies import (
    DEFAULT_SALT,
    STATUS_CODES,
    Latency,
    Policy,
    Probabilistic,
    StatusCode,
)
from deploy.aws.standin.collector.settings import ConfigurationError, number


def policies(given: object) -> tuple[Policy, ...]:
    """Make the processor's list of policies, in its order; raises ConfigurationError."""
    if not isinstance(given, list) or not given:
        raise ConfigurationError("tail_sampling has no policies")
    return tuple(_policy(one) for one in given)


def _policy(given: object) -> Policy:
    if not isinstance(given, Mapping):
        raise ConfigurationError(f"{given!r} is no policy")
    name, kind = given.get("name"), given.get("type")
    if kind not in _KINDS:
        raise ConfigurationError(
            f"policy {name}: the stand-in has no {kind!r}, it has {', '.join(map(str, _KINDS))}"
        )
    make, options = _KINDS[kind]
    settings = given.get(kind)
    if not isinstance(settings, Mapping):
        raise ConfigurationError(f"policy {name}: there is no {kind} with its settings")
    unknown = sorted({*settings} - options | {*given} - {"name", "type", kind})
    if unknown:
        raise ConfigurationError(f"policy {name}: the stand-in has no {unknown[0]!r}")
    try:
        return make(settings)
    except ConfigurationError as error:
        raise ConfigurationError(f"policy {name}: {error}") from None


def _status_code(settings: Mapping[str, Any]) -> Policy:
    codes = settings.get("status_codes")
    if not isinstance(codes, list) or not codes or not {*codes} <= {*STATUS_CODES}:
        raise ConfigurationError(f"status_codes is {codes!r}: list of {', '.join(STATUS_CODES)}")
    return StatusCode(tuple(codes))


def _latency(settings: Mapping[str, Any]) -> Policy:
    return Latency(int(number(settings, "threshold_ms", 0, None)))


def _probabilistic(settings: Mapping[str, Any]) -> Policy:
    percentage = number(settings, "sampling_percentage", 0, None)
    # As with the collector, 100 and more is everything.
    salt = str(settings.get("hash_salt") or DEFAULT_SALT)
    return Probabilistic(min(100.0, percentage), salt)


# The kinds that there are, and the options of each.
_KINDS: dict[object, tuple[Callable[[Mapping[str, Any]], Policy], set[str]]] = {
    "status_code": (_status_code, {"status_codes"}),
    "latency": (_latency, {"threshold_ms"}),
    "probabilistic": (_probabilistic, {"sampling_percentage", "hash_salt"}),
}
