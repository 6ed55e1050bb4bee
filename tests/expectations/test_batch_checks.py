"""Drift, size and share of refused rows: a broken batch accepts nothing and says what to do."""

from typing import Any

import pyarrow.parquet as pq
import pytest

from expectations.validate import validate_batch
from tests.expectations.landed_batch import NOW, Bench, contract, rows
from warehouse.batch import Verdict

SEEN = [column.source_name for column in contract().columns]


def _broken(bench: Bench, verdict: Verdict) -> str:
    """What every broken batch has in common; what it says to the reader."""
    assert (verdict.status, verdict.accepted, verdict.quarantined) == ("broken", 0, verdict.fetched)
    assert bench.accepted(verdict) == []
    assert pq.read_schema(bench.files.accepted(verdict.batch_id)).names == ["_row", *contract().names]
    assert bench.files.data(verdict.batch_id).exists()
    assert verdict.advice is not None
    assert "traceless feed pull item" in verdict.advice
    return " ".join([*(f.message for f in verdict.findings if f.action == "stop"), verdict.advice])


def test_a_missing_column_breaks_the_batch(bench: Bench) -> None:
    verdict = bench.judge(contract(), rows({}, {}), seen=[name for name in SEEN if name != "grade"])
    advice = _broken(bench, verdict)
    assert "column 'grade' is missing from the source" in advice
    assert "督查室 (ducha@county.example)" in advice
    assert [(f.rule, f.column, f.rows, f.action) for f in verdict.findings] == [("missing_column", "grade", 2, "stop")]


def test_a_renamed_column_is_recognised(bench: Bench) -> None:
    seen = ["handled_time" if name == "handled_at" else name for name in SEEN]
    advice = _broken(bench, bench.judge(contract(), rows({}), seen=seen))
    assert "renamed 'handled_at'. Did you mean 'handled_time'?" in advice
    assert "feeds/item/feed.yaml" in advice


def test_a_name_unlike_the_old_one_may_be_the_new_one(bench: Bench) -> None:
    seen = ["评价" if name == "handled_at" else name for name in SEEN]
    advice = _broken(bench, bench.judge(contract(), rows({}), seen=seen))
    assert "If '评价' is the new name of 'handled_at', set 'source:' of it in feeds/item/feed.yaml" in advice
    assert "If not: Ask " in advice


def test_the_name_in_the_source_counts(bench: Bench) -> None:
    feed = contract(columns={"grade": {"source": "等级"}})
    seen = ["等级" if name == "grade" else name for name in SEEN]
    assert bench.judge(feed, rows({}), seen=seen).status == "accepted"
    assert bench.judge(feed, rows({}), seen=SEEN).status == "broken"


def test_an_unknown_column_stops_or_is_noted(bench: Bench) -> None:
    seen = [*SEEN, "phone", "score"]
    advice = _broken(bench, bench.judge(contract(), rows({}), seen=seen))
    assert "'score' is not declared" in advice
    assert "left_out" in advice
    verdict = bench.judge(contract(unknown_columns="note"), rows({}), seen=seen)
    assert (verdict.status, verdict.accepted) == ("accepted", 1)
    assert [(f.rule, f.column, f.action) for f in verdict.findings] == [("unknown_column", "score", "note")]


def test_a_column_declared_after_the_landing(bench: Bench) -> None:
    batch_names = [name for name in contract().names if name != "verified"]
    advice = _broken(bench, bench.judge(contract(), rows({}), names=batch_names))
    assert "'verified' is declared since this batch was landed" in advice


def test_an_empty_full_batch_is_broken_unless_declared(bench: Bench) -> None:
    advice = _broken(bench, bench.judge(contract(), []))
    assert "minimum: 0" in advice
    feed = contract(expectations=[{"rule": "row_count", "minimum": 0}])
    verdict = bench.judge(feed, [], seen=[])
    assert (verdict.status, verdict.fetched, verdict.findings) == ("accepted", 0, [])


def test_an_empty_incremental_batch_is_fine(bench: Bench) -> None:
    feed = contract(expectations=[{"rule": "row_count", "minimum": 5}])
    verdict = bench.judge(feed, [], seen=[], since="2025-03-01")
    assert (verdict.status, verdict.accepted) == ("accepted", 0)
    assert bench.quarantine(verdict) == []


@pytest.mark.parametrize(
    ("rule", "number", "status"),
    [
        ({"minimum": 3}, 2, "broken"),
        ({"minimum": 3}, 3, "accepted"),
        ({"maximum": 3}, 4, "broken"),
        ({"maximum": 3}, 3, "accepted"),
        ({"maximum": 3, "on_failure": "note"}, 4, "accepted"),
    ],
)
def test_row_count(bench: Bench, rule: dict[str, Any], number: int, status: str) -> None:
    feed = contract(expectations=[{"rule": "row_count", **rule}])
    verdict = bench.judge(feed, rows(*[{}] * number))
    assert verdict.status == status
    if status == "broken":
        assert "row_count" in _broken(bench, verdict)
    assert bool(verdict.findings) == (status == "broken" or "on_failure" in rule)


def test_collapse_against_the_usual_size(bench: Bench) -> None:
    feed = contract(expectations=[{"rule": "row_count", "least_of_usual": 0.5}])
    assert bench.judge(feed, rows({})).status == "accepted", "the first batch has nothing to be compared with"
    for number in (10, 12, 14):
        assert bench.judge(feed, rows(*[{}] * number)).status == "accepted"
    bench.judge(feed, rows({}), since="2025-03-01")  # incremental: neither judged nor counted as usual
    verdict = bench.judge(feed, rows(*[{}] * 5))
    assert "5 rows, expected are at least 50% of the usual 11" in _broken(bench, verdict)
    assert bench.judge(feed, rows(*[{}] * 6)).status == "accepted", "a broken batch is not usual"


def test_only_earlier_batches_are_usual(bench: Bench) -> None:
    feed = contract(expectations=[{"rule": "row_count", "least_of_usual": 0.9}])
    early = bench.land(feed, rows({}))
    bench.judge(feed, rows(*[{}] * 50))
    assert validate_batch(feed, bench.files, early, NOW).status == "accepted"


def test_too_many_refused_rows_break_the_batch(bench: Bench) -> None:
    feed = contract(expectations=[{"rule": "refused_share", "maximum": 0.5}])
    assert bench.judge(feed, rows({}, {"grade": "x"})).status == "accepted"
    verdict = bench.judge(feed, rows({}, {"grade": "x"}), refused=[("line 4", "too short")])
    advice = _broken(bench, verdict)
    assert "2 of 3 rows (66.7%) are refused, at most 50.0% may be" in advice
    assert [line["rule"] for line in bench.quarantine(verdict)] == ["type", "unreadable"], "the reasons can be read"
    noted = contract(expectations=[{"rule": "refused_share", "maximum": 0.1, "on_failure": "note"}])
    verdict = bench.judge(noted, rows({}, {"grade": "x"}))
    assert (verdict.status, verdict.accepted) == ("accepted", 1)
    assert [f.rule for f in verdict.findings] == ["type", "refused_share"]


def test_a_batch_of_unreadable_rows_only(bench: Bench) -> None:
    verdict = bench.judge(contract(), [], refused=[("line 2", "too short"), ("line 3", "too short")])
    assert (verdict.fetched, verdict.accepted, verdict.quarantined) == (2, 0, 2)
    assert [line["row_no"] for line in bench.quarantine(verdict)] == [1, 2]


def test_a_column_of_another_type_breaks_the_batch(bench: Bench) -> None:
    verdict = bench.judge(contract(), rows(*[{"grade": "Wang"}] * 10, {"grade": None}))
    advice = _broken(bench, verdict)
    assert "column 'grade' (栏): none of its 10 values is of type integer" in advice
    assert "feeds/item/feed.yaml" in advice
    assert "Wang" not in advice, "in shifted columns it may be a name"
    assert {line["value"] for line in bench.quarantine(verdict)} == {"Wang"}


@pytest.mark.parametrize("changes", [[{"grade": "x"}] * 9, [{"grade": "x"}] * 10 + [{}]])
def test_single_rows_of_a_wrong_type_are_refused_one_by_one(bench: Bench, changes: list[dict[str, Any]]) -> None:
    verdict = bench.judge(contract(), rows(*changes))
    assert (verdict.status, verdict.quarantined) == ("accepted", min(len(changes), 10))
