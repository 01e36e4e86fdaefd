"""A fault as the interface takes it and shows it."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

# The point that stands for the whole process, and the effect that only it can have.
PROCESS = "process"

# Seconds. A chaos run renews its leases; one that dies leaves its faults for no longer than this.
LONGEST_LEASE = 60

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}$")]
_Word = Annotated[str, StringConstraints(min_length=1, max_length=128)]


class Fault(BaseModel):
    """Where, how and how often a fault strikes, and for how long it may.

    `rate` is the share of hits that it takes, 0 … 1. `delay_seconds` is how long a delay lasts, or
    how long after its first PUT the process exits. `match` narrows the point to hits with these
    attributes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    point: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z.]{0,63}$")]
    effect: Literal["error", "delay", "exit"]
    rate: Annotated[float, Field(gt=0, le=1)] = 1.0
    delay_seconds: Annotated[float, Field(ge=0, le=LONGEST_LEASE)] = 0.0
    match: Annotated[dict[_Word, _Word], Field(max_length=8)] = {}
    lease_seconds: Annotated[float, Field(gt=0, le=LONGEST_LEASE)]

    @model_validator(mode="after")
    def _only_a_process_exits(self) -> Self:
        if (self.effect == "exit") != (self.point == PROCESS):
            raise ValueError('the effect "exit" and the point "process" go together')
        return self

    def strikes_at(self, point: str, attributes: dict[str, str]) -> bool:
        """Tell whether a hit of this point with these attributes is one of the fault's."""
        return self.point == point and self.match.items() <= attributes.items()
