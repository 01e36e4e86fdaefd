"""What template.yaml is made of, a module per subject; `template` puts it together.

Thresholds, severities, teams, times, texts and links come from Prometheus' rules and the SLO files
(`rules`), what PagerDuty takes for one incident from alertmanager.yml (`grouping`).
"""
