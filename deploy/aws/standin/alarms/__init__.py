"""Alarms: what they watch, when they go off, what they say."""
