"""The body of an answer: read with limits on its size and its time, unpacked, whole or not at all."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError, ReadTimeoutError

from connectors.http.deadline import Deadline
from connectors.http.failures import BrokenOff, NoAnswer
from connectors.http.unpack import CutOff, unpacked
from declarations.problem import Problem, SourceAway

MAX_BODY_BYTES = 512 << 20
LEAST_SPEED = 1024  # bytes a second, over each time-out's length; less is a drip that could go on for days
PART = 1 << 16


@dataclass(frozen=True)
class Body:
    """A successful answer: its bytes, unpacked, the charset that it names, its headers (names in any case) and the
    address it came from, without the query. Its repr shows no content."""

    content: bytes = field(repr=False)
    charset: str | None
    headers: Mapping[str, str] = field(default_factory=CaseInsensitiveDict, repr=False)
    url: str = ""


@dataclass(frozen=True)
class Limits:
    """How long a body may be (bytes, unpacked) and how long it may take (seconds): each silence, and all in all."""

    size: int
    silence: float
    total: float


def read_whole(place: str, answer: requests.Response, limits: Limits) -> bytes:
    """The whole body. Raises BrokenOff where it was cut, SourceAway where it drips, Problem where it is too long."""
    return b"".join(parts_of(place, answer, limits))


def parts_of(place: str, answer: requests.Response, limits: Limits) -> Iterator[bytes]:
    """The body in parts, unpacked; nothing is read ahead of the reader."""
    length = 0
    packed = _received(place, answer, limits)
    encoding = answer.headers.get("content-encoding")
    try:
        for part in unpacked(place, encoding, packed):
            length += len(part)
            if length > limits.size:
                what = f"the answer is longer than {limits.size >> 20} MiB" + (" once unpacked." if encoding else ".")
                raise Problem(place, what, "ask for smaller pages ('size'); if it should be small, tell the source's owner.")
            yield part
    except CutOff:
        raise _broken(place, "its packing has no end") from None


def _received(place: str, answer: requests.Response, limits: Limits) -> Iterator[bytes]:
    """The bytes as they come over the wire, each time what is there."""
    wire: Any = answer.raw
    with Deadline(limits.total, wire.cut) as deadline:
        watch = _Drip(place, limits.silence)
        while True:
            try:
                part = wire.read1(PART, decode_content=False)
            except ReadTimeoutError:
                what = f"sent nothing for {limits.silence:g} s in the middle of an answer."
                raise NoAnswer(place, what, "try again later; raise 'timeout' in the feed's source if it is slow.") from None
            except (HTTPError, OSError, ValueError) as error:
                if deadline.passed:
                    raise too_slow(place, limits.total) from None
                raise _broken(place, type(error).__name__) from None
            if not part:
                return
            watch.took(len(part))
            yield part


class _Drip:
    """Notices a source that sends just enough not to time out."""

    def __init__(self, place: str, span: float) -> None:
        self._place, self._span = place, span
        self._since, self._bytes = time.monotonic(), 0

    def took(self, count: int) -> None:
        self._bytes += count
        passed = time.monotonic() - self._since
        if passed >= self._span:
            if self._bytes < LEAST_SPEED * passed:
                raise too_slow(self._place, passed)
            self._since, self._bytes = time.monotonic(), 0


def too_slow(place: str, seconds: float) -> SourceAway:
    """What is said of a body that drips."""
    what = f"drips: the answer was not there after {seconds:.0f} s (less than {LEAST_SPEED} bytes a second)."
    return SourceAway(place, what, "call the source's owner; raise 'timeout' in the feed's source if that is its normal speed.")


def _broken(place: str, why: str) -> BrokenOff:
    return BrokenOff(place, f"the answer broke off ({why}).", "pull again; if it happens again, ask for smaller pages ('size').")
