"""Connections from the environment and from a file."""

import json
from pathlib import Path

import pytest

from connectors.connections import environment_resolver, parse_connection
from connectors.protocol import Connection
from declarations.problem import Problem

WHOLE = {"conn_type": "postgres", "host": "h", "port": 5432, "schema": "db", "login": "u", "password": "SECRET"}


def test_json_with_extra_as_object_or_text():
    for extra in ({"sslmode": "require"}, '{"sslmode": "require"}'):
        found = parse_connection("audit_db", json.dumps({**WHOLE, "extra": extra}))
        assert found == Connection("audit_db", "postgres", "h", 5432, "db", "u", "SECRET", {"sslmode": "require"})
    assert "SECRET" not in repr(found)


def test_url():
    found = parse_connection("audit_db", "postgres://u:p%40ss@h:5432/db?sslmode=require")
    assert found == Connection("audit_db", "postgres", "h", 5432, "db", "u", "p@ss", {"sslmode": "require"})


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "connections.env"
    file.write_text(f"# all\n\nAIRFLOW_CONN_A_DB={json.dumps(WHOLE)}\nexport AIRFLOW_CONN_B_DB='{json.dumps(WHOLE)}'\n")
    resolve = environment_resolver(file)
    assert resolve("a_db").host == "h"
    assert resolve("b_db").host == "h"
    monkeypatch.setenv("AIRFLOW_CONN_A_DB", "sftp://other")
    assert resolve("a_db").host == "other"


def test_an_unknown_id_names_the_variable_and_a_near_one(tmp_path: Path):
    file = tmp_path / "connections.env"
    file.write_text(f"AIRFLOW_CONN_AUDIT_DB={json.dumps(WHOLE)}\n")
    with pytest.raises(Problem, match=r"Did you mean 'audit_db'.*AIRFLOW_CONN_AUDIT_BD"):
        environment_resolver(file)("audit_bd")
    with pytest.raises(Problem, match="no such connection"):
        environment_resolver(None)("audit_db")


@pytest.mark.parametrize("text", ["SECRET", '{"host": "SECRET"}', '{"conn_type": "SECRET', '{"conn_type": "x", "extra": "SECRET"}', "[1]"])
def test_a_broken_value_is_not_shown(text):
    with pytest.raises(Problem) as caught:
        parse_connection("audit_db", text)
    assert "SECRET" not in str(caught.value)


def test_a_host_that_is_a_url_keeps_no_secret():
    found = parse_connection("petition_api", '{"conn_type": "http", "host": "https://u:p%40ss@h:8443/base"}')
    assert (found.host, found.login, found.password) == ("https://h:8443/base", "u", "p@ss")
    assert parse_connection("x", '{"conn_type": "http", "host": "http://u:p@h", "login": "v"}').login == "v"
