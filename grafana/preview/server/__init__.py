"""Serve the preview of the dashboards: its page, the provisioned JSON, Prometheus' answers.

The addresses are those of Grafana's own HTTP API, so that nobody needs to know which of the two
runs. Everything is read-only. https://grafana.com/docs/grafana/latest/developers/http_api/
"""
