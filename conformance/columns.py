"""Columns of a contract that a case can play with."""

from declarations.feed import Column, FeedContract


def _own(contract: FeedContract) -> set[str]:
    """Columns that hold the feed together: keys, cursor, version, what tells the rows that must never enter."""
    cursor = getattr(contract.source, "cursor", None)
    keyset = getattr(getattr(contract.source, "paging", None), "column", None)
    named = {contract.version, cursor.column if cursor else None, *(never.column for never in contract.never_enters)}
    named |= {column.name for column in contract.columns if column.source_name == keyset}
    return {*contract.keys, *(name for name in named if name)}


def others(contract: FeedContract) -> list[Column]:
    """Columns that hold nothing together."""
    return [column for column in contract.columns if column.name not in _own(contract)]


def nullable(contract: FeedContract) -> list[Column]:
    """Columns that may be empty."""
    return [column for column in others(contract) if not column.required]


def typed(contract: FeedContract) -> list[Column]:
    """Columns that are not text; those first that have the default policy and may be empty."""
    found = (c for c in others(contract) if c.type != "string")
    return sorted(found, key=lambda c: (c.drift != "quarantine", c.required))


def droppable(contract: FeedContract) -> list[Column]:
    """Columns whose loss must be noticed; required ones first."""
    return sorted((c for c in others(contract) if c.drift != "widen"), key=lambda c: not c.required)


def free_text(contract: FeedContract) -> Column | None:
    """A column that takes any text."""
    found = [c for c in others(contract) if c.type == "string" and not (c.codes or c.pattern)]
    ruled = {getattr(rule, "column", None) for rule in contract.expectations}
    return next((c for c in found if c.name not in ruled), None)


def any_text(contract: FeedContract) -> Column | None:
    """A text column, one that takes any text before others."""
    return free_text(contract) or next((c for c in others(contract) if c.type == "string"), None)
