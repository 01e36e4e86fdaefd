"""The sink: stands where Slack and PagerDuty stand, keeps what they would get, and shows it."""
