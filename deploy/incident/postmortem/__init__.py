"""A postmortem that writes its own facts: what was measured of an incident, and what was not.

Numbers are of raw samples, not of `rate()`, which extrapolates: requests are counted exactly.
What a machine can't know is left as marked questions.
"""
