"""How far a feed was pulled, and how that is said to its source."""

from datetime import UTC, date, datetime, timedelta

from declarations.feed import Column, FeedContract


def as_asked(column: Column, since: str) -> str:
    """``since`` (ISO 8601 for dates and times) in the column's own format."""
    if column.format and column.type in ("date", "timestamp"):
        return datetime.fromisoformat(since).strftime(column.format)
    return since


def less(column: Column, until: str, look_back: timedelta) -> str:
    """``until`` less ``look_back``; only dates and times can look back."""
    if not look_back or column.type not in ("date", "timestamp"):
        return until
    moment = datetime.fromisoformat(until) - look_back
    return moment.date().isoformat() if column.type == "date" else moment.isoformat()


def order(column: Column, until: str) -> tuple[float, str]:
    """A sort key for cursor values: numbers as numbers, times as moments, other text as text."""
    if column.type in ("integer", "decimal"):
        return float(until), until
    if column.type in ("date", "timestamp"):
        moment = datetime.fromisoformat(until)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp(), ""
    return 0.0, until


def kept_from(contract: FeedContract, today: date) -> date:
    """The first day whose rows are kept today: a row is kept for ``retention.years`` from the end of the year in which it happened."""
    return date(today.year - contract.retention.years, 1, 1)
