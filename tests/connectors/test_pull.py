"""One pull: window, batch, repeats, kills, locks."""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.check import check_source
from connectors.gate import admit
from connectors.protocol import Page, Refused, Window
from connectors.pull import PullReport, pull_feed
from declarations.problem import Problem
from tests.connectors.source_kit import COLUMNS, Reply, contract, record, resolver
from warehouse.batch import BatchFiles, Verdict

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
REST = {"connector": "rest", "connection": "sample_api", "path": "/items", "records": "data"}
CURSOR = {**REST, "cursor": {"column": "updated_at", "look_back": "3d"}}
FEED = contract(CURSOR)


class Source:
    """A connector over records in memory that honours the window, and notes what it was asked."""

    def __init__(self, *records: dict[str, Any], page: int = 100, refused: tuple[Refused, ...] = ()) -> None:
        self.records = list(records)
        self.page = page
        self.refused = refused
        self.asked: list[Window] = []

    def pages(self, window: Window) -> Iterator[Page]:
        self.asked.append(window)
        found = [r for r in self.records if window.since is None or str(r["updated_at"]) >= window.since]
        for start in range(0, len(found), self.page):
            rows = pa.Table.from_pylist(found[start : start + self.page])
            yield admit(FEED, rows, rows.column_names, self.refused)


def pull(files: BatchFiles, source: Source, feed: Any = FEED, **options: Any) -> PullReport:
    return pull_feed(feed, files, resolver(conn_type="http"), NOW, connector=source, **options)


def records(count: int, **changes: Any) -> list[dict[str, Any]]:
    return [record(number, **changes) for number in range(count)]


def judge(files: BatchFiles, batch_id: str, status: Any) -> None:
    folder = files.validated / batch_id
    folder.mkdir(parents=True)
    verdict = Verdict(batch_id=batch_id, feed="sample", contract="c", status=status, fetched=0, accepted=0,
                      quarantined=0, validated_at=NOW)  # fmt: skip
    (folder / "verdict.json").write_text(verdict.model_dump_json())


def test_a_batch_is_landed_whole(batches):
    spoiled = (Refused("page 1, record 7", "is null, not an object."),)
    told: list[int] = []
    report = pull(batches, Source(*records(25), page=10, refused=spoiled), progress=told.append)
    assert (report.status, report.rows, report.until) == ("landed", 28, "2025-03-25T08:00:00")
    assert told == [10, 20, 25]
    assert report.batch_id is not None
    (manifest,) = batches.manifests()
    assert (manifest.rows, manifest.refused, manifest.pages, manifest.batch_id) == (28, 3, 3, report.batch_id)
    assert manifest.parquet_sha256 == hashlib.sha256(batches.data(report.batch_id).read_bytes()).hexdigest()
    assert "phone" in manifest.columns_seen
    data = pq.read_table(batches.data(report.batch_id))
    assert data.column_names == ["_row", *FEED.names]
    assert data.column("_row").to_pylist() == list(range(1, 26))
    assert pq.read_table(batches.refused(report.batch_id)).column("_row").to_pylist() == [26, 27, 28]
    assert not list(batches.landing.glob(".tmp-*"))


def test_pulling_twice_changes_nothing(batches):
    source = Source(*records(25))
    pull(batches, source)
    again = pull(batches, source)
    assert again.status == "nothing_new"
    assert source.asked[1].since == "2025-03-22T08:00:00"  # three days before the newest
    assert len(batches.manifests()) == 1


def test_only_what_changed_makes_a_batch(batches):
    source = Source(*records(25))
    pull(batches, source)
    source.records[24] = record(24, grade=1)
    report = pull(batches, source)
    assert (report.status, report.rows) == ("landed", 4)  # the look-back repeats three rows
    assert pull(batches, source).status == "nothing_new"
    assert len(batches.manifests()) == 2


def test_order_and_pages_do_not_change_the_batch(tmp_path):
    found = []
    for seed, page in ((1, 7), (2, 100)):
        files = BatchFiles(tmp_path / str(seed), tmp_path / "v", "sample")
        shuffled = records(25)
        random.Random(seed).shuffle(shuffled)
        found.append(pull(files, Source(*shuffled, page=page)))
        found.append(files.manifests()[0].content_hash)
    assert found[:2] == found[2:]


@pytest.mark.parametrize(
    ("one", "other"), [({"item_no": "a", "grade": "b"}, {"item_no": "ab", "grade": ""}),
                       ({"item_no": "a", "grade": None}, {"item_no": "a", "grade": ""})],
)  # fmt: skip
def test_different_rows_have_different_hashes(tmp_path, one, other):
    hashes = set()
    for name, row in (("1", one), ("2", other)):
        files = BatchFiles(tmp_path / name, tmp_path / "v", "sample")
        pull(files, Source({**row, "updated_at": "2025-03-01"}))
        hashes.add(files.manifests()[0].content_hash)
    assert len(hashes) == 2


def test_a_source_that_has_nothing_at_all_lands_an_empty_batch_to_be_judged(batches):
    first = pull(batches, Source())
    assert (first.status, first.rows) == ("landed", 0)
    assert pull(batches, Source()).status == "nothing_new"


def test_nothing_since_the_last_time_lands_nothing(batches):
    source = Source(*records(3))
    pull(batches, source)
    source.records.clear()
    assert pull(batches, source).status == "nothing_new"
    assert len(batches.manifests()) == 1


def test_a_broken_batch_that_the_source_takes_back_is_withdrawn_and_may_break_again(batches):
    source = Source(*records(25))
    pull(batches, source)
    right, source.records[24] = source.records[24], record(24, grade=99)
    broken = pull(batches, source)
    judge(batches, str(broken.batch_id), "broken")
    source.records[24] = right
    assert pull(batches, source).status == "nothing_new"
    assert batches.verdict(str(broken.batch_id)).status == "withdrawn"
    source.records[24] = record(24, grade=99)
    again = pull(batches, source)
    assert again.status == "landed"
    assert again.batch_id != broken.batch_id


def test_why_a_pull_was_stopped_is_remembered_until_one_goes_well(batches):
    source = Source(*records(3))
    source.pages = lambda window: (_ for _ in ()).throw(Problem("feed sample", "is away.", "call its owner."))
    with pytest.raises(Problem):
        pull(batches, source)
    assert "is away" in str(batches.stopped())
    pull(batches, Source(*records(3)))
    assert batches.stopped() is None


def test_a_broken_batch_is_fetched_again_and_is_known(batches):
    source = Source(*records(25))
    first = pull(batches, source)
    judge(batches, str(first.batch_id), "broken")
    again = pull(batches, source)
    assert (again.status, again.batch_id) == ("known", first.batch_id)
    assert [window.since for window in source.asked] == [None, None]
    source.records.append(record(26))
    mended = pull(batches, source)
    assert (mended.status, mended.rows, mended.since) == ("landed", 26, None)
    judge(batches, str(mended.batch_id), "accepted")
    assert pull(batches, source).since == "2025-03-24T08:00:00"


def test_a_date_of_2099_does_not_stop_the_feed(batches):
    source = Source(*records(3), record(4, updated_at="2099-01-01T00:00:00"))
    report = pull(batches, source)
    assert report.until == "2025-03-03T08:00:00"


def test_offsets_and_unreadable_cursor_values(batches):
    source = Source(record(1, updated_at="2025-03-04T09:00:00+08:00"), record(2, updated_at="soon"), record(3))
    assert pull(batches, source).until == "2025-03-04T08:00:00+00:00"
    source.records.append(record(4, updated_at="2025-03-04T23:00:00.25+08:00"))
    assert pull(batches, source).until == "2025-03-04T15:00:00.250000+00:00"


def test_without_version_and_cursor_a_return_to_an_earlier_state_is_kept(batches):
    """Such a feed is a whole copy each time; the state before last is not a repeat."""
    feed = contract(REST, version=None)
    states = [record(1, grade=grade) for grade in (1, 2, 1, 1)]
    reports = [
        pull_feed(feed, batches, resolver(conn_type="http"), NOW + timedelta(hours=hour), connector=Source(state))
        for hour, state in enumerate(states)
    ]
    assert [report.status for report in reports] == ["landed", "landed", "landed", "nothing_new"]
    assert len({report.batch_id for report in reports}) == 4


def test_a_column_added_to_the_contract_makes_rows_new(batches):
    source = Source(*records(3))
    pull(batches, source)
    column = {"name": "extra_no", "type": "string", "zh": "外", "meaning": "x"}
    wider = contract(CURSOR, columns=[*COLUMNS, column])

    class Wider(Source):
        def pages(self, window: Window) -> Iterator[Page]:
            rows = pa.Table.from_pylist([{**r, "extra_no": "e"} for r in self.records])
            yield admit(wider, rows, rows.column_names)

    assert pull(batches, Wider(*records(3)), wider).status == "landed"


def test_an_error_in_the_middle_lands_nothing(batches):
    class Breaks(Source):
        def pages(self, window: Window) -> Iterator[Page]:
            yield from super().pages(window)
            raise Problem("here", "broke off.", "pull again.")

    with pytest.raises(Problem, match="broke off"):
        pull(batches, Breaks(*records(5)))
    assert batches.manifests() == []
    assert not list(batches.landing.glob(".tmp-*"))


def test_two_pulls_of_a_feed_wait_for_each_other(batches):
    inside: list[int] = []
    most: list[int] = []

    class Slow(Source):
        def pages(self, window: Window) -> Iterator[Page]:
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.2)
            yield from super().pages(window)
            inside.pop()

    source = Slow(*records(5))
    reports: list[PullReport] = []
    threads = [threading.Thread(target=lambda: reports.append(pull(batches, source))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert sorted(report.status for report in reports) == ["landed", "nothing_new", "nothing_new"]


PULL_ONCE = """
import json, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from connectors.pull import pull_feed
from tests.connectors.source_kit import contract, resolver
from warehouse.batch import BatchFiles
root, port = Path(sys.argv[1]), int(sys.argv[2])
feed = contract(json.loads(sys.argv[3]))
pull_feed(feed, BatchFiles(root / "landing", root / "validated", "sample"),
          resolver(conn_type="http", host="127.0.0.1", port=port, extra={"allow_loopback": True}), datetime(2026, 1, 1, 12, tzinfo=UTC))
"""


def test_kill_at_any_time_leaves_nothing_half_written(serve, tmp_path):
    paging = {"by": "page_number", "size": 10}
    source = {**CURSOR, "paging": paging}
    slow = threading.Event()
    reached = threading.Event()

    def answer(request):
        page = int(request.query["page"])
        if page == 3:
            reached.set()
            slow.wait(20)
        return Reply({"data": records(50)[(page - 1) * 10 :][:10]})

    server = serve(answer)
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", PULL_ONCE, str(tmp_path), str(server.port), json.dumps(source)]
    killed = subprocess.Popen(command, cwd=root)
    assert reached.wait(60)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    slow.set()
    files = BatchFiles(tmp_path / "landing", tmp_path / "validated", "sample")
    assert files.manifests() == []
    assert len(list(files.landing.glob(".tmp-*"))) == 1
    report = pull_feed(contract(source), files, server.resolver(), NOW)
    assert not list(files.landing.glob(".tmp-*"))
    clean = BatchFiles(tmp_path / "clean", tmp_path / "validated", "sample")
    assert pull_feed(contract(source), clean, server.resolver(), NOW) == report
    assert report.rows == 50


@pytest.mark.slow
def test_kills_at_many_moments_end_in_the_same_batches(serve, tmp_path):
    """Killed at growing delays, then run to the end: always whole batches only, and the same content."""
    server = serve(lambda r: Reply({"data": records(20_000)}))
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", PULL_ONCE, str(tmp_path), str(server.port), json.dumps(CURSOR)]
    files = BatchFiles(tmp_path / "landing", tmp_path / "validated", "sample")
    subprocess.run(command, cwd=root, check=True)
    (clean,) = files.manifests()
    for delay in range(0, 10, 2):
        for folder in files.landing.glob("[!.]*"):
            shutil.rmtree(folder)
        running = subprocess.Popen(command, cwd=root)
        while not list(files.landing.glob(".tmp-*")) and running.poll() is None:
            time.sleep(0.002)
        time.sleep(delay * 0.06)
        running.kill()
        running.wait()
        for manifest in files.manifests():
            assert manifest.parquet_sha256 == hashlib.sha256(files.data(manifest.batch_id).read_bytes()).hexdigest()
        report = pull_feed(contract(CURSOR), files, server.resolver(), NOW)
        assert report.status in ("landed", "nothing_new")
        assert [manifest.batch_id for manifest in files.manifests()] == [clean.batch_id]


def test_no_canary_in_any_file(serve, tmp_path, batches):
    rows = [*records(20), record(21, item_no="call 13912345678")]
    server = serve(lambda r: Reply({"data": rows}))
    pull_feed(FEED, batches, server.resolver(), NOW)
    tables = [pq.read_table(file) for file in tmp_path.rglob("*.parquet")]
    assert sum(table.num_rows for table in tables) == 21
    text = "".join(str(table.to_pylist()) for table in tables)
    text += "".join(file.read_text() for file in tmp_path.rglob("*.json"))
    assert "CANARY" not in text
    assert "13912345678" not in text


def test_files_are_taken_once(tmp_path, batches):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    header = ",".join(FEED.names)
    (inbox / "a.csv").write_text(f"{header}\nA1,1,1.10,true,2025-03-01,2025-03-01T08:00:00\n")
    feed = contract({"connector": "files", "connection": "x", "pattern": ["*.csv"]})
    resolve = resolver(conn_type="file", extra={"path": str(inbox)})
    assert pull_feed(feed, batches, resolve, NOW).rows == 1
    assert pull_feed(feed, batches, resolve, NOW).status == "nothing_new"
    (inbox / "b.csv").write_text(f"{header}\nA1,1,1.10,true,2025-03-01,2025-03-01T08:00:00\nA2,,,,,\n")
    assert pull_feed(feed, batches, resolve, NOW).rows == 2
    assert sorted(name for manifest in batches.manifests() for name in manifest.files) == ["a.csv", "b.csv"]


def test_check_source(serve):
    server = serve(lambda r: Reply({"data": [{**record(1, item_no="13912345678"), "surprise": 1, "due_on": None}]}))
    column = {"name": "extra_no", "type": "string", "zh": "外", "meaning": "x"}
    report = check_source(contract(REST, columns=[*COLUMNS, column]), server.resolver())
    assert (report.missing, report.unknown) == (["extra_no"], ["surprise"])
    assert report.seen == [c["name"] for c in COLUMNS]
    assert report.rows.column("item_no").to_pylist() == ["[masked: looks like a phone number]"]
    nothing = serve(lambda r: Reply({"data": []}))
    assert sum(check_source(FEED, nothing.resolver()).page_rows) == 0
