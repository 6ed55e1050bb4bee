"""What the tests of the REST connector share: a pull in one call, and a source of numbered records that answers in pages."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from connectors.protocol import Page, Window
from connectors.rest import RestConnector
from declarations.feed import FeedContract
from tests.connectors.source_kit import Reply, Request, contract, record

ALL = Window(None, {})
REST = {"connector": "rest", "connection": "sample_api", "path": "/items", "records": "data"}


def rest(paging: dict[str, Any] | None = None, **source: Any) -> FeedContract:
    """The sample contract over a REST source."""
    return contract({**REST, **({"paging": paging} if paging else {}), **source})


def pull(feed: FeedContract, server: Any, window: Window = ALL, now: datetime | None = None) -> list[Page]:
    """All pages of a window."""
    clock = {"now": lambda: now} if now else {}
    return list(RestConnector(feed, server.resolver(), **clock).pages(window))


def items(pages: Sequence[Page]) -> list[str | None]:
    """The keys of the records that came, in their order."""
    return [key for page in pages for key in page.rows.column("item_no").to_pylist()]


def keys(*numbers: int) -> list[str]:
    """The keys of the sample records of these numbers."""
    return [f"A{number:05d}" for number in numbers]


def slice_of(rows: Sequence[dict[str, Any]], skip: str, size: str) -> Callable[[Request], list[dict[str, Any]]]:
    """Answers with ``rows`` from the offset in the parameter ``skip``, as many as ``size`` says."""
    return lambda request: list(rows[int(request.query[skip]) :][: int(request.query[size])])


def records(count: int) -> list[dict[str, Any]]:
    """The sample records from 0 on."""
    return [record(number) for number in range(count)]


def pages_of(*pages: Sequence[dict[str, Any]], **beside: Any) -> Callable[[Request], Reply]:
    """A source that ignores what it is asked and hands out these pages, one a request, then empty ones."""
    waiting = list(pages)
    return lambda request: Reply({"data": waiting.pop(0) if waiting else [], **beside})
