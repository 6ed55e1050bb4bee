"""Ballots without the most extreme ones: the mean of each period's own rows, in one scan."""

import random

import pytest
from pydantic import ValidationError

from declarations.feed import FeedContract
from declarations.indicator import Indicator
from declarations.rules import RoleWeights
from transforms.dimensions import build_dimensions
from transforms.facts import build_facts, create_fact_tables
from warehouse.staging import create_staging
from warehouse.store import open_warehouse

BALLOTS = FeedContract.model_validate(
    {
        "id": "ballots",
        "kind": "evaluation",
        "title": {"en": "Ballots", "zh": "票决"},
        "description": "One row a ballot.",
        "owner": {"team": "test"},
        "source": {"connector": "files", "connection": "ballots", "pattern": ["*.csv"]},
        "columns": [
            {"name": "ballot_no", "type": "string", "key": True, "zh": "编号", "meaning": "Number"},
            {"name": "unit", "type": "string", "zh": "单位", "meaning": "Unit"},
            {"name": "day", "type": "date", "zh": "日期", "meaning": "Day"},
            {"name": "points", "type": "decimal", "zh": "分", "meaning": "Points"},
        ],
        "subject": {"organisation": "unit"},
        "event_time": "day",
        "cadence": {"cron": "0 0 * * *", "deadline": "400d"},
        "retention": {"years": 1, "reason": "test"},
    }
)
YEAR = ["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4"]


def indicator(trim: dict[str, float] | None, kind: str = "mean", code: str = "trimmed") -> Indicator:
    return Indicator.model_validate(
        {
            "code": code, "title": {"en": "Ballots", "zh": "票"}, "meaning": "m", "feed": "ballots", "kind": kind, "unit": "points",
            "direction": "higher", "numerator": "points", "decisive_date": "day", "minimum_n": 3, "trim": trim,
        }
    )  # fmt: skip


def facts(tmp_path, rows: list[tuple[str, str, float | None]], trim: dict[str, float]) -> dict[tuple[str, str, str], tuple]:  # type: ignore[no-untyped-def,type-arg]
    """(indicator, unit, period) → numerator, denominator, n, value, status; beside the trimmed mean the plain one."""
    indicators = {i.code: i for i in (indicator(trim), indicator(None, code="plain"))}
    with open_warehouse(tmp_path / "warehouse.duckdb") as con:
        create_fact_tables(con)
        create_staging(con, BALLOTS)
        con.execute("create or replace temp table ballot (ballot_no varchar, unit varchar, day date, points decimal(28, 8))")
        for number, (unit, day, points) in enumerate(rows):
            con.execute("insert into ballot values (?, ?, ?, ?)", [str(number), unit, day, points])
        con.execute("create or replace view staging.ballots_current as select * from temp.ballot")
        build_dimensions(con, {"ballots": BALLOTS}, indicators, [2025], RoleWeights())
        build_facts(con, BALLOTS, list(indicators.values()), YEAR, "")
        found = con.execute("select indicator, org_id, period, numerator, denominator, n, value, status from fact.indicator_org").fetchall()
    return {(row[0], row[1], row[2]): row[3:] for row in found}


FIRST = [10, 60, 70, 70, 80, 80, 90, 90, 90, 100]
"""Ten ballots of the first quarter; a tenth at each end is one: without 10 and 100 they are 630 / 8."""
SECOND = [0, 50, 100]
"""Three of the second: a tenth of three is none."""


def rows_of(unit: str = "A") -> list[tuple[str, str, float | None]]:
    first = [(unit, "2025-02-01", float(x)) for x in FIRST]
    return [*first, *[(unit, "2025-05-01", float(x)) for x in SECOND], (unit, "2025-05-02", None)]


def test_extremes_are_left_out_of_each_period_by_its_own_rows(tmp_path) -> None:  # type: ignore[no-untyped-def]
    found = facts(tmp_path, rows_of(), {"lowest": 0.1, "highest": 0.1})
    assert found["trimmed", "A", "2025-Q1"] == (630, 8, 10, 78.75, "ok")
    assert found["plain", "A", "2025-Q1"] == (740, 10, 10, 74, "ok")
    assert found["trimmed", "A", "2025-Q2"] == (150, 3, 3, 50, "ok")
    # the year's thirteen: one at each end, 0 and one of the 100s; 890 − 100 of 11, not the mean of the quarters
    assert found["trimmed", "A", "2025"] == (790, 11, 13, pytest.approx(790 / 11, abs=1e-12), "ok")


def test_equal_values_are_counted_one_by_one_and_the_ends_may_differ(tmp_path) -> None:  # type: ignore[no-untyped-def]
    found = facts(tmp_path, rows_of(), {"lowest": 0.0, "highest": 0.3})
    # three of ten go: 100 and two of the three 90s: 740 − 280 of 7
    assert found["trimmed", "A", "2025-Q1"][:3] == (460, 7, 10)


def test_the_minimum_counts_all_ballots_before_trimming(tmp_path) -> None:  # type: ignore[no-untyped-def]
    found = facts(tmp_path, [("A", "2025-02-01", 1.0), ("A", "2025-02-01", 2.0)], {"lowest": 0.4, "highest": 0.4})
    assert found["trimmed", "A", "2025-Q1"][2:] == (2, 1.5, "too_few")


def test_order_of_rows_and_other_units_change_nothing(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "a").mkdir()
    rows = rows_of()
    plain = facts(tmp_path / "a", rows, {"lowest": 0.2, "highest": 0.1})
    rows += [("B", "2025-02-01", 1e6 + k) for k in range(20)]
    random.Random(3).shuffle(rows)
    shuffled = facts(tmp_path / "b", rows, {"lowest": 0.2, "highest": 0.1})
    assert {key: row for key, row in shuffled.items() if key[1] == "A"} == plain


def test_only_a_mean_can_be_trimmed() -> None:
    with pytest.raises(ValidationError, match="only a mean can be trimmed"):
        indicator({"lowest": 0.1}, kind="amount")
    with pytest.raises(ValidationError, match="less than"):
        indicator({"lowest": 0.5})
