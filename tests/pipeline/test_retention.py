"""What the contract no longer keeps is deleted from staging, validated and landed files, stays counted, and does not come back."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from connectors.since import kept_from
from pipeline.replay import replay
from pipeline.retention import keep_retention
from tests.connectors.source_kit import contract, record
from warehouse.batch import Manifest

TODAY = datetime(2026, 2, 1, tzinfo=UTC)  # years: 1, so what happened before 2025 is too old
OLD, YOUNG = {"due_on": "2024-12-31"}, {"due_on": "2025-01-01"}


def keys(desk: Any, kind: str) -> list[Any]:
    """Keys in all files of a kind, in any order."""
    paths = sorted(str(p) for p in Path(desk.root / "var").rglob(f"{kind}.parquet"))
    column = "record_key" if kind == "quarantine" else "item_no"
    return sorted(row[0] for row in duckdb.execute(f"select {column} from read_parquet($1, union_by_name := true)", [paths]).fetchall())


def names(*numbers: int) -> list[Any]:
    return [record(number)["item_no"] for number in numbers]


def everything(desk: Any) -> dict[str, Any]:
    found: dict[str, Any] = {kind: keys(desk, kind) for kind in ("data", "accepted", "quarantine")}
    with duckdb.connect(str(desk.project.warehouse_file)) as con:
        for table, key in (("staging.sample", "item_no"), ("staging.sample_current", "item_no"), ("ops.quarantine", "record_key")):
            found[table] = [row[0] for row in con.execute(f"select {key} from {table} order by 1").fetchall()]
        found["superseded"] = con.execute("select count(*) from staging.sample_superseded").fetchall()[0][0]
    return found


@pytest.mark.parametrize(("today", "before"), [(date(2026, 12, 31), date(2025, 1, 1)), (date(2027, 1, 1), date(2026, 1, 1))])
def test_a_row_is_kept_for_years_from_the_end_of_its_year(today: date, before: date) -> None:
    assert kept_from(contract({"connector": "sql", "connection": "x", "table": "t"}), today) == before


def test_old_rows_are_deleted_everywhere_and_stay_counted(desk: Any) -> None:
    desk.declare(expectations=[{"rule": "between", "column": "grade", "maximum": 4}])
    desk.put(record(0, **OLD), record(1, **YOUNG), record(4, **OLD), record(9, **YOUNG))
    desk.run(TODAY)
    (planned,) = keep_retention(desk.project, now=TODAY, dry_run=True)
    assert (planned.before, planned.rows, planned.oldest, planned.going, planned.batches) == (date(2025, 1, 1), 4, date(2024, 12, 31), 2, 1)
    assert len(keys(desk, "data")) == 4, "nothing was touched"
    (before,) = desk.files.manifests()
    (done,) = keep_retention(desk.project, now=TODAY)
    assert (done.going, done.batches) == (2, 1)
    assert everything(desk) == {
        "data": names(1, 9), "accepted": names(1), "quarantine": names(9), "staging.sample": names(1), "staging.sample_current": names(1),
        "superseded": 0, "ops.quarantine": names(9),
    }  # fmt: skip
    (after,) = desk.files.manifests()
    assert (after.rows, after.content_hash, after.parquet_sha256) == (before.rows, before.content_hash, before.parquet_sha256)
    assert (after.rows_left, after.removed[0].rows, after.removed[0].before) == (2, 2, date(2025, 1, 1))
    assert desk.ask("select fetched, accepted, quarantined from ops.batch") == [(4, 2, 2)]
    assert desk.ask("select feed, batch_id, rows, before, reason from ops.removal") == [
        ("sample", after.batch_id, 2, date(2025, 1, 1), "kept for 1 years: tests")
    ]
    (again,) = keep_retention(desk.project, now=TODAY)
    assert again.going == 0
    assert desk.files.manifests() == [after]


def test_deleted_rows_do_not_come_in_again(desk: Any) -> None:
    desk.declare({"connector": "sql", "connection": "items_db", "table": "items"}, version=None)
    desk.put(record(1, **OLD), record(2, **YOUNG))
    desk.run(TODAY)
    keep_retention(desk.project, now=TODAY)
    assert desk.pull(TODAY).status == "nothing_new", "law 2: the same content as what is left"
    desk.put(record(3, **YOUNG))
    report = desk.run(TODAY)
    assert (report.rows, report.expired) == (3, 1)
    assert keys(desk, "data") == names(2, 2, 3)
    assert desk.files.manifests()[-1].expired == 1


def test_all_versions_of_a_record_go_with_its_last_one(desk: Any, clock: Any) -> None:
    """Else an older version, of a later day, would hold again after staging was made anew."""
    desk.put(record(1, due_on="2025-06-01"), record(2, **YOUNG))
    desk.run(clock())
    desk.put(record(1, **OLD, updated_at="2025-04-01T08:00:00"), record(2, due_on="2024-01-01", updated_at="2025-04-01T08:00:00"),
             record(3, due_on="2024-06-01"))  # fmt: skip
    desk.run(clock())
    desk.put(record(2, due_on="2025-07-01", updated_at="2025-05-01T08:00:00"))
    desk.run(clock())
    keep_retention(desk.project, now=TODAY)
    found = everything(desk)
    assert (found["staging.sample_current"], found["data"]) == (names(2), names(2, 2))
    Path(desk.project.warehouse_file).unlink()
    from pipeline import steps

    steps.load(desk.project, "sample")
    assert everything(desk)["staging.sample_current"] == names(2), "law 5: made anew from what is left"
    assert desk.ask("select sum(rows) from ops.removal") == [(5,)]


def test_rows_that_never_had_a_readable_day_go_by_their_pull(desk: Any) -> None:
    desk.put(record(1, due_on="some day"), record(2, **YOUNG))
    desk.run(datetime(2024, 6, 1, tzinfo=UTC))
    assert keep_retention(desk.project, now=TODAY)[0].going == 1
    assert (keys(desk, "data"), keys(desk, "quarantine")) == (names(2), [])


def test_a_thinned_batch_can_be_judged_again(desk: Any) -> None:
    desk.declare(expectations=[{"rule": "between", "column": "grade", "maximum": 4}])
    desk.put(record(0, **OLD), record(4, **YOUNG), record(9, **YOUNG))
    desk.run(TODAY)
    keep_retention(desk.project, now=TODAY)
    desk.declare(expectations=[])
    report = replay(desk.project, "sample")
    assert (report.batches[0].after.fetched, report.batches[0].after.accepted, report.rows_new) == (2, 2, 2)
    assert desk.ask("select fetched, accepted, quarantined from ops.batch") == [(2, 2, 0)]


def test_what_retention_took_is_not_gone_from_the_source(desk: Any, clock: Any) -> None:
    desk.declare({"connector": "sql", "connection": "items_db", "table": "items"}, snapshot=True)
    desk.put(record(1, **OLD), *(record(number, **YOUNG) for number in (2, 3, 4)))
    desk.run(clock())
    keep_retention(desk.project, now=TODAY)
    assert desk.pull(clock()).status == "nothing_new"
    desk.take_away(4)
    report = desk.run(clock())
    assert (report.gone, report.expired) == (1, 1)
    assert everything(desk)["staging.sample_current"] == names(2, 3)
    assert keep_retention(desk.project, now=datetime(2027, 1, 1, tzinfo=UTC))[0].going == 4
    found = everything(desk)
    assert found["staging.sample"] == found["data"] == []


@pytest.mark.parametrize("step", ["_noted", "_check", "_from_warehouse"])
def test_killed_on_the_way_and_run_again_it_is_done(desk: Any, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    desk.declare(expectations=[{"rule": "between", "column": "grade", "maximum": 4}])
    desk.put(record(0, **OLD), record(1, **YOUNG), record(4, **OLD), record(9, **YOUNG))
    desk.run(TODAY)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    place = "pipeline.thinning" if step in ("_noted", "_check") else "pipeline.retention"
    with monkeypatch.context() as patched:
        patched.setattr(f"{place}.{step}", killed)
        with pytest.raises(KeyboardInterrupt):
            keep_retention(desk.project, now=TODAY)
    keep_retention(desk.project, now=TODAY)
    assert [m.rows_left for m in desk.files.manifests()] == [2]
    assert (keys(desk, "data"), keys(desk, "accepted"), keys(desk, "quarantine")) == (names(1, 9), names(1), names(9))
    assert desk.ask("select count(*) from staging.sample") == [(1,)]
    assert desk.ask("select sum(rows) from ops.removal") == [(2,)]


def test_a_roster_keeps_what_still_holds(desk: Any) -> None:
    columns = [
        {"name": "item_no", "type": "string", "key": True, "zh": "编号", "meaning": "key"},
        {"name": "valid_from", "source": "due_on", "type": "date", "zh": "起", "meaning": "first day"},
        {"name": "valid_to", "source": "updated_at", "type": "date", "zh": "止", "meaning": "first day no longer"},
    ]
    left_out = {name: "x" for name in ("grade", "amount", "active", "person_name", "phone")}
    desk.declare({"connector": "sql", "connection": "items_db", "table": "items"}, kind="roster", columns=columns,
                 event_time="valid_from", version=None, left_out=left_out)  # fmt: skip
    desk.put(record(1, **OLD, updated_at=None), record(2, **OLD, updated_at="2024-12-31"), record(3, **OLD, updated_at="2025-01-02"))
    from pipeline import steps

    desk.pull(TODAY)
    steps.validate(desk.project, "sample")
    assert keep_retention(desk.project, now=TODAY)[0].going == 1
    assert keys(desk, "data") == keys(desk, "accepted") == names(1, 3)


def test_the_command_counts_first_and_then_deletes(desk: Any) -> None:
    desk.put(record(1, due_on="2001-01-01"), record(2, due_on="2999-01-01"))
    desk.run()
    said = desk.said("retention", "--dry-run")
    assert "nothing was touched" in said
    assert "Next step: traceless retention deletes them for good" in said
    assert "deleted" in desk.said("retention", "--feed", "sample")
    assert keys(desk, "data") == names(2)
    assert isinstance(desk.files.manifests()[0], Manifest)
