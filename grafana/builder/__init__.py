"""The dashboards as code: one module each, in the words of `panels`, with the figures of `figures`.

``python -m grafana.builder`` writes grafana/dashboards/<uid>.json. What Grafana shows is those
files; they are committed, and `make lint` fails when they are not what would be written.
"""
