"""Cursor marks, back-filled windows, files that are told to lie safe, sources that change while they are read."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.cursor import cursor_of
from connectors.gate import admit
from connectors.protocol import Page, SourceChanged, Window
from connectors.pull import PullReport, pull_feed, pull_window
from declarations.problem import Problem
from tests.connectors.source_kit import contract, record, resolver
from warehouse.batch import BatchFiles, Verdict
from warehouse.feed_marks import CURSOR, cursor_mark, last_pull, note_removal, pause, paused, seen, set_cursor, unpause

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
SQL = {"connector": "sql", "connection": "x", "table": "items", "cursor": {"column": "updated_at", "look_back": "3d"}}
FEED = contract(SQL)
FILES = contract({"connector": "files", "connection": "x", "pattern": ["*.csv"]})


class Source:
    """Records in memory; honours both ends of a window and remembers what it was asked."""

    def __init__(self, files: BatchFiles, *rows: dict[str, Any], feed: Any = FEED) -> None:
        self.files, self.rows, self.feed, self.clock = files, list(rows), feed, NOW
        self.asked: list[Window] = []

    def pages(self, window: Window) -> Iterator[Page]:
        self.asked.append(window)
        low, high = window.since or "", window.until or "9"
        table = pa.Table.from_pylist([row for row in self.rows if low <= row["updated_at"] <= high] or [record(0)]).slice(0, len(self.rows))
        if not any(low <= row["updated_at"] <= high for row in self.rows):
            table = table.slice(0, 0)
        yield admit(self.feed, table, table.column_names)

    def pull(self) -> PullReport:
        self.clock += timedelta(hours=1)
        return pull_feed(self.feed, self.files, resolver(conn_type="x"), self.clock, connector=self)

    def fill(self, since: str, until: str) -> PullReport:
        self.clock += timedelta(hours=1)
        return pull_window(self.feed, self.files, resolver(conn_type="x"), since, until, self.clock, connector=self)

    def set(self, value: str | None) -> None:
        self.clock += timedelta(hours=1)
        set_cursor(self.files, value, "Li Ming", "a test", self.clock)


def rows_of(*days: int, month: int = 3) -> list[dict[str, Any]]:
    return [record(day + 100 * month, updated_at=f"2025-{month:02d}-{day:02d}T08:00:00") for day in days]


def judge(files: BatchFiles, batch_id: str | None, status: Any) -> None:
    folder = files.validated / str(batch_id)
    folder.mkdir(parents=True, exist_ok=True)
    verdict = Verdict(batch_id=str(batch_id), feed="sample", contract="c", status=status, fetched=0, accepted=0,
                      quarantined=0, validated_at=NOW)  # fmt: skip
    (folder / "verdict.json").write_text(verdict.model_dump_json())


def test_a_cursor_says_where_it_is_known_from(batches: BatchFiles) -> None:
    source = Source(batches, *rows_of(1, 10))
    assert cursor_of(FEED, batches).origin == "nothing"
    first = source.pull()
    cursor = cursor_of(FEED, batches)
    assert (cursor.value, cursor.since, cursor.origin, cursor.batch_id) == (
        "2025-03-10T08:00:00", "2025-03-07T08:00:00", "batch", first.batch_id
    )  # fmt: skip


def test_a_cursor_set_back_asks_again_and_lands_nothing_twice(batches: BatchFiles) -> None:
    source = Source(batches, *rows_of(1, 10, 20))
    source.pull()
    source.set("2025-03-05T00:00:00")
    cursor = cursor_of(FEED, batches)
    assert (cursor.value, cursor.origin, cursor.mark and cursor.mark.by) == ("2025-03-05T00:00:00", "mark", "Li Ming")
    assert source.pull().status == "nothing_new"
    assert source.asked[-1].since == "2025-03-02T00:00:00"
    cursor = cursor_of(FEED, batches)
    assert (cursor.value, cursor.origin) == ("2025-03-20T08:00:00", "seen"), "it is not asked for at every pull from now on"
    source.rows += rows_of(25)
    assert source.pull().until == "2025-03-25T08:00:00"
    assert cursor_of(FEED, batches).origin == "batch"


def test_a_cursor_set_forward_skips_what_lies_between(batches: BatchFiles) -> None:
    source = Source(batches, *rows_of(1))
    source.pull()
    source.rows += rows_of(10, 25)
    source.set("2025-03-20T00:00:00")
    assert source.pull().rows == 1
    assert source.fill("2025-03-01T08:00:00", "2025-03-20T00:00:00").rows == 2
    assert cursor_of(FEED, batches).value == "2025-03-25T08:00:00"


def test_a_reset_asks_for_everything_once(batches: BatchFiles) -> None:
    source = Source(batches, *rows_of(1, 10))
    source.pull()
    source.set(None)
    for since in (None, "2025-03-07T08:00:00"):
        assert cursor_of(FEED, batches).since == since
        assert source.pull().status == "nothing_new"
    assert [window.since for window in source.asked] == [None, None, "2025-03-07T08:00:00"]
    source.set(None)
    assert seen(batches) is None, "what pulls saw before a mark is void"
    source.rows.append(record(1, updated_at="2025-01-01T08:00:00"))
    assert (source.pull().status, source.asked[-1].since) == ("landed", None), "what the cursor had passed over comes in"


def test_a_reset_of_files_takes_again_what_lies_there(batches: BatchFiles) -> None:
    class Folder(Source):
        told: list[str] = []

        def pages(self, window: Window) -> Iterator[Page]:
            self.asked.append(window)
            for name in ("a.csv", "b.csv"):
                if name not in window.taken:
                    table = pa.Table.from_pylist([record(1, item_no=name)])
                    yield admit(FILES, table, table.column_names, file=(name, "1"))

        def landed(self, names: list[str]) -> None:
            self.told = names

    source = Folder(batches, feed=FILES)
    source.pull()
    assert source.told == ["a.csv", "b.csv"]
    source.told = []
    assert source.pull().status == "nothing_new"
    assert source.told == ["a.csv", "b.csv"], "a killed pull may have left them where they were"
    source.set(None)
    assert cursor_of(FILES, batches).taken == {}
    assert source.pull().status == "nothing_new"
    assert cursor_of(FILES, batches).taken == {"a.csv": "1", "b.csv": "1"}


def test_what_goes_wrong_after_the_landing_is_told_and_lands_all_the_same(batches: BatchFiles) -> None:
    class Locked(Source):
        def pages(self, window: Window) -> Iterator[Page]:
            table = pa.Table.from_pylist([record(1)])
            yield admit(FILES, table, table.column_names, file=("a.csv", "1"))

        def landed(self, names: list[str]) -> None:
            raise Problem("feed sample: archive", "may not be written.", "ask its owner.")

    report = Locked(batches, feed=FILES).pull()
    assert report.status == "landed"
    assert "may not be written" in str(report.afterwards)
    assert "may not be written" in str(batches.stopped())


def test_a_back_fill_lands_its_window_and_leaves_the_cursor(batches: BatchFiles) -> None:
    source = Source(batches, *rows_of(10))
    source.pull()
    source.rows += rows_of(1, 15, 31, month=1)
    report = source.fill("2025-01-01T00:00:00", "2025-02-01T00:00:00")
    assert (report.status, report.rows, report.until) == ("landed", 3, "2025-02-01T00:00:00")
    assert [m.purpose for m in batches.manifests()] == ["live", "backfill"]
    assert cursor_of(FEED, batches).value == "2025-03-10T08:00:00"
    again = source.fill("2025-01-01T00:00:00", "2025-02-01T00:00:00")
    assert (again.status, again.batch_id) == ("known", report.batch_id)
    assert source.fill("2025-01-10T00:00:00", "2025-01-20T00:00:00").status == "nothing_new", "all of it was landed"
    assert source.fill("2024-01-01T00:00:00", "2024-02-01T00:00:00").status == "nothing_new", "there is nothing"
    source.rows += rows_of(20)
    assert source.fill("2025-03-12T00:00:00", "2025-12-31T00:00:00").rows == 1
    assert cursor_of(FEED, batches).value == "2025-03-10T08:00:00"
    assert source.pull().status == "nothing_new"
    assert last_pull(batches).status == "nothing_new"


def test_a_broken_back_fill_is_the_business_of_back_fills(batches: BatchFiles) -> None:
    source = Source(batches, *rows_of(10))
    live = source.pull()
    judge(batches, live.batch_id, "accepted")
    source.rows += rows_of(1, month=1)
    slice_ = source.fill("2025-01-01T00:00:00", "2025-02-01T00:00:00")
    judge(batches, slice_.batch_id, "broken")
    assert source.pull().status == "nothing_new"
    assert batches.verdict(str(slice_.batch_id)).status == "broken", "a live pull has not asked for it again"
    assert source.fill("2025-01-01T00:00:00", "2025-02-01T00:00:00").status == "known"
    source.rows += rows_of(11)
    broken = source.pull()
    judge(batches, broken.batch_id, "broken")
    source.fill("2025-01-01T00:00:00", "2025-01-02T00:00:00")
    again = source.pull()
    assert (again.status, again.batch_id) == ("known", broken.batch_id), "a back-fill has not overtaken it"


def test_a_source_that_changes_is_read_again_from_the_start(batches: BatchFiles) -> None:
    class Restless(Source):
        changes = 2

        def pages(self, window: Window) -> Iterator[Page]:
            yield from super().pages(window)
            if len(self.asked) <= self.changes:
                raise SourceChanged("feed sample", "changed while it was read.", "pull again.")

    source = Restless(batches, *rows_of(1, 2))
    assert (source.pull().rows, len(source.asked)) == (2, 3)
    worse = Restless(BatchFiles(batches.landing.parent, batches.validated.parent, "other"), *rows_of(1))
    worse.changes = 9
    with pytest.raises(SourceChanged):
        worse.pull()
    assert len(worse.asked) == 3
    assert worse.files.manifests() == []
    assert not list(worse.files.landing.glob(".tmp-*"))


def test_control_totals_go_into_the_manifest(batches: BatchFiles) -> None:
    class Telling(Source):
        def pages(self, window: Window) -> Iterator[Page]:
            for number, page in enumerate([*super().pages(window)] * 2):
                yield Page(page.rows, page.columns_seen, controls={"rows": str(number), f"only_{number}": "x"})

    Telling(batches, *rows_of(1)).pull()
    assert batches.manifests()[0].controls == {"rows": "1", "only_0": "x", "only_1": "x"}


def test_rows_removed_under_retention_do_not_come_in_again(batches: BatchFiles) -> None:
    source = Source(batches, record(1, due_on="2023-06-01"), record(2), record(3, due_on="not a day"))
    note_removal(batches, datetime(2024, 1, 1).date(), "tests", NOW)
    report = source.pull()
    assert (report.status, report.rows, report.expired) == ("landed", 3, 1)
    manifest = batches.manifests()[0]
    assert (manifest.rows, manifest.expired) == (2, 1)
    assert pq.read_table(batches.data(manifest.batch_id)).column("item_no").to_pylist() == ["A00002", "A00003"]
    source.rows = [record(1, due_on="2023-06-01", updated_at="2025-06-01T00:00:00")]
    report = source.pull()
    assert (report.status, report.expired, len(batches.manifests())) == ("nothing_new", 1, 1)


def test_a_pull_waits_for_its_turn_and_says_so(batches: BatchFiles) -> None:
    import threading

    inside, go_on, told = threading.Event(), threading.Event(), []

    class Slow(Source):
        def pages(self, window: Window) -> Iterator[Page]:
            inside.set()
            assert go_on.wait(20)
            yield from super().pages(window)

    slow = Slow(batches, *rows_of(1))
    first = threading.Thread(target=slow.pull)
    first.start()
    assert inside.wait(20)

    def say(line: str) -> None:
        told.append(line)
        go_on.set()

    quick = Source(batches, *rows_of(1))
    report = pull_window(FEED, batches, resolver(conn_type="x"), "2025-01-01T00:00:00", "2025-12-31T00:00:00", connector=quick, say=say)
    first.join()
    assert (report.status, told) == ("nothing_new", ["sample: waits for another pull of this feed"])


def test_marks_are_written_whole_and_a_damaged_one_is_told(batches: BatchFiles) -> None:
    pause(batches, "Li Ming", "the source moves house", NOW)
    assert paused(batches).why == "the source moves house"
    assert unpause(batches).by == "Li Ming"
    assert paused(batches) is None
    assert unpause(batches) is None
    set_cursor(batches, "2025-01-01", "Li Ming", "x", NOW)
    assert cursor_mark(batches).value == "2025-01-01"
    assert sorted(p.name for p in batches.landing.iterdir()) == [CURSOR]
    (batches.landing / CURSOR).write_text("{")
    with pytest.raises(Problem, match=r"\.cursor\.json is damaged"):
        cursor_mark(batches)


def test_a_mark_cut_off_by_a_kill_leaves_the_old_one(batches: BatchFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    pause(batches, "Li Ming", "first", NOW)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        pause(batches, "Li Ming", "second", NOW)
    assert paused(batches).why == "first"
