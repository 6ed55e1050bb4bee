"""What was taken from a source to infer a contract: texts in memory, and what the source says of itself."""

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from declarations.feed import ColumnType

MOST_ROWS = 500_000
TEXT = pa.string()


@dataclass(frozen=True)
class Told:
    """What a source itself says of one column: a catalog, a schema, a code list. Nothing here is a row's value."""

    type: ColumnType | None = None
    label: str | None = None
    zh: str | None = None
    codes: dict[str, str] | None = None
    required: bool = False
    key: bool = False
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class Sample:
    """Rows as texts under the source's names; its repr shows none of them.

    ``source`` is the part ``source:`` of the contract as far as the sample tells it, without ``connection``;
    ``envelope`` are columns that are no data, with the reason; ``notes`` say what was seen, one sentence each, by the key
    of ``source`` that they explain (or ``""``).
    """

    rows: pa.Table = field(repr=False)
    source: dict[str, Any]
    whole: bool
    told: dict[str, Told] = field(default_factory=dict)
    envelope: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    title: str = ""
    cursor: str | None = None
    cursor_works: bool = False

    @property
    def names(self) -> list[str]:
        """The source's column names, envelope apart."""
        return [name for name in self.rows.column_names if name not in self.envelope]


def as_texts(table: pa.Table) -> pa.Table:
    """The table with every value as the connectors would write it; a value without a text form becomes JSON-like text."""
    from connectors.gate import as_text, one_array

    columns = []
    for name in table.column_names:
        values = one_array(table.column(name))
        try:
            columns.append(as_text(values))
        except pa.ArrowException:
            columns.append(pa.array([None if value is None else str(value) for value in values.to_pylist()], TEXT))
    return pa.table(columns, names=table.column_names)
