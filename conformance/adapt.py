"""A feed's contract for a test: the same columns, keys, rules, paging and sign-in, but pages of a few rows and short waits."""

from typing import Any

from declarations.feed import (
    ControlTotal,
    FeedContract,
    FilesSource,
    Freshness,
    GreatExpectation,
    NbsSource,
    RefusedShare,
    RowCount,
    SqlSource,
)

PAGE_ROWS = 3
TIMEOUT = "1s"
ABOUT_BATCHES = RowCount | RefusedShare | Freshness | ControlTotal | GreatExpectation


def for_test(contract: FeedContract) -> FeedContract:
    """The contract as the kit plays it. Rules about a batch as a whole are set aside: a scripted batch has six rows."""
    rules = [rule for rule in contract.expectations if not isinstance(rule, ABOUT_BATCHES)]
    return contract.model_copy(update={"source": _source(contract.source), "expectations": rules})


def set_aside(contract: FeedContract) -> list[str]:
    """What of the contract the kit does not play, one sentence each."""
    rules = sorted({rule.rule for rule in contract.expectations if isinstance(rule, ABOUT_BATCHES)})
    found = [f"Rules about a whole batch are not played: {', '.join(rules)}."] if rules else []
    if isinstance(contract.source, SqlSource) and contract.source.query is not None:
        found.append("The query itself is not played: a table with its result's columns stands in for it.")
    if isinstance(contract.source, FilesSource) and contract.source.archive:
        found.append("The archive folder is played on a local disk.")
    return found


def _source(source: Any) -> Any:
    changes: dict[str, Any] = {}
    if isinstance(source, SqlSource):
        table = (source.table or "result").rpartition(".")[2]
        return source.model_copy(update={"table": table, "query": None, "fetch_rows": PAGE_ROWS, "timeout": TIMEOUT})
    if hasattr(source, "timeout"):
        changes["timeout"] = TIMEOUT
    if hasattr(source, "rate"):
        changes["rate"] = type(source.rate)()  # only the case about the budget plays one
    if hasattr(getattr(source, "paging", None), "size"):
        changes["paging"] = source.paging.model_copy(update={"size": PAGE_ROWS})
    if isinstance(source, NbsSource):  # one request, for all codes
        changes["where"] = {name: codes for name, codes in source.where.items() if name in (source.rows, source.columns)}
    if hasattr(source, "page_rows"):  # what a connector type of one's own may call it
        changes["page_rows"] = PAGE_ROWS
    if isinstance(source, FilesSource):
        changes["stable_for"] = "0s"
    return source.model_copy(update=changes)
