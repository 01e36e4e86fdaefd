"""Time, divided: with a factor of 20 a period of 60 s takes 3 s."""

from dataclasses import dataclass

# CloudWatch's shortest regular period, in seconds, and how often it evaluates alarms of it.
MINUTE = 60

# The divisors of 60: a scaled minute must be whole seconds, because CloudWatch's API has no others.
FACTORS = tuple(factor for factor in range(1, MINUTE + 1) if MINUTE % factor == 0)


@dataclass(frozen=True, slots=True)
class Scale:
    """Turns durations of the template and of AWS' documentation into real ones."""

    factor: int = 1

    def __post_init__(self) -> None:
        """Raise ValueError for a factor that doesn't divide a minute into whole seconds."""
        if self.factor not in FACTORS:
            raise ValueError(f"{self.factor} is none of {', '.join(map(str, FACTORS))}")

    def seconds(self, duration: float) -> float:
        """Return the real seconds that a duration in seconds takes."""
        return duration / self.factor

    def whole_seconds(self, duration: int) -> int:
        """Return them as the whole number that CloudWatch's API wants; else raise ValueError."""
        real, rest = divmod(duration, self.factor)
        if rest or real < 1:
            raise ValueError(
                f"a period of {duration} s divided by {self.factor} is no whole number of seconds"
            )
        return real
