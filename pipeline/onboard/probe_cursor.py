"""Whether an endpoint can be asked for what is new: which column tells it, and which parameter."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.onboard.keys import is_version_like
from pipeline.onboard.naming import snake

if TYPE_CHECKING:
    from pipeline.onboard.sample_endpoint import Endpoint, Got

USUAL = (
    "updated_since", "updated_after", "since", "modified_since", "modified_after", "changed_since", "updatedSince", "updatedAfter",
    "start_time", "startTime", "start_date", "from",
)  # fmt: skip


@dataclass(frozen=True)
class CursorFound:
    """The source's column that grows, and the parameter that asks for rows at or after a value of it."""

    column: str
    parameter: str


def find_cursor(endpoint: "Endpoint", first: "Got") -> CursorFound | None:
    """Tries the usual parameters with a value from the midst of the first answer: what comes must all be at or after it."""
    for column in first.rows.column_names:
        if not is_version_like(column):
            continue
        values = [value for value in first.rows.column(column).to_pylist() if value]
        if len(values) < first.count or len(set(values)) < 2 or not all(value[:4].isdecimal() and len(value) >= 10 for value in values):
            continue
        since = sorted(values)[len(values) // 2]
        since = since if since > min(values) else max(values)
        for parameter in [*USUAL, f"{column}_gte", f"{column}__gte", f"{column}[gte]", f"{snake(column)}_since", f"min_{column}"]:
            got = endpoint.tries(**{parameter: since})
            if got is None or not got.count or column not in got.rows.column_names:
                continue
            found = [value for value in got.rows.column(column).to_pylist() if value]
            if found and min(found) >= since:
                return CursorFound(column, parameter)
    return None
