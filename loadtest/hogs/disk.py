"""Fills /disk until standard input ends, and frees it again."""

import contextlib
import sys
from pathlib import Path

FILE = Path("/disk/filled-by-a-drill")
CHUNK = bytes(64 * 1024)

try:
    with FILE.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(CHUNK):
            pass
    print("filled", flush=True)  # noqa: T201 - the line that its holder waits for
    sys.stdin.read()
finally:
    FILE.unlink(missing_ok=True)
