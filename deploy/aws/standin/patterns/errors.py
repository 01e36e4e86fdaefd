"""What is wrong with a pattern, and where."""


class PatternError(ValueError):
    """A pattern that CloudWatch Logs would refuse; `column` counts its characters from 1."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"column {column}: {message}")
        self.column = column

    def pointed_out(self, pattern: str) -> str:
        """Return the message, and below it the pattern with a caret under the column."""
        # On one line: a template may fold a pattern over several.
        line = "".join(c if c.isprintable() else " " for c in pattern)
        return f"{self}\n  {line}\n  {' ' * (self.column - 1)}^"
