"""An answer's head is whole or there is no answer: Python's own client takes a head that was cut off for a short one."""

import http.client
from typing import Any


class WholeHead(http.client.HTTPResponse):
    """Raises IncompleteRead where the connection ends before the empty line after the headers."""

    def begin(self) -> None:
        """Reads status and headers."""
        wire: Any = self.fp
        lines = _Lines(wire)
        self.fp = lines  # type: ignore[assignment]
        try:
            super().begin()
        finally:
            if self.fp is not None:  # it is None where the answer is over with its head
                self.fp = wire
        if lines.last not in (b"\r\n", b"\n"):
            self.close()
            raise http.client.IncompleteRead(b"")


class _Lines:
    """A stream that remembers the last line read."""

    def __init__(self, stream: Any) -> None:
        self.last = b""
        self._stream = stream

    def readline(self, size: int = -1) -> bytes:
        self.last = self._stream.readline(size)
        return self.last

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
