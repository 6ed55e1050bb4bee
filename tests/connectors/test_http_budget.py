"""The rate budget is kept before the source complains, by all processes together; the source's own clock is the judge."""

import logging
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.connections import environment_resolver
from connectors.http import budget as http_budget
from connectors.http.budget import Budget, rates_of, said, shared_folder
from connectors.protocol import Connection
from declarations.feed import RateBudget
from declarations.problem import Problem, SourceAway
from tests.connectors.http_kit import source
from tests.connectors.source_kit import Reply

REPOSITORY = Path(__file__).resolve().parents[2]
HAMMER = """
import sys, threading
from declarations.feed import RateBudget
from tests.connectors.http_kit import source
port, threads, requests = (int(text) for text in sys.argv[1:4])
with source(port, rate=RateBudget(per_second=int(sys.argv[4]), concurrent=int(sys.argv[5]))) as http:
    def hammer():
        for _ in range(requests):
            http.get("/items", {}, "*/*")
    print("ready", flush=True)
    sys.stdin.readline()
    running = [threading.Thread(target=hammer) for _ in range(threads)]
    [thread.start() for thread in running]
    [thread.join() for thread in running]
"""


class Watching:
    """A source that notes when each request came and how many were under way; each takes ``seconds``."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.came: list[float] = []
        self.most = self._now = 0
        self._seconds, self._lock = seconds, threading.Lock()

    def __call__(self, request: object) -> Reply:
        with self._lock:
            self.came.append(time.monotonic())
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(self._seconds)
        with self._lock:
            self._now -= 1
        return Reply(b"ok")

    def busiest(self, span: float) -> int:
        """The most requests that came within any ``span`` seconds."""
        return max(sum(1 for other in self.came if begin <= other < begin + span) for begin in self.came)


def hammer(port: int, processes: int, threads: int, requests: int, per_second: int, concurrent: int) -> None:
    argv = [sys.executable, "-c", HAMMER, *(str(number) for number in (port, threads, requests, per_second, concurrent))]
    running = [subprocess.Popen(argv, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    for process in running:
        assert process.stdout.readline() == "ready\n"
    for process in running:
        process.stdin.write("go\n")
        process.stdin.close()
    for process in running:
        assert process.wait(timeout=60) == 0
        process.stdout.close()


def test_two_processes_keep_one_budget_by_the_clock_of_the_source(serve):
    watching = Watching(seconds=0.005)
    hammer(serve(watching).port, processes=2, threads=3, requests=3, per_second=8, concurrent=2)
    assert len(watching.came) == 18
    assert 6 <= watching.busiest(1.0) <= 8, "the budget is used, and not overdrawn"
    assert watching.most <= 2
    assert watching.came[-1] - watching.came[0] < 6


@pytest.fixture
def connection(tmp_path):
    return Connection(id="api", conn_type="http", state=tmp_path / "state")


@pytest.fixture
def clock(monkeypatch):
    """A clock of the budget that only sleeping moves; the pauses asked for."""

    class Clock:
        now = 1_750_000_000.0
        slept: list[float] = []

        def sleep(self, seconds):
            self.slept.append(seconds)
            self.now += seconds

    found = Clock()
    found.slept = []
    monkeypatch.delenv("TRACELESS_STATE")
    monkeypatch.setattr(http_budget.SQLiteBucket, "now", lambda self: int(found.now * 1000))
    monkeypatch.setattr(http_budget, "sleep", found.sleep)
    monkeypatch.setattr(http_budget, "monotonic", lambda: found.now)
    return found


def take(budget, count=1):
    for _ in range(count):
        with budget.under_way() as permit:
            permit.answered()


def test_a_budget_a_minute_is_waited_for_and_told(connection, clock, caplog):
    caplog.set_level(logging.INFO)
    budget = Budget("feed f: connection 'api'", connection, "http://h", RateBudget(per_minute=3))
    take(budget, 3)
    assert clock.slept == []
    clock.now += 20
    take(budget)
    assert 39.9 < sum(clock.slept) < 40.2
    assert "feed f: connection 'api': waiting 40 s for the budget (3 requests a minute)." in caplog.text


def test_another_object_or_process_goes_on_where_the_last_one_was(connection, clock):
    rate = RateBudget(per_minute=2)
    for _ in range(2):
        take(Budget("f", connection, "http://h", rate))
    take(Budget("f", connection, "http://other", rate), 2)
    assert clock.slept == []
    take(Budget("f", connection, "http://h", rate))
    assert sum(clock.slept) > 59


def test_a_request_counts_from_its_answer(connection, clock):
    budget = Budget("f", connection, "http://h", RateBudget(per_second=1))
    with budget.under_way() as permit:
        clock.now += 0.9
        permit.answered()
    take(budget)
    assert sum(clock.slept) > 0.99


def test_a_day_that_is_used_up_is_told_and_not_slept_through(connection, clock):
    budget = Budget("feed f", connection, "http://h", RateBudget(per_day=2))
    take(budget, 2)
    with pytest.raises(SourceAway, match=r"budget \(6000 requests a minute, 2 requests a day\) is used up until 20\d\d-.*raise 'rate'"):
        take(budget)
    assert clock.slept == []
    clock.now += 86_401
    take(budget)


def test_a_feed_with_a_short_budget_forgets_nothing_of_one_with_a_long_budget(connection, clock):
    daily = RateBudget(per_day=3)
    take(Budget("f", connection, "http://h", daily), 2)
    clock.now += 3600
    take(Budget("f", connection, "http://h", RateBudget(per_second=5)))
    with pytest.raises(SourceAway, match="used up"):
        take(Budget("f", connection, "http://h", daily))


@pytest.mark.parametrize(
    ("rate", "kept"),
    [
        ({}, [(6000, 60_000)]),
        ({"per_second": 2}, [(2, 1000)]),
        ({"per_second": 2, "per_minute": 30}, [(2, 1000), (30, 60_000)]),
        ({"per_second": 50, "per_minute": 30}, [(30, 60_000)]),
        ({"per_second": 50, "per_day": 20}, [(20, 86_400_000)]),
        ({"per_second": 1, "per_minute": 30, "per_day": 1000}, [(1, 1000), (30, 60_000), (1000, 86_400_000)]),
    ],
)
def test_only_the_rates_that_bind_are_kept(rate, kept):
    assert [(found.limit, found.interval) for found in rates_of(RateBudget(**rate))] == kept


def test_the_budget_in_words():
    assert said(RateBudget(per_second=2, per_minute=30, per_day=1000)) == "2 requests a second, 30 requests a minute, 1000 requests a day"


def test_no_more_than_so_many_are_under_way_and_a_wait_is_told(connection, clock, caplog, monkeypatch):
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(http_budget, "MAX_WAIT_SECONDS", 60.0)
    budgets = [Budget("feed f", connection, "http://h", RateBudget(concurrent=2)) for _ in range(3)]
    first, second = budgets[0].acquire(), budgets[1].acquire()
    with pytest.raises(SourceAway, match=r"2 requests of ours under way for 1 minutes.*'rate.concurrent'"):
        budgets[2].acquire()
    assert caplog.text.count("waiting: 2 requests are under way") == 1
    first.release()
    first.release()
    budgets[2].acquire().release()
    second.release()


def test_a_killed_process_holds_no_place(serve, tmp_path):
    port = serve(Watching()).port
    code = HAMMER.split("print(")[0] + "    http._budget.acquire()\n    print('ready', flush=True)\n    sys.stdin.readline()\n"
    argv = [sys.executable, "-c", code, str(port), "0", "0", "100", "1"]
    with subprocess.Popen(argv, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        process.kill()
    with source(port, rate=RateBudget(concurrent=1)) as http:
        assert http.get("/items", {}, "*/*").content == b"ok"


def test_a_clock_that_was_ahead_does_not_block(connection, clock):
    clock.now += 7200
    take(Budget("f", connection, "http://h", RateBudget(per_minute=1)))
    clock.now -= 7200
    take(Budget("f", connection, "http://h", RateBudget(per_minute=1)))
    assert clock.slept == []


def test_a_broken_file_is_told(connection, tmp_path, monkeypatch):
    monkeypatch.delenv("TRACELESS_STATE")
    Budget("f", connection, "http://h", RateBudget()).close()
    (file,) = (tmp_path / "state").glob("*.sqlite")
    file.write_bytes(b"no database" * 1000)
    with pytest.raises(Problem, match=r"rate budget, .*\.sqlite, cannot be used.*delete that file"):
        take(Budget("feed f", connection, "http://h", RateBudget()))


def test_processes_of_a_project_share_the_folder_beside_the_connections(tmp_path, monkeypatch, connection):
    assert shared_folder(connection) == Path(str(http_budget.os.environ["TRACELESS_STATE"]))
    monkeypatch.delenv("TRACELESS_STATE")
    monkeypatch.setenv("AIRFLOW_CONN_MINE", "http://h")
    assert shared_folder(environment_resolver(tmp_path / "connections.env")("mine")) == tmp_path / "state"
    monkeypatch.setenv("TRACELESS_VAR", "/v")
    assert shared_folder(replace(connection, state=None)) == Path("/v/state")
    monkeypatch.delenv("TRACELESS_VAR")
    assert shared_folder(replace(connection, state=None)).name.startswith("traceless-")
