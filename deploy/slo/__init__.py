"""SLOs as code: prometheus/slo/*.yaml in, prometheus/rules/slo.yml out.

An SLO is one file in OpenSLO v1, of which `document` reads the subset that is needed here.
`recordings` and `alerts` say what Prometheus computes from it, `burn` how fast a budget may burn
before somebody is told. ``python -m deploy.slo --help`` says how to call it.
"""
