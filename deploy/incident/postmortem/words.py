"""The page's words, in Japanese and in English."""

import tomllib
from pathlib import Path

LANGUAGES = ("ja", "en")
# Marks what a person has to fill in: nobody shall take it for a fact.
ASK = "❓"

FILE = Path(__file__).with_name("words.toml")


class Words:
    """The words of one language."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._words = tomllib.loads(FILE.read_text(encoding="utf-8"))

    def __call__(self, name: str, /, **values: object) -> str:
        """Return a sentence with the values put in; raises KeyError for a name that is none."""
        return str(self._words[name][self._language]).format(ask=ASK, **values)
