"""Messages of a Redis stream that say "new batch": how the stream is reached, what its messages mean, how they are settled.

A stream keeps what nobody has taken yet; a Redis channel (pub/sub) forgets a message that nobody listens to. Each feed
reads as a consumer group of its own, and a message leaves the group's list only after the feed's inbox has the event.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.address import checked_address, flag, is_loopback
from connectors.protocol import Connection
from declarations.batch_event import read_batch_event
from declarations.feed import FeedContract
from declarations.problem import Problem

LOG = logging.getLogger(__name__)
PORT = 6379
KEPT_REFUSED = 1000  # so many of the newest stay in the stream <channel>:refused
_TLS_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")


@dataclass(frozen=True)
class Message:
    """One entry of a stream: its id and its text."""

    id: str
    text: str


@dataclass(frozen=True)
class Taken:
    """What some messages say: periods of this feed, each once, the batches' names, and what is refused with the reason."""

    periods: tuple[str, ...]
    batches: tuple[str, ...]
    refused: tuple[tuple[Message, str], ...]
    ids: tuple[str, ...]


def group_of(feed: str) -> str:
    """The consumer group of a feed."""
    return f"traceless:{feed}"


def redis_options(place: str, connection: Connection) -> dict[str, Any]:
    """Arguments for redis.Redis. Raises Problem where the host is refused or a password would go over the wire in the open.

    Over TLS (extra ``ssl: true``) the host's name is kept, for its certificate; else the address that was checked is used.
    """
    host, port = connection.host or "", connection.port or PORT
    if not host:
        raise Problem(place, "has no host.", "add 'host' to the connection.")
    addresses = checked_address(place, host, port, connection)
    secure = flag(connection, "ssl")
    if connection.password and not secure and not flag(connection, "allow_plain") and not all(map(is_loopback, addresses)):
        what = "would be sent its password in the open."
        raise Problem(place, what, 'put "ssl": true into the extra of the connection; only where that cannot be, "allow_plain": true.')
    database = connection.extra.get("db", connection.schema or 0)
    if not str(database).isdecimal():
        raise Problem(place, f"names the database '{database}', which is no number.", 'give a number as "db" in the extra.')
    options: dict[str, Any] = {
        "host": host if secure else addresses[0],
        "port": port,
        "db": int(database),
        "username": connection.login,
        "password": connection.password,
        "socket_connect_timeout": 10,
        "socket_timeout": 30,
        "protocol": 2,
        "retry": None,  # whoever asks has patience of its own, and tells of it
    }
    if secure:
        files = {name: str(connection.extra[name]) for name in _TLS_FILES if connection.extra.get(name)}
        options |= {"ssl": True, "ssl_check_hostname": True, **files}
    return options


def as_message(entry_id: bytes, fields: Mapping[bytes, bytes]) -> Message:
    """An entry as its sender made it: JSON in the field ``event``, or the fields feed, period and batch themselves."""
    import json

    plain = {name.decode("utf-8", "replace"): value.decode("utf-8", "replace") for name, value in fields.items()}
    return Message(entry_id.decode(), plain["event"] if "event" in plain else json.dumps(plain, ensure_ascii=False))


def take(contract: FeedContract, listeners: Iterable[str], messages: Iterable[Message]) -> Taken:
    """Reads messages for one feed. ``listeners``: the feeds that share its stream; theirs are passed over.

    A message that none of them can use is refused by the first of them, so that it is kept once.
    """
    sharing = sorted(listeners)
    found = list({message.id: message for message in messages}.values())
    periods: dict[str, None] = {}
    batches: dict[str, None] = {}
    refused: list[tuple[Message, str]] = []
    for message in found:
        place = f"feed {contract.id}: message {message.id}"
        try:
            event = read_batch_event(place, message.text)
            if event.feed not in sharing:
                fix = f"send the id of one of them ({', '.join(sharing)}), or add 'cadence.message' to that feed's contract."
                raise Problem(place, f"feed: no feed '{event.feed}' listens to this stream.", fix)
        except Problem as problem:
            if sharing[:1] in ([], [contract.id]):
                refused.append((message, str(problem)))
            continue
        if event.feed == contract.id:
            periods[event.period] = batches[event.batch] = None
    return Taken(tuple(periods), tuple(batches), tuple(refused), tuple(message.id for message in found))


def settle(contract: FeedContract, connection: Connection, taken: Taken) -> None:
    """Takes the messages off the group's list; those refused are logged and kept, with the reason, in ``<channel>:refused``.

    Raises SourceAway where the stream does not answer: the messages are then delivered again, which does no harm.
    """
    import redis

    from declarations.problem import SourceAway

    channel = _channel(contract)
    place = f"feed {contract.id}: connection '{connection.id}': stream '{channel}'"
    try:
        with redis.Redis(**redis_options(place, connection)) as client, client.pipeline(transaction=True) as work:
            for message, reason in taken.refused:
                LOG.warning("%s", reason)
                entry = {"id": message.id, "event": message.text, "reason": reason}
                work.xadd(f"{channel}:refused", entry, maxlen=KEPT_REFUSED, approximate=False)  # type: ignore[arg-type]
            if taken.ids:
                work.xack(channel, group_of(contract.id), *taken.ids)
            work.execute()
    except redis.RedisError as error:
        fix = "check that Redis is up, and host, port and password of the connection."
        raise SourceAway(place, f"does not answer ({type(error).__name__}).", fix) from None


def _channel(contract: FeedContract) -> str:
    if contract.cadence.message is None:
        raise Problem(f"feed {contract.id}: cadence", "declares no message.", "add 'message: {connection: …, channel: …}'.")
    return contract.cadence.message.channel
