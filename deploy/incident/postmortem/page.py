"""The postmortem as Markdown, in the form of the specification's 7.3."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from deploy.incident.postmortem import graph, queries
from deploy.incident.postmortem.facts import Facts, Spent, unix
from deploy.incident.postmortem.graph import Mark
from deploy.incident.postmortem.lines import Sample
from deploy.incident.postmortem.words import ASK, Words

JST = timezone(timedelta(hours=9), "JST")
_MINUTE = 60
_TICKS = 6
# What a text from elsewhere could do to a table or a line of Markdown.
_ESCAPED = str.maketrans({"|": "\\|", "<": "&lt;", "\n": " ", "`": "'", "[": "\\[", "]": "\\]"})


@dataclass(frozen=True)
class Page:
    """One incident's postmortem in one language.

    Attributes:
        facts: what was measured.
        samples: log lines, with the reason why there are none.
        words: the language's.
        picture: the graph's file name.

    """

    facts: Facts
    samples: tuple[Sequence[Sample], str]
    words: Words
    picture: str

    def text(self) -> str:
        """Return the whole page."""
        parts = (
            self._head(),
            self._summary(),
            self._timeline(),
            [self.words("cause"), "", self.words("cause_ask")],
            self._impact(),
            self._logs(),
            self._lessons(),
            self._missing(),
            self._repeat(),
        )
        return "\n\n".join("\n".join(part) for part in parts) + "\n"

    def graph(self) -> str:
        """Return the picture, of the SLO that was hit the most."""
        spent = self.facts.spent[0]
        width = len(spent.impact) + 8
        shown = [
            one
            for one in spent.counted.intervals
            if abs(one.end - (spent.begin + spent.end) / 2) <= width * spent.counted.length
        ]
        marks = [Mark(at, self.words(name)) for name, at in self._marks() if at is not None]
        begin, end = shown[0].end, shown[-1].end
        ticks = [
            Mark(at, f"{_jst(at):%H:%M:%S}")
            for at in (begin + (end - begin) * step / _TICKS for step in range(_TICKS + 1))
        ]
        return graph.draw(shown, spent.counted.length, marks, ticks, self.words("graph"))

    def _marks(self) -> list[tuple[str, float | None]]:
        facts = self.facts
        return [
            ("mark_begin", facts.spent[0].begin),
            ("mark_paged", facts.moment("triggered_at")),
            ("mark_acknowledged", facts.moment("acknowledged_at")),
            ("mark_mitigated", facts.mitigated()),
            ("mark_resolved", facts.moment("resolved_at")),
        ]

    def _head(self) -> list[str]:
        incident, words = self.facts.incident, self.words
        lines = [
            words("title", name=f"{incident['class']} ({incident['source']})"),
            "",
            words("made", id=incident["id"], url=queries.incident(incident["id"])),
        ]
        if self.facts.factor != 1:
            lines += [">", words("scaled", factor=self.facts.factor)]
        return lines

    def _summary(self) -> list[str]:
        facts, words = self.facts, self.words
        paged, over = unix(facts.incident["triggered_at"]), unix(facts.incident["resolved_at"])
        begin = facts.spent[0].begin if facts.spent else paged
        declared = facts.incident["declared"]
        scope = ", ".join(dict.fromkeys(one.slo.title for one in facts.spent))
        hit = f"{scope}. {words('scope_ask')}" if scope else words("scope_ask")
        lines = [
            words("summary"),
            "",
            words("when", begin=f"{_jst(begin):%Y-%m-%d %H:%M}", end=f"{_jst(over):%H:%M}"),
            self._minutes(),
            words("scope", scope=hit),
            words("severity", severity=declared["severity"] if declared else words("severity_ask")),
        ]
        if declared:
            lines.append(words("commander", name=_plain(declared["commander"])))
        return [*lines, "", *self._phases(begin, paged)]

    def _minutes(self) -> str:
        if not self.facts.spent:
            return self.words("no_impact")
        worst = self.facts.spent[0]
        about = self.words(
            "minutes_about",
            slo=worst.slo.title,
            length=f"{worst.counted.length:g}",
            count=len(worst.impact),
        )
        return self.words("minutes", minutes=f"{worst.seconds / _MINUTE:.2f}") + about

    def _phases(self, begin: float, paged: float) -> list[str]:
        facts = self.facts
        end = facts.spent[0].end if facts.spent else None
        cells = (
            self._between(begin if facts.spent else None, paged),
            self._between(paged, facts.moment("acknowledged_at")),
            self._between(paged, facts.mitigated()),
            self._between(begin, end),
        )
        lines = [
            self.words("phases"),
            "|---|---|---|---|",
            f"| {' | '.join(cells)} |",
            "",
            self.words("phases_about"),
        ]
        if facts.spent:
            lines += ["", f"![{self.words('graph')}]({self.picture})"]
        return lines

    def _between(self, begin: float | None, end: float | None) -> str:
        if begin is None or end is None:
            return self.words("nobody")
        minutes, seconds = divmod(round(end - begin), _MINUTE)
        return self.words("seconds", minutes=minutes, seconds=seconds)

    def _timeline(self) -> list[str]:
        lines = [self.words("timeline"), "", self.words("timeline_about"), ""]
        for one in self.facts.timeline:
            told = self.words(one.kind, by=_plain(one.by), text=_plain(one.text))
            lines.append(f"- {_jst(one.at):%H:%M:%S} {told} ({_plain(one.source)})")
        return [*lines, self.words("cause_found")]

    def _impact(self) -> list[str]:
        facts, words = self.facts, self.words
        lines = [words("impact"), ""]
        if facts.spent:
            worst = facts.spent[0]
            share = f"{worst.bad / max(1, worst.total):.2%}"
            lines.append(words("failed", bad=worst.bad, total=worst.total, share=share))
        else:
            lines.append(words("none_failed"))
        lines += [words("revenue"), ""]
        if facts.spent:
            lines += [
                words("budget"),
                "|---|---|---|---|---|---|",
                *map(self._row, facts.spent),
                "",
            ]
        if facts.calm:
            lines.append(words("calm", names=", ".join(slo.title for slo in facts.calm)))
        return lines

    def _row(self, one: Spent) -> str:
        cells = (
            one.slo.title,
            f"{one.bad}",
            f"{one.total}",
            f"{one.bad / max(1, one.total):.2%}",
            f"{one.seconds / _MINUTE:.2f}",
            self._budget(one),
        )
        return f"| {' | '.join(cells)} |"

    def _budget(self, one: Spent) -> str:
        if one.before is None or one.after is None:
            return self.words("unknown")
        return self.words(
            "spent",
            spent=f"{one.before - one.after:.1%}",
            before=f"{one.before:.1%}",
            after=f"{one.after:.1%}",
        )

    def _logs(self) -> list[str]:
        found, why = self.samples
        lines = [self.words("logs"), ""]
        if not found:
            reason = self.words("none") if why == "none" else _plain(why)
            return [*lines, self.words("no_logs", why=reason)]
        lines += ["```json", *(one.text.replace("```", "'''") for one in found), "```", ""]
        ids = ", ".join(f"`{one.trace_id}`" for one in found if one.trace_id)
        return [*lines, self.words("trace", ids=ids or self.words("unknown"))]

    def _lessons(self) -> list[str]:
        words = self.words
        return [
            words("lessons"),
            *("", words("well"), "", words("well_ask")),
            *("", words("improve"), "", words("improve_ask")),
            *("", words("actions"), "", words("actions_head"), "|---|---|---|---|"),
            *(f"| {number} | {ASK} | {ASK} | {ASK} |" for number in (1, 2)),
        ]

    def _missing(self) -> list[str]:
        told = [self.words(name, **values) for name, values in self.facts.missing]
        return [self.words("missing"), "", *(told or [self.words("nothing_missing")])]

    def _repeat(self) -> list[str]:
        lines = [self.words("repeat"), "", self.words("repeat_about")]
        for one in self.facts.spent:
            for name, query in queries.of(one, self.facts.window[1]).items():
                lines += ["", self.words(f"repeat_{name}", slo=one.slo.title), "", *_shell(query)]
        shown = f"curl -s {queries.incident(self.facts.incident['id'])}"
        return [*lines, "", self.words("repeat_incident"), "", "```sh", shown, "```"]


def _jst(at: float) -> datetime:
    return datetime.fromtimestamp(at, JST)


def _plain(text: object) -> str:
    """Return a text from elsewhere so that it stays text."""
    return str(text).translate(_ESCAPED)


def _shell(query: str) -> list[str]:
    """Return a query as a command; PromQL here has no single quotes."""
    return [
        "```sh",
        "curl -s http://localhost:9090/api/v1/query --data-urlencode \\",
        f"  'query={query}'",
        "```",
    ]
