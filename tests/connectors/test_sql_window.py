"""What a window asks for: by time, day, number and text, since and until, in three engines."""

import sqlite3

import pytest

from connectors.protocol import Resolver, Window
from declarations.problem import Problem
from tests.connectors.source_kit import contract, resolver
from tests.connectors.sql_servers import connected, pull, run, values

TYPES = {
    "postgres": ("bigint", "timestamp", "date", "timestamptz", "text"),
    "mariadb": ("bigint", "datetime(6)", "date", "timestamp(6) NULL", "text"),
    "sqlite": ("INTEGER", "TIMESTAMP", "DATE", "TEXT", "TEXT"),
}
NAMES = ("seq", "at", "day", "instant", "written")
# seq, time, day; the instant is the time in UTC; written: Chinese text that sorts as time
ROWS = [
    (8, "2025-03-01 23:59:59.999999", "2025-03-01", "2025年03月01日"),
    (9, "2025-03-02 00:00:00", "2025-03-02", "2025年03月02日"),
    (10, "2025-03-02 08:00:00.5", "2025-03-02", "2025年03月02日"),
    (11, "2025-03-03 00:00:00", "2025-03-03", "2025年03月03日"),
    (12, None, None, None),
]


def statements(engine: str) -> list[str]:
    body = ", ".join(f"{name} {type_}" for name, type_ in zip(NAMES, TYPES[engine], strict=True))
    zone = "+00" if engine == "postgres" else ""
    rows = []
    for seq, at, day, written in ROWS:
        texts = [f"'{text}'" if text else "NULL" for text in (at, day, at and at + zone, written)]
        rows.append(f"({seq}, {', '.join(texts)})")
    return [f"CREATE TABLE steps ({body})", f"INSERT INTO steps VALUES {', '.join(rows)}"]


@pytest.fixture(scope="module")
def postgres(postgres_server) -> Resolver:
    run(postgres_server, *statements("postgres"))
    return connected(postgres_server)


@pytest.fixture(scope="module")
def mariadb(mariadb_server) -> Resolver:
    run(mariadb_server, "CREATE DATABASE steps CHARACTER SET utf8mb4")
    run(mariadb_server.set(database="steps"), "SET time_zone = '+00:00'", *statements("mariadb"))
    return connected(mariadb_server.set(database="steps"))


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory) -> Resolver:
    file = tmp_path_factory.mktemp("steps") / "steps.sqlite"
    with sqlite3.connect(file) as con:
        for statement in statements("sqlite"):
            con.execute(statement)
    con.close()
    return resolver(conn_type="sqlite", host=str(file))


def feed(cursor: str, type_: str, query: bool = False, **more: object):
    columns = [{"name": "seq", "type": type_ if cursor == "seq" else "integer", "key": True, "zh": "序", "meaning": "x"}]
    if cursor != "seq":
        columns.append({"name": cursor, "type": type_, "zh": "次", "meaning": "x", **more})
    source = {"connector": "sql", "connection": "db", "cursor": {"column": cursor}}
    source |= {"query": "SELECT * FROM steps -- all"} if query else {"table": "steps"}
    return contract(source, columns=columns, left_out={}, event_time=cursor, version=None)


def asked(resolve: Resolver, feed_, since: str | None, until: str | None, fast: bool = True) -> list[int]:
    return sorted(int(value) for value in values(pull(feed_, resolve, Window(since, {}, until), fast), "seq") if value)


CASES = [
    ("seq", "integer", "9", None, [9, 10, 11, 12]),  # as numbers: '10' < '9' as text
    ("seq", "integer", "9", "10", [9, 10]),
    ("seq", "decimal", None, "9.5", [8, 9]),
    ("at", "timestamp", "2025-03-02T08:00:00.500000", None, [10, 11]),
    ("at", "timestamp", "2025-03-02T00:00:00", "2025-03-02T08:00:00.5", [9, 10]),
    ("at", "timestamp", "2025-03-02", "2025-03-02", [9, 10]),  # a day as the end is the whole day, and no more
    ("day", "date", "2025-03-02", None, [9, 10, 11]),
    ("day", "date", "2025-03-01", "2025-03-02", [8, 9, 10]),
    ("instant", "timestamp", "2025-03-02T08:00:00+00:00", None, [10, 11]),
    ("instant", "timestamp", "2025-03-02T16:00:00+08:00", "2025-03-03T08:00:00+08:00", [10, 11]),
    ("instant", "timestamp", "2025-03-02T08:00:00", None, [10, 11]),
]


@pytest.mark.parametrize("query", [False, True], ids=["table", "query"])
@pytest.mark.parametrize(("cursor", "type_", "since", "until", "found"), CASES)
@pytest.mark.parametrize("engine", ["postgres", "mariadb"])
def test_exactly_the_window(engine, cursor, type_, since, until, found, query, request):
    resolve = request.getfixturevalue(engine)
    assert asked(resolve, feed(cursor, type_, query), since, until) == found
    if engine == "postgres":
        assert asked(resolve, feed(cursor, type_, query), since, until, fast=False) == found


@pytest.mark.parametrize("query", [False, True], ids=["table", "query"])
@pytest.mark.parametrize(("cursor", "type_", "since", "until", "found"), CASES)
def test_sqlite_gives_the_window_and_at_most_the_days_around(sqlite, cursor, type_, since, until, found, query):
    rows = asked(sqlite, feed(cursor, type_, query), since, until)
    assert set(found) <= set(rows)
    if type_ in ("integer", "decimal", "date"):
        assert rows == found
    elif "+" not in (since or ""):
        assert 8 not in rows


@pytest.mark.parametrize("engine", ["postgres", "mariadb", "sqlite"])
def test_times_kept_as_text(engine, request):
    written = feed("written", "date", format="%Y年%m月%d日")
    resolve = request.getfixturevalue(engine)
    assert asked(resolve, written, "2025-03-02", None) == [9, 10, 11]
    assert asked(resolve, written, "2025-03-02", "2025-03-02") == [9, 10]


def test_a_text_that_does_not_sort_is_no_cursor(postgres):
    with pytest.raises(Problem, match=r"%d\.%m\.%Y, which does not sort as time"):
        asked(postgres, feed("written", "date", format="%d.%m.%Y"), "2025-03-02", None)
    with pytest.raises(Problem, match="does not sort as numbers"):
        asked(postgres, feed("written", "integer"), "3", None)
    with pytest.raises(Problem, match="no cursor column 'gone'"):
        asked(postgres, feed("gone", "date"), "2025-03-02", None)


def test_text_with_a_zone_may_stand_on_another_day(sqlite, tmp_path):
    """23:30 in New York is 04:30 of the next day in UTC, where the cursor was left."""
    file = tmp_path / "zoned.sqlite"
    with sqlite3.connect(file) as con:
        con.execute("CREATE TABLE steps (seq INTEGER, at TEXT)")
        con.execute("INSERT INTO steps VALUES (1, '2025-03-01T23:30:00-05:00'), (2, '2025-02-01T00:00:00-05:00')")
    con.close()
    resolve = resolver(conn_type="sqlite", host=str(file))
    assert asked(resolve, feed("at", "timestamp"), "2025-03-02T04:00:00+00:00", None) == [1]


def test_a_cursor_of_text_is_a_value_and_never_sql(postgres):
    for fast in (True, False):
        for evil in ("年' OR '1'='1", "年\\' OR 1=1; DROP TABLE steps; -- %s %% :y"):
            assert asked(postgres, feed("written", "string"), evil, None, fast) == []
        assert asked(postgres, feed("seq", "integer"), "1", None, fast) == [8, 9, 10, 11, 12]


@pytest.mark.parametrize(("cursor", "type_", "since"), [("seq", "integer", "many"), ("seq", "decimal", "x"), ("at", "timestamp", "soon")])
def test_a_window_that_is_no_value_of_the_column(postgres, cursor, type_, since):
    with pytest.raises(Problem, match=f"'{since}' is no value of the cursor column '{cursor}'"):
        asked(postgres, feed(cursor, type_), since, None)
