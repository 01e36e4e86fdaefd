"""A headless Chromium, driven by its DevTools protocol.

https://chromedevtools.github.io/devtools-protocol/
"""

import contextlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import requests
import websocket

from tests.polling import wait_for

PROGRAM = shutil.which("chromium") or shutil.which("google-chrome")

SHIFT = 8
KEY_CODES = {"Enter": 13, "Escape": 27}


class RefusedError(Exception):
    """A call that the browser refused: the method, its reason."""


class Browser:
    """One tab. `heard` are the protocol's events: requests, errors, messages on the console."""

    def __init__(self, profile: Path) -> None:
        assert PROGRAM is not None
        self.heard: list[dict[str, Any]] = []
        self._sent = 0
        self._process = subprocess.Popen(  # noqa: S603 - a browser of this machine
            [
                *(PROGRAM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
                *("--no-first-run", "--disable-background-networking", "--disable-sync"),
                *("--disable-component-update", "--remote-allow-origins=*"),
                *(f"--user-data-dir={profile}", "--remote-debugging-port=0", "about:blank"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        port = wait_for(lambda: self._port(profile), "Chromium listens", seconds=20)
        self._socket = wait_for(lambda: self._connect(port), "Chromium has a tab", seconds=20)
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    @staticmethod
    def _port(profile: Path) -> str:
        file = profile / "DevToolsActivePort"
        return file.read_text().partition("\n")[0] if file.exists() else ""

    @staticmethod
    def _connect(port: str) -> websocket.WebSocket | None:
        tabs = requests.get(f"http://127.0.0.1:{port}/json", timeout=5).json()
        pages = [tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page"]
        return websocket.create_connection(pages[0], timeout=20) if pages else None

    def close(self) -> None:
        """End the browser."""
        self._socket.close()
        self._process.terminate()
        self._process.wait(timeout=10)

    def send(self, method: str, **parameters: object) -> dict[str, Any]:
        """Call a method of the protocol."""
        self._sent += 1
        call = {"id": self._sent, "method": method, "params": parameters}
        self._socket.send(json.dumps(call))
        while True:
            message: dict[str, Any] = json.loads(self._socket.recv())
            if message.get("id") == self._sent:
                if "error" in message:
                    raise RefusedError(method, message["error"]["message"])
                result: dict[str, Any] = message["result"]
                return result
            self.heard.append(message)

    def open(self, url: str, width: int = 1440, height: int = 900) -> None:
        """Show a page in a window of this size; forgets what was heard before."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.send("Emulation.setDeviceMetricsOverride", **size)
        self.heard.clear()
        self.send("Page.navigate", url=url)

    def value(self, expression: str) -> Any:  # noqa: ANN401 - whatever the script returns
        """Return the JSON value of a JavaScript expression in the page."""
        answer = self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def until(self, expression: str, wanted: object = True, *, seconds: float = 10) -> None:  # noqa: FBT002 - any value
        """Wait until an expression has a value."""
        last: list[object] = []

        def found() -> bool:
            # A page that gives way to the next one while it is asked has no answer.
            with contextlib.suppress(RefusedError):
                last[:] = [self.value(expression)]
            return last == [wanted]

        try:
            wait_for(found, f"{expression} is {wanted!r}", seconds=seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}; its value: {last!r}") from None

    def press(self, *keys: str, modifiers: int = 0) -> None:
        """Press keys, one after the other."""
        for key in keys:
            pressed = {"key": key, "modifiers": modifiers}
            pressed |= {"windowsVirtualKeyCode": KEY_CODES.get(key, 0)}
            text = {"text": key} if len(key) == 1 else {}
            self.send("Input.dispatchKeyEvent", type="keyDown", **pressed, **text)
            self.send("Input.dispatchKeyEvent", type="keyUp", **pressed)

    def requested(self) -> set[str]:
        """Return the addresses that the page asked for since it was opened."""
        return {
            one["params"]["request"]["url"]
            for one in self.heard
            if one["method"] == "Network.requestWillBeSent"
        }

    def complaints(self) -> list[dict[str, Any]]:
        """Return the errors, console messages and violations of the page's policy."""
        kinds = {"Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"}
        return [one for one in self.heard if one["method"] in kinds]
