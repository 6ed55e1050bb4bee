"""One table of awkward values lands as the same text from PostgreSQL (both ways), MariaDB and SQLite."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.protocol import Resolver
from tests.connectors.source_kit import contract
from tests.connectors.sql_servers import connected, pull, run

# column: type in PostgreSQL, MariaDB, SQLite (None: the engine has none); then each row's literal, and its text.
# A literal is one for all, or one by engine; NULL stands for a type that the engine has not.
PG, MARIA, LITE = "postgres", "mariadb", "sqlite"
TYPES = {
    "row_no": ("int", "int", "INTEGER"),
    "amount": ("numeric(30, 4)", "decimal(30, 4)", None),
    "plain_time": ("timestamp", "datetime(6)", "TEXT"),
    "instant": ("timestamptz", "timestamp(6) NULL", None),
    "due_on": ("date", "date", "TEXT"),
    "at_time": ("time", "time(6)", "TEXT"),
    "words": ("text", "text", "TEXT"),
    "short": ("varchar(20)", "varchar(20)", "TEXT"),
    "padded": ("char(8)", "char(8)", "TEXT"),
    "bytes": ("bytea", "varbinary(20)", "BLOB"),
    "document": ("json", "json", "TEXT"),
    "big": ("bigint", "bigint", "INTEGER"),
    "huge": ("numeric(38, 0)", "decimal(38, 0)", None),
    "ratio": ("double precision", "double", "REAL"),
    "small_ratio": ("real", "float", None),
    "choice": ("sql_mood", "enum('好评', '差评')", "TEXT"),
    "number": ("uuid", "uuid", "TEXT"),
    "bits": (None, "bit(12)", None),
}
BYTES = {PG: "'\\xdeadbeef00'", MARIA: "x'deadbeef00'", LITE: "x'deadbeef00'"}
INSTANT = {PG: "'2025-03-02 08:00:00.25+08'", MARIA: "'2025-03-02 00:00:00.25'", LITE: "NULL"}
UUID = "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"
ROWS: list[dict[str, tuple[object, str | None]]] = [
    {
        "amount": ("12.5000", "12.5000"), "plain_time": ("'2025-03-02 08:00:00.5'", "2025-03-02 08:00:00.5"),
        "instant": (INSTANT, "2025-03-02 00:00:00.25+00"), "due_on": ("'2024-02-29'", "2024-02-29"),
        "at_time": ("'08:30:00.25'", "08:30:00.25"),
        "words": ("'云岫县审计局 “整改” 100% :x \\ ''q'''", "云岫县审计局 “整改” 100% :x \\ 'q'"),
        "short": ("''", ""), "padded": ("'ab'", "ab"), "bytes": (BYTES, "\\xdeadbeef00"),
        "document": ("""'{"b": 1.50, "名": [true, null]}'""", """{"b": 1.50, "名": [true, null]}"""),
        "big": ("9223372036854775807", "9223372036854775807"),
        "huge": ("99999999999999999999999999999999999999", "9" * 38), "ratio": ("0.1", "0.1"), "small_ratio": ("0.1", "0.1"),
        "choice": ("'好评'", "好评"), "number": (UUID, UUID.strip("'")), "bits": ("b'100000000001'", "2049"),
    },
    {
        "amount": ("-0.0001", "-0.0001"), "plain_time": ("'1999-12-31 23:59:59.123456'", "1999-12-31 23:59:59.123456"),
        "instant": ({PG: "'1999-12-31 23:59:59Z'", MARIA: "'1999-12-31 23:59:59'", LITE: "NULL"}, "1999-12-31 23:59:59+00"),
        "due_on": ("'0001-01-01'", "0001-01-01"), "at_time": ("'00:00:00'", "00:00:00"),
        "words": ("''", ""), "short": ("' x '", " x "), "padded": ("'办事'", "办事"),
        "bytes": ({PG: "''", MARIA: "''", LITE: "x''"}, "\\x"),
        "document": ("'[]'", "[]"), "big": ("-9223372036854775807", "-9223372036854775807"), "huge": ("0", "0"),
        "ratio": ("1.5e-5", "1.5e-05"), "small_ratio": ("16777215", "1.6777215e+07"),
        "choice": ("'差评'", "差评"), "number": (UUID, UUID.strip("'")), "bits": ("b'0'", "0"),
    },
    {"ratio": ("1e20", "1e+20"), "amount": ("100", "100.0000"), "plain_time": ("'2025-03-02 00:00:00'", "2025-03-02 00:00:00")},
    {"ratio": ("123456789012.75", "123456789012.75"), "big": ("0", "0"), "amount": ("0", "0.0000")},
    {"ratio": ("0.30000000000000004", "0.30000000000000004")},
    {},
]  # fmt: skip
ENGINES = (PG, MARIA, LITE)
TYPE_OF = {name: dict(zip(ENGINES, types, strict=True)) for name, types in TYPES.items()}


def has(engine: str, name: str) -> bool:
    return TYPE_OF[name][engine] is not None


def statements(engine: str, table: str) -> Iterator[str]:
    names = [name for name in TYPES if has(engine, name)]
    yield f"CREATE TABLE {table} ({', '.join(f'{name} {TYPE_OF[name][engine]}' for name in names)})"
    for number, row in enumerate(ROWS):
        said = [literal(engine, row[name][0]) if name in row else "NULL" for name in names[1:]]
        yield f"INSERT INTO {table} VALUES ({', '.join([str(number), *said])})"


def literal(engine: str, said: object) -> str:
    text = str(said[engine]) if isinstance(said, dict) else str(said)
    return text.replace("\\", "\\\\") if engine == MARIA else text


def expected(engine: str) -> list[dict[str, str | None]]:
    return [
        {"row_no": str(i), **{n: row[n][1] if n in row and has(engine, n) else None for n in TYPES if n != "row_no"}}
        for i, row in enumerate(ROWS)
    ]


def feed(table: str, **source: object):
    columns = [{"name": n, "type": "string", "key": n == "row_no", "zh": n, "meaning": n} for n in TYPES]
    asked = {"connector": "sql", "connection": "db", **({} if "query" in source else {"table": table}), **source}
    return contract(asked, columns=columns, left_out={}, event_time="plain_time", version=None)


def landed(resolve: Resolver, fast: bool = True, **source: object) -> list[dict[str, str | None]]:
    pages = pull(feed("sql_values", **source), resolve, fast=fast)
    return sorted((row for page in pages for row in page.rows.to_pylist()), key=lambda row: row["row_no"])


@pytest.fixture(scope="module")
def postgres_values(postgres_server) -> Resolver:
    """As an account that was given other habits of writing."""
    habits = {"TimeZone": "Asia/Shanghai", "DateStyle": "German", "bytea_output": "escape", "extra_float_digits": "0"}
    run(postgres_server, "CREATE TYPE sql_mood AS ENUM ('好评', '差评')", *statements(PG, "sql_values"),
        "CREATE ROLE value_reader LOGIN PASSWORD 'secret'", "GRANT SELECT ON sql_values TO value_reader",
        *(f"ALTER ROLE value_reader SET {name} = '{habit}'" for name, habit in habits.items()))  # fmt: skip
    return connected(postgres_server, login="value_reader", password="secret")


@pytest.fixture(scope="module")
def mariadb_values(mariadb_server) -> Resolver:
    run(mariadb_server, "CREATE DATABASE sql_values CHARACTER SET utf8mb4")
    run(mariadb_server.set(database="sql_values"), "SET time_zone = '+00:00'", *statements(MARIA, "sql_values"),
        "SET GLOBAL time_zone = '+08:00'")  # fmt: skip
    return connected(mariadb_server.set(database="sql_values"))


@pytest.fixture(scope="module")
def sqlite_values(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("lite") / "values.sqlite"
    with sqlite3.connect(file) as con:
        for statement in statements(LITE, "sql_values"):
            con.execute(statement)
    con.close()
    return file


@pytest.mark.parametrize("source", [{}, {"query": "SELECT * FROM sql_values"}, {"fetch_rows": 2}], ids=["table", "query", "pages"])
def test_postgres(postgres_values, source):
    assert landed(postgres_values, fast=True, **source) == expected(PG)
    assert landed(postgres_values, fast=False, **source) == expected(PG)


@pytest.mark.parametrize("source", [{}, {"query": "SELECT * FROM sql_values"}, {"fetch_rows": 2}], ids=["table", "query", "pages"])
def test_mariadb(mariadb_values, source):
    assert landed(mariadb_values, **source) == expected(MARIA)


@pytest.mark.parametrize("source", [{}, {"query": "SELECT * FROM sql_values"}, {"fetch_rows": 2}], ids=["table", "query", "pages"])
def test_sqlite(sqlite_values, source):
    from tests.connectors.source_kit import resolver

    assert landed(resolver(conn_type="sqlite", host=str(sqlite_values)), **source) == expected(LITE)
