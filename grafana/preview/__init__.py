"""What stands on Grafana's port where Grafana's image cannot be had."""
