"""The table or query that a feed reads, with its columns. Only names and types are asked for, never a left-out value."""

import re
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine import Connection
from sqlalchemy.sql import quoted_name

from connectors.sql import kinds
from connectors.sql.database import MYSQL
from connectors.sql.kinds import Kind
from connectors.sql.query import as_subquery
from declarations.yaml_file import nearest

FOLDS_NAMES = ("oracle", "dm")  # a plain name means upper case there; SQLAlchemy quotes where it must
_POSTGRES_COLUMNS = sa.text("""
    SELECT a.attname, CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    WHERE c.relname = :name AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND CASE WHEN CAST(:schema AS text) IS NULL THEN pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname = :schema END
    ORDER BY a.attnum""")
_MYSQL_COLUMNS = sa.text("""
    SELECT column_name, data_type FROM information_schema.columns
    WHERE table_name = :name AND table_schema = coalesce(:schema, database()) ORDER BY ordinal_position""")
_TABLES = sa.text("SELECT table_schema, table_name FROM information_schema.tables")


@dataclass(frozen=True)
class Relation:
    """What is selected from; ``columns`` says for each column of the source (also those not taken) what it holds."""

    source: sa.FromClause
    columns: dict[str, Kind]


def read_table(connection: Connection, table: str) -> Relation | None:
    """The table or view ``[schema.]name``; None where there is none, or the login may not see it."""
    schema, name = split(table)
    backend = connection.dialect.name
    if backend == "postgresql":
        rows = connection.execute(_POSTGRES_COLUMNS, {"schema": schema, "name": name}).tuples().all()
        columns = {str(column): kinds.of_postgres(number) for column, number in rows}
    elif backend in MYSQL:
        rows = connection.execute(_MYSQL_COLUMNS, {"schema": schema, "name": name}).tuples().all()
        columns = {str(column): kinds.of_mysql_name(str(type_)) for column, type_ in rows}
    else:
        columns = _inspected(connection, schema, name)
    if not columns:
        return None
    quote = None if backend in FOLDS_NAMES else True
    # no types: every value is asked for as text, and nothing of SQLAlchemy's stands between
    fields: list[sa.ColumnClause[Any]] = [sa.column(quoted_name(column, quote)) for column in columns]
    return Relation(sa.table(quoted_name(name, quote), *fields, schema=quoted_name(schema, quote) if schema else None), columns)


def read_query(connection: Connection, text: str) -> Relation:
    """The owner's query, asked once for no rows. Errors of the database pass."""
    probe = sa.select(sa.text("*")).select_from(as_subquery(text, [])).where(sa.text("1 = 0"))
    with connection.execute(probe) as result:
        described = result.cursor.description if result.cursor is not None else []
    backend = connection.dialect.name
    if backend == "postgresql":
        columns = {str(one[0]): kinds.of_postgres(one[1]) for one in described}
    elif backend in MYSQL:
        columns = {str(one[0]): kinds.of_mysql_code(one[1]) for one in described}
    else:
        columns = {str(one[0]): Kind.OTHER for one in described}
    return Relation(as_subquery(text, list(columns)), columns)


def meant_table(connection: Connection, table: str) -> str:
    """ "Did you mean …? " for a table that is not there, among those that this login may see; empty where none is near."""
    schema, name = split(table)
    try:
        if connection.dialect.name == "postgresql" or connection.dialect.name in MYSQL:
            known = {f"{place}.{bare}": str(bare) for place, bare in connection.execute(_TABLES).tuples()}
        else:
            inspector = sa.inspect(connection)
            found = [*inspector.get_table_names(schema=schema), *inspector.get_view_names(schema=schema)]
            known = {bare if schema is None else f"{schema}.{bare}": bare for bare in found}
    except exc.SQLAlchemyError:
        return ""
    elsewhere = next((full for full, bare in known.items() if bare == name), None)
    return nearest(elsewhere or table, [*known]) or nearest(name, [*known.values()])


def split(table: str) -> tuple[str | None, str]:
    """Schema and name. A name with a dot in it is put in double quotes: ``audit."my.table"``."""
    if table.count('"') >= 2 and (table.startswith('"') or '."' in table):
        quoted = re.fullmatch(r'(?:(?P<schema>"(?:[^"]|"")*"|[^".]+)\.)?(?P<name>"(?:[^"]|"")*"|[^".]+)', table)
        if quoted:
            return _bare(quoted["schema"]), _bare(quoted["name"]) or ""
    schema, _, name = table.rpartition(".")
    return schema or None, name


def _bare(part: str | None) -> str | None:
    return part[1:-1].replace('""', '"') if part and part.startswith('"') else part


def _inspected(connection: Connection, schema: str | None, name: str) -> dict[str, Kind]:
    try:
        found = sa.inspect(connection).get_columns(name, schema=schema)
    except exc.NoSuchTableError:
        return {}
    return {column["name"]: kinds.of_type(column["type"]) for column in found}
