"""Rows through the database's own driver, from a cursor that stays on the server."""

from collections.abc import Iterator, Sequence

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.sql.kinds import Kind
from connectors.sql.text import NotText, text_array


class ColumnNotText(TypeError):
    """A column whose values have no text: ``column`` and the values' type."""

    def __init__(self, column: str, type_: str) -> None:
        super().__init__(column, type_)
        self.column = column
        self.type_ = type_


def stream_rows(
    connection: Connection, query: sa.Select[tuple[object, ...]], names: Sequence[str], kinds: Sequence[Kind], rows: int
) -> Iterator[pa.Table]:
    """Tables of at most ``rows`` rows, all text. Raises SQLAlchemyError, ColumnNotText."""
    result = connection.execution_options(stream_results=True, yield_per=rows).execute(query)
    finished = False
    try:
        for part in result.partitions():
            columns = zip(*part, strict=True)
            yield pa.table(
                [_array(name, list(values), kind) for name, values, kind in zip(names, columns, kinds, strict=True)], list(names)
            )
        finished = True
    finally:
        if not finished:
            _abandon(connection)


def _array(name: str, values: list[object], kind: Kind) -> pa.Array:
    try:
        return text_array(values, kind)
    except NotText as error:
        raise ColumnNotText(name, str(error)) from None


def _abandon(connection: Connection) -> None:
    """PyMySQL reads a result to its end before it closes it, be it an hour's: here the line is cut instead."""
    raw = connection.connection.dbapi_connection if not connection.closed and not connection.invalidated else None
    result = getattr(raw, "_result", None)
    if getattr(result, "unbuffered_active", False):
        result.unbuffered_active = False  # type: ignore[union-attr]
        connection.invalidate()
