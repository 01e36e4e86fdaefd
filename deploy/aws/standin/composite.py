"""Composite alarms: a rule over the states of other alarms.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lark import Lark, Token, Transformer, Tree, v_args
from lark.exceptions import UnexpectedInput, VisitError

from deploy.aws.standin.alarms.definition import AlarmError
from deploy.aws.standin.alarms.evaluation import StateValue

# AWS' operators are written large; NOT binds closest, OR loosest.
_PARSER = Lark(
    r"""
?start: either
either: both ("OR" both)*
both: negation ("AND" negation)*
?negation: "NOT" negation -> negated
         | "(" either ")"
         | "TRUE" -> always
         | "FALSE" -> never
         | STATE "(" NAME ")" -> is_in
STATE: "ALARM" | "OK" | "INSUFFICIENT_DATA"
NAME: /"[^"]+"/ | /'[^']+'/ | /[^\s()"']+/
%import common.WS
%ignore WS
""",
    parser="lalr",
)

_MOST_CHILDREN = 100


@dataclass(frozen=True, slots=True)
class CompositeAlarm:
    """An alarm that is ALARM while its rule holds, else OK; children by name, in rule's order."""

    name: str
    properties: Mapping[str, Any]
    tree: Tree[Token]
    children: tuple[str, ...]

    def state(self, states: Mapping[str, StateValue]) -> StateValue:
        """Return its state for its children's states."""
        return "ALARM" if _Rule(lambda name: states[name]).transform(self.tree) else "OK"


def composite_alarm(properties: Mapping[str, Any]) -> CompositeAlarm:
    """Read an AWS::CloudWatch::CompositeAlarm; raises AlarmError for a rule that isn't one."""
    name = str(properties.get("AlarmName", ""))
    rule = str(properties.get("AlarmRule", ""))
    if "ActionsSuppressor" in properties:
        raise AlarmError(f"alarm {name}: actions suppressors are not stood in for")
    try:
        tree = _PARSER.parse(rule)
    except UnexpectedInput as error:
        raise AlarmError(f"alarm {name}: no rule at column {error.column} of {rule!r}") from None
    children: dict[str, None] = {}

    def note(child: str) -> StateValue:
        children[child] = None
        return "OK"

    try:
        _Rule(note).transform(tree)
    except VisitError as error:
        raise AlarmError(f"alarm {name}: {error.orig_exc}") from None
    if len(children) > _MOST_CHILDREN:
        raise AlarmError(f"alarm {name}: a rule names at most {_MOST_CHILDREN} alarms")
    return CompositeAlarm(name, properties, tree, tuple(children))


def in_order(
    composites: Mapping[str, CompositeAlarm], metric_alarms: set[str]
) -> list[CompositeAlarm]:
    """Return them so that children come first; AlarmError for a circle or an unknown child."""
    ordered: dict[str, CompositeAlarm] = {}
    left = dict(composites)
    while left:
        known = metric_alarms | set(ordered)
        ready = [name for name, one in left.items() if set(one.children) <= known]
        if not ready:
            name, one = next(iter(left.items()))
            missing = ", ".join(sorted(set(one.children) - known))
            raise AlarmError(f"alarm {name}: its rule names {missing}: unknown, or a circle")
        for name in ready:
            ordered[name] = left.pop(name)
    return list(ordered.values())


@v_args(inline=True)
class _Rule(Transformer[Token, bool]):
    """A rule's value, with what gives an alarm's state by its name."""

    def __init__(self, state: Callable[[str], StateValue]) -> None:
        super().__init__()
        self._state = state

    def either(self, *parts: bool) -> bool:
        return any(parts)

    def both(self, *parts: bool) -> bool:
        return all(parts)

    def negated(self, part: bool) -> bool:  # noqa: FBT001 - Lark passes a child's value by position
        return not part

    def always(self) -> bool:
        return True

    def never(self) -> bool:
        return False

    def is_in(self, state: Token, name: Token) -> bool:
        # A child may be named by its ARN too.
        plain = str(name).strip("\"'").rpartition(":alarm:")[2]
        return self._state(plain) == str(state)
