"""Every function of the language that is evaluated here, by its name in lower case.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html
"""

from deploy.aws.insights import addresses, general, moments, numbers, structures, texts
from deploy.aws.insights.arguments import Function

FUNCTIONS: dict[str, Function] = {
    function.signature.partition("(")[0].lower(): function
    for module in (numbers, texts, moments, general, structures, addresses)
    for function in module.FUNCTIONS
}
FUNCTIONS["strftime"] = FUNCTIONS["formatdate"]

# The functions of `stats`, which are in `aggregates`.
AGGREGATES = frozenset(
    ["avg", "count", "count_distinct", "count_over_time", "earliest", "latest", "max", "median"]
    + ["min", "pct", "sortsfirst", "sortslast", "stddev", "sum", "sum_over_time"]
)

# Documented, and not evaluated here: the function and why.
NOT_LOCAL = {
    "unmask": "nothing is masked here: leave it out",
    "rate": "time-series functions other than count_over_time and sum_over_time are not translated",
    "histogram": "maps are no result here: count by floor(x / width)",
}
