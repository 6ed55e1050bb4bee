"""When a request is made again: after failures that pass by themselves, after the time that a busy source names."""

import random
import time

import requests
from urllib3.exceptions import InvalidHeader
from urllib3.util.retry import Retry

from connectors.http.failures import Passing
from declarations.problem import SourceAway

MAX_RETRY_AFTER_SECONDS = 120.0
BUSY = frozenset({429, 500, 502, 503, 504})
BUSY_TRIES = 4
FIRST_PAUSE = 0.3


class Attempts:
    """Counts the attempts of one request, and waits between them."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._busy = 0
        self._failed = 0

    def failed(self, failure: Passing) -> None:
        """Waits; raises the failure where it was tried often enough."""
        self._failed += 1
        if self._failed > failure.again:
            raise failure
        pause(self._failed)

    def is_busy(self, answer: requests.Response) -> bool:
        """Whether to ask again; then it has waited. Raises SourceAway where the source names too long a time."""
        if answer.status_code not in BUSY or self._busy == BUSY_TRIES:
            return False
        self._busy += 1
        named = retry_after(answer)
        if named is None:
            pause(self._busy)
            return True
        if named > MAX_RETRY_AFTER_SECONDS:
            what = f"answered {answer.status_code} and asks us to come back in {named:.0f} s."
            raise SourceAway(self._place, what, "pull again after that time; if it happens often, lower 'rate' in the feed's source.")
        sleep(named)
        return True


def sleep(seconds: float) -> None:
    """Wait. ``time.sleep`` is looked up at each call, so that the conformance kit's clock can stand in for it."""
    time.sleep(seconds)


def pause(number: int) -> None:
    """0.3 s, 0.6 s, 1.2 s …, a little spread so that several processes do not come back at one time."""
    sleep(FIRST_PAUSE * 2 ** (number - 1) * random.uniform(1.0, 1.1))


def retry_after(answer: requests.Response) -> float | None:
    """The seconds of the header Retry-After (a number or a date); None where there is none that can be read."""
    text = answer.headers.get("retry-after")
    if text is None:
        return None
    try:
        return max(0.0, float(Retry().parse_retry_after(text)))
    except (InvalidHeader, OverflowError, ValueError):
        return None
