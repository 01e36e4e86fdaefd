"""Runbooks as pages: what to do about each alert, from their Markdown files."""

import html
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")

# The folder of each other language, and how a page names it and English.
LANGUAGES = {"ja": "日本語"}
_ENGLISH = "English"

# A link between two files, which are two pages without the ending here.
_FILE_LINK = re.compile(rf"(?:\./)?({_NAME.pattern})\.md(#.*)?", re.DOTALL)

_NOT_FOUND = """<h1>No such runbook</h1>
<p>Runbooks are Markdown files: <code>docs/runbooks/&lt;AlertName&gt;.md</code>. This one is not
there yet; <a href="/runbooks/">these are</a>.</p>"""

_NONE = "<p>None yet: they are Markdown files, <code>docs/runbooks/&lt;AlertName&gt;.md</code>.</p>"


class Runbooks:
    """The Markdown files of one folder, each as a page's HTML. They are read at each request."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Raw HTML stays text; links to other schemes than the web's and mail stay text.
        self._markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
        self._markdown.add_render_rule("link_open", _link)
        self._frame = Path(__file__).with_name("runbook.html").read_text(encoding="utf-8")

    def page(self, name: str, language: str = "") -> str | None:
        """Return one runbook, English or of LANGUAGES; None where there is none of this name."""
        file = self._folder / language / f"{name}.md"
        if not (_NAME.fullmatch(name) and language in {"", *LANGUAGES} and file.is_file()):
            return None
        body = self._markdown.render(file.read_text(encoding="utf-8"))
        return self._framed(name, self._others(name, language) + body, language or "en")

    def _others(self, name: str, language: str) -> str:
        """Return the links to the same runbook in the other languages."""
        there = {"": _ENGLISH, **LANGUAGES}
        links = [
            f'<a href="/runbooks/{f"{other}/" if other else ""}{name}" '
            f'hreflang="{other or "en"}" lang="{other or "en"}">{word}</a>'
            for other, word in there.items()
            if other != language and (self._folder / other / f"{name}.md").is_file()
        ]
        return f'<p class="languages">{" ".join(links)}</p>\n' if links else ""

    def missing(self) -> str:
        """Return what a person sees in the place of a runbook that isn't there."""
        return self._framed("No such runbook", _NOT_FOUND)

    def index(self) -> str:
        """Return the list of all, with the sentence that says what each is about."""
        names = sorted(file.stem for file in self._folder.glob("*.md"))
        entries = [self._entry(name) for name in names if _NAME.fullmatch(name)]
        body = f'<ul class="index">\n{"".join(entries)}</ul>' if entries else _NONE
        return self._framed("All runbooks", f"<h1>Runbooks</h1>\n{body}")

    def _entry(self, name: str) -> str:
        text = (self._folder / f"{name}.md").read_text(encoding="utf-8")
        tokens = self._markdown.parse(text)
        # The first paragraph, which is the alert's condition.
        paragraphs = (
            after.content for before, after in pairwise(tokens) if before.type == "paragraph_open"
        )
        sentence = re.split(r"(?<=\.)\s", next(paragraphs, ""), maxsplit=1)[0]
        about = self._markdown.renderInline(sentence)
        return f'<li><a href="/runbooks/{name}">{name}</a>\n<p>{about}</p></li>\n'

    def _framed(self, title: str, body: str, language: str = "en") -> str:
        frame = self._frame.replace("{{language}}", language)
        return frame.replace("{{title}}", html.escape(title)).replace("{{body}}", body)


def _link(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: EnvType,
) -> str:
    """Begin a link; from one runbook to another it leads to that one's page."""
    link = _FILE_LINK.fullmatch(str(tokens[index].attrGet("href")))
    if link:
        tokens[index].attrSet("href", link[1] + (link[2] or ""))
    return renderer.renderToken(tokens, index, options, env)
