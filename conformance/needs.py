"""What a case needs of a double and a contract, and why it is not applicable where that is missing."""

from collections.abc import Callable
from datetime import timedelta

from conformance.columns import any_text, droppable, free_text, nullable, typed
from conformance.doubles.double import Double
from declarations.base import to_timedelta
from declarations.feed import FeedContract
from declarations.feed.auth import OAuth2Auth

WITHOUT_TRAIT = {
    "http": "The source is not reached over HTTP.",
    "pages": "The feed comes in one answer.",
    "shifting": "The feed comes in one answer: nothing can change between pages.",
    "repeats": "The feed comes in one answer: there is no page to be sent twice.",
    "any_order": "The paging itself lays down the order of the rows.",
    "total": "The contract names no total (paging.total).",
    "files": "The source is no folder of files.",
    "marker": "The contract names no complete_marker.",
    "zip": "The contract takes no zip files (pattern).",
    "packed": "The contract takes no packed files (pattern).",
    "charset": "The double cannot send bytes of another charset.",
    "columns": "The source's rows name no columns that could be missing or new.",
    "deletes": "The source never deletes.",
    "huge": "A row of this kind of file has a fixed or limited length.",
    "state": "The double does not tell whether somebody wrote into it.",
    "loses_place": "The double cannot take its table, path or folder away.",
}


def why_not(contract: FeedContract, double: Double, needs: tuple[str, ...]) -> str | None:
    """Why a case with these needs is not applicable; None where it is."""
    for need in needs:
        if need == "typed":
            reason = _typed(contract, double)
        else:
            reason = _OF_CONTRACT[need](contract) if need in _OF_CONTRACT else _of_double(double, need)
        if reason:
            return reason
    return None


def look_back(contract: FeedContract) -> timedelta:
    """The contract's look-back window."""
    cursor = getattr(contract.source, "cursor", None)
    return to_timedelta(cursor.look_back) if cursor else timedelta()


def _of_double(double: Double, need: str) -> str | None:
    return None if need in double.traits else double.lacks.get(need, WITHOUT_TRAIT[need])


def _typed(contract: FeedContract, double: Double) -> str | None:
    free = [column for column in typed(contract) if column.name not in double.derived]
    return None if free else "Every column is text, or follows from others in this source."


def _cursor(contract: FeedContract) -> str | None:
    return None if getattr(contract.source, "cursor", None) else "The feed has no cursor: each pull asks for all."


def _time_cursor(contract: FeedContract) -> str | None:
    cursor = getattr(contract.source, "cursor", None)
    in_time = cursor is not None and contract.column(cursor.column).type in ("date", "timestamp")
    return None if in_time else _cursor(contract) or "The cursor is no date or time."


def _look_back(contract: FeedContract) -> str | None:
    return _time_cursor(contract) or (None if look_back(contract) else "The contract has no look-back (cursor.look_back: 0s).")


def _updates(contract: FeedContract) -> str | None:
    cursor = getattr(contract.source, "cursor", None)
    own = {contract.version, cursor.column if cursor else None}
    return "A changed row has a new key: no row is ever updated." if own & set(contract.keys) else None


def _has(found: object, reason: str) -> str | None:
    return None if found else reason


_OF_CONTRACT: dict[str, Callable[[FeedContract], str | None]] = {
    "cursor": _cursor,
    "time_cursor": _time_cursor,
    "look_back": _look_back,
    "updates": _updates,
    "never_enters": lambda c: _has(c.never_enters, "The contract names no rows that must never enter."),
    "left_out": lambda c: _has(c.left_out, "The contract leaves no column out."),
    "nullable": lambda c: _has(nullable(c), "Every column of the contract is required."),
    "free_text": lambda c: _has(free_text(c) or c.left_out, "No column takes free text."),
    "any_text": lambda c: _has(any_text(c), "No column takes text."),
    "droppable": lambda c: _has(droppable(c), "Every column is key, cursor or version."),
    "oauth2": lambda c: _has(isinstance(getattr(c.source, "auth", None), OAuth2Auth), "The source gives no tokens (auth)."),
    "rate": lambda c: _has(hasattr(c.source, "rate"), "The source has no rate budget."),
}
