"""Size against history, freshness against the pull, sums against what the source says it sent."""

from typing import Any

import pytest

from declarations.problem import Problem
from expectations.checked import check_expectations
from tests.expectations.landed_batch import Bench, contract, rows
from warehouse.batch import Verdict

SOME = "2025-03-01"  # a batch with this ``since`` is incremental


def _stops(verdict: Verdict) -> list[str]:
    return [f.message for f in verdict.findings if f.action == "stop"]


def test_a_batch_that_swells_beyond_the_usual(bench: Bench) -> None:
    feed = contract("handled_at", expectations=[{"rule": "row_count", "most_of_usual": 2}])
    assert bench.judge(feed, rows(*[{}] * 10)).status == "accepted"
    assert bench.judge(feed, rows(*[{}] * 20)).status == "accepted"
    verdict = bench.judge(feed, rows(*[{}] * 31))
    assert _stops(verdict) == ["the batch has 31 rows, expected are at most 200% of the usual 15."]


def test_incremental_batches_are_compared_with_their_own_sort_once_there_are_enough(bench: Bench) -> None:
    feed = contract("handled_at", expectations=[{"rule": "row_count", "least_of_usual": 0.5, "most_of_usual": 3}])
    bench.judge(feed, rows(*[{}] * 100))
    for number in (4, 4, 1, 4, 4):  # too few before them to say what is usual, so the 1 passes
        assert bench.judge(feed, rows(*[{}] * number), since=SOME).status == "accepted"
    assert _stops(bench.judge(feed, rows({}), since=SOME)) == ["the batch has 1 rows, expected are at least 50% of the usual 4."]
    assert _stops(bench.judge(feed, rows(*[{}] * 13), since=SOME)) == ["the batch has 13 rows, expected are at most 300% of the usual 4."]
    assert bench.judge(feed, rows(*[{}] * 50)).status == "accepted", "a full batch is compared with full ones"


def test_a_back_fill_is_neither_judged_by_the_usual_nor_counted(bench: Bench) -> None:
    fresh_enough = {"rule": "freshness", "column": "handled_at", "within": "1d", "on_failure": "stop"}
    feed = contract("handled_at", expectations=[{"rule": "row_count", "most_of_usual": 2}, fresh_enough])
    fresh = {"handled_at": "2025-04-01T08:30:00", "updated_at": "2025-04-01T09:00:00"}
    assert bench.judge(feed, rows(*[fresh] * 2)).status == "accepted"
    assert bench.judge(feed, rows(*[{}] * 90), purpose="backfill").status == "accepted"
    assert _stops(bench.judge(feed, rows(*[fresh] * 5))) == ["the batch has 5 rows, expected are at most 200% of the usual 2."]


@pytest.mark.parametrize(
    ("column", "values", "fine"),
    [
        ("handled_at", ["2025-03-01", "2025-03-30T09:00:00"], True),  # pulled at 2025-04-01 09:00
        ("handled_at", ["2025-03-01", "2025-03-30T08:59:59"], False),
        ("handled_at", ["2025-03-31T05:00:00-12:00", None], True),
        ("handled_at", ["2025-03-01", "2099-01-01"], False),  # a slip of the pen makes nothing fresh
        ("handled_at", [None, None], False),
        ("due_on", ["2025-03-29"], False),  # a day lasts until its end
        ("due_on", ["2025-03-30"], True),
    ],
)
def test_freshness(bench: Bench, column: str, values: list[str | None], fine: bool) -> None:
    feed = contract("handled_at", expectations=[{"rule": "freshness", "column": column, "within": "2d", "on_failure": "stop"}])
    verdict = bench.judge(feed, rows(*[{column: value} for value in values]))
    assert verdict.status == ("accepted" if fine else "broken")
    if not fine:
        assert f"{column} (栏)" in _stops(verdict)[0]
        assert "督查室" in (verdict.advice or "")


def test_freshness_is_a_note_by_default_and_not_asked_of_an_empty_batch(bench: Bench) -> None:
    feed = contract("handled_at", expectations=[{"rule": "freshness", "column": "handled_at", "within": "2d"}])
    verdict = bench.judge(feed, rows({}))
    assert (verdict.status, [(f.rule, f.action) for f in verdict.findings]) == ("accepted", [("freshness", "note")])
    assert bench.judge(feed, [], seen=[], since=SOME).findings == []


def _total(**more: Any) -> dict[str, Any]:
    return {"rule": "control_total", "control": "sum", "column": "amount_yuan", **more}


@pytest.mark.parametrize(
    ("said", "rule", "apart"),
    [
        ({"sum": "0.30000000"}, _total(), None),
        ({"sum": "0.3"}, _total(), None),
        ({"sum": " 0.30 "}, _total(), None),
        ({"sum": "0.30000001"}, _total(), "is 0.3, the source says 0.30000001 ('sum'): -0.00000001 apart"),
        ({"sum": "0.31"}, _total(tolerance=0.01), None),
        ({"sum": "0.32"}, _total(tolerance=0.01), "-0.02 apart, more than 0.01"),
        ({"sum": "1,000.3"}, _total(), "the source says 1000.3"),
        ({}, _total(), "the source named no control total 'sum'"),
        ({"sum": "n/a"}, _total(), "is no number"),
        ({"sum": "NaN"}, _total(), "is no number"),
        ({"sum": "4"}, _total(column=None), None),
        ({"sum": "3"}, _total(column=None), "the number of rows is 4, the source says 3 ('sum'): 1 apart"),
    ],
)
def test_control_totals(bench: Bench, said: dict[str, str], rule: dict[str, Any], apart: str | None) -> None:
    """Exact (0.1 + 0.2 is 0.3), over all rows that came: one is refused by its grade, one could not be read."""
    amounts = rows({"amount_yuan": "0.1"}, {"amount_yuan": "0.2", "grade": "9"}, {"amount_yuan": None})
    verdict = bench.judge(contract("amount_yuan", "grade", expectations=[rule]), amounts, refused=[("line 5", "cut off")], controls=said)
    assert verdict.status == ("broken" if apart else "accepted")
    assert apart is None or apart in _stops(verdict)[0]


def test_rows_that_never_enter_count_as_sent(bench: Bench) -> None:
    rule = _total(column=None)
    assert bench.judge(contract("amount_yuan", expectations=[rule]), rows({}, {}), controls={"sum": "5"}, withheld=3).status == "accepted"
    verdict = bench.judge(contract("amount_yuan", expectations=[_total()]), rows({}), controls={"sum": "99"}, withheld=3)
    assert "3 withheld rows are in no sum" in _stops(verdict)[0]


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (
            {"rule": "freshness", "column": "grade", "within": "1d"},
            "expectations.0: freshness: grade is of type integer, not a date or time",
        ),
        ({**_total(), "column": "channel"}, "control_total: channel is of type string, not a number"),
        (_total(), "the source has no control file"),
        ({"rule": "row_count"}, "row_count: gives no bound"),
    ],
)
def test_a_rule_that_cannot_be_judged_is_told_when_the_contract_is_checked(rule: dict[str, Any], told: str) -> None:
    with pytest.raises(Problem) as caught:
        check_expectations(contract("amount_yuan", "grade", "channel", expectations=[rule]))
    assert told in str(caught.value)


def test_a_rest_source_names_its_controls() -> None:
    source = {"connector": "rest", "connection": "api", "path": "/v1", "controls": {"total": "meta.total"}}
    check_expectations(contract("amount_yuan", source=source, expectations=[_total(control="total")]))
    with pytest.raises(Problem, match=r"the source has no control 'totals'\. Next step: Did you mean 'total'\?"):
        check_expectations(contract("amount_yuan", source=source, expectations=[_total(control="totals")]))
