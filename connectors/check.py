"""A look at a source without landing anything: does the connection work, do the columns agree, does it page?"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import pyarrow as pa

from connectors.gate import TEXT
from connectors.protocol import Page, Refused, Resolver, Window
from connectors.registry import connector_for
from declarations.feed import FeedContract

PAGES = 2


@dataclass(frozen=True)
class CheckReport:
    """The first pages of a source against its contract. Column names are the source's; ``rows`` has the contract's.

    ``page_rows``: rows of each page looked at; ``seconds``: until the first page was there; ``advice``: what the connector
    noticed, such as an account that may write.
    """

    feed: str
    seen: list[str]
    missing: list[str]
    unknown: list[str]
    rows: pa.Table
    page_rows: list[int]
    refused: tuple[Refused, ...]
    withheld: int
    seconds: float
    advice: list[str]


def check_source(contract: FeedContract, resolve: Resolver, pages: int = PAGES, first: Callable[[Page], None] | None = None) -> CheckReport:
    """Reads up to ``pages`` pages (of a files source: complete files). Raises Problem as a pull would.

    ``first`` is told the first page as soon as it is there. ``missing``: columns of the contract that the source did not
    send; ``unknown``: columns named neither in the contract's columns nor in its left_out. A source without a page (no
    rows, no complete file) has nothing seen.
    """
    began = time.monotonic()
    connector = connector_for(contract, resolve)
    stream = connector.pages(Window(None, {}))
    found: list[Page] = []
    seconds = 0.0
    try:
        for page in islice(stream, pages):
            if not found:
                seconds = time.monotonic() - began
                if first:
                    first(page)
            found.append(page)
    finally:
        close = getattr(stream, "close", None)
        if close is not None:
            close()  # ends the session with the source
    seen = {name for page in found for name in page.columns_seen}
    wanted = [column.source_name for column in contract.columns]
    none = pa.table({name: pa.array([], TEXT) for name in contract.names})
    advise = getattr(connector, "advice", None)
    return CheckReport(
        feed=contract.id,
        seen=[name for name in wanted if name in seen],
        missing=[name for name in wanted if name not in seen] if found else [],
        unknown=sorted(seen - set(wanted) - set(contract.left_out)),
        rows=pa.concat_tables(page.rows for page in found) if found else none,
        page_rows=[page.rows.num_rows for page in found],
        refused=tuple(refused for page in found for refused in page.refused),
        withheld=sum(page.withheld for page in found),
        seconds=seconds,
        advice=list(advise()) if advise and found else [],
    )
