"""The bell that rings at each delivery, for streams that wait for the next one."""

import asyncio


class Arrivals:
    """Wakes whoever waits. Once closed nobody waits any more, and streams end."""

    def __init__(self) -> None:
        self.closed = False
        self._next = asyncio.Event()

    @property
    def next(self) -> asyncio.Event:
        """The coming delivery's event. Take it before looking at what is there already."""
        return self._next

    def ring(self) -> None:
        """Wake everybody who waits for the next delivery."""
        rung, self._next = self._next, asyncio.Event()
        rung.set()

    def close(self) -> None:
        """Wake everybody for the last time."""
        self.closed = True
        self.ring()
