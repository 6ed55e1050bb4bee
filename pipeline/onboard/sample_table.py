"""A sample from a database table: rows in memory, and what the catalog says of columns, keys and comments."""

from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects.mysql import TINYINT

from connectors.protocol import Connection
from connectors.sql.connector import SqlConnector
from connectors.sql.kinds import Kind
from connectors.sql.relation import meant_table, read_table, split
from connectors.sql.stream import stream_rows
from declarations.base import Text
from declarations.feed import Column, ColumnType, FeedContract, Owner, Retention, SqlSource
from declarations.problem import Problem
from pipeline.onboard.keys import is_version_like
from pipeline.onboard.sample import TEXT, Sample, Told

MOST_ROWS = 100_000
BYTES_OF_A_ROW = 20_000


def sample_table(connection: Connection, table: str) -> Sample:
    """At most 100,000 rows of ``[schema.]name``, read in the connector's own read-only transaction."""
    connector = SqlConnector(_stub(connection.id, table), lambda _: connection)
    with connector.connected() as session:
        relation = read_table(session, table)
        if relation is None:
            what = f"there is no table '{table}', or this login may not see it."
            raise Problem(f"connection '{connection.id}'", what, f"{meant_table(session, table)}Correct --table.")
        told, notes, growing = _catalog(session, table)
        readable = {name: kind for name, kind in relation.columns.items() if kind is not Kind.SHAPE}
        fields: list[sa.ColumnElement[Any]] = [_field(session, relation.source.c[name], kind) for name, kind in readable.items()]
        query = sa.select(*fields).limit(MOST_ROWS + 1)
        names, kinds = list(readable), list(readable.values())
        written = session.dialect.name == "postgresql"
        parts = list(stream_rows(session, query, names, [Kind.TEXT] * len(names) if written else kinds, 20_000))
    rows = pa.concat_tables(parts) if parts else pa.table({name: pa.array([], TEXT) for name in names})
    shapes = {name: "a geometry" for name in relation.columns if name not in readable}
    source = {"connector": "sql", "table": table}
    return Sample(
        rows.slice(0, MOST_ROWS),
        source,
        rows.num_rows <= MOST_ROWS,
        told,
        shapes,
        notes,
        split(table)[1],
        cursor=growing,
        cursor_works=True,
    )


def _field(session: sa.Connection, field: Any, kind: Kind) -> Any:
    return sa.cast(field, sa.Text) if session.dialect.name == "postgresql" and kind is not Kind.TEXT else field


def _catalog(session: sa.Connection, table: str) -> tuple[dict[str, Told], dict[str, str], str | None]:
    """Types, keys and comments as the database tells them; the column that only grows, by its name and index."""
    schema, name = split(table)
    inspector = sa.inspect(session)
    try:
        key = set(inspector.get_pk_constraint(name, schema=schema).get("constrained_columns") or [])
        indexed = {str(index["column_names"][0]) for index in inspector.get_indexes(name, schema=schema) if index["column_names"]}
        columns = inspector.get_columns(name, schema=schema)
    except (sa.exc.SQLAlchemyError, NotImplementedError):
        return {}, {}, None
    told = {}
    growing: list[str] = []
    for column in columns:
        comment = str(column.get("comment") or "").strip() or None
        kind = _type(column["type"])
        told[str(column["name"])] = Told(
            type=kind,
            label=comment,
            zh=comment.split("，")[0].split("；")[0][:24] if comment else None,
            required=not column.get("nullable", True),
            key=str(column["name"]) in key,
        )
        if kind in ("date", "timestamp") and is_version_like(str(column["name"])) and not column.get("nullable", True):
            growing.append(str(column["name"]))
    growing.sort(key=lambda one: one not in indexed)
    notes = {"table": f"key of the catalog: {', '.join(sorted(key))}" if key else "the catalog knows no primary key"}
    if growing:
        notes["cursor"] = "never empty" + (", indexed" if growing[0] in indexed else "; ask the owner for an index on it")
    return told, notes, growing[0] if growing else None


def _type(kind: Any) -> ColumnType | None:
    """The contract's type for a database's; None where only the values can tell."""
    if isinstance(kind, TINYINT) and kind.display_width == 1:
        return "boolean"  # MySQL's own BOOLEAN
    for found, ours in (
        (sa.types.Boolean, "boolean"),
        (sa.types.Integer, "integer"),
        (sa.types.Numeric, "decimal"),
        (sa.types.DateTime, "timestamp"),
        (sa.types.Date, "date"),
    ):
        if isinstance(kind, found):
            return ours  # type: ignore[return-value]
    return None


def _stub(connection: str, table: str) -> FeedContract:
    """A contract that only says which connection and table: the connector wants one."""
    return FeedContract(
        id="new",
        kind="statistics",
        title=Text(en="new", zh="new"),
        description="",
        owner=Owner(team="new"),
        source=SqlSource(connector="sql", connection=connection, table=table, timeout="30s"),
        columns=[Column(name="key", type="string", key=True, zh="key", meaning="key")],
        event_time="key",
        retention=Retention(years=1, reason="new"),
    )
