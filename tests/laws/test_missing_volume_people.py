"""Laws 8, 10, 11: missing is typed and never 0; volume cannot be scored; people decide."""

import re

import pytest
from county_copy import County

from declarations.problem import Problem
from pipeline import steps


def test_law_8_absence_has_a_type_and_no_points(county: County) -> None:
    county.run()
    found = dict(county.query("select subject_id, status from node where scheme = 'town' and period = '2025-Q1' and node = 'satisfaction'"))
    assert found == {"A": "ok", "B": "ok", "C": "too_few"}
    assert county.query("select distinct status from node where scheme = 'town' and period = '2025-Q3' and node = 'growth'") == [
        ("not_reported",)
    ]
    assert county.query("select count(*) from node where status not in ('ok', 'incomplete') and (normalised is not null or raw = 0)") == [
        (0,)
    ]


def test_law_8_below_the_minimum_coverage_there_is_no_grade(county: County) -> None:
    (county.root / "data" / "growth" / "growth.csv").write_text(
        "series,org_id,period_end,value\ngrowth,A,2025-03-31,5\ntarget,A,2025-03-31,5\n"
    )
    county.run()
    found = county.query(
        "select subject_id, coverage, grade_suggestion, status from result where scheme = 'town' and period = '2025-Q1' order by 1"
    )
    assert found[0][1:3] == (1.0, "good")  # one graded subject: no room under the ceiling
    assert [row[1:] for row in found[1:]] == [(0.5, None, "incomplete")] * 2


def test_law_8_a_silent_feed_is_source_down_and_says_nothing(county: County) -> None:
    contract = county.root / "feeds" / "items" / "feed.yaml"
    contract.write_text(contract.read_text().replace("deadline: 400d", "deadline: 10d"))
    county.run()
    # the last item is due on 2025-03-15: ten days on, the feed knows nothing of the quarter's end
    found = county.query("select distinct status, raw from node where scheme = 'town' and period = '2025-Q1' and node = 'on_time'")
    assert found == [("source_down", None)]


@pytest.mark.parametrize(
    ("feed_kind", "numerator", "kind"),
    [
        ("petition", "1", "amount"),
        ("petition", "case when grade = 1 then 1 end", "amount"),
        ("petition", "grade", "amount"),
        ("audit", "1", "amount"),
        ("audit", "true", "mean"),
    ],
)
def test_law_10_volume_of_petitions_and_counts_of_findings_are_refused(county: County, feed_kind: str, numerator: str, kind: str) -> None:
    contract = county.root / "feeds" / "ratings" / "feed.yaml"
    contract.write_text(contract.read_text().replace("kind: rating", f"kind: {feed_kind}"))
    (county.root / "indicators" / "volume.yaml").write_text(
        f"indicators:\n  - {{code: volume, title: {{en: v, zh: v}}, meaning: v, feed: ratings, kind: {kind}, unit: rows, "
        f'direction: lower, numerator: "{numerator}", decisive_date: rated_on}}\n'
    )
    with pytest.raises(Problem, match=r"never scored: (ranking by it led|they punish)"):
        _ = county.project.indicators


def test_law_11_an_annual_result_needs_a_named_approver(county: County) -> None:
    report = county.run(approver=None)
    assert {period for _, period in report.waiting} == {"2025"}
    assert county.query("select count(*) from result where period = '2025'") == [(0,)]
    assert county.query("select distinct state from publication") == [("provisional",)]
    with pytest.raises(Problem, match="no approver"):
        steps.publish(county.project, "town", "2025", " ")
    steps.publish(county.project, "town", "2025", "Li Ming")
    assert county.query("select state, approver from publication where period = '2025'") == [("approved", "Li Ming")]


def test_law_11_an_approval_holds_for_the_scores_that_were_seen(county: County) -> None:
    county.run(approver=None)
    seen = steps.appraise(county.project, "town", "2025").fingerprint
    county.drop("ratings", "later.csv", "rating_no,org_id,rated_on,grade\nR01,A,2025-02-15,1\n")
    county.run(approver=None)
    with pytest.raises(Problem, match="have changed since they were approved"):
        steps.publish(county.project, "town", "2025", "Li Ming", seen)
    now = steps.appraise(county.project, "town", "2025").fingerprint
    assert now != seen
    assert steps.publish(county.project, "town", "2025", "Li Ming", now).changed


def test_law_11_a_grade_is_called_a_suggestion(county: County) -> None:
    county.run()
    columns = [name for (name, *_) in county.query("describe result")]
    assert "grade_suggestion" in columns
    assert not [name for name in columns if re.fullmatch(r"grade|decision", name)]
