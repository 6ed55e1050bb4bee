"""Appraisal periods: a quarter (``2025-Q1``, routine 平时) or a year (``2025``, annual 年度)."""

import re
from dataclasses import dataclass
from datetime import date

from declarations.problem import Problem

_PERIOD = re.compile(r"^(\d{4})(?:-Q([1-4]))?$")


@dataclass(frozen=True, order=True)
class Period:
    """A half-open span of days ``[start, end)`` with its key."""

    start: date
    end: date
    key: str

    @property
    def grain(self) -> str:
        """``quarter`` or ``year``."""
        return "quarter" if "-Q" in self.key else "year"

    @property
    def year(self) -> int:
        return self.start.year


def parse_period(key: str) -> Period:
    """Read ``2025`` or ``2025-Q1``. Raises Problem for anything else."""
    match = _PERIOD.match(key)
    if match is None:
        raise Problem("period", f"'{key}' is not a period.", "write a year such as 2025 or a quarter such as 2025-Q1.")
    year = int(match[1])
    if match[2] is None:
        return Period(date(year, 1, 1), date(year + 1, 1, 1), key)
    month = 3 * int(match[2]) - 2
    end = date(year + 1, 1, 1) if month == 10 else date(year, month + 3, 1)
    return Period(date(year, month, 1), end, key)


def quarters_of(year: int) -> list[Period]:
    """The four quarters of a year, in order."""
    return [parse_period(f"{year}-Q{number}") for number in (1, 2, 3, 4)]


def quarter_of(day: date) -> Period:
    """The quarter that a day falls in."""
    return parse_period(f"{day.year}-Q{(day.month - 1) // 3 + 1}")
