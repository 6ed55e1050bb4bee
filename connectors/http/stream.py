"""A file over HTTP, read as it comes: nothing of it is held but the part in hand."""

import io
from collections.abc import Callable, Iterator, Mapping
from typing import Any


class HttpStream(io.RawIOBase):
    """The bytes of an answer, unpacked. ``headers`` has any case; ``url`` is without the query. Close it.

    Reading raises SourceAway where the source breaks off or drips, and Problem above the limit of size. Wrap it in
    ``io.BufferedReader`` to read lines.
    """

    def __init__(self, parts: Iterator[bytes], headers: Mapping[str, str], url: str, end: Callable[[], None]) -> None:
        super().__init__()
        self.headers, self.url = headers, url
        self._parts, self._end = parts, end
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fills as much of ``buffer`` as there is; 0 at the end."""
        if not self._rest:
            self._rest = next(self._parts, b"")
        taken = memoryview(self._rest)[: len(buffer)]
        buffer[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)

    def close(self) -> None:
        """Ends the answer, read to its end or not."""
        if not self.closed:
            close = getattr(self._parts, "close", None)
            if close is not None:
                close()
            self._end()
        super().close()
