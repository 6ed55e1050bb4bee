"""What a contract says of a column that the source changes: quarantine, freeze, widen."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import ValidationError

from declarations.indicator import Indicator
from declarations.rules import RoleWeights
from expectations.checked import check_expectations
from tests.expectations.landed_batch import Bench, contract, rows
from transforms.dimensions import build_dimensions
from transforms.facts import build_facts, create_fact_tables
from warehouse.batch import Verdict
from warehouse.load import load_batches
from warehouse.store import open_warehouse

SEEN = [column.source_name for column in contract().columns]


def _found(verdict: Verdict) -> list[tuple[str, str | None, int, str]]:
    return [(f.rule, f.column, f.rows, f.action) for f in verdict.findings]


def test_a_frozen_column_stops_the_batch_at_one_value(bench: Bench) -> None:
    feed = contract(columns={"grade": {"drift": "freeze"}})
    assert bench.judge(feed, rows({}, {"grade": None}, {"due_on": "x"})).accepted == 2
    verdict = bench.judge(feed, rows({}, {"grade": "5.5"}, {}))
    assert (verdict.status, verdict.accepted, verdict.quarantined) == ("broken", 0, 3)
    assert ("frozen_type", "grade", 1, "stop") in _found(verdict)
    assert "column 'grade' (栏) is frozen: 1 of its values is not of type integer." in [f.message for f in verdict.findings]
    assert "loosen 'drift' of 'grade' in feeds/item/feed.yaml" in (verdict.advice or "")
    assert bench.judge(feed, rows({}), seen=[name for name in SEEN if name != "grade"]).status == "broken"


def test_a_widened_column_takes_wider_values_and_counts_them(bench: Bench) -> None:
    feed = contract(columns={"grade": {"drift": "widen"}, "due_on": {"drift": "widen"}})
    verdict = bench.judge(
        feed,
        rows(
            {"grade": "4.5", "due_on": "2025-03-31T14:30:00"},
            {"grade": "4"},
            {"grade": "x"},
            {"grade": "5.5"},
            {"due_on": "2025-04-01 08:00"},
        ),
    )
    taken = {row["item_no"]: (row["grade"], row["due_on"]) for row in bench.accepted(verdict)}
    day = datetime(2025, 3, 31)
    assert taken == {
        "A1": (Decimal("4.5"), datetime(2025, 3, 31, 14, 30)),
        "A2": (Decimal(4), day),
        "A5": (Decimal(5), datetime(2025, 4, 1, 8)),
    }, "A3 is no number, A4 is above the maximum"
    assert ("wider", "grade", 2, "note") in _found(verdict)
    assert ("wider", "due_on", 2, "note") in _found(verdict)
    assert "2 rows: grade (栏) holds more than a whole number; taken as decimal." in [f.message for f in verdict.findings]


def test_a_written_format_is_read_first_and_a_time_after_it(bench: Bench) -> None:
    feed = contract(columns={"due_on": {"drift": "widen", "format": "%d.%m.%Y"}})
    verdict = bench.judge(feed, rows({"due_on": "31.03.2025"}, {"due_on": "2025-03-31T14:30:00"}, {"due_on": "03/31/2025"}))
    assert [row["due_on"] for row in bench.accepted(verdict)] == [datetime(2025, 3, 31), datetime(2025, 3, 31, 14, 30)]


def test_a_whole_column_of_another_type_is_broken_for_all_that(bench: Bench) -> None:
    verdict = bench.judge(contract(columns={"grade": {"drift": "widen"}}), rows(*[{"grade": "good"}] * 10))
    assert [f.rule for f in verdict.findings if f.action == "stop"] == ["wrong_type"]


def test_a_widened_column_may_be_lost_unless_it_is_needed(bench: Bench) -> None:
    seen = [name for name in SEEN if name != "grade"]
    verdict = bench.judge(contract(columns={"grade": {"drift": "widen"}}), rows({"grade": None}), seen=seen)
    assert (verdict.status, _found(verdict)) == ("accepted", [("lost_column", "grade", 1, "note")])
    assert "column 'grade' is missing from the source and taken as empty." in verdict.findings[0].message
    verdict = bench.judge(contract(columns={"grade": {"drift": "widen", "required": True}}), rows({"grade": None}), seen=seen)
    assert verdict.status == "broken"
    with pytest.raises(ValidationError, match="cannot have 'drift: widen'"):
        contract(columns={"item_no": {"drift": "widen"}})


def test_days_stay_days_for_rules_that_were_written_for_days(bench: Bench) -> None:
    feed = contract(
        columns={"due_on": {"drift": "widen"}},
        expectations=[
            {"rule": "not_before", "column": "updated_at", "other": "due_on"},
            {"rule": "row_is", "name": "in_march", "condition": "due_on - DATE '2025-03-01' <= 30", "meaning": "Due in March."},
        ],
    )
    check_expectations(feed)
    same_day = {"due_on": "2025-03-31T18:00:00", "updated_at": "2025-03-31T09:00:00"}
    verdict = bench.judge(feed, rows(same_day, {**same_day, "due_on": "2025-04-01T01:00:00"}))
    assert [row["item_no"] for row in bench.accepted(verdict)] == ["A1"]


def test_widened_rows_are_staged_and_counted_by_indicators(bench: Bench, tmp_path: Path) -> None:
    """The same indicators before and after the column was widened: a time on the last day is in time."""
    indicators = [_indicator("on_time", "rate", "due_on <= DATE '2025-03-31'"), _indicator("left", "mean", "DATE '2025-04-10' - due_on")]
    narrow = contract()
    wide = contract(columns={"due_on": {"drift": "widen"}, "grade": {"drift": "widen"}})
    with open_warehouse(tmp_path / "warehouse.duckdb") as connection:
        bench.judge(narrow, rows({"due_on": "2025-03-31"}, {"due_on": "2025-03-30"}))
        load_batches(connection, narrow, bench.files, ["due_on"])
        assert _facts(connection, narrow, indicators) == {"on_time": 1.0, "left": 10.5}
        timed = [{"item_no": "B1", "due_on": "2025-03-31T23:00:00", "grade": "4.5"}, {"item_no": "B2", "due_on": "2025-03-28T00:00:00"}]
        bench.judge(wide, rows(*timed))
        load_batches(connection, wide, bench.files, ["due_on"])
        assert _facts(connection, wide, indicators) == {"on_time": 1.0, "left": 11.0}
        staged = dict(connection.execute("select item_no, grade from staging.item_current").fetchall())
        assert staged == {"A1": 5, "A2": 5, "B1": Decimal("4.5"), "B2": 5}
        assert connection.execute("select due_on from staging.item_current where item_no = 'A2'").fetchall() == [(datetime(2025, 3, 30),)]


def _indicator(code: str, kind: str, numerator: str) -> Indicator:
    return Indicator.model_validate(
        {
            "code": code, "title": {"en": code, "zh": code}, "meaning": code, "feed": "item", "kind": kind, "numerator": numerator,
            **({"denominator": "due_on is not null"} if kind == "rate" else {}), "decisive_date": "due_on",
            "unit": "share", "direction": "higher",
        }
    )  # fmt: skip


def _facts(connection: duckdb.DuckDBPyConnection, feed: Any, indicators: list[Indicator]) -> dict[str, float]:
    feed = feed.model_copy(update={"subject": feed.subject.model_copy(update={"organisation": "org_id"})})
    create_fact_tables(connection)
    build_dimensions(connection, {feed.id: feed}, {i.code: i for i in indicators}, [2025], RoleWeights())
    build_facts(connection, feed, indicators, ["2025-Q1"], "")
    query = "select indicator, value from fact.indicator_org where period = '2025-Q1'"
    return dict(connection.execute(query).fetchall())


def test_a_batch_that_was_judged_before_a_column_was_declared_is_loaded_again_without_it(bench: Bench) -> None:
    old, new = contract(), contract(event_time="handled_at")  # another time of happening: staging is made anew
    bench.judge(old, rows({}, {}))
    later = new.columns[0].model_copy(update={"name": "later", "source": None, "key": False, "required": False})
    new = new.model_copy(update={"columns": [*new.columns, later]})
    with open_warehouse(bench.files.landing.parent / "warehouse.duckdb") as connection:
        assert load_batches(connection, old, bench.files, []).rows_new == 2
        load_batches(connection, new, bench.files, [])
        found = connection.execute('select count(*), count(later) from staging."item_current"').fetchone()
    assert found == (2, 0)
