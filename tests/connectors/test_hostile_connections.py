"""Connections that would lead around the check of the host, or cannot be read, are told and not followed."""

import pytest

from cli.feed_odcs import _source
from connectors.connections import parse_connection
from connectors.places.s3 import S3Place
from connectors.protocol import Connection
from connectors.sql.database import database_url, reachable
from declarations.problem import Problem
from pipeline.onboard.live import auth_of, connection_to


@pytest.mark.parametrize("host", ["192.0.2.1", "/run/postgresql"])
@pytest.mark.parametrize(
    ("kind", "extra"), [("postgres", "hostaddr"), ("postgres", "service"), ("postgres", "host"), ("mysql", "unix_socket")]
)
def test_an_extra_that_leads_past_the_checked_host_is_refused(host: str, kind: str, extra: str) -> None:
    connection = Connection(id="db", conn_type=kind, host=host, port=5432, login="u", password="p", extra={extra: "127.0.0.1"})
    with pytest.raises(Problem, match=f"has the extra '{extra}', by which the driver would go elsewhere"):
        reachable("feed f", database_url("feed f", connection), connection)


def test_a_store_with_a_port_that_is_no_number_is_told() -> None:
    connection = Connection(id="s", conn_type="s3", host="http://192.0.2.1:abc", login="u", password="p")
    with pytest.raises(Problem, match="has an address that cannot be read"):
        S3Place("f", connection, "bucket")


def test_a_connection_nested_too_deep_is_told_without_its_text() -> None:
    with pytest.raises(Problem, match="is neither a JSON object nor a URL") as caught:
        parse_connection("db", '{"password": "s3cret", "a": ' + "[" * 100_000)
    assert "s3cret" not in str(caught.value)


def test_words_of_the_command_line_that_cannot_be_read_are_told() -> None:
    with pytest.raises(Problem, match="--url: is no address that can be read"):
        connection_to("http://[", loopback=False)
    for text in ("{a: 2020-13-45}", "{a: " + "[" * 50_000, "{a: !!int x}"):
        with pytest.raises(Problem, match="--auth: is not YAML"):
            auth_of(text, Connection(id="c", conn_type="http", host="h"))
        with pytest.raises(Problem, match="--source: is not YAML"):
            _source(text)
