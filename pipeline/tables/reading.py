"""How the user wants tables to be read."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from declarations.problem import Problem

ABSENT_WORDS = ("na", "n/a", "null", "..", "-")


@dataclass(frozen=True)
class Reading:
    """``columns``: the file's own names for ours; ``ignore``: columns left out; ``absent``: more words that mean 'no value'."""

    columns: dict[str, str] = field(default_factory=dict)
    ignore: frozenset[str] = frozenset()
    absent: tuple[str, ...] = ()
    as_of: datetime | None = None
    refuse_rows: bool = False

    @property
    def absent_words(self) -> list[str]:
        return sorted({*ABSENT_WORDS, *(word.strip().lower() for word in self.absent)})

    @property
    def as_of_shown(self) -> str | None:
        """The day or time that was asked for."""
        if self.as_of is None:
            return None
        return str(self.as_of.date() if self.as_of.time() == time.max else self.as_of)


def parse_as_of(text: str) -> datetime:
    """A date (its whole day counts) or a time. Raises Problem for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Problem("--as-of", f"'{text}' is no date.", "write it as 2025-03-31 or 2025-03-31T12:00.") from None
    if len(text) <= len("2025-03-31"):
        return datetime.combine(found.date(), time()) + timedelta(days=1) - timedelta(microseconds=1)
    return found.replace(tzinfo=None) - (found.utcoffset() or timedelta())


def parse_columns(pairs: list[str]) -> dict[str, str]:
    """``subject=iso3`` → our name and the file's. Raises Problem where it is no pair."""
    found: dict[str, str] = {}
    for pair in pairs:
        ours, sign, theirs = pair.partition("=")
        if not (ours and sign and theirs):
            raise Problem("--column", f"'{pair}' is no pair.", "write our name, '=', the file's name: --column subject=iso3.")
        found[ours.strip()] = theirs.strip()
    return found
