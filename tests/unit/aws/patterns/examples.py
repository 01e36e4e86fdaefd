"""The examples of AWS' documentation of filter patterns: what each matches, and what it doesn't.

Pages are those below https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/; «2018» is an
edition of FilterAndPatternSyntax.html that shows what the present one leaves out. Where the page
names no event that doesn't match, one is added that differs in what the pattern asks for.
"""

from dataclasses import dataclass

REGEX = "regex-expressions.html"
TERMS = "matching-terms-unstructured-log-events.html"
JSON = "matching-terms-json-log-events.html"
FIELDS = "matching-terms-in-space-delimited-log-events.html"
METRICS = "FilterAndPatternSyntaxForMetricFilters.html"
EDITION_2018 = "FilterAndPatternSyntax.html (2018)"


@dataclass(frozen=True)
class Example:
    """A pattern, the events that match it, and those that don't."""

    section: str
    pattern: str
    matching: tuple[str, ...]
    other: tuple[str, ...]


BAD = "[ERROR 400] BAD REQUEST"
UNAUTHORIZED = "[ERROR 401] UNAUTHORIZED REQUEST"
MISSING = "[ERROR 419] MISSING ARGUMENTS"
INVALID = "[ERROR 420] INVALID ARGUMENTS"
OK = "[INFO 200] OK"
FATAL = "[ERROR] A fatal exception has occurred"
EXITING = "Exiting with ERRORCODE: -1"
CAUGHT = "[ERROR] Caught IllegalArgumentException"
UNHANDLED = "[ERROR] Unhandled Exception"
ERROR_WARN, ERROR_ALONE, WARN_ALONE = "ERROR WARN message", "ERROR message", "WARN message"

UNSTRUCTURED = (
    Example(
        f"{REGEX}#matching-terms-regex",
        "%AUTHORIZED%",
        (UNAUTHORIZED, "[SUCCESS 200] AUTHORIZED REQUEST"),
        (BAD,),
    ),
    Example(
        f"{TERMS}: Match a single term",
        "ERROR",
        (BAD, UNAUTHORIZED, MISSING, INVALID),
        (OK, "[error 400]"),
    ),
    Example(
        f"{TERMS}: Match multiple terms", "ERROR ARGUMENTS", (MISSING, INVALID), (BAD, UNAUTHORIZED)
    ),
    Example(
        f"{TERMS}: Match optional terms",
        "?ERROR ?ARGUMENTS",
        (BAD, UNAUTHORIZED, MISSING, INVALID),
        (OK,),
    ),
    Example(
        f"{TERMS}: Match optional terms (note)",
        "?ERROR ?ARGUMENTS REQUEST",
        ("[INFO] REQUEST FAILED", "[WARN] UNAUTHORIZED REQUEST", "[ERROR] 400 BAD REQUEST"),
        ("[ERROR] MISSING ARGUMENTS",),
    ),
    Example(
        f"{TERMS}: Match exact phrases",
        '"INTERNAL SERVER ERROR"',
        ("[ERROR 500] INTERNAL SERVER ERROR",),
        ("[ERROR 500] INTERNAL ERROR OF THE SERVER",),
    ),
    Example(
        f"{TERMS}: Include and exclude terms",
        "ERROR -ARGUMENTS",
        (BAD, UNAUTHORIZED),
        (MISSING, INVALID),
    ),
    Example(f"{TERMS}: Match everything", '" "', (BAD, UNAUTHORIZED, MISSING, INVALID), ()),
    Example(f"{EDITION_2018}: Example 1", "ERROR", (FATAL, EXITING), ("Done",)),
    Example(f"{EDITION_2018}: Example 2", '"ERROR" - "Exiting"', (FATAL,), (EXITING,)),
    Example(f"{EDITION_2018}: Example 3", "ERROR Exception", (CAUGHT, UNHANDLED), (FATAL,)),
    Example(
        f"{EDITION_2018}: Example 3",
        '"Failed to process the request"',
        (
            "[WARN] Failed to process the request",
            "[ERROR] Unable to continue: Failed to process the request",
        ),
        ("[WARN] Failed to process request",),
    ),
    Example(f"{EDITION_2018}: OR", "ERROR", (ERROR_WARN, ERROR_ALONE), (WARN_ALONE,)),
    Example(
        f"{EDITION_2018}: OR",
        "?ERROR ?WARN",
        (ERROR_WARN, ERROR_ALONE, WARN_ALONE),
        ("INFO message",),
    ),
    Example(f"{EDITION_2018}: OR", "ERROR WARN", (ERROR_WARN,), (ERROR_ALONE, WARN_ALONE)),
    Example(f"{EDITION_2018}: OR", "ERROR -WARN", (ERROR_ALONE,), (ERROR_WARN, WARN_ALONE)),
    Example("API FilterLogEvents: no pattern", "", (BAD, "", " "), ()),
)

EXPRESSIONS = (
    Example(f"{REGEX}: ^", "%^[hc]at%", ("hat", "cats"), ("that", "bat")),
    Example(f"{REGEX}: $", "%[hc]at$%", ("hat", "a cat"), ("hats", "cat\n")),
    Example(f"{REGEX}: ?", "%colou?r%", ("color", "colour"), ("colouur",)),
    Example(f"{REGEX}: []", "%[abc]%", ("a", "b", "c"), ("d",)),
    Example(f"{REGEX}: []", "%[a-z]%", ("q",), ("Q", "7")),
    Example(f"{REGEX}: []", "%[abcx-z]%", ("a", "b", "c", "x", "y", "z"), ("d", "-", "w")),
    Example(f"{REGEX}: {{m,n}}", "%^a{3,5}$%", ("aaa", "aaaa", "aaaaa"), ("aa", "aaaaaa")),
    Example(f"{REGEX}: {{m,n}} without n", "%^a{3,}$%", ("aaa", "aaaaaa"), ("aa",)),
    Example(f"{REGEX}: {{m,n}} without m", "%^a{,2}$%", ("", "a", "aa"), ("aaa",)),
    Example(f"{REGEX}: |", "%gra|ey%", ("gray", "grey"), ("gry",)),
    Example(
        f"{REGEX}: |",
        "%^starting|^initializing|^shutting down%",
        ("starting ...", "initializing ...", "shutting down"),
        ("skipping initializing ...",),
    ),
    Example(f"{REGEX}: |", "%abcc|ab[^c]$%", ("abcc ...", "aba"), ("aac ...", "abc")),
    Example(
        f"{REGEX}: \\", r"%\[.\]%", ("[a]", "[b]", "[7]", "[@]", "[]]", "[ ]"), ("a", "[]", "[ab]")
    ),
    Example(f"{REGEX}: \\", r"%10\.10\.0\.1%", ("from 10.10.0.1",), ("10010,051",)),
    Example(f"{REGEX}: *", "%ab*c%", ("ac", "abc", "abbbc"), ("adc",)),
    Example(f"{REGEX}: *", "%^ab[0-9]*$%", ("ab", "ab0", "ab129"), ("a", "ab-")),
    Example(f"{REGEX}: +", "%ab+c%", ("abc", "abbc", "abbbc"), ("ac",)),
    Example(f"{REGEX}: .", "%^.at$%", ("hat", "cat", "bat", "4at", "#at", " at"), ("at", "that")),
    Example(f"{REGEX}: .", "%10.10.0.1%", ("10.10.0.1", "10010,051"), ("10.100.1",)),
    Example(f"{REGEX}: \\d", r"%^\d$%", ("7",), ("x", "٣")),
    Example(f"{REGEX}: \\D", r"%^\D$%", ("x", "é"), ("7",)),
    Example(f"{REGEX}: \\s", r"%^\s$%", ("\t", " ", "\n"), ("x",)),
    Example(f"{REGEX}: \\S", r"%^\S$%", ("x",), ("\t", " ", "\n")),
    Example(f"{REGEX}: \\w", r"%^\w$%", ("a", "Z", "_", "0"), ("-", "é")),
    Example(f"{REGEX}: \\W", r"%^\W$%", ("-", "é"), ("a", "_")),
    Example(f"{REGEX}: \\xhh", r"%\x3A%", ("a:b",), ("ab",)),
    Example(f"{REGEX}: \\xhh", r"%\x28%", ("f(x)",), ("fx",)),
    Example(
        f"{REGEX}: introduction",
        r"%\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}%",
        ("at 192.168.0.10:80",),
        ("192.168.0",),
    ),
    Example(
        f"{REGEX}: introduction",
        "%[Ee]rror|[Ff]ail%",
        ("Error", "error", "Fail", "fail"),
        ("ERROR",),
    ),
)

TRAIL = (
    '{"eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111", '
    '"arrayKey": ["value", "another value"], '
    '"objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}], '
    '"SomeObject": null, "ThisFlag": true, "cluster.name": "c"}'
)
USERS = (
    '{"user": {"id": 1, "email": "John.Stiles@example.com"}, '
    '"users": [{"id": 2, "email": "John.Doe@example.com"}, '
    '{"id": 3, "email": "Jane.Doe@example.com"}], '
    '"actions": ["GET", "PUT", "DELETE"], '
    '"coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]]}'
)
BAR, BAZ = '{"foo": "bar"}', '{"foo": "baz"}'

PROPERTIES = (
    Example(
        f"{JSON}: by type",
        '{ $.eventType = "UpdateTrail" }',
        (TRAIL,),
        ('{"eventType": "UserLogin", "userId": "123"}',),
    ),
    Example(
        f"{JSON}: IP addresses",
        "{ $.sourceIPAddress != 123.123.* }",
        (TRAIL,),
        ('{"sourceIPAddress": "123.123.0.1"}',),
    ),
    Example(
        f"{JSON}: array element",
        '{ $.arrayKey[0] = "value" }',
        (TRAIL,),
        ('{"arrayKey": "value"}', '{"arrayKey": []}'),
    ),
    Example(
        f"{JSON}: pattern matching",
        "{ $.eventType = %Trail% }",
        (TRAIL,),
        ('{"eventType": "trail"}',),
    ),
    Example(
        f"{JSON}: wildcards",
        "{ $.arrayKey[*] = %val.{2}% }",
        (TRAIL,),
        ('{"arrayKey": ["val", "v"]}', '{"arrayKey": []}'),
    ),
    Example(
        f"{JSON}: network traffic",
        r"{ $.* = %111\.111\.111\.1[0-9]{1,2}% }",
        (TRAIL,),
        ('{"a": "111.111.111.211"}',),
    ),
    Example(
        f"{JSON}: special characters",
        "{ $.['cluster.name'] = \"c\" }",
        (TRAIL,),
        ('{"cluster": {"name": "c"}}',),
    ),
    Example(
        f"{JSON}: null",
        "{ $.SomeObject IS NULL }",
        (TRAIL,),
        ("{}", '{"SomeObject": "null"}', '{"SomeObject": {}}'),
    ),
    Example(
        f"{JSON}: missing",
        "{ $.SomeOtherObject NOT EXISTS }",
        (TRAIL, "{}"),
        ('{"SomeOtherObject": null}',),
    ),
    Example(
        f"{JSON}: actions",
        '{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }',
        (USERS,),
        (TRAIL,),
    ),
    Example(
        f"{JSON}: any suspicious activity",
        '{ $.user.email = "John.Stiles@example.com" || '
        '$.coordinates[0][1] = "nonmatch" && $.actions[2] = "nonmatch" }',
        (USERS,),
        (TRAIL,),
    ),
    Example(
        f"{JSON}: require multiple conditions",
        '{ ($.user.email = "John.Stiles@example.com" || '
        '$.coordinates[0][1] = "nonmatch") && $.actions[2] = "nonmatch" }',
        (),
        (USERS, TRAIL),
    ),
    Example(
        f"{JSON}: failed correlation",
        '{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }',
        (),
        (USERS, TRAIL),
    ),
    Example(
        f"{JSON}: >",
        "{ $.bandwidth > 75 }",
        ('{"bandwidth": 76}', '{"bandwidth": 75.01}'),
        ('{"bandwidth": 75}',),
    ),
    Example(
        f"{JSON}: <",
        "{ $.latency < 50 }",
        ('{"latency": 49.9}',),
        ('{"latency": 50}', '{"latency": "49"}'),
    ),
    Example(
        f"{JSON}: >=",
        "{ $.refreshRate >= 60 }",
        ('{"refreshRate": 60}',),
        ('{"refreshRate": 59.9}',),
    ),
    Example(
        f"{JSON}: <=",
        "{ $.responseTime <= 5 }",
        ('{"responseTime": 5.0}',),
        ('{"responseTime": 5.1}',),
    ),
    Example(
        f"{JSON}: =", "{ $.errorCode = 400}", ('{"errorCode": 400}',), ('{"errorCode": 401}', "{}")
    ),
    Example(
        f"{JSON}: !=",
        "{ $.errorCode != 500 }",
        ('{"errorCode": 400}',),
        ('{"errorCode": 500}', "{}"),
    ),
    Example(
        f"{JSON}: exponent",
        "{ $.number[0] = 1e+3 }",
        ('{"number": [1000]}', '{"number": [1e3]}'),
        ('{"number": [1]}',),
    ),
    Example(
        f"{JSON}: exponent",
        "{ $.number[0] != 1e-3 }",
        ('{"number": [1]}',),
        ('{"number": [0.001]}', '{"number": []}'),
    ),
    Example(
        f"{JSON}: numbers with *",
        "{ $.errorCode = 4* }",
        ('{"errorCode": 404}', '{"errorCode": "4xx"}'),
        ('{"errorCode": 500}',),
    ),
    Example(
        f"{METRICS}: dimensions",
        '{ $.eventType = "*" && $.sourceIPAddress != 123.123.* }',
        (TRAIL,),
        (USERS,),
    ),
    Example(
        f"{METRICS}: publishing values",
        "{ $.latency = * }",
        ('{"latency": 50, "requestType": "GET"}',),
        ('{"requestType": "GET"}',),
    ),
    Example(f"{EDITION_2018}: OR", "{$.foo = bar}", (BAR,), (BAZ,)),
    Example(f"{EDITION_2018}: OR", "{$.foo = baz }", (BAZ,), (BAR,)),
    Example(f"{EDITION_2018}: OR", "{$.foo = bar || $.foo = baz }", (BAR, BAZ), ('{"foo": "b"}',)),
    Example(
        f"{EDITION_2018}: object in array",
        "{ $.objectList[1].id = 2 }",
        (TRAIL,),
        ('{"objectList": [1, 2]}', '{"objectList": 2}'),
    ),
    Example(
        f"{EDITION_2018}: IS TRUE",
        "{ $.ThisFlag IS TRUE }",
        (TRAIL,),
        ('{"ThisFlag": false}', '{"ThisFlag": "true"}', "{}"),
    ),
    Example(
        f"{EDITION_2018}: IS FALSE",
        "{ $.ThisFlag IS FALSE }",
        ('{"ThisFlag": false}',),
        (TRAIL, '{"ThisFlag": 0}'),
    ),
    Example(
        f"{EDITION_2018}: wildcards",
        "{ $.name = *Event }",
        ('{"name": "PutEvent"}', '{"name": "GetEvent"}'),
        ('{"name": "EventId"}',),
    ),
    Example(
        f"{EDITION_2018}: wildcards",
        "{ $.name = Event* }",
        ('{"name": "EventId"}', '{"name": "EventName"}'),
        ('{"name": "PutEvent"}',),
    ),
    Example(
        f"{EDITION_2018}: wildcards",
        "{ $.name = Ev*ent }",
        ('{"name": "Ev*ent"}',),
        ('{"name": "Evident"}', '{"name": "Event"}'),
    ),
    Example(
        f"{EDITION_2018}: special considerations", "{ $.users = 1 }", (), ('{"users": [1, 2, 3]}',)
    ),
    Example(
        f"{EDITION_2018}: special considerations", "{ $.users != 1 }", (), ('{"users": [1, 2, 3]}',)
    ),
    Example(
        f"{EDITION_2018}: numbers",
        "{ $.latency >= 500 }",
        ('{"latency": 500}',),
        ('{"latency": 499}',),
    ),
    Example(
        f"{EDITION_2018}: numbers",
        "{ $.numbers[0] < 10e3 }",
        ('{"numbers": [9999]}',),
        ('{"numbers": [10000]}',),
    ),
    Example(
        f"{EDITION_2018}: numbers",
        "{ $.numbers[0] < 10e-3 }",
        ('{"numbers": [0.009]}',),
        ('{"numbers": [0.01]}',),
    ),
    Example(
        f"{EDITION_2018}: numbers",
        "{ $.processes[4].averageRuntime <= 55.5 }",
        ('{"processes": [0, 0, 0, 0, {"averageRuntime": 55.5}]}',),
        ('{"processes": [{"averageRuntime": 1}]}',),
    ),
    Example(
        f"{EDITION_2018}: numbers",
        "{ $.latency > +1000 }",
        ('{"latency": 1001}',),
        ('{"latency": -1001}',),
    ),
)

APACHE = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'
GONE = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 410 1534'
IMAGE = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /apache_pb.gif HTTP/1.0" 200 1534'
FAILED = '127.0.0.1 - frank [10/Oct/2000:13:35:22 -0700] "GET /apache_pb.gif HTTP/1.0" 500 5324'
SMALL = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 403 12'
GET = "INFO 09/25/2014 12:00:00 GET /service/resource/67 1200"
POST = "INFO 09/25/2014 12:00:01 POST /service/resource/67/part/111 1310"
WARNING = "WARNING 09/25/2014 12:00:02 Invalid user request"
ERROR = "ERROR 09/25/2014 12:00:02 Failed to process request"
SEVEN = "ip, user, username, timestamp, request"

DELIMITED = (
    Example(
        f"{FIELDS}: writing patterns",
        r"[ip=%127\.0\.0\.[1-9]%, user, username, timestamp, request =*.html*, "
        "status_code = 4*, bytes]",
        (APACHE, GONE, SMALL),
        (IMAGE, FAILED, APACHE.replace("127.0.0.1", "127.0.1.1")),
    ),
    Example(
        f"{FIELDS}: ellipsis",
        "[..., request =*.html*, status_code = 4*, bytes]",
        (APACHE, f"more {APACHE}"),
        (IMAGE, GET),
    ),
    Example(
        f"{FIELDS}: compound",
        f"[{SEVEN} =*.html*, status_code = 404 || status_code = 410, bytes]",
        (APACHE, GONE),
        (SMALL, FAILED),
    ),
    Example(
        f"{FIELDS}: in order",
        "[w1=ERROR, w2]",
        (ERROR, ERROR_WARN, ERROR_ALONE),
        (GET, POST, WARNING, "ERROR"),
    ),
    Example(f"{FIELDS}: AND and OR", "[w1=ERROR || w1=WARNING, w2]", (ERROR, WARNING), (GET, POST)),
    Example(f"{FIELDS}: exclude", "[w1!=ERROR && w1!=WARNING, w2]", (GET, POST), (ERROR, WARNING)),
    Example(
        f"{FIELDS}: top level item",
        "[logLevel, date, time, method, url=%/service/resource/[0-9]+$%, response_time]",
        (GET,),
        (POST, WARNING, ERROR),
    ),
    Example(
        f"{FIELDS}: child level item",
        "[logLevel, date, time, method, url=%/service/resource/[0-9]+/part/[0-9]+$%, "
        "response_time]",
        (POST,),
        (GET, WARNING, ERROR),
    ),
    Example(
        f"{METRICS}: dimensions",
        "[ip, server, username, timestamp, request, status_code, bytes > 1000]",
        (APACHE,),
        (SMALL,),
    ),
    Example(
        f"{EDITION_2018}: ellipsis", "[..., status_code, bytes]", (APACHE, "404 1534"), ("1534",)
    ),
    Example(
        f"{EDITION_2018}: ellipsis",
        "[ip, user, ..., status_code, bytes]",
        (APACHE, "a b 404 1534"),
        ("a 404 1534",),
    ),
    Example(f"{EDITION_2018}: ellipsis", "[ip, user, ...]", (APACHE, "a b"), ("a",)),
    Example(
        f"{EDITION_2018}: conditions",
        f"[{SEVEN}, status_code = 200, bytes]",
        (IMAGE,),
        (APACHE, FAILED),
    ),
    Example(
        f"{EDITION_2018}: conditions",
        f"[{SEVEN}, status_code = 4*, bytes]",
        (APACHE, GONE, SMALL),
        (IMAGE, FAILED),
    ),
    Example(
        f"{EDITION_2018}: AND",
        f"[{SEVEN}, status_code = 4* && status_code != 403, bytes]",
        (APACHE, GONE),
        (SMALL, IMAGE),
    ),
    Example(
        f"{EDITION_2018}: unnamed field",
        "[..., request=*.html*, status_code=4*,]",
        (APACHE, SMALL),
        (IMAGE,),
    ),
    Example(
        "Counting404Responses.html",
        "[ip, id, user, timestamp, request, status_code=404, size]",
        (APACHE,),
        (GONE, IMAGE),
    ),
    Example(
        "FindCountMetric.html",
        "[ip, id, user, timestamp, request, status_code=4*, size]",
        (APACHE, GONE),
        (IMAGE,),
    ),
)

EXAMPLES = (*UNSTRUCTURED, *EXPRESSIONS, *PROPERTIES, *DELIMITED)
