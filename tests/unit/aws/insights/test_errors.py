"""Every error names its line and column, points at it, and says what to write."""

from collections.abc import Callable

import pytest

from deploy.aws.insights.engine import Result
from deploy.aws.insights.errors import QueryError

Over = Callable[..., Result]

# The query with the culprit between « and », and words of the message.
WRONG = [
    ("«filtr» level = 1", "did you mean `filter`?"),
    ("fields a | «foo»", "is no command: expected one of fields, display"),
    ("fields a |«» ", "a command is missing"),
    ("«»", "the query is empty"),
    ("fields a «b»", "is not expected here: expected an operator"),
    ("filter a «==» 1", "there is no `==`"),
    ("filter a «<>» 1", "`!=`"),
    ("filter a «&&» b", "write `and`"),
    ("filter a «||» b", "write `or`"),
    ("filter a =«»", "the query ends too early: expected a field, a function or a value"),
    ('filter a = «"»open', "never closed"),
    ("filter a like «/»open", "no regular expression that ends"),
    ("«--» a comment\nfields a", "comments begin with `#`"),
    ("fields a\n| filter b = 1\n| stats count(* «by» c", "expected `)`"),
    ("«pattern» @message", "needs AWS' own model"),
    ("fields a | «diff»", "needs AWS' own model"),
    ("«anomaly»", "needs AWS' own model"),
    ("«unmask» @message", "nothing is hidden"),
    ("display «unmask»(@message)", "nothing is masked here"),
    ("«join» x", "is not translated yet"),
    ("limit «200000»", "from 1 to 100,000"),
    ("limit «0»", "from 1 to 100,000"),
    ("limit «1.5»", "a whole number"),
    ("sort a desc «asc»", "is not expected here"),
    ("stats count(*) by bin(«0m»)", "longer than nothing"),
    ("fields «strln»(a)", "did you mean `strlen`?"),
    ("fields «strlen(a, b)»", "is called strlen(text)"),
    ("fields «bin()»", "is called bin(period)"),
    ("fields bin(«5»)", "a period here, such as 5m"),
    ("fields a + «5m»", "belongs into bin()"),
    ("fields strlen(«*»)", "belongs into count()"),
    ("fields «@mesage»", "did you mean `@message`?"),
    ("stats count(*) by a | filter «b» = 1", "gone after stats, which leaves a, count(*)"),
    ("stats count(*) by a | stats count(*) by «bin(5m)»", "@timestamp, which is gone"),
    ("stats count(*) by a | stats «latest(a)»", "@timestamp, which is gone"),
    ("stats «a» by b", "aggregate it, such as latest(a)"),
    ("filter «sum»(a) > 1", "belongs into stats"),
    ("stats «cuont»(a)", "did you mean `count`?"),
    ("stats pct(a, «101»)", "from 0 to 100"),
    ("stats count(*) | stats count(*) | «stats count(*)»", "two stats commands at most"),
    ("«sort a» | stats count(*) by a | stats count(*)", "must follow the second stats"),
    ("stats count(*) by a | «limit 5» | stats count(*)", "must follow the second stats"),
    ("dedup a | «sort b»", "only limit may follow dedup"),
    ("filter a like «/(/»", "missing )"),
    ("filter a like «/a(?=b)/»", "RE2"),
    ('parse @message «"a=*"» as b, c', "stars in the pattern: 1; names after `as`: 2"),
    ("parse @message «/a/» as b", "groups in the expression: 0; names after `as`: 1"),
    ("parse @message «/(a)/»", "needs a named group"),
    ("parse @message logfmt as a, «b»", "one name"),
    ('parse @message "*"«»', "expected `as`"),
    ('filter «@timestamp > "2026-01-01"»', "takes no written dates"),
    ('fields formatDate(@timestamp, «"%Q"»)', "%Q"),
    ('fields formatDate(@timestamp, "%H", «"Mars"»)', "Mars"),
    ('fields parseDate(a, «"yyyy GGG"»)', "`G`"),
    ('fields isIpInSubnet(a, «"10.0.0.0/33"»)', "10.0.0.0/33"),
    ('fields isIpv4InSubnet(a, «"::/8"»)', "no subnet of IPv4"),
    ('fields regexReplace(a, «"("», "")', "missing )"),
    ("fields jsonParse(a) as j | sort «j»", "takes no map"),
    ("fields jsonParse(a) as j | stats count(*) by «j»", "takes no map"),
    ("fields jsonParse(a) as j | dedup «j»", "takes no map"),
]


@pytest.mark.parametrize(("marked", "words"), WRONG)
def test_an_error_points_at_its_place_and_says_what_to_write(
    over: Over, marked: str, words: str
) -> None:
    start, end = marked.index("«"), marked.index("»") - 1
    query = marked.replace("«", "").replace("»", "")
    with pytest.raises(QueryError) as caught:
        over(query)
    assert words in str(caught.value)
    assert (caught.value.place.start, max(caught.value.place.end, end)) == (start, end)


def test_the_caret_stands_under_the_column_of_its_own_line() -> None:
    query = 'fields a\n\t| filter b == "x"\n| limit 5'
    place = query.index("==")
    with pytest.raises(QueryError) as caught:
        raise_for(query)
    assert caught.value.place.start == place
    assert caught.value.pointed_out(query).splitlines() == [
        "line 2, column 13: `=` compares; there is no `==`",
        '  \t| filter b == "x"',
        "  \t           ^^",
    ]


def raise_for(query: str) -> None:
    from deploy.aws.insights.parsing import parse  # noqa: PLC0415 - the one use

    parse(query)
