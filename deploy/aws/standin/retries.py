"""When a delivery that failed is tried again.

HTTP(S): https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html; functions:
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html. A policy is here
the seconds (unscaled) to wait before each retry.
"""

from collections.abc import Callable, Mapping
from typing import Any

Waits = tuple[float, ...]

# SNS' own for HTTP(S), and its limits; seconds.
_DEFAULT = {
    "numRetries": 3,
    "minDelayTarget": 20,
    "maxDelayTarget": 20,
    "numNoDelayRetries": 0,
    "numMinDelayRetries": 0,
    "numMaxDelayRetries": 0,
}
_MOST_RETRIES = 100
_LONGEST = 3600

# A function's errors: Lambda tries twice more.
_AFTER_ERRORS = (60.0, 120.0)

# From the least delay (0) to the greatest (1), for the part of the way that is behind. AWS draws
# these as curves and gives no formulas.
_SHAPES: dict[str, Callable[[float], float]] = {
    "linear": lambda part: part,
    "arithmetic": lambda part: part * (part + 1) / 2,
    "geometric": lambda part: part**2,
    "exponential": lambda part: (2 ** (10 * part) - 1) / (2**10 - 1),
}


class PolicyError(ValueError):
    """A delivery policy that SNS would refuse; its text says why."""


def http(policy: Mapping[str, Any] | None) -> Waits:
    """Return the waits of a `healthyRetryPolicy`, or of SNS' default one.

    Four phases: without delay, with the least one, growing (`backoffFunction`), with the greatest.
    Raises PolicyError.
    """
    given = {**_DEFAULT, **(policy or {})}
    shape = given.get("backoffFunction", "linear")
    least, most = float(given["minDelayTarget"]), float(given["maxDelayTarget"])
    at_once, early, late = (int(given[f"num{name}DelayRetries"]) for name in ("No", "Min", "Max"))
    growing = int(given["numRetries"]) - at_once - early - late
    if shape not in _SHAPES:
        raise PolicyError(f"backoffFunction {shape} is none of {', '.join(_SHAPES)}")
    if not 0 <= int(given["numRetries"]) <= _MOST_RETRIES or min(at_once, early, late) < 0:
        raise PolicyError(f"numRetries must be 0 to {_MOST_RETRIES}, and its parts not below 0")
    if growing < 0:
        raise PolicyError("the phases have more retries than numRetries")
    if not 1 <= least <= most <= _LONGEST:
        raise PolicyError(f"delays must be 1 to {_LONGEST} s, minDelayTarget the shorter")
    steps = [_SHAPES[shape](at / max(growing - 1, 1)) for at in range(growing)]
    waits = (
        *(0.0,) * at_once,
        *(least,) * early,
        *(least + (most - least) * step for step in steps),
        *(most,) * late,
    )
    if sum(waits) > _LONGEST:
        raise PolicyError(f"all delays together are longer than {_LONGEST} s")
    return waits


def function(attempts: int = len(_AFTER_ERRORS)) -> Waits:
    """Return the waits after a function's errors; `attempts` as MaximumRetryAttempts, 0 to 2."""
    if not 0 <= attempts <= len(_AFTER_ERRORS):
        raise PolicyError(f"MaximumRetryAttempts {attempts} must be 0 to {len(_AFTER_ERRORS)}")
    return _AFTER_ERRORS[:attempts]
