"""Names of any kind, queries that only read, addresses that may be reached, TLS, relatives of PostgreSQL."""

import sqlite3

import pytest
import sqlalchemy as sa

from connectors.sql import SqlConnector
from declarations.problem import Problem
from tests.connectors.source_kit import contract, resolver
from tests.connectors.sql_servers import admin, connected, pull, run, values

TABLES = ['we"ird; DROP TABLE safe; --', "组织 机构", "select", "per%cent", "it's :named", "Upper", "back`tick", "a.b"]
COLUMNS = ["编号", "order", 'qu"ote', "it's", "100%s", ":colon", "Upper Case", "tick`", "a.b"]
ENGINES = pytest.mark.parametrize("engine", ["postgres", "mariadb", "sqlite"])


def quoted(engine: str, name: str) -> str:
    mark = "`" if engine == "mariadb" else '"'
    return mark + name.replace(mark, mark * 2) + mark


def statements(engine: str) -> list[str]:
    body = ", ".join(f"{quoted(engine, column)} varchar(20)" for column in COLUMNS)
    row = ", ".join(f"'{i}'" for i in range(len(COLUMNS)))
    made = [f"CREATE TABLE {quoted(engine, name)} ({body})" for name in TABLES]
    return [*made, *(f"INSERT INTO {quoted(engine, name)} VALUES ({row})" for name in TABLES), "CREATE TABLE safe (x int)"]


def feed(table: str | None = None, query: str | None = None, columns: list[str] = COLUMNS):
    source = {"connector": "sql", "connection": "db", **({"table": table} if table else {"query": query})}
    taken = [{"name": f"c{i}", "source": c, "type": "string", "key": i == 0, "zh": "列", "meaning": "x"} for i, c in enumerate(columns)]
    return contract(source, columns=taken, left_out={}, event_time="c0", version=None)


@pytest.fixture(scope="module")
def servers(postgres_server, mariadb_server, tmp_path_factory):
    run(postgres_server, "CREATE DATABASE names")
    run(mariadb_server, "CREATE DATABASE names CHARACTER SET utf8mb4")
    urls = {"postgres": postgres_server.set(database="names"), "mariadb": mariadb_server.set(database="names")}
    for engine, url in urls.items():
        run(url, *statements(engine))
    file = tmp_path_factory.mktemp("names") / "名 字.sqlite"
    with sqlite3.connect(file) as con:
        for statement in statements("sqlite"):
            con.execute(statement)
    con.close()
    return {**{engine: connected(url) for engine, url in urls.items()}, "sqlite": resolver(conn_type="sqlite", host=str(file))}


@ENGINES
@pytest.mark.parametrize("table", TABLES)
def test_any_name_is_a_name_and_nothing_else(engine, table, servers):
    asked = feed(f'"{table}"' if "." in table else table)
    for fast in (True, False) if engine == "postgres" else (True,):
        (page,) = pull(asked, servers[engine], fast=fast)
        assert page.rows.to_pylist() == [{f"c{i}": str(i) for i in range(len(COLUMNS))}]


@ENGINES
def test_what_a_name_would_have_dropped_is_still_there(engine, servers):
    assert pull(feed("safe", columns=["x"]), servers[engine]) == []


@ENGINES
def test_a_query_with_marks_of_its_own(engine, servers):
    table, column = quoted(engine, "组织 机构"), quoted(engine, "编号")
    query = f"""-- the owner's; own
        SELECT {column} || '' AS "编号", ':x %s %% 100% \\:y ;' AS said FROM {table} WHERE {column} LIKE '%0%' /* ; */ ;
        """
    if engine == "mariadb":
        query = query.replace("|| ''", "").replace('"编号"', "`编号`").replace("\\", "\\\\")
    for fast in (True, False) if engine == "postgres" else (True,):
        (page,) = pull(feed(query=query, columns=["编号", "said"]), servers[engine], fast=fast)
        assert page.rows.to_pylist() == [{"c0": "0", "c1": ":x %s %% 100% \\:y ;"}]


@ENGINES
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT 1 AS a; SELECT 2 AS a", "2 statements"),
        ("SELECT 1 AS a; DROP TABLE safe", "2 statements"),
        ("DROP TABLE safe", "does more than select .DROP"),
        ("DELETE FROM safe", "DELETE"),
        ("INSERT INTO safe VALUES (1)", "INSERT"),
        ("UPDATE safe SET x = 1", "UPDATE"),
        ("WITH gone AS (DELETE FROM safe RETURNING *) SELECT * FROM gone", "DELETE"),
        ("SELECT * INTO other FROM safe", "INTO"),
        ("SELECT * FROM safe FOR UPDATE", "LOCK"),
        ("CALL spoil()", "COMMAND"),
        ("SET x = 1", "SET"),
        ("SELECT 1 AS a) AS q; DROP TABLE safe; --", "cannot be read as SQL .line 1"),
        (f"SELECT {'(' * 3000}1{')' * 3000} FROM safe", "cannot be read as SQL"),
        ("SELEKT * FROM safe", "cannot be read as SQL|does more than select"),
        ("", "0 statements"),
        ("SELECT 1 /*! ) AS q INTO OUTFILE '/tmp/x' */ AS a", "comment that MySQL executes"),
    ],
)
def test_only_one_select_is_a_query(engine, query, said, servers):
    with pytest.raises(Problem, match=said):
        SqlConnector(feed(query=query), servers[engine])


@pytest.mark.parametrize("conn_type", ["postgres", "mariadb", "oracle+oracledb"])
@pytest.mark.parametrize(
    ("host", "said"), [("127.0.0.1", "loopback|no driver"), ("169.254.169.254", "metadata|no driver"), ("0.0.0.0", "unspecified|no driver")]
)
def test_addresses_are_checked(conn_type, host, said):
    with pytest.raises(Problem, match=said):
        pull(feed("item"), resolver(conn_type=conn_type, host=host, login="x", password="x"))


def test_a_name_leads_to_the_address_that_was_checked(servers, postgres_server, mariadb_server):
    """localhost has two addresses here or there; the servers listen on one."""
    for url in (postgres_server, mariadb_server):
        resolve = connected(url.set(host="localhost", database="names"))
        assert values(pull(feed("Upper"), resolve), "c0") == ["0"]


def test_tls_with_mariadb(mariadb_server):
    """On where the server offers it; where the connection asks for it, the certificate is verified, by the host's name."""
    query = "SELECT variable_value AS v FROM information_schema.session_status WHERE variable_name = 'ssl_version'"
    asked = feed(query=query, columns=["v"])
    with admin(mariadb_server) as con:
        trusted = con.exec_driver_sql("SELECT @@ssl_cert").scalar()
    assert values(pull(asked, connected(mariadb_server)), "c0")[0].startswith("TLS")
    assert values(pull(asked, connected(mariadb_server, extra={"ssl_disabled": "false"})), "c0")[0].startswith("TLS")
    assert values(pull(asked, connected(mariadb_server, extra={"ssl_disabled": True})), "c0") == [""]
    strict = {"ssl_ca": trusted, "ssl_verify_cert": True, "ssl_verify_identity": True}
    assert values(pull(asked, connected(mariadb_server.set(host="localhost"), extra=strict)), "c0")[0].startswith("TLS")
    for host, extra in (("127.0.0.1", strict), ("localhost", {"ssl_verify_cert": True})):  # another name; a stranger's certificate
        with pytest.raises(Problem, match="its certificate is not trusted"):
            pull(asked, connected(mariadb_server.set(host=host), extra=extra))


def test_a_relative_of_postgres_that_has_another_version(postgres_server):
    """Kingbase and openGauss speak PostgreSQL's protocol; only what they call themselves stops SQLAlchemy."""
    run(postgres_server, "CREATE DATABASE relative")
    url = postgres_server.set(database="relative")
    named = "CREATE OR REPLACE FUNCTION pg_catalog.version() RETURNS text LANGUAGE sql AS $$ SELECT 'KingbaseES V008R006C008B0014' $$"
    run(url, "CREATE TABLE item (a text)", "INSERT INTO item VALUES ('x')", named)
    for conn_type in ("kingbase", "opengauss", "postgres"):
        assert values(pull(feed("item", columns=["a"]), connected(url, conn_type=conn_type)), "c0") == ["x"]


def test_without_the_fast_path(postgres_server, servers, monkeypatch):
    """Where ADBC is not installed, and where it cannot connect, the database's own driver reads."""
    from connectors.sql import fast

    sent: list[str] = []

    def note(con: object, cursor: object, statement: str, *rest: object) -> None:
        sent.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    for broken in ({"find_spec": lambda name: None}, {"postgres_options": lambda url, addresses: {"hostaddr": "127.0.0.1", "port": 1}}):
        with monkeypatch.context() as patch:
            for name, value in broken.items():
                patch.setattr(fast, name, value)
            sent.clear()
            assert values(pull(feed("Upper"), servers["postgres"]), "c0") == ["0"]
            assert any('FROM "Upper"' in statement for statement in sent)
    sent.clear()
    assert values(pull(feed("Upper"), servers["postgres"]), "c0") == ["0"]
    sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert not any('FROM "Upper"' in statement for statement in sent)
