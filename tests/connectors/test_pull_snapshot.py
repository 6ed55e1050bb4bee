"""Whole copies: only what changed is landed, deletes are found, and a copy cut short deletes nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.gate import admit
from connectors.protocol import Page, Refused, Window
from connectors.pull import PullReport, pull_feed
from expectations.validate import validate_batch
from tests.connectors.source_kit import COLUMNS, contract, record, resolver
from warehouse.batch import BatchFiles
from warehouse.feed_marks import note_removal
from warehouse.load import load_batches
from warehouse.store import open_warehouse

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
REST = {"connector": "rest", "connection": "sample_api", "path": "/items", "records": "data"}
FEED = contract(REST, snapshot=True)
UNVERSIONED = contract(REST, snapshot=True, version=None)


class Copies:
    """A source whose whole content the test sets; each pull is an hour after the one before."""

    def __init__(self, files: BatchFiles, feed: Any = FEED) -> None:
        self.files, self.feed, self.clock = files, feed, NOW

    def pull(self, *rows: dict[str, Any], refused: tuple[Refused, ...] = (), page: int = 3) -> PullReport:
        self.rows, self.refused, self.page = list(rows), refused, page
        self.clock += timedelta(hours=1)
        return pull_feed(self.feed, self.files, resolver(conn_type="http"), self.clock, connector=self)

    def pages(self, window: Window) -> Iterator[Page]:
        assert window.since is None
        for start in range(0, len(self.rows), self.page):
            table = pa.Table.from_pylist(self.rows[start : start + self.page])
            yield admit(self.feed, table, table.column_names, self.refused)

    def landed(self, names: list[str]) -> None:
        raise AssertionError("no files")

    def batch(self, report: PullReport) -> list[tuple[Any, ...]]:
        """Key, grade and whether it is gone, as landed."""
        table = pq.read_table(self.files.data(str(report.batch_id)))
        gone = table.column("_gone").to_pylist() if "_gone" in table.column_names else [False] * table.num_rows
        return list(zip(table.column("item_no").to_pylist(), table.column("grade").to_pylist(), gone, strict=True))

    def judge(self, report: PullReport, feed: Any = None) -> Any:
        return validate_batch(feed or self.feed, self.files, str(report.batch_id), self.clock)


def records(*numbers: int, **changes: Any) -> list[dict[str, Any]]:
    return [record(number, **changes) for number in numbers]


@pytest.fixture(params=[FEED, UNVERSIONED], ids=["versions", "no versions"])
def copies(batches: BatchFiles, request: pytest.FixtureRequest) -> Copies:
    return Copies(batches, request.param)


def test_only_new_changed_and_gone_records_are_landed(copies: Copies) -> None:
    assert copies.pull(*records(1, 2, 3, 4, 5, 6)).rows == 6
    later = {"updated_at": "2025-04-01T08:00:00"}
    report = copies.pull(*records(6, 5, 4, 3), record(2, grade=9, **later), record(7))
    assert (report.status, report.gone) == ("landed", 1)
    assert copies.batch(report) == [("A00002", "9", False), ("A00007", "3", False), ("A00001", "2", True)]
    manifest = copies.files.manifests()[-1]
    assert (manifest.rows, manifest.gone, manifest.copied, manifest.stood) == (3, 1, 6, 6)
    assert copies.pull(*records(3, 4, 5, 6), record(2, grade=9, **later), record(7)).status == "nothing_new"


def test_a_record_that_comes_back_is_there_again(copies: Copies) -> None:
    copies.pull(*records(1, 2, 3))
    assert copies.batch(copies.pull(*records(1, 2))) == [("A00003", "4", True)]
    assert copies.pull(*records(1, 2)).status == "nothing_new"
    assert copies.batch(copies.pull(*records(1, 2, 3))) == [("A00003", "4", False)]
    assert copies.batch(copies.pull(*records(1, 2))) == [("A00003", "4", True)]
    assert len({manifest.batch_id for manifest in copies.files.manifests()}) == 4


def test_a_null_is_no_empty_text_and_a_null_key_is_no_reason_to_land_again(copies: Copies) -> None:
    copies.pull(*records(1, 2), {**record(3), "item_no": None}, {**record(4), "item_no": None})
    assert copies.pull(*records(1, 2), {**record(4), "item_no": None}, {**record(3), "item_no": None}).status == "nothing_new"
    changed = copies.pull(*records(1), record(2, amount=None), {**record(3), "item_no": None}, {**record(4), "item_no": None})
    assert copies.batch(changed) == [("A00002", "3", False)]


def test_several_rows_of_a_record_change_together(batches: BatchFiles) -> None:
    copies = Copies(batches)
    old, new = record(1, updated_at="2025-01-01T00:00:00"), record(1, grade=5, updated_at="2025-02-01T00:00:00")
    copies.pull(old, new, *records(2, 3, 4))
    assert copies.pull(new, old, *records(2, 3, 4)).status == "nothing_new"
    third = record(1, grade=4, updated_at="2025-03-01T00:00:00")
    assert copies.batch(copies.pull(old, new, third, *records(2, 3, 4))) == [
        ("A00001", "2", False),
        ("A00001", "5", False),
        ("A00001", "4", False),
    ]
    assert copies.batch(copies.pull(old, third, *records(2, 3, 4))) == [("A00001", "2", False), ("A00001", "4", False)], "one row less"
    assert copies.batch(copies.pull(*records(2, 3, 4))) == [("A00001", "4", True)], "the newest version is what it was last"


def test_a_copy_with_unreadable_rows_does_not_say_what_is_missing(copies: Copies) -> None:
    spoiled = (Refused("row 3", "is cut off."),)
    copies.pull(*records(1, 2, 3))
    report = copies.pull(*records(1, 2), refused=spoiled)
    assert (report.status, report.gone, copies.batch(report)) == ("landed", 0, [])
    assert copies.pull(*records(1, 2), refused=spoiled).status == "nothing_new", "the same row, unreadable as before"
    assert copies.batch(copies.pull(*records(1, 2))) == [("A00003", "4", True)]


def test_a_copy_that_shrank_is_broken_and_deletes_nothing(batches: BatchFiles) -> None:
    copies = Copies(batches)
    copies.judge(copies.pull(*records(*range(10))))
    short = copies.pull(*records(1, 2, 3, 4))
    verdict = copies.judge(short)
    assert (verdict.status, verdict.accepted, short.gone) == ("broken", 0, 6)
    assert "4 rows where 10 stood, so 6 records would be gone" in verdict.findings[0].message
    again = copies.pull(*records(1, 2, 3, 4))
    assert (again.status, again.batch_id) == ("known", short.batch_id)
    assert copies.judge(copies.pull()).status == "broken", "an empty copy"
    assert copies.pull(*records(*range(10))).status == "nothing_new", "whole again: the broken batches are taken back"
    assert {copies.files.verdict(m.batch_id).status for m in copies.files.manifests()[1:]} == {"withdrawn"}
    bolder = copies.feed.model_validate(
        {**copies.feed.model_dump(mode="json"), "expectations": [{"rule": "row_count", "least_of_usual": 0.3}]}
    )
    copies.feed = bolder
    assert copies.judge(copies.pull(*records(1, 2, 3, 4))).status == "accepted"


def test_a_column_that_the_contract_gained_makes_every_row_new(batches: BatchFiles) -> None:
    copies = Copies(batches)
    copies.pull(*records(1, 2, 3))
    copies.feed = contract(REST, snapshot=True, columns=[*COLUMNS, {"name": "extra_no", "type": "string", "zh": "外", "meaning": "x"}])
    assert len(copies.batch(copies.pull(*records(1, 2, extra_no="e")))) == 3


def test_what_retention_is_about_to_delete_is_not_gone_from_the_source(copies: Copies) -> None:
    """Killed between its mark and its deletion: the copy leaves the old row out, the batches still have it."""
    copies.pull(record(1, due_on="2024-06-01"), *records(2, 3))
    note_removal(copies.files, NOW.date().replace(year=2025), "tests", NOW)
    report = copies.pull(record(1, due_on="2024-06-01"), *records(2, 3))
    assert (report.status, report.expired) == ("nothing_new", 1)


def test_of_a_record_in_several_files_the_last_one_speaks(batches: BatchFiles) -> None:
    feed = contract({"connector": "files", "connection": "x", "pattern": ["*.csv"]}, snapshot=True, version=None)

    class Files(Copies):
        def pages(self, window: Window) -> Iterator[Page]:
            for name, rows in self.drop.items():
                if name not in window.taken:
                    table = pa.Table.from_pylist(rows)
                    yield admit(feed, table, table.column_names, file=(name, "1"))

        def landed(self, names: list[str]) -> None:
            self.told = names

    copies = Files(batches, feed)
    copies.drop = {"01.csv": records(1, 2, 3), "02.csv": [record(1, grade=7), *records(3, 4)]}
    assert copies.batch(copies.pull()) == [("A00002", "3", False), ("A00001", "7", False), ("A00003", "4", False), ("A00004", "5", False)]
    assert copies.told == ["01.csv", "02.csv"]
    assert copies.pull().status == "nothing_new", "no new file says nothing"
    copies.drop["03.csv"] = records(3, 4)
    assert copies.batch(copies.pull()) == [("A00001", "7", True), ("A00002", "3", True)]


def test_staging_forgets_the_gone_and_as_of_remembers_them(copies: Copies, tmp_path: Any) -> None:
    """Laws 4 and 5: each pull loaded at once, or all of them at the end, come to the same."""
    later = {"updated_at": "2025-04-01T08:00:00"}
    drops = [
        records(1, 2, 3),
        records(1, 2),
        [*records(1, 2), record(3, grade=8, **later)],
        [record(1), record(3, grade=8, **later)],
        records(1, 3),
    ]
    moments, answers = [], []
    with open_warehouse(tmp_path / "step.duckdb") as step, open_warehouse(tmp_path / "whole.duckdb") as whole:
        for rows in drops:
            assert copies.judge(copies.pull(*rows)).status == "accepted"
            load_batches(step, copies.feed, copies.files, ["due_on"])
            moments.append(copies.clock.replace(tzinfo=None))
            answers.append(step.execute("select item_no, grade from staging.sample_as_of(?) order by all", [moments[-1]]).fetchall())
            assert step.execute("select item_no, grade from staging.sample_current order by all").fetchall() == answers[-1]
        assert answers == [[(r["item_no"], r["grade"]) for r in rows] for rows in drops], "the last copy goes back to what was"
        for moment, answer in zip(moments, answers, strict=True):
            assert step.execute("select item_no, grade from staging.sample_as_of(?) order by all", [moment]).fetchall() == answer
        load_batches(whole, copies.feed, copies.files, ["due_on"])
        assert _all(step) == _all(whole)


def _all(con: duckdb.DuckDBPyConnection) -> list[Any]:
    return [
        con.execute(f"select * from staging.{table} order by all").fetchall() for table in ("sample", "sample_superseded", "sample_current")
    ]


def test_a_feed_that_becomes_a_snapshot_is_staged_anew(batches: BatchFiles, tmp_path: Any) -> None:
    """Of whole copies the last one speaks, also of those that were loaded while versions did."""
    copies = Copies(batches, contract(REST))
    new, old = record(1, grade=5, updated_at="2025-05-01T00:00:00"), record(1, grade=4, updated_at="2025-04-01T00:00:00")
    with open_warehouse(tmp_path / "w.duckdb") as con:
        for rows in ([new, *records(2, 3)], [old, *records(2, 3)]):
            copies.judge(copies.pull(*rows))
            load_batches(con, copies.feed, batches, ["due_on"])
        ask = "select item_no, grade from staging.sample_current order by 1"
        assert con.execute(ask).fetchall() == [("A00001", 5), ("A00002", 3), ("A00003", 4)]
        copies.feed = FEED
        copies.judge(copies.pull(old, record(2)))
        load_batches(con, copies.feed, batches, ["due_on"])
        assert con.execute(ask).fetchall() == [("A00001", 4), ("A00002", 3)]


def test_the_control_total_of_a_copy_is_that_of_the_whole(batches: BatchFiles) -> None:
    rules = [{"rule": "control_total", "control": "total", "column": "grade"}, {"rule": "control_total", "control": "rows"}]
    copies = Copies(batches, contract(REST, snapshot=True, expectations=rules))

    def told(total: str, rows: str) -> None:
        plain = Copies.pages

        def pages(window: Window) -> Iterator[Page]:
            for page in plain(copies, window):
                yield Page(page.rows, page.columns_seen, controls={"total": total, "rows": rows})

        copies.pages = pages  # type: ignore[method-assign]

    told("9", "3")
    assert copies.judge(copies.pull(*records(1, 2, 3))).status == "accepted"
    told("14", "4")
    report = copies.pull(*records(1, 2, 3, 4))
    assert len(copies.batch(report)) == 1
    assert copies.judge(report).status == "accepted"
    told("99", "5")
    assert copies.judge(copies.pull(*records(1, 2, 3, 4, 5))).status == "broken"
