"""Incidents from the terminal: who does what about them, and what was measured of them."""
