"""Waiting without losing time: while a case is played, ``time.sleep`` notes how long it was asked to wait and hardly waits."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

SHORT = 0.002
_sleep = time.sleep


@dataclass
class Waits:
    """How long the connector asked to wait, in seconds, in order."""

    asked: list[float] = field(default_factory=list)

    @property
    def total(self) -> float:
        """All waits together."""
        return sum(self.asked)


@contextmanager
def hurried(really: bool = True) -> Iterator[Waits]:
    """Shortens waits; with ``really`` False they are only noted."""
    waits = Waits()

    def sleep(seconds: Any) -> None:
        waits.asked.append(float(seconds))
        _sleep(min(seconds, SHORT) if really else seconds)

    time.sleep = sleep
    try:
        yield waits
    finally:
        time.sleep = _sleep
