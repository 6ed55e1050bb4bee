"""The event by which a source says that a batch is ready: ``{"feed": "rating", "period": "2025-Q3", "batch": "b-17"}``.

It comes by webhook or as a message, and carries no data: the feed is then pulled as at any other time.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from declarations.period import parse_period
from declarations.problem import Problem

MAX_EVENT_BYTES = 16_384
_KEYS = {"feed", "period", "batch"}
_BATCH = re.compile(r"[A-Za-z0-9._:/-]{1,128}")
_FEED = re.compile(r"[a-z][a-z0-9_]{0,63}")
_FIX = 'send {"feed": "rating", "period": "2025-Q3", "batch": "b-17"} and nothing else.'


@dataclass(frozen=True)
class BatchEvent:
    """A feed has something new in a quarter; ``batch`` is the source's own name for it."""

    feed: str
    period: str
    batch: str


def read_batch_event(place: str, text: bytes | str) -> BatchEvent:
    """The event in a JSON text. Raises Problem that says which key is wrong."""
    if len(text) > MAX_EVENT_BYTES:
        raise Problem(place, f"is longer than {MAX_EVENT_BYTES} bytes.", "send the event only, no data.")
    try:
        event: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise Problem(place, "is not JSON.", _FIX) from None
    if not isinstance(event, dict) or set(event) != _KEYS:
        raise Problem(place, "must be an object with exactly the keys feed, period and batch.", _FIX)
    if not isinstance(event["feed"], str) or not _FEED.fullmatch(event["feed"]):
        raise Problem(place, "feed: is no feed's id.", "give the id of the feed, such as rating.")
    if not isinstance(event["batch"], str) or not _BATCH.fullmatch(event["batch"]):
        raise Problem(place, "batch: is no name of a batch.", "give up to 128 letters, digits and . _ : / -")
    try:
        period = parse_period(str(event["period"])[:20])
    except Problem as problem:
        raise Problem(place, f"period: {problem.what}", problem.fix) from None
    if period.grain != "quarter":
        raise Problem(place, f"period: '{period.key}' is a year.", f"name a quarter such as {period.key}-Q1.")
    return BatchEvent(event["feed"], period.key, event["batch"])
