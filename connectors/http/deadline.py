"""A time after which a connection is cut: a time-out of each single read never ends one that drips."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self


class Deadline:
    """Calls ``cut`` after ``seconds`` unless it is left before. ``passed``: it came to that."""

    def __init__(self, seconds: float, cut: Callable[[], None]) -> None:
        self.passed = False
        self._cut = cut
        self._timer = threading.Timer(seconds, self._over)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._timer.cancel()

    def _over(self) -> None:
        self.passed = True
        self._cut()
