"""How much of a source we use, kept by all processes of this machine before the source complains.

The requests of the last day stand in a small SQLite file a connection (pyrate-limiter's sliding window, under a file
lock). A request counts from the moment its answer begins, not from when it was sent: so the source's own clock never
sees more than the budget, however long the way there took.
"""

import hashlib
import logging
import os
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import localtime, monotonic, sleep, strftime, time

import filelock
from pyrate_limiter import Rate, RateItem, SQLiteBucket

from connectors.protocol import Connection
from declarations.feed import RateBudget
from declarations.problem import Problem, SourceAway

LOG = logging.getLogger(__name__)
TELL_SECONDS = 3.0  # a longer wait is told in the log
MAX_WAIT_SECONDS = 900.0  # for a longer one the pull is given up, with the time from which it may go on
_SECOND, _DAY = 1000, 86_400_000
_SHORT, _LONG = 0.01, 0.1


class Budget:
    """The budget of one connection. Close it at the end."""

    def __init__(self, place: str, connection: Connection, address: str, rate: RateBudget, folder: Path | None = None) -> None:
        self._place, self._rate = place, rate
        folder = folder or shared_folder(connection)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        plain = re.sub(r"[^A-Za-z0-9_.-]", "_", connection.id)
        self._stem = folder / f"{plain}-{hashlib.sha256(address.encode()).hexdigest()[:8]}"
        with self._readable():
            self._bucket = SQLiteBucket.init_from_file(rates_of(rate), db_path=f"{self._stem}.sqlite", use_file_lock=True)
            self._tidy()

    def close(self) -> None:
        """Let go of the file."""
        self._bucket.close()

    @contextmanager
    def under_way(self) -> Iterator["Permit"]:
        """A request: waits for a free place and for the budget, holds the place until the end of the block.

        Raises SourceAway where that would take longer than a quarter of an hour.
        """
        permit = self.acquire()
        try:
            yield permit
        finally:
            permit.release()

    def acquire(self) -> "Permit":
        """The same for a request whose end is elsewhere: release it."""
        place = self._free_place()
        try:
            return Permit(self, place, self._counted())
        except BaseException:
            place.release()
            raise

    def answered(self, row: int) -> None:
        """The request counts from now."""
        with self._readable(), self._bucket.lock:
            self._bucket.conn.execute("UPDATE rate_bucket SET item_timestamp = ? WHERE rowid = ?", (self._bucket.now(), row)).close()
            self._bucket.conn.commit()

    def _free_place(self) -> filelock.BaseFileLock:
        begun, pause, told = monotonic(), _SHORT, False
        while True:
            for number in range(self._rate.concurrent):
                lock = filelock.FileLock(f"{self._stem}.place{number}", thread_local=False, mode=0o600)
                try:
                    lock.acquire(blocking=False)
                    return lock
                except filelock.Timeout:
                    continue
            waited = monotonic() - begun
            if waited > MAX_WAIT_SECONDS:
                what = f"had {self._rate.concurrent} requests of ours under way for {waited / 60:.0f} minutes."
                raise SourceAway(self._place, what, "pull later, or raise 'rate.concurrent' in the feed's source.")
            if waited > TELL_SECONDS and not told:
                LOG.info("%s: waiting: %d requests are under way, no more may be.", self._place, self._rate.concurrent)
                told = True
            sleep(pause)
            pause = min(_LONG, pause * 2)

    def _counted(self) -> int:
        """The row of the request in the file, once the budget has room for it."""
        begun = monotonic()
        while True:
            row, wait = self._try()
            if row is not None:
                return row
            if monotonic() - begun + wait > MAX_WAIT_SECONDS:
                ready = strftime("%Y-%m-%d %H:%M", localtime(time() + wait))
                what = f"the budget ({said(self._rate)}) is used up until {ready}."
                raise SourceAway(self._place, what, "pull after that, or raise 'rate' in the feed's source if its owner agrees.")
            if wait > TELL_SECONDS:
                LOG.info("%s: waiting %.0f s for the budget (%s).", self._place, wait, said(self._rate))
            sleep(wait)

    def _try(self) -> tuple[int | None, float]:
        """The row, or the seconds to wait."""
        with self._readable(), self._bucket.lock:
            item = RateItem("request", self._bucket.now())
            if self._bucket.put(item):
                (row,) = self._bucket.conn.execute("SELECT max(rowid) FROM rate_bucket").fetchone()
                return int(row), 0.0
            return None, max(int(self._bucket.waiting(item)), 1) / 1000  # type: ignore[arg-type]

    def _tidy(self) -> None:
        """Another feed of this connection may have a budget a day: nothing younger is forgotten. A clock may have been ahead."""
        with self._bucket.lock:
            now = self._bucket.now()
            gone = (now - _DAY - _SECOND, now + 60 * _SECOND)
            self._bucket.conn.execute("DELETE FROM rate_bucket WHERE item_timestamp < ? OR item_timestamp > ?", gone).close()
            self._bucket.conn.commit()

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            what = f"the file of its rate budget, {self._stem}.sqlite, cannot be used ({type(error).__name__})."
            raise Problem(self._place, what, "delete that file, and see that its folder can be written and has space.") from None


class Permit:
    """One request under way."""

    def __init__(self, budget: Budget, place: filelock.BaseFileLock, row: int) -> None:
        self._budget, self._place, self._row = budget, place, row

    def answered(self) -> None:
        """The answer has begun."""
        self._budget.answered(self._row)

    def release(self) -> None:
        """The answer was read, or given up; again does no harm."""
        self._place.release()


def rates_of(rate: RateBudget) -> list[Rate]:
    """The rates that bind, shortest span first: one that a longer or a shorter one implies is left out."""
    asked = [(rate.per_second, _SECOND), (rate.per_minute, 60 * _SECOND), (rate.per_day, _DAY)]
    kept: list[Rate] = []
    for limit, span in asked:
        if limit is None or (kept and limit * kept[-1].interval >= kept[-1].limit * span):
            continue
        while kept and kept[-1].limit >= limit:
            kept.pop()
        kept.append(Rate(limit, span))
    return kept


def said(rate: RateBudget) -> str:
    """The budget in words."""
    spans = ((rate.per_second, "second"), (rate.per_minute, "minute"), (rate.per_day, "day"))
    return ", ".join(f"{limit} requests a {span}" for limit, span in spans if limit is not None)


def shared_folder(connection: Connection) -> Path:
    """Where processes keep what they share: ``TRACELESS_STATE``, else beside the connections file, else ``TRACELESS_VAR``,
    else a temporary folder of this user."""
    named = os.environ.get("TRACELESS_STATE")
    if named:
        return Path(named)
    if connection.state is not None:
        return connection.state
    var = os.environ.get("TRACELESS_VAR")
    return Path(var) / "state" if var else Path(tempfile.gettempdir()) / f"traceless-{os.getuid()}"
