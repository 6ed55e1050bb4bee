"""What a database refuses, and how it breaks off, in words that say what to do."""

import logging
import re
import sqlite3
import threading
import time
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from connectors.pull import pull_feed
from connectors.sql import SqlConnector
from declarations.problem import Problem, SourceAway
from tests.connectors.source_kit import contract, resolver
from tests.connectors.sql_servers import ALL, admin, connected, pull, run

NOW = datetime(2026, 1, 1, tzinfo=UTC)
COLUMN = {"name": "item_no", "type": "string", "key": True, "zh": "编号", "meaning": "key"}
BOTH = pytest.mark.parametrize("fast", [True, False], ids=["fast", "slow"])


def feed(table: str | None = None, query: str | None = None, columns: tuple[str, ...] = (), **source: object):
    asked = {"connector": "sql", "connection": "db", **({"table": table} if table else {"query": query}), **source}
    taken = [COLUMN, *({**COLUMN, "name": name, "key": False} for name in columns)]
    return contract(asked, columns=taken, left_out={}, event_time="item_no", version=None)


@pytest.fixture(scope="module")
def postgres(postgres_server) -> sa.engine.URL:
    run(postgres_server, "CREATE SCHEMA broken", "CREATE TABLE broken.item (item_no text, phone text)",
        "INSERT INTO broken.item SELECT i, repeat('x', 700) FROM generate_series(1, 60000) i", "CREATE TABLE broken.closed (item_no text)",
        "CREATE ROLE error_reader LOGIN PASSWORD 'secret'", "GRANT USAGE ON SCHEMA broken TO error_reader",
        "GRANT SELECT ON broken.item TO error_reader")  # fmt: skip
    return postgres_server


@pytest.fixture(scope="module")
def mariadb(mariadb_server) -> sa.engine.URL:
    url = mariadb_server.set(database="broken")
    run(mariadb_server, "CREATE DATABASE broken CHARACTER SET utf8mb4")
    run(url, "CREATE TABLE item (item_no varchar(20), phone text, place point)",
        "INSERT INTO item SELECT seq, NULL, point(1, 2) FROM seq_1_to_60000", "CREATE TABLE closed (item_no text)",
        "CREATE USER reader IDENTIFIED BY 'secret'", "GRANT SELECT (item_no) ON broken.item TO reader",
        "CREATE FUNCTION spoil() RETURNS int MODIFIES SQL DATA BEGIN DELETE FROM item; RETURN 1; END")  # fmt: skip
    return url


def problem(url: sa.engine.URL, feed_, fast: bool = True, **changes: object) -> Problem:
    with pytest.raises(Problem) as caught:
        pull(feed_, connected(url, **changes), fast=fast)
    assert "secret" not in str(caught.value).lower().replace("secrets", "")
    assert "@" not in str(caught.value)
    return caught.value


@BOTH
@pytest.mark.parametrize(
    ("changes", "feed_", "said", "kind"),
    [
        ({"password": "wrong-SECRET"}, feed("broken.item"), "refused the login", Problem),
        ({"schema": "nowhere"}, feed("broken.item"), "does not exist", Problem),
        ({"port": 1}, feed("broken.item"), "cannot be reached", SourceAway),
        ({"extra": {"sslmode": "require"}}, feed("broken.item"), "does not speak TLS", Problem),
        ({}, feed("broken.itm"), "Did you mean 'broken.item'", Problem),
        ({}, feed("item"), r"Did you mean '\w+\.item'", Problem),
        ({}, feed("broken.item", columns=("gone",)), None, None),
        ({}, feed(query="SELECT gone AS item_no FROM broken.item"), r"no such column \('gone'\)", Problem),
        ({}, feed(query="SELECT * FROM broken.nowhere"), r"not there \('broken.nowhere'\)", Problem),
        ({}, feed(query="SELECT phone FROM broken.item"), "has no column of the contract", Problem),
        ({"login": "error_reader", "password": "secret"}, feed("broken.closed"), "may not read table broken.closed", Problem),
        ({}, feed(query="SELECT (1 / (length(item_no) - 3))::text AS item_no FROM broken.item"), "refused the query.*22012", Problem),
        ({}, feed(query="SELECT pg_sleep(30)::text AS item_no", timeout="1s"), r"longer than the source's 'timeout' \(1s\)", Problem),
    ],
)
def test_postgres(postgres, changes, feed_, said, kind, fast):
    if said is None:  # a lost column is the contract's matter, not the connector's
        assert pull(feed_, connected(postgres), fast=fast)[0].rows.column("gone").null_count > 0
        return
    found = problem(postgres, feed_, fast, **changes)
    assert type(found) is kind
    assert re.search(said, f"{found.what} {found.fix}"), f"{found.what} {found.fix}"


@pytest.mark.parametrize(
    ("changes", "feed_", "said", "kind"),
    [
        ({"password": "wrong-SECRET", "login": "reader"}, feed("item"), "refused the login", Problem),
        ({"schema": "nowhere"}, feed("item"), "does not exist", Problem),
        ({"port": 1}, feed("item"), "cannot be reached", SourceAway),
        ({"extra": {"ssl_verify_cert": "true"}}, feed("item"), "does not speak TLS", Problem),
        ({}, feed("itm"), "Did you mean 'item'", Problem),
        ({"schema": "mysql"}, feed("closed"), "Did you mean 'broken.closed'", Problem),
        ({}, feed(query="SELECT gone AS item_no FROM item"), "no such column .'gone'", Problem),
        ({}, feed(query="SELECT * FROM nowhere"), "not there .'broken.nowhere'", Problem),
        ({"login": "reader", "password": "secret"}, feed(query="SELECT phone FROM item"), "may not read the query", Problem),
        ({}, feed("item", columns=("place",)), "column 'place' of table item .* type geometry", Problem),
        ({}, feed(query="SELECT spoil() AS item_no"), "would write into", Problem),
        ({}, feed(query="SELECT SLEEP(30) AS item_no", timeout="1s"), "longer than the source's 'timeout'", Problem),
    ],
)
def test_mariadb(mariadb, changes, feed_, said, kind):
    found = problem(mariadb, feed_, **changes)
    assert type(found) is kind
    assert re.search(said, f"{found.what} {found.fix}"), f"{found.what} {found.fix}"


def test_a_reader_of_some_columns_only(mariadb):
    pages = pull(feed("item"), connected(mariadb, login="reader", password="secret"))
    assert sum(page.rows.num_rows for page in pages) == 60_000
    assert max(page.rows.num_rows for page in pages) == 50_000


def test_sqlite(tmp_path):
    file = tmp_path / "broken.sqlite"
    with sqlite3.connect(file) as con:
        con.execute("CREATE TABLE item (item_no TEXT, day TEXT)")
        con.execute("INSERT INTO item VALUES (CAST(x'ff' AS TEXT), '2025-01-01')")
    con.close()
    for feed_, said in [
        (feed("item"), "not UTF-8"),
        (feed("itm"), "Did you mean 'item'"),
        (feed(query="SELECT gone AS item_no FROM item"), "no such column .'gone'"),
        (feed(query="SELECT * FROM nowhere"), "not there .'nowhere'"),
        (feed(query="WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS item_no FROM n", timeout="1s"),
         "longer than the source's 'timeout'"),
    ]:  # fmt: skip
        with pytest.raises(Problem, match=said):
            pull(feed_, resolver(conn_type="sqlite", host=str(file)))


class Killed:
    """Ends the session of the login ``who`` once the first page has come."""

    def __init__(self, url: sa.engine.URL, find: str, kill: str) -> None:
        self._url, self._find, self._kill, self.done = url, find, kill, False

    def __call__(self, rows: int) -> None:
        if self.done:
            return
        self.done = True
        with admin(self._url) as con:
            for number in con.exec_driver_sql(self._find).scalars().all():
                con.exec_driver_sql(self._kill.format(number))


@BOTH
def test_postgres_is_killed_in_mid_stream(postgres, batches, fast):
    find = "SELECT pid FROM pg_stat_activity WHERE usename = 'error_reader'"
    kill = Killed(postgres, find, "SELECT pg_terminate_backend({})")
    resolve = connected(postgres, login="error_reader", password="secret", extra={"fast_path": fast})
    with pytest.raises(SourceAway, match="cannot be reached or broke off"):
        pull_feed(feed("broken.item", columns=("phone",), fetch_rows=1000), batches, resolve, NOW, progress=kill)
    assert kill.done
    assert batches.manifests() == []
    assert [path.name for path in batches.landing.iterdir() if path.is_dir()] == []
    report = pull_feed(feed("broken.item", columns=("phone",)), batches, resolve, NOW)
    assert (report.status, report.rows) == ("landed", 60_000)


def test_mariadb_is_killed_in_mid_stream(mariadb, batches):
    find = "SELECT id FROM information_schema.processlist WHERE user = 'reader'"
    kill = Killed(mariadb, find, "KILL {}")
    resolve = connected(mariadb, login="reader", password="secret")
    with pytest.raises(SourceAway, match="cannot be reached or broke off"):
        pull_feed(feed("item", fetch_rows=1000), batches, resolve, NOW, progress=kill)
    assert kill.done
    assert batches.manifests() == []


def test_a_cancelled_query_is_worth_another_try(postgres):
    """The same code as a timeout's, but too early for one."""
    found: list[BaseException] = []

    def asked() -> None:
        try:
            pull(feed(query="SELECT pg_sleep(20)::text AS item_no"), connected(postgres))
        except Problem as error:
            found.append(error)

    thread = threading.Thread(target=asked)
    thread.start()
    end = time.monotonic() + 15
    while thread.is_alive() and time.monotonic() < end:
        run(postgres, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)%' AND state = 'active' "
                      "AND pid <> pg_backend_pid()")  # fmt: skip
        thread.join(0.05)
    assert isinstance(found[0], SourceAway)
    assert "somebody there cancelled it" in str(found[0])


@pytest.mark.parametrize("engine", ["fast", "slow", "mariadb"])
def test_a_look_at_the_first_page_ends_at_once(engine, postgres, mariadb):
    """A billion rows more would follow."""
    if engine == "mariadb":
        source, resolve = feed(query="SELECT seq AS item_no FROM seq_1_to_1000000000", fetch_rows=10), connected(mariadb)
    else:
        source, resolve = feed(query="SELECT generate_series(1, 1000000000) AS item_no", fetch_rows=10), connected(postgres)
    start = time.monotonic()
    pages = SqlConnector(source, resolve, engine != "slow").pages(ALL)
    assert next(pages).rows.num_rows == 10
    pages.close()
    assert time.monotonic() - start < 10


def test_text_that_is_not_utf8(postgres):
    run(postgres, "CREATE DATABASE bytes_only ENCODING 'SQL_ASCII' TEMPLATE template0")
    url = postgres.set(database="bytes_only")
    run(url.update_query_dict({"client_encoding": "utf8"}), "CREATE TABLE item (item_no text)", r"INSERT INTO item VALUES (E'\xb0\xec')")
    for fast in (True, False):
        assert "table item holds text that is not UTF-8" in problem(url, feed("item"), fast).what


def test_accounts_that_may_write_are_told(postgres, mariadb, caplog):
    reader = {"login": "error_reader", "password": "secret"}
    assert SqlConnector(feed("broken.item"), connected(postgres, **reader)).advice() == []
    (said,) = SqlConnector(feed("broken.item"), connected(postgres)).advice()
    assert said.startswith("the login is a superuser: ask the database's owner for an account that can only read")
    run(postgres, "GRANT INSERT, DELETE ON broken.item TO error_reader")
    for source in (feed("broken.item"), feed(query="WITH i AS (SELECT * FROM broken.item) SELECT * FROM i")):
        (said,) = SqlConnector(source, connected(postgres, **reader)).advice()
        assert "may INSERT, DELETE in item" in said
    run(postgres, "REVOKE INSERT, DELETE ON broken.item FROM error_reader")
    assert SqlConnector(feed("item"), connected(mariadb, login="reader", password="secret")).advice() == []
    with caplog.at_level(logging.WARNING):
        next(SqlConnector(feed("item"), connected(mariadb)).pages(ALL))
    assert "may INSERT, UPDATE, DELETE in item: ask the database's owner" in caplog.text
    assert SqlConnector(feed("broken.closed"), connected(mariadb)).advice() != []


def test_a_missing_driver_names_its_package():
    for conn_type, said in [
        ("oracle", "pip install oracledb"),
        ("mssql", "pip install pyodbc"),
        ("dameng", "pip install dmSQLAlchemy dmPython"),
        ("mysql+mysqldb", "pip install mysqlclient"),
        ("nosuchdb", "no driver for 'nosuchdb' is installed"),
    ]:
        with pytest.raises(Problem, match=said):
            pull(feed("item"), resolver(conn_type=conn_type, host="db.example"))
