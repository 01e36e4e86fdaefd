"""String functions."""

from deploy.aws.insights.arguments import MANY, Arguments, Function
from deploy.aws.insights.patterns import as_re2, proof
from deploy.aws.insights.values import Kind, Value

_SPACE = r"' \t\n\r\f\v'"


def _simple(signature: str, sql: str, kind: Kind = "text") -> Function:
    """Return a function of texts alone; `{0}`, `{1}` in `sql` stand for them."""
    count = signature.count(",") + 1

    def build(given: Arguments) -> Value:
        return Value(sql.format(*(given.text(index) for index in range(count))), kind)

    return Function(signature, count, count, build)


def _trim(name: str) -> Function:
    def build(given: Arguments) -> Value:
        what = given.text(1) if len(given) > 1 else f"E{_SPACE}"
        return Value(f"{name}({given.text(0)}, {what})", "text")

    return Function(f"{name}(text[, characters])", 1, 2, build)


def _concat(given: Arguments) -> Value:
    return Value(f"concat({', '.join(given.text(n) for n in range(len(given)))})", "text")


def _substr(given: Arguments) -> Value:
    # Positions count from 0 there, from 1 in SQL.
    start = f"CAST(greatest({given.number(1)}, 0) AS BIGINT) + 1"
    length = f", CAST(greatest({given.number(2)}, 0) AS BIGINT)" if len(given) > 2 else ""  # noqa: PLR2004 - the third one
    return Value(f"substring({given.text(0)}, {start}{length})", "text")


def _strcontains(given: Arguments) -> Value:
    one, other = given.text(0), given.text(1)
    plain = f"contains({one}, {other})"
    if len(given) > 2:  # noqa: PLR2004 - the third one is whether the case is ignored
        ignoring = f"contains(lower({one}), lower({other}))"
        plain = f"(CASE WHEN {given.truth(2)} THEN {ignoring} ELSE {plain} END)"
    return Value(plain, "bool")


def _regex_replace(given: Arguments) -> Value:
    pattern = as_re2(given.quoted(1))
    given.prove(1, proof(), pattern)
    found = given.compiler.relation.parameters.add(pattern)
    return Value(f"regexp_replace({given.text(0)}, {found}, {given.text(2)}, 'gs')", "text")


# Null for what is no hexadecimal number, or one that a double doesn't hold exactly.
_HEX = r"regexp_full_match({0}, '(0[xX])?[0-9a-fA-F]{{1,13}}')"
_HEX_TO_DEC = (
    f"(CASE WHEN {_HEX} THEN ('0x' || regexp_replace({{0}}, '^0[xX]', ''))::BIGINT::DOUBLE END)"
)


def _dec_to_hex(given: Arguments) -> Value:
    number = f"CAST(trunc({given.number(0)}) AS BIGINT)"
    sign = f"CASE WHEN {number} < 0 THEN '-0x' ELSE '0x' END"
    return Value(f"({sign} || printf('%x', abs({number})))", "text")


FUNCTIONS = (
    _simple("isempty(text)", "(coalesce({0}, '') = '')", "bool"),
    _simple("isblank(text)", f"(trim(coalesce({{0}}, ''), E{_SPACE}) = '')", "bool"),
    Function("concat(text, …)", 1, MANY, _concat),
    _trim("ltrim"),
    _trim("rtrim"),
    _trim("trim"),
    _simple("strlen(text)", "length({0})::DOUBLE", "number"),
    _simple("toupper(text)", "upper({0})"),
    _simple("tolower(text)", "lower({0})"),
    Function("substr(text, start[, length])", 2, 3, _substr),
    _simple("replace(text, search, replacement)", "replace({0}, {1}, {2})"),
    Function("regexReplace(text, pattern, replacement)", 3, 3, _regex_replace),
    Function("strcontains(text, search[, ignoring case])", 2, 3, _strcontains),
    _simple("startsWith(text, search)", "starts_with({0}, {1})", "bool"),
    _simple("endsWith(text, search)", "ends_with({0}, {1})", "bool"),
    _simple("urlencode(text)", "url_encode({0})"),
    _simple("urldecode(text)", "url_decode({0})"),
    _simple("base64encode(text)", "to_base64(encode({0}))"),
    _simple("base64decode(text)", "TRY(decode(from_base64({0})))"),
    _simple("split(text, delimiter)", "to_json(string_split({0}, {1}))", "json"),
    _simple("hexToAscii(text)", "TRY(decode(unhex(regexp_replace({0}, '^0[xX]', ''))))"),
    _simple("hexToDec(text)", _HEX_TO_DEC, "number"),
    Function("decToHex(number)", 1, 1, _dec_to_hex),
)
