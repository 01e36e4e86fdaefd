"""Bring the stack up and down: engine, images, secrets, configuration, containers.

Standard library alone: it must run on a machine that has nothing but ``make`` and ``python3``.
"""
