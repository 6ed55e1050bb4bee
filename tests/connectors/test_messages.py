"""What the messages of a stream mean, and that nothing of them is lost: against a real Redis."""

import json
import logging

import pytest

from connectors.messages import Message, as_message, group_of, redis_options, settle, take
from connectors.protocol import Connection
from declarations.problem import Problem, SourceAway
from tests.connectors.redis_kit import Broker
from tests.connectors.source_kit import contract

FILES = {"connector": "files", "connection": "x", "pattern": ["*.csv"]}
FEED = contract(FILES, id="rating", cadence={"message": {"connection": "broker", "channel": "batches"}})


def message(number, **event):
    return Message(f"{number}-0", json.dumps({"feed": "rating", "period": "2025-Q3", "batch": f"b-{number}", **event}))


def test_each_period_once_however_often_it_is_said():
    told = [message(1), message(2), message(3, period="2025-Q4"), message(1)]
    taken = take(FEED, ["rating"], told)
    assert taken.periods == ("2025-Q3", "2025-Q4")
    assert taken.batches == ("b-1", "b-2", "b-3")
    assert taken.ids == ("1-0", "2-0", "3-0")
    assert taken.refused == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not JSON"),
        ("[" * 9000, "not JSON"),
        ("[]", "exactly the keys feed, period and batch"),
        ('{"feed": "rating", "period": "2025-Q3"}', "exactly the keys"),
        ('{"feed": "rating", "period": "2025-Q5", "batch": "b"}', "period: '2025-Q5' is not a period"),
        ('{"feed": "rating", "period": "2025", "batch": "b"}', "such as 2025-Q1"),
        ('{"feed": "rating", "period": "2025-Q3", "batch": "a b"}', "batch: is no name"),
        ('{"feed": "../x", "period": "2025-Q3", "batch": "b"}', "feed: is no feed's id"),
        ('{"feed": "ratin", "period": "2025-Q3", "batch": "b"}', r"no feed 'ratin' listens.*\(petition, rating\)"),
        ("x" * 20_000, "longer than 16384 bytes"),
    ],
)
def test_what_cannot_be_used_is_refused_once_with_its_reason_and_changes_nothing(text, says):
    petition = FEED.model_copy(update={"id": "petition"})
    told = [Message("1-0", text)]
    first, second = (take(feed, ["rating", "petition"], told) for feed in (petition, FEED))
    with pytest.raises(Problem, match=says):
        raise Problem("refused", first.refused[0][1], "")
    assert "feed petition: message 1-0: " in first.refused[0][1]
    assert (first.periods, second.periods, second.refused) == ((), (), ())
    assert first.ids == second.ids == ("1-0",)


def test_a_message_for_a_feed_beside_us_is_passed_over():
    taken = take(FEED, ["rating", "petition"], [message(1, feed="petition"), message(2)])
    assert (taken.periods, taken.batches, taken.refused) == (("2025-Q3",), ("b-2",), ())


def test_an_entry_may_hold_the_json_or_the_keys_themselves():
    assert as_message(b"1-0", {b"event": b'{"a": 1}'}) == Message("1-0", '{"a": 1}')
    assert json.loads(as_message(b"1-0", {b"feed": b"rating", b"batch": b"\xff"}).text) == {"feed": "rating", "batch": "\ufffd"}


def options(monkeypatch, address, **fields):
    monkeypatch.setattr("connectors.address.system_lookup", lambda host, port: [address])
    return redis_options("here", Connection(id="broker", conn_type="redis", host="redis.gov.cn", **fields))


def test_the_checked_address_is_used_or_the_name_where_a_certificate_vouches_for_it(monkeypatch):
    plain = options(monkeypatch, "10.0.0.5")
    assert (plain["host"], plain["port"], plain["db"], "ssl" in plain) == ("10.0.0.5", 6379, 0, False)
    secure = options(monkeypatch, "10.0.0.5", port=6380, password="SECRET", extra={"ssl": True, "db": 3, "ssl_ca_certs": "/ca.pem"})
    assert (secure["host"], secure["port"], secure["db"], secure["ssl"], secure["ssl_ca_certs"]) == (
        "redis.gov.cn",
        6380,
        3,
        True,
        "/ca.pem",
    )


@pytest.mark.parametrize(
    ("address", "fields", "says"),
    [
        ("127.0.0.1", {}, "loopback"),
        ("169.254.169.254", {}, "metadata"),
        ("10.0.0.5", {"password": "SECRET"}, 'password in the open.*"ssl": true'),
        ("10.0.0.5", {"schema": "SECRET-db"}, "no number"),
    ],
)
def test_where_a_stream_must_not_be(monkeypatch, address, fields, says):
    with pytest.raises(Problem, match=says):
        options(monkeypatch, address, **fields)


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    """A connection to a Redis of our own, and its client."""
    found = Broker(tmp_path_factory.mktemp("redis"))
    yield Connection(id="broker", conn_type="redis", host="127.0.0.1", port=found.port, extra={"allow_loopback": True}), found.client
    found.client.close()
    found.stop()


def test_settled_messages_leave_the_list_and_refused_ones_are_kept_and_logged(broker, caplog):
    connection, client = broker
    group = group_of("rating")
    client.xgroup_create("batches", group, id="0", mkstream=True)
    good = client.xadd("batches", {"event": message(1).text}).decode()
    bad = client.xadd("batches", {"event": "{13912345678"}).decode()
    client.xreadgroup(group, "airflow", {"batches": ">"})
    assert client.xpending("batches", group)["pending"] == 2
    caplog.set_level(logging.WARNING)
    taken = take(FEED, ["rating"], [Message(good, message(1).text), Message(bad, "{13912345678")])
    settle(FEED, connection, taken)
    assert client.xpending("batches", group)["pending"] == 0
    ((_, kept),) = client.xrange("batches:refused")
    assert kept[b"id"].decode() == bad
    assert kept[b"event"] == b"{13912345678"
    assert b"is not JSON" in kept[b"reason"]
    assert f"feed rating: message {bad}: is not JSON" in caplog.text
    assert "13912345678" not in caplog.text


def test_a_broker_that_is_away_is_told_so_that_it_is_tried_again():
    gone = Connection(id="broker", conn_type="redis", host="127.0.0.1", port=1, extra={"allow_loopback": True})
    with pytest.raises(SourceAway, match=r"stream 'batches': does not answer"):
        settle(FEED, gone, take(FEED, ["rating"], [message(1)]))
