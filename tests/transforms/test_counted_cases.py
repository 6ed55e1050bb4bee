"""What n counts where a row sums up many cases: ballots, surveys."""

import duckdb
import pytest
from pydantic import ValidationError

from declarations.feed import FeedContract
from declarations.indicator import Indicator
from transforms.fact_scan import scan

CONTRACT = FeedContract.model_validate(
    {
        "id": "surveys",
        "kind": "rating",
        "title": {"en": "Surveys", "zh": "问卷"},
        "description": "One row for each place and day with the number of answers.",
        "owner": {"team": "test"},
        "source": {"connector": "files", "connection": "surveys", "pattern": ["*.csv"]},
        "columns": [
            {"name": "place", "type": "string", "key": True, "zh": "单位", "meaning": "Place"},
            {"name": "day", "type": "date", "key": True, "zh": "日期", "meaning": "Day"},
            {"name": "answers", "type": "integer", "zh": "答数", "meaning": "Answers"},
            {"name": "good", "type": "integer", "zh": "满意数", "meaning": "Good answers"},
        ],
        "subject": {"organisation": "place"},
        "event_time": "day",
        "retention": {"years": 1, "reason": "test"},
    }
)


def indicator(counts: str, kind: str = "rate") -> Indicator:
    denominator = {"denominator": "answers"} if kind == "rate" else {}
    return Indicator.model_validate(
        {
            "code": "good", "title": {"en": "Good", "zh": "满意"}, "meaning": "Good answers", "feed": "surveys", "kind": kind,
            "unit": "share", "direction": "higher", "numerator": "good", "decisive_date": "day", "counts": counts, **denominator,
        }
    )  # fmt: skip


@pytest.mark.parametrize(("counts", "n"), [("rows", 2), ("denominator", 30)])
def test_n_is_rows_or_what_the_denominator_sums(counts: str, n: int) -> None:
    with duckdb.connect() as con:
        con.execute("create schema staging; create table fact_scope as select '2025-Q1' as quarter")
        con.execute("create table staging.surveys_current (place varchar, day date, answers bigint, good bigint)")
        rows = "('A', '2025-01-05', 10, 9), ('A', '2025-02-05', 20, 12), ('A', '2025-02-06', null, null)"
        con.execute(f"insert into staging.surveys_current values {rows}")
        found = con.execute(f"select num_0, den_0, n_0, rows_0 from ({scan(CONTRACT, [indicator(counts)])})").fetchall()
    assert found == [(21, 30, n, 3)]


def test_only_a_rate_can_count_by_its_denominator() -> None:
    with pytest.raises(ValidationError, match="only a rate has a denominator to count by"):
        indicator("denominator", kind="amount")
