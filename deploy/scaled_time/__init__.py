"""The stack's configuration with every duration divided by one factor.

Tests and quick demos run the very files that production runs, only faster: a `for: 5m` lasts 15 s
at factor 20. ``python -m deploy.scaled_time --help`` says how to call it.

What is scaled is time as Prometheus and Alertmanager count it: scrapes, windows, waits. What isn't
is time as services and networks spend it. A request takes as long as it takes, so thresholds on
latencies (``> 0.5`` seconds in an expression) and network timeouts stay as they are.
"""
