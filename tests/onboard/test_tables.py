"""A database table: the catalog's types and key, rows in a read-only session, a cursor from a column that only grows."""

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from declarations.problem import Problem
from declarations.project import Project
from pipeline.onboard.register import connection_line, write_connection
from tests.connectors.sql_servers import admin
from tests.onboard.conftest import Register


@pytest.fixture
def database(project: Project, tmp_path: Path) -> Path:
    file = tmp_path / "audit.db"
    with sqlite3.connect(file) as con:
        con.execute(
            "CREATE TABLE finding (finding_no TEXT PRIMARY KEY, org TEXT NOT NULL, amount_yuan DECIMAL(12,2), "
            "closed BOOLEAN NOT NULL, found_on DATE NOT NULL, updated_at TIMESTAMP NOT NULL, contact TEXT)"
        )
        con.execute("CREATE INDEX newest ON finding (updated_at)")
        rows = [
            (f"SJ{i:04d}", f"O{i % 5}", f"{i}.50", i % 2, f"2025-01-{i % 28 + 1:02d}", f"2025-02-{i % 28 + 1:02d} 08:00:00", f"王{i}")
            for i in range(200)
        ]
        con.executemany("INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    write_connection(project.connections_file, "audit_db", connection_line("audit_db", {"conn_type": "sqlite", "host": str(file)}), False)
    return file


def test_a_table_is_registered_from_its_catalog_and_rows(database: Path, register: Register) -> None:
    found = register({"connection": "audit_db"}, table="finding")
    contract = found.contract
    assert contract.source.model_dump(exclude_defaults=True) == {
        "connector": "sql", "connection": "audit_db", "table": "finding", "cursor": {"column": "updated_at", "look_back": "3d"},
    }  # fmt: skip
    assert contract.keys == ["finding_no"]
    assert found.types == {
        "finding_no": "string", "org": "string", "amount_yuan": "decimal", "closed": "boolean",
        "found_on": "date", "updated_at": "timestamp",
    }  # fmt: skip
    assert contract.column("amount_yuan").unit == "yuan"
    assert contract.version == "updated_at"
    assert set(contract.left_out) == {"contact"}
    assert "key of the catalog: finding_no" in found.text


def test_the_key_of_the_catalog_goes_before_a_column_that_happens_to_be_unique(database: Path, register: Register) -> None:
    with sqlite3.connect(database) as con:
        con.execute("CREATE TABLE rating (ticket TEXT, org TEXT, quarter DATE, score INTEGER, PRIMARY KEY (org, quarter))")
        con.executemany("INSERT INTO rating VALUES (?, ?, ?, ?)", [(f"T{i}", f"O{i}", f"2025-0{i % 9 + 1}-01", i) for i in range(50)])
    found = register({"connection": "audit_db"}, table="rating")
    assert found.contract.keys == ["org", "quarter"]


def test_a_table_that_is_not_there_is_said_with_the_nearest(database: Path, register: Register) -> None:
    with pytest.raises(Problem, match=r"there is no table 'findings'.*Did you mean 'finding'"):
        register({"connection": "audit_db"}, table="findings")
    with pytest.raises(Problem, match="needs a connection"):
        register(table="finding")


def test_comments_of_postgresql_become_labels(register: Register, project: Project, postgres_server: sa.engine.URL) -> None:
    with admin(postgres_server) as con:
        con.exec_driver_sql("CREATE SCHEMA audit")
        con.exec_driver_sql(
            "CREATE TABLE audit.finding (no text PRIMARY KEY, org text NOT NULL, amount numeric(14,2), updated_at timestamptz NOT NULL)"
        )
        con.exec_driver_sql("COMMENT ON COLUMN audit.finding.org IS '被审计单位，全称'")
        con.exec_driver_sql(
            "INSERT INTO audit.finding SELECT 'S' || g, 'O' || mod(g, 4), g, timestamptz '2025-01-01' + g * interval '1 h' "
            "FROM generate_series(1, 90) g"
        )
    fields = {
        "conn_type": "postgres", "host": "127.0.0.1", "port": postgres_server.port, "schema": postgres_server.database,
        "login": postgres_server.username, "password": str(postgres_server.password), "extra": {"allow_loopback": True},
    }  # fmt: skip
    write_connection(project.connections_file, "audit_db", connection_line("audit_db", fields), False)
    found = register({"connection": "audit_db"}, table="audit.finding")
    org = found.contract.column("org")
    assert (org.zh, org.meaning) == ("被审计单位", "被审计单位，全称")
    assert found.contract.keys == ["no"]
    assert found.types["updated_at"] == "timestamp"
    assert found.types["amount"] == "decimal"
    assert "password" not in found.text
