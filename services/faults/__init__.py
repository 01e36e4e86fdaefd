"""Faults as data: switched on over HTTP for as long as a lease lasts, off by default.

A service calls `install` once and `await strike(point, …)` wherever a fault may happen. Each
fault names a point, an effect (error, delay, exit or series), the share of hits that it takes, and
a lease after which it ends by itself, so that a chaos run that dies leaves a healthy service.
"""

from fastapi import FastAPI
from prometheus_client import REGISTRY

from faults.registry import Faults, InjectedFault
from faults.routes import router
from faults.series import InjectedSeries, LiveFaults
from telemetry import environment

__all__ = ["InjectedFault", "install", "strike"]

_faults = Faults()
REGISTRY.register(InjectedSeries(_faults))
REGISTRY.register(LiveFaults(_faults))


def install(app: FastAPI, token_file: str | None) -> None:
    """Serve the fault interface under `/faults`, guarded by the token in this file.

    Without a file there is no interface (404) and no fault can be. A file that cannot be read, or
    is empty, stops the service (SystemExit).
    """
    _faults.clear()
    if token_file:
        token = environment.read_secret("FAULTS_TOKEN_FILE", token_file)
        app.include_router(router(_faults, token))


async def strike(point: str, **attributes: str) -> None:
    """Let every live fault of this point, whose `match` is among the attributes, have its turn.

    Sleeps for a delay; raises `InjectedFault` for an error.
    """
    await _faults.strike(point, attributes)
