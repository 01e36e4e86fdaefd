"""A filter pattern of any kind, compiled."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from deploy.aws.standin.patterns.errors import PatternError
from deploy.aws.standin.patterns.event import Event
from deploy.aws.standin.patterns.fields import Fields
from deploy.aws.standin.patterns.properties import Properties
from deploy.aws.standin.patterns.terms import Terms

# Characters: botocore's model of PutMetricFilter.
LONGEST = 1024


class Matcher(Protocol):
    """What each kind of pattern compiles to."""

    kind: str

    def matches(self, event: Event, /) -> bool:
        """Return whether the event matches."""

    def extracted(self, event: Event, /) -> dict[str, str]:
        """Return what TestMetricFilter shows as extracted."""

    def value(self, event: Event, selector: str, /) -> str | None:
        """Return what a selector selects."""

    def selects(self, selector: str, /) -> bool:
        """Return whether a metric can take its value by this selector."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled filter pattern; an event given as text is read anew by each one."""

    text: str
    _matcher: Matcher

    @property
    def kind(self) -> str:
        """Return `unstructured`, `JSON` or `space-delimited`."""
        return self._matcher.kind

    def matches(self, event: str | Event) -> bool:
        """Return whether an event matches. Never raises."""
        return self._matcher.matches(_event(event))

    def value(self, event: str | Event, selector: str) -> str | None:
        """Return what a selector (`$.a.b`, `$bytes`) selects; None where there is nothing."""
        return self._matcher.value(_event(event), selector) if self.selects(selector) else None

    def extracted(self, event: str | Event) -> dict[str, str]:
        """Return the fields of a space-delimited event by their selectors, else nothing."""
        return self._matcher.extracted(_event(event))

    def selects(self, selector: str) -> bool:
        """Return whether a metric's value or dimension can be this selector."""
        return self._matcher.selects(selector)


def compile(text: str) -> Pattern:  # noqa: A001 - as re.compile
    """Compile a filter pattern; raises PatternError with the column of what is wrong."""
    if len(text) > LONGEST:
        raise PatternError(f"a pattern has at most {LONGEST} characters", LONGEST + 1)
    start = text.lstrip(" \t\r\n")[:1]
    matcher: Matcher
    if start == "{":
        matcher = Properties(text)
    elif start == "[":
        matcher = Fields(text)
    else:
        matcher = Terms(text)
    return Pattern(text, matcher)


def try_pattern(text: str, messages: Iterable[str]) -> list[dict[str, Any]]:
    """Return the messages that match, as TestMetricFilter does.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TestMetricFilter.html:
    eventNumber (from 1), eventMessage, extractedValues. Raises PatternError.
    """
    pattern = compile(text)
    return [
        {"eventNumber": number, "eventMessage": one, "extractedValues": pattern.extracted(one)}
        for number, one in enumerate(messages, start=1)
        if pattern.matches(one)
    ]


def _event(event: str | Event) -> Event:
    return Event(event) if isinstance(event, str) else event
