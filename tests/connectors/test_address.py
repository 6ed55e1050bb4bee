"""Which addresses a connection may reach, and that no other is connected to."""

import socket

import pytest

from connectors import address
from connectors.address import checked_address, is_loopback
from connectors.http import HttpSource, base_url
from connectors.protocol import Connection
from declarations.problem import Problem, SourceAway
from tests.connectors.http_kit import auth, source
from tests.connectors.source_kit import Reply

PUBLIC = "93.184.216.34"


def connection(**extra):
    return Connection(id="api", conn_type="http", host="h", extra=extra)


def check(*found, **extra):
    return checked_address("feed f", "host.gov.cn", 443, connection(**extra), lambda host, port: list(found))


@pytest.mark.parametrize("found", [PUBLIC, "10.1.2.3", "172.16.0.9", "192.168.1.1", "100.64.0.1", "fd12:3456::1", "2001:4860::8888"])
def test_public_and_private_hosts_are_reached(found):
    assert check(found) == [found]


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ("169.254.169.254", "metadata"), ("169.254.0.7", "link-local"), ("fe80::1%eth0", "link-local"), ("fd00:ec2::254", "metadata"),
        ("100.100.100.200", "metadata"), ("168.63.129.16", "metadata"), ("192.0.0.192", "metadata"),
        ("0.0.0.0", "unspecified"), ("0.1.2.3", "unspecified"), ("::", "unspecified"), ("224.0.0.1", "multicast"),
        ("255.255.255.255", "reserved"), ("240.0.0.1", "reserved"), ("ff02::1", "multicast"),
        ("::ffff:169.254.169.254", "metadata"), ("64:ff9b::a9fe:a9fe", "metadata"), ("2002:a9fe:a9fe::1", "metadata"),
        ("::169.254.169.254", "reserved"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("loopback", [True, False])
def test_no_source_of_data_has_such_an_address(found, why, loopback):
    with pytest.raises(Problem, match=why) as caught:
        check(found, allow_loopback=loopback)
    assert "host.gov.cn" in caught.value.what
    assert "connection 'api'" in caught.value.fix


@pytest.mark.parametrize("found", ["127.0.0.1", "127.255.1.2", "::1", "::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1"])
def test_this_machine_itself_is_reached_only_where_that_is_said(found):
    assert is_loopback(found)
    with pytest.raises(Problem, match=r"loopback.*'allow_loopback': true"):
        check(found)
    assert check(found, allow_loopback=True) == check(found, allow_loopback="true") == [found]


def test_one_bad_address_among_good_ones_is_enough():
    with pytest.raises(Problem, match=r"169\.254\.169\.254"):
        check(PUBLIC, "169.254.169.254")


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "017700000001", "127.1", "[::ffff:127.0.0.1]", "127.0.0.1.", "localhost"])
def test_a_number_in_disguise_is_seen_through(host):
    with pytest.raises(Problem, match="loopback"):
        checked_address("feed f", host, 80, connection())


def test_an_unknown_name_is_told_plainly():
    def nowhere(host, port):
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(SourceAway, match=r"unknown host name 'nowhere\.invalid'"):
        checked_address("feed f", "nowhere.invalid", 80, connection(), nowhere)


@pytest.fixture
def connected(monkeypatch):
    """Where connections are made to. The net is this machine: a public address is answered by nobody."""
    seen = []
    real = socket.socket.connect

    def connect(self, where):
        seen.append(where[0])
        if where[0].startswith("127."):
            return real(self, where)
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr("connectors.http.attempts.sleep", lambda seconds: None)
    return seen


def test_a_name_that_leads_elsewhere_the_second_time_is_not_followed(monkeypatch, connected):
    answers = iter([[PUBLIC], ["169.254.169.254"], ["127.0.0.1"]])
    asked = []
    monkeypatch.setattr(address, "system_lookup", lambda host, port: asked.append(host) or next(answers))
    with HttpSource("f", Connection(id="api", conn_type="http", host="rebinding.example"), auth(), "2s") as http:
        for _ in range(2):
            with pytest.raises(SourceAway, match="connection refused"):
                http.get("/", {}, "*/*")
    assert set(connected) == {PUBLIC}
    assert asked == ["rebinding.example"]


def test_a_refused_host_is_not_connected_to(monkeypatch, connected):
    monkeypatch.setattr(address, "system_lookup", lambda host, port: ["169.254.169.254"])
    with (
        HttpSource("f", Connection(id="api", conn_type="http", host="innocent.example"), auth(), "2s") as http,
        pytest.raises(Problem, match="metadata"),
    ):
        http.get("/", {}, "*/*")
    assert connected == []


def test_the_host_keeps_its_name_though_the_address_is_connected_to(serve, monkeypatch):
    server = serve(lambda r: Reply(b"ok"))
    monkeypatch.setattr(address, "system_lookup", lambda host, port: ["127.0.0.1"])
    with source(server.port, host="statistics.example") as http:
        assert http.get("/", {}, "*/*").content == b"ok"
    assert server.requests[0].headers["host"] == f"statistics.example:{server.port}"


def test_the_second_address_is_tried_where_the_first_does_not_answer(serve, monkeypatch, connected):
    server = serve(lambda r: Reply(b"ok"))
    monkeypatch.setattr(address, "system_lookup", lambda host, port: ["10.0.0.1", "127.0.0.1"])
    with source(server.port, host="two.example") as http:
        assert http.get("/", {}, "*/*").content == b"ok"
    assert connected == ["10.0.0.1", "127.0.0.1"]


@pytest.mark.parametrize(
    ("fields", "whole"),
    [
        ({"host": "h.gov.cn", "conn_type": "generic"}, "https://h.gov.cn"),
        ({"host": "h.gov.cn", "conn_type": "https"}, "https://h.gov.cn"),
        ({"host": "h.gov.cn", "conn_type": "http"}, "http://h.gov.cn"),
        ({"host": "h.gov.cn", "conn_type": "http", "schema": "https"}, "https://h.gov.cn"),
        ({"host": "h.gov.cn", "conn_type": "http", "extra": {"scheme": "https"}}, "https://h.gov.cn"),
        ({"host": "h.gov.cn", "conn_type": "generic", "extra": {"scheme": "http"}}, "http://h.gov.cn"),
        ({"host": "127.0.0.1", "conn_type": "generic", "extra": {"allow_loopback": True}}, "http://127.0.0.1"),
        ({"host": "https://h.gov.cn:8443/api/", "conn_type": "http", "port": 99}, "https://h.gov.cn:8443/api"),
        ({"host": "h.gov.cn", "port": 8443, "conn_type": "generic", "extra": {"base_path": "/v1/"}}, "https://h.gov.cn:8443/v1"),
        ({"host": "fd12::5", "port": 80, "conn_type": "http"}, "http://[fd12::5]:80"),
    ],
)
def test_tls_unless_said_otherwise(fields, whole):
    assert base_url("f", Connection(id="api", **fields)) == whole


@pytest.mark.parametrize(
    "host", ["file:///etc/passwd", "ftp://h/x", "gopher://h", "http://u:SECRET@h", "http://h:SECRET", "http://", "h\\@SECRET"]
)
def test_no_other_kind_of_address_is_spoken_to(host):
    with pytest.raises(Problem) as caught:
        base_url("f", Connection(id="api", conn_type="http", host=host))
    assert "SECRET" not in str(caught.value)
    assert "https://host:port/path" in caught.value.fix
