"""The trigger that waits for messages, against a real Redis; and the bridge that hands them on."""

import asyncio
import json
import os
import shutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import redis_stream
import yaml
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowSkipException
from redis_stream import RedisStreamTrigger

from declarations.project import REPOSITORY
from tests.airflow.small_county import make_county
from tests.connectors.redis_kit import Broker

GROUP = "traceless:audit"


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    found = Broker(tmp_path)
    (tmp_path / "feeds").mkdir()
    monkeypatch.setenv("TRACELESS_PROJECT", str(tmp_path))
    fields = {"conn_type": "redis", "host": "127.0.0.1", "port": found.port, "extra": {"allow_loopback": True}}
    monkeypatch.setenv("AIRFLOW_CONN_BROKER", json.dumps(fields))
    monkeypatch.setattr(redis_stream, "BLOCK_MS", 200)
    yield found
    found.client.close()
    found.stop()


def heard(count: int, meanwhile: object = None) -> list[dict[str, str]]:
    """The next so many messages that a trigger just started yields; it is then ended as a triggerer would."""

    async def listen() -> list[dict[str, str]]:
        found: list[dict[str, str]] = []
        events = RedisStreamTrigger("audit", "broker", "batches").run()
        while len(found) < count:
            event = await asyncio.wait_for(anext(events), 10)
            json.dumps(event.payload)
            found += event.payload["messages"]
            if callable(meanwhile):
                meanwhile()
        await events.aclose()
        return found

    return asyncio.run(listen())


def test_messages_from_before_and_after_the_start_are_heard_in_order(broker: Broker) -> None:
    broker.client.xadd("batches", {"event": "before"})
    broker.client.xadd("batches", {"feed": "audit", "period": "2025-Q3"})
    later = iter([lambda: broker.client.xadd("batches", {"event": b"\xff" + b"x" * 99_999})])
    found = heard(3, lambda: next(later, lambda: None)())
    assert [one["text"][:40] for one in found] == ["before", '{"feed": "audit", "period": "2025-Q3"}', "�" + "x" * 39]
    assert len(found[2]["text"]) == 16_385, "cut, and still too long to be taken"


def test_what_was_not_settled_is_heard_again_by_the_next_triggerer(broker: Broker) -> None:
    ids = [broker.client.xadd("batches", {"event": str(number)}).decode() for number in range(120)]
    assert [one["id"] for one in heard(120)] == ids
    broker.client.xack("batches", GROUP, *ids[:100])
    broker.client.xdel("batches", ids[100])  # trimmed away meanwhile
    assert [one["id"] for one in heard(19)] == ids[101:]
    broker.client.xack("batches", GROUP, *ids)
    broker.client.xadd("batches", {"event": "new"})
    assert [one["text"] for one in heard(1)] == ["new"]


def test_what_is_not_settled_for_long_is_heard_again_by_the_same_triggerer(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_stream, "AGAIN_SECONDS", 0.1)
    broker.client.xadd("batches", {"event": "lost on the way"})
    assert len(heard(2)) == 2


def test_redis_may_go_away_and_come_back(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    real_sleep = asyncio.sleep

    async def back(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            broker.start()
            broker.client.xadd("batches", {"event": "after"})
        await real_sleep(0)

    broker.client.xadd("batches", {"event": "first"})
    monkeypatch.setattr(redis_stream.asyncio, "sleep", back)
    assert [one["text"] for one in heard(2, broker.stop if not pauses else None)][:1] == ["first"]
    assert pauses[:2] == [1.0, 2.0]


def test_a_missing_connection_is_told_and_waited_for(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = os.environ["AIRFLOW_CONN_BROKER"]
    monkeypatch.delenv("AIRFLOW_CONN_BROKER")

    async def mend(seconds: float) -> None:
        monkeypatch.setenv("AIRFLOW_CONN_BROKER", text)

    monkeypatch.setattr(redis_stream.asyncio, "sleep", mend)
    broker.client.xadd("batches", {"event": "x"})
    assert len(heard(1)) == 1
    assert "there is no such connection" in capsys.readouterr().out


@pytest.fixture
def bridge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DAG:
    """The bridge of a county whose audit feed has a message stream."""
    project = make_county(tmp_path / "county")
    file = project.root / "feeds" / "audit" / "feed.yaml"
    said = {**yaml.safe_load(file.read_text(encoding="utf-8")), "cadence": {"message": {"connection": "broker", "channel": "batches"}}}
    file.write_text(yaml.safe_dump(said, allow_unicode=True))
    shutil.copytree(REPOSITORY / "dags", tmp_path / "dags")
    monkeypatch.setenv("TRACELESS_PROJECT", str(project.root))
    monkeypatch.setenv("TRACELESS_VAR", str(project.var))
    bag = DagBag(str(tmp_path / "dags" / "messages.py"))
    assert bag.import_errors == {}
    (dag,) = bag.dags.values()
    return dag


def test_the_bridge_watches_the_stream_of_its_feed(bridge: DAG) -> None:
    assert bridge.dag_id == "message__audit"
    (asset,) = bridge.timetable.asset_condition.objects
    (watcher,) = asset.watchers
    assert watcher.trigger.serialize() == (
        "redis_stream.RedisStreamTrigger",
        {"feed": "audit", "connection": "broker", "channel": "batches"},
    )
    (task,) = bridge.tasks
    assert [outlet.name for outlet in task.outlets] == ["inbox_audit"]


class Outlet:
    """Notes what a task says of its outlet."""

    def __init__(self) -> None:
        self.extra: dict[str, str] = {}
        self.periods: list[str] = []

    def add_partitions(self, periods: list[str]) -> None:
        self.periods += periods


def run(bridge: DAG, messages: list[dict[str, str]]) -> Outlet:
    """One run of the bridge on messages that a trigger yielded."""
    outlet = Outlet()
    told = [SimpleNamespace(extra={"from_trigger": True, "payload": {"messages": messages}})]
    bridge.tasks[0].python_callable(triggering_asset_events={"heard": told}, outlet_events=defaultdict(lambda: outlet))
    return outlet


def test_the_bridge_adds_the_quarter_and_settles(broker: Broker, bridge: DAG) -> None:
    for event in ({"feed": "audit", "period": "2025-Q3", "batch": "b-1"}, {"event": "nonsense"}):
        broker.client.xadd("batches", event)
    outlet = run(bridge, heard(2))
    assert (outlet.periods, outlet.extra) == (["2025-Q3"], {"by": "message", "batch": "b-1"})
    assert broker.client.xpending("batches", GROUP)["pending"] == 0
    assert broker.client.xlen("batches:refused") == 1


def test_messages_that_say_nothing_put_nothing_on_the_inbox(broker: Broker, bridge: DAG) -> None:
    broker.client.xadd("batches", {"event": "nonsense"})
    with pytest.raises(AirflowSkipException, match="None of 1 messages"):
        run(bridge, heard(1))
    assert broker.client.xpending("batches", GROUP)["pending"] == 0


def test_nothing_is_lost_where_the_broker_is_away_when_it_is_to_be_settled(broker: Broker, bridge: DAG) -> None:
    broker.client.xadd("batches", {"feed": "audit", "period": "2025-Q3", "batch": "b-1"})
    found = heard(1)
    broker.stop()
    with pytest.raises(RuntimeError, match="stream 'batches': does not answer"):  # not a failure for good: it is tried again
        run(bridge, found)
