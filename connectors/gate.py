"""What every connector does last: only the contract's columns, as text, without what must never enter."""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from connectors.mask import mask
from connectors.protocol import Page, Refused
from declarations.feed import Column, FeedContract
from declarations.problem import Problem

TEXT = pa.string()


def admit(
    contract: FeedContract,
    table: pa.Table,
    seen: Iterable[str],
    refused: Iterable[Refused] = (),
    file: tuple[str, str] | None = None,
) -> Page:
    """A page from ``table`` (columns under their source names, any type); others than the contract's are dropped.

    ``seen`` are all column names that the source sent. Raises Problem when the column that tells a class which must
    never enter is itself missing: then nothing is taken.
    """
    columns = [_text_column(contract, table, column) for column in contract.columns]
    rows = pa.table(columns, names=contract.names)
    rows, withheld = _without_never_enters(contract, rows, set(table.column_names))
    masked = [mask(one_array(rows.column(column.name)), column) for column in contract.columns]
    return Page(
        rows=pa.table(masked, names=contract.names),
        columns_seen=frozenset(seen),
        refused=tuple(refused),
        withheld=withheld,
        file=file,
    )


def _text_column(contract: FeedContract, table: pa.Table, column: Column) -> pa.Array:
    if column.source_name not in table.column_names:
        return pa.nulls(table.num_rows, TEXT)
    values = one_array(table.column(column.source_name))
    try:
        return as_text(values)
    except pa.ArrowException:
        what = f"values of the type {values.type} cannot be written as text."
        fix = "take a plain value instead: choose another column or cast it in the source."
        raise Problem(f"feed {contract.id}: column {column.source_name}", what, fix) from None


def as_text(values: pa.Array) -> pa.Array:
    """The values as text: ISO 8601 dates and times, ``true``/``false``, numbers in full. Raises ArrowException."""
    return values if values.type == TEXT else pc.cast(values, TEXT)


def one_array(values: pa.ChunkedArray | pa.Array) -> pa.Array:
    """The same values in one piece; one piece is not copied."""
    if isinstance(values, pa.ChunkedArray) and values.num_chunks == 1:
        return values.chunk(0)
    combined = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return pa.concat_arrays(combined.chunks) if isinstance(combined, pa.ChunkedArray) else combined


def _without_never_enters(contract: FeedContract, rows: pa.Table, present: set[str]) -> tuple[pa.Table, int]:
    before = rows.num_rows
    for never in contract.never_enters:
        source_name = contract.column(never.column).source_name
        if source_name not in present and rows.num_rows:
            what = f"the source sent no column '{source_name}', which tells the rows that must never enter."
            fix = "ask the source's owner to deliver it again; until then nothing of this feed is taken."
            raise Problem(f"feed {contract.id}: never_enters", what, fix)
        said = pc.utf8_lower(pc.utf8_trim_whitespace(one_array(rows.column(never.column))))
        banned = pc.is_in(said, pa.array([value.strip().lower() for value in never.values], TEXT))
        rows = rows.filter(pc.invert(banned))
    return rows, before - rows.num_rows
