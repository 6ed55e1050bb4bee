"""A look at a source without landing anything: does the connection work, do the columns agree?"""

from dataclasses import dataclass

import pyarrow as pa

from connectors.gate import TEXT
from connectors.protocol import Refused, Resolver, Window
from connectors.registry import connector_for
from declarations.feed import FeedContract


@dataclass(frozen=True)
class CheckReport:
    """The first page of a source against its contract. Column names are the source's; ``rows`` has the contract's."""

    feed: str
    seen: list[str]
    missing: list[str]
    unknown: list[str]
    rows: pa.Table
    page_rows: int
    refused: tuple[Refused, ...]
    withheld: int


def check_source(contract: FeedContract, resolve: Resolver, rows: int = 10) -> CheckReport:
    """Reads the first page (of a files source: the first complete file). Raises Problem as a pull would.

    ``missing``: columns of the contract that the source did not send; ``unknown``: columns named neither in the
    contract's columns nor in its left_out. A source without a page (no rows, no complete file) has nothing seen.
    """
    wanted = [column.source_name for column in contract.columns]
    pages = connector_for(contract, resolve).pages(Window(None, {}))
    page = next(iter(pages), None)
    close = getattr(pages, "close", None)
    if close is not None:
        close()  # ends the session with the source
    if page is None:
        empty = pa.table({name: pa.array([], TEXT) for name in contract.names})
        return CheckReport(contract.id, [], [], [], empty, 0, (), 0)
    seen = page.columns_seen
    return CheckReport(
        feed=contract.id,
        seen=[name for name in wanted if name in seen],
        missing=[name for name in wanted if name not in seen],
        unknown=sorted(seen - set(wanted) - set(contract.left_out)),
        rows=page.rows.slice(0, rows),
        page_rows=page.rows.num_rows,
        refused=page.refused,
        withheld=page.withheld,
    )
