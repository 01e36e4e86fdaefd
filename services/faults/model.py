"""A fault as the interface takes it and shows it."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

# Points that have one effect, which is theirs alone: the whole process, which exits, and what it
# tells Prometheus, which gets series.
PROCESS = "process"
METRICS = "metrics"
EFFECTS = {PROCESS: "exit", METRICS: "series"}

# Seconds. A chaos run renews its leases; one that dies leaves its faults for no longer than this.
LONGEST_LEASE = 60

# More than the 2000 samples at which a service's scrape fails, and still quick to answer.
MOST_SERIES = 5_000

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}$")]
_Word = Annotated[str, StringConstraints(min_length=1, max_length=128)]


class Fault(BaseModel):
    """Where, how and how often a fault strikes, and for how long it may.

    `rate` is the share of hits that it takes, 0 … 1. `delay_seconds` is how long a delay lasts, or
    how long after its first PUT the process exits. `match` narrows the point to hits with these
    attributes. `count` is how many series there are while the lease lasts. A throttle has one hit
    after the other pass, each for `delay_seconds`: so many a second are its process' capacity.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    point: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z.]{0,63}$")]
    effect: Literal["error", "delay", "throttle", "exit", "series"]
    rate: Annotated[float, Field(gt=0, le=1)] = 1.0
    delay_seconds: Annotated[float, Field(ge=0, le=LONGEST_LEASE)] = 0.0
    count: Annotated[int, Field(ge=1, le=MOST_SERIES)] | None = None
    match: Annotated[dict[_Word, _Word], Field(max_length=8)] = {}
    lease_seconds: Annotated[float, Field(gt=0, le=LONGEST_LEASE)]

    @model_validator(mode="after")
    def _some_go_together(self) -> Self:
        for point, effect in EFFECTS.items():
            if (self.effect == effect) != (self.point == point):
                raise ValueError(f'the effect "{effect}" and the point "{point}" go together')
        if (self.effect == "series") != (self.count is not None):
            raise ValueError('"count" belongs to the effect "series", which needs it')
        return self

    def shown(self) -> dict[str, Any]:
        """Return the fault as JSON shows it; `count` only where there is one."""
        return self.model_dump(exclude_none=True)

    def strikes_at(self, point: str, attributes: dict[str, str]) -> bool:
        """Tell whether a hit of this point with these attributes is one of the fault's."""
        return self.point == point and self.match.items() <= attributes.items()
