"""CloudWatch Logs' filter patterns: which log events match, and what their fields hold.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html and the pages
below it. Where they say nothing, or contradict each other, the module concerned says what is done.
Nothing is accepted that they don't show: what works here must work there.
"""

from deploy.aws.standin.patterns.errors import PatternError
from deploy.aws.standin.patterns.event import Event
from deploy.aws.standin.patterns.pattern import LONGEST, Pattern, compile, try_pattern  # noqa: A004 - as re's

__all__ = ["LONGEST", "Event", "Pattern", "PatternError", "compile", "try_pattern"]
