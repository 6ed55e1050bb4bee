"""The SQL connector against SQLite and a real PostgreSQL."""

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from connectors.protocol import Page, Resolver, Window
from declarations.problem import Problem
from tests.connectors.source_kit import COLUMNS, contract, resolver
from tests.connectors.sql_servers import admin, connected, pull, run

SQL = {"connector": "sql", "connection": "sample_db", "table": "item", "cursor": {"column": "updated_at"}}
CREATE = """CREATE TABLE {table} (item_no text PRIMARY KEY, grade integer, amount numeric(28, 2), active boolean,
    due_on date, updated_at timestamp, person_name text, phone text)"""
FILL = """INSERT INTO {table} VALUES
    ('A1', 5, '1.10', true, '2025-03-01', '2025-03-01 08:00:00', 'CANARY', '13912345678'),
    ('A2', NULL, '12345678901234567890.05', false, '2025-03-02', '2025-03-02 08:00:00.5', 'CANARY', '13912345678'),
    ('A3', 1, NULL, NULL, NULL, '2025-03-03 08:00:00', 'CANARY', '13912345678')"""


def numbers(pages: list[Page]) -> list[str]:
    return sorted(value for page in pages for value in page.rows.column("item_no").to_pylist())


@pytest.fixture
def lite(tmp_path: Path) -> Resolver:
    file = tmp_path / "source.sqlite"
    with sqlite3.connect(file) as con:
        con.execute("CREATE TABLE item (item_no TEXT, grade INTEGER, amount TEXT, active BOOLEAN, due_on DATE, "
                    "updated_at DATETIME, person_name TEXT, phone TEXT)")  # fmt: skip
        con.execute(FILL.format(table="item"))
    con.close()
    return resolver(conn_type="sqlite", host=str(file))


@pytest.fixture(scope="module")
def postgres(postgres_server: sa.engine.URL) -> sa.engine.URL:
    allowed = ", ".join(column["name"] for column in COLUMNS)
    run(postgres_server, "CREATE SCHEMA audit", CREATE.format(table="audit.item"), FILL.format(table="audit.item"),
        "CREATE ROLE reader LOGIN PASSWORD 'secret'", "GRANT USAGE ON SCHEMA audit TO reader",
        f"GRANT SELECT ({allowed}) ON audit.item TO reader", "CREATE TABLE audit.closed (item_no text)")  # fmt: skip
    return postgres_server


def test_sqlite_rows_as_text(lite):
    (page,) = pull(contract(SQL), lite)
    assert page.rows.to_pylist()[1] == {
        "item_no": "A2", "grade": None, "amount": "12345678901234567890.05", "active": "0", "due_on": "2025-03-02",
        "updated_at": "2025-03-02 08:00:00.5",
    }  # fmt: skip
    assert page.columns_seen == {*(c["name"] for c in COLUMNS), "person_name", "phone"}


def test_sqlite_cursor_takes_the_whole_day(lite):
    assert numbers(pull(contract(SQL), lite, Window("2025-03-02T08:00:00", {}))) == ["A2", "A3"]


def test_sqlite_is_opened_read_only(lite):
    from connectors.sql.database import database_url, open_engine

    with open_engine(database_url("x", lite("x")), [], 10).connect() as con:
        for before in ("SELECT 1", "PRAGMA query_only = OFF"):  # the file itself is opened so
            con.exec_driver_sql(before)
            with pytest.raises(sa.exc.OperationalError, match="readonly database"):
                con.exec_driver_sql("DELETE FROM item")
    with pytest.raises(Problem, match="does more than select"):
        pull(contract({"connector": "sql", "connection": "x", "query": "DELETE FROM item RETURNING *"}), lite)


def test_a_missing_sqlite_file_is_not_created(tmp_path):
    with pytest.raises(Problem, match="no SQLite file"):
        pull(contract(SQL), resolver(conn_type="sqlite", host=str(tmp_path / "none.sqlite")))
    assert not (tmp_path / "none.sqlite").exists()


def test_a_missing_column_is_left_out_of_the_select(lite):
    column = {"name": "extra_no", "type": "string", "zh": "外", "meaning": "x"}
    (page,) = pull(contract(SQL, columns=[*COLUMNS, column]), lite)
    assert page.rows.column("extra_no").null_count == 3
    assert "extra_no" not in page.columns_seen


def test_a_wrong_table_names_a_near_one(lite):
    with pytest.raises(Problem, match="Did you mean 'item'"):
        pull(contract({**SQL, "table": "itme"}), lite)


def test_an_unknown_driver_is_a_problem():
    with pytest.raises(Problem, match="no driver for 'nosuchdb'"):
        pull(contract(SQL), resolver(conn_type="nosuchdb", host="h"))


def test_postgres_as_a_reader_of_the_allowed_columns_only(postgres):
    """The login has no right to read the left-out columns: a SELECT * would fail."""
    feed = contract({**SQL, "table": "audit.item", "fetch_rows": 2})
    pages = pull(feed, connected(postgres, login="reader", password="secret"))
    assert [page.rows.num_rows for page in pages] == [2, 1]
    assert pages[0].rows.to_pylist() == [
        {"item_no": "A1", "grade": "5", "amount": "1.10", "active": "true", "due_on": "2025-03-01",
         "updated_at": "2025-03-01 08:00:00"},
        {"item_no": "A2", "grade": None, "amount": "12345678901234567890.05", "active": "false",
         "due_on": "2025-03-02", "updated_at": "2025-03-02 08:00:00.5"},
    ]  # fmt: skip
    assert "phone" in pages[0].columns_seen


def test_postgres_cursor_and_query(postgres):
    table = contract({**SQL, "table": "audit.item"})
    assert numbers(pull(table, connected(postgres), Window("2025-03-02T08:00:00.500000", {}))) == ["A2", "A3"]
    query = {"connector": "sql", "connection": "x", "cursor": {"column": "updated_at"},
             "query": "SELECT * FROM audit.item WHERE grade IS NOT NULL;"}  # fmt: skip
    assert numbers(pull(contract(query), connected(postgres), Window("2025-03-02T00:00:00", {}))) == ["A3"]


def test_postgres_cannot_be_written(postgres):
    with sa.create_engine(postgres).begin() as con:
        con.execute(sa.text("CREATE OR REPLACE FUNCTION audit.spoil() RETURNS text LANGUAGE sql AS "
                            "$$ DELETE FROM audit.item RETURNING item_no $$"))  # fmt: skip
    query = {"connector": "sql", "connection": "x", "query": "SELECT audit.spoil() AS item_no"}
    for fast in (True, False):
        with pytest.raises(Problem, match="would write into"):
            pull(contract(query), connected(postgres), fast=fast)
    assert len(numbers(pull(contract({**SQL, "table": "audit.item"}), connected(postgres)))) == 3


def test_values_of_other_drivers():
    from datetime import UTC, date, datetime, time, timedelta, timezone
    from decimal import Decimal
    from uuid import UUID

    from connectors.sql.kinds import Kind
    from connectors.sql.text import NotText, text_array

    eight = timezone(timedelta(hours=8))
    for values, texts in [
        ([Decimal("1.10"), Decimal("2.5"), None], ["1.10", "2.5", None]),
        ([1, None, 2**62], ["1", None, str(2**62)]),
        ([2**80], [str(2**80)]),
        ([date(2025, 3, 1)], ["2025-03-01"]),
        ([datetime(2025, 3, 1, 8), datetime(2025, 3, 1, 8, 0, 0, 500000)], ["2025-03-01 08:00:00", "2025-03-01 08:00:00.5"]),
        ([datetime(2025, 3, 1, 8, tzinfo=eight), None], ["2025-03-01 00:00:00+00", None]),
        ([time(8, 0, 0, 250000), time(8)], ["08:00:00.25", "08:00:00"]),
        ([True, None], ["true", None]),
        ([0.1, float("nan"), 1e300, -0.0], ["0.1", "NaN", "1e+300", "-0"]),
        ([b"\xff", None], ["\\xff", None]),
        (["a", 1, 2.5, True, b"", datetime(2025, 1, 1, tzinfo=UTC)], ["a", "1", "2.5", "true", "\\x", "2025-01-01 00:00:00+00"]),
        ([{"名": [1, None]}], ['{"名": [1, null]}']),
        ([UUID(int=1)], ["00000000-0000-0000-0000-000000000001"]),
        ([None, None], [None, None]),
        ([], []),
    ]:
        assert text_array(values).to_pylist() == texts
    with pytest.raises(NotText, match="object"):
        text_array(["a", object()])
    assert text_array([None], Kind.SHAPE).to_pylist() == [None]


def test_floats_are_written_as_postgres_writes_them(postgres):
    import random
    import struct

    import pyarrow as pa

    from connectors.sql.text import float_text

    chance = random.Random(2)
    numbers = [struct.unpack("d", chance.randbytes(8))[0] for _ in range(2000)]
    numbers += [chance.uniform(-1, 1) * 10 ** chance.randint(-8, 20) for _ in range(4000)]
    with admin(postgres) as con:
        for type_, arrow in (("float8", pa.float64()), ("float4", pa.float32())):
            fit = [x for x in numbers if type_ == "float8" or 1e-37 < abs(x) < 3e38]
            array = pa.array(fit).cast(arrow, safe=False)
            query = f"SELECT x::{type_}::text FROM unnest(%s::float8[]) WITH ORDINALITY u(x, n) ORDER BY n"
            written = con.exec_driver_sql(query, (array.to_pylist(),)).scalars().all()
            assert float_text(array).to_pylist() == written
