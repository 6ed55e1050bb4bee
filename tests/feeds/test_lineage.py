"""What hangs on a feed: its lineage, what a change breaks, its page."""

from pathlib import Path
from typing import Any

import pytest

from declarations.feed import FeedContract
from declarations.project import Project, open_project
from pipeline.feeds.derivable import derivable_indicators
from pipeline.feeds.diff import Change, ContractDiff, diff_contracts
from pipeline.feeds.lineage import lineage_of
from pipeline.feeds.page import feed_page

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def project() -> Project:
    return open_project(REPOSITORY)


def changed(feed: FeedContract, **columns: dict[str, Any] | None) -> FeedContract:
    """The contract with columns replaced, or taken out where None."""
    data = feed.model_dump(mode="json")
    data["columns"] = [{**c, **(columns.get(c["name"]) or {})} for c in data["columns"] if columns.get(c["name"], c) is not None]
    data["expectations"] = []
    return FeedContract.model_validate(data)


def one(diff: ContractDiff, beginning: str) -> Change:
    (found,) = [change for change in diff.changes if change.what.startswith(beginning)]
    return found


def test_lineage_leads_from_columns_to_schemes(project: Project) -> None:
    lineage = lineage_of(project, project.feed("petition"))
    assert lineage.indicators_of("satisfaction") == ["petition_satisfaction_rate"]
    assert lineage.columns["petition_satisfaction_rate"] >= {"satisfaction", "org_id", "close_due_on"}
    assert [use.scheme for use in lineage.uses_of("petition_satisfaction_rate")] == ["cadre-2025", "department-2025", "town-2025"]
    assert lineage.uses_of("petition_review_overturn_rate") == []
    assert lineage_of(project, project.feed("roster")).whole is not None


def test_a_column_that_is_taken_out_breaks_what_reads_it(project: Project) -> None:
    old = project.feed("petition")
    diff = diff_contracts(project, old, changed(old, closed_on=None))
    broken = {change.what for change in diff.changes if change.weight == "breaks"}
    assert broken == {f"indicator {code}" for code in lineage_of(project, old).indicators_of("closed_on")}
    assert diff.breaks
    assert one(diff, "column closed_on is no longer taken").reaches == tuple(lineage_of(project, old).indicators_of("closed_on"))
    assert "result" in diff.marts


def test_a_code_that_an_indicator_asks_for_must_stay(project: Project) -> None:
    old = project.feed("petition")
    codes = {"content": "满意", "basically": "基本满意", "dissatisfied": "不满意"}
    diff = diff_contracts(project, old, changed(old, satisfaction={"codes": codes}))
    assert one(diff, "indicator petition_satisfaction_rate").why == "it asks for satisfaction = 'satisfied', which can no longer occur"
    assert one(diff, "column satisfaction: codes satisfied are gone").weight == "changes"


@pytest.mark.parametrize(
    ("change", "what", "weight"),
    [
        ({"type": "date"}, "column updated_at: timestamp becomes date", "changes"),
        ({"unit": "s"}, "column updated_at: unit None becomes s", "changes"),
        ({"meaning": "Another word."}, "column updated_at: meaning", "harmless"),
        ({"format": "%Y"}, "column updated_at: format", "changes"),
        ({"source": "changed_at"}, "column updated_at is read from changed_at", "changes"),
        ({"key": True}, "column updated_at enters the key", "changes"),
    ],
)
def test_each_change_is_weighed(project: Project, change: dict[str, Any], what: str, weight: str) -> None:
    old = changed(project.feed("petition"))
    assert one(diff_contracts(project, old, changed(old, updated_at=change)), what).weight == weight


def test_equal_contracts_differ_in_nothing(project: Project) -> None:
    for feed in project.feeds.values():
        diff = diff_contracts(project, feed, feed.model_copy())
        assert (diff.changes, diff.marts) == ([], [])


def test_a_roster_needs_the_columns_that_the_sql_knows(project: Project) -> None:
    old = project.feed("roster")
    assert one(diff_contracts(project, old, changed(old, domain=None)), "a roster feed needs domain").weight == "breaks"


def test_a_new_feed_can_borrow_indicators_of_its_kind(project: Project) -> None:
    hotline = project.feed("petition").model_copy(update={"id": "hotline"})
    found = derivable_indicators(project, hotline)
    assert {one.like for one in found} == {"petition"}
    assert "petition_on_time_closing_rate" in {one.indicator.code for one in found}
    fewer = derivable_indicators(project, changed(hotline, closed_on=None))
    assert {one.indicator.code for one in found} - {one.indicator.code for one in fewer} == {
        "petition_backlog_solved_rate", "petition_first_time_resolution_rate", "petition_on_time_closing_rate",
    }  # fmt: skip


def test_the_page_says_what_the_contract_says_and_needs_no_network(project: Project) -> None:
    for feed in project.feeds.values():
        page = feed_page(project, feed)
        assert all(f">{column.zh}</td>" in page for column in feed.columns)
        assert all(reason in page for reason in feed.left_out.values())
        assert not [word for word in ("<script", "src=", "href=") if word in page]


def test_the_page_tells_codes_once_how_many_more_and_where_nothing_leads(project: Project, tmp_path: Path) -> None:
    old = project.feed("petition")
    codes = {"5": "非常满意"} | {f"甲{i}": f"甲{i}" for i in range(9)}
    page = feed_page(project, changed(old, satisfaction={"codes": codes}))
    assert "one of 5 非常满意, 甲0, 甲1, 甲2, 甲3, 甲4, 甲5, 甲6 and 2 more" in page
    assert "尚无指标使用" not in page
    alone = Project(tmp_path, tmp_path / "var")
    assert "尚无指标使用" in feed_page(alone, old)
