"""CloudWatch Logs Insights' query language over the logs of the local stack, or over AWS'.

The language is documented at
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html; it is parsed by
`grammar.lark` and translated onto DuckDB.
"""
