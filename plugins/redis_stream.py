"""The trigger that waits for messages of a Redis stream, and its entry in Airflow's common messaging (``redis+stream``).

Airflow's Redis provider knows channels (pub/sub) only: what is sent while no triggerer listens is lost there. This
trigger reads as a consumer group, whose position Redis keeps. It hands on; it does not settle: the bridge
(dags/messages.py) does, once the inbox has the event. What is not settled is delivered again at the next start, and
after ten minutes, so a message is used at least once.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from connectors.messages import as_message, group_of, redis_options
from declarations.batch_event import MAX_EVENT_BYTES
from declarations.problem import Problem

SCHEME = "redis+stream"
CONSUMER = "airflow"  # one name: whichever triggerer runs goes on where the last one was
BATCH = 50
BLOCK_MS = 5_000
AGAIN_SECONDS = 600
LONGEST_PAUSE = 60.0


class RedisStreamTrigger(BaseEventTrigger):
    """Yields the messages of a stream, some at a time, for ever. ``connection`` is an id; no secret is in the trigger."""

    def __init__(self, feed: str, connection: str, channel: str) -> None:
        super().__init__()
        self.feed, self.connection, self.channel = feed, connection, channel

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """How Airflow keeps the trigger."""
        return "redis_stream.RedisStreamTrigger", {"feed": self.feed, "connection": self.connection, "channel": self.channel}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Payload: ``{"messages": [{"id": …, "text": …}]}``. Redis may go away and come back meanwhile."""
        import redis

        pause = 1.0
        while True:
            try:
                async for messages in self._messages():
                    pause = 1.0
                    yield TriggerEvent({"messages": messages})
            except (redis.RedisError, OSError, Problem) as error:
                said = str(error) if isinstance(error, Problem) else type(error).__name__
                self.log.warning("feed %s: stream '%s': %s; trying again in %g s.", self.feed, self.channel, said, pause)
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE, 2 * pause)

    async def _messages(self) -> AsyncIterator[list[dict[str, str]]]:
        from redis.asyncio import Redis

        group, idle, again_at = group_of(self.feed), 0, 0.0
        async with Redis(**await asyncio.to_thread(self._options)) as client:
            await self._ensure_group(client, group)
            while True:
                if time.monotonic() >= again_at:
                    async for entries in self._unsettled(client, group, idle):
                        yield entries
                    idle, again_at = AGAIN_SECONDS * 1000, time.monotonic() + AGAIN_SECONDS
                answer = await client.xreadgroup(group, CONSUMER, {self.channel: ">"}, count=BATCH, block=BLOCK_MS)
                for _, entries in answer or ():
                    yield _plain(entries)

    async def _unsettled(self, client: Any, group: str, idle: int) -> AsyncIterator[list[dict[str, str]]]:
        """What was handed on before and not settled since: the bridge failed, or the triggerer was killed."""
        start = b"0-0"
        while True:
            start, entries, *_ = await client.xautoclaim(self.channel, group, CONSUMER, idle, start, count=BATCH)
            found = _plain(entries)
            if found:
                yield found
            if start in (b"0-0", "0-0"):
                return

    async def _ensure_group(self, client: Any, group: str) -> None:
        import redis

        try:
            await client.xgroup_create(self.channel, group, id="0", mkstream=True)
        except redis.ResponseError as error:
            if "BUSYGROUP" not in str(error):  # it is there already
                raise

    def _options(self) -> dict[str, Any]:
        from connectors.connections import environment_resolver
        from declarations.project import open_project

        connection = environment_resolver(open_project().connections_file)(self.connection)
        return redis_options(f"feed {self.feed}: connection '{self.connection}'", connection)


def _plain(entries: Any) -> list[dict[str, str]]:
    """Entries as JSON may hold them; an entry that was trimmed away is None. Far too long a text is cut: it is refused."""
    messages = [as_message(entry_id, fields) for entry_id, fields in entries if entry_id is not None and fields is not None]
    return [{"id": message.id, "text": message.text[: MAX_EVENT_BYTES + 1]} for message in messages]


def join_common_messaging() -> None:
    """Makes ``MessageQueueTrigger(scheme="redis+stream", …)`` known; again does no harm."""
    from airflow.providers.common.messaging.providers.base_provider import BaseMessageQueueProvider
    from airflow.providers.common.messaging.triggers.msg_queue import MESSAGE_QUEUE_PROVIDERS

    class RedisStreamMessageQueueProvider(BaseMessageQueueProvider):
        scheme = SCHEME

        def trigger_class(self) -> type[BaseEventTrigger]:
            return RedisStreamTrigger

    if not any(provider.scheme_matches(SCHEME) for provider in MESSAGE_QUEUE_PROVIDERS):
        MESSAGE_QUEUE_PROVIDERS.append(RedisStreamMessageQueueProvider())
