"""``exists_in`` and ``refers_to``: a value stands in another feed's accepted rows, or is refused, noted, or not checked yet."""

from pathlib import Path
from typing import Any

import pytest

from declarations.check_feed import check_relations
from declarations.feed import FeedContract
from declarations.problem import Problem
from declarations.project import Project
from expectations.validate import validate_batch
from tests.expectations.landed_batch import NOW, Bench, contract, rows
from warehouse.batch import Verdict

ROSTER = contract("org_id", "grade", id="roster", columns={"org_id": {"pattern": None}})
LOOK_UP = {"rule": "exists_in", "column": "org_id", "feed": "roster", "other": "org_id", "on_failure": "quarantine"}


@pytest.fixture
def roster(tmp_path: Path) -> Bench:
    """A second feed beside the small one, in the same landing."""
    return Bench(tmp_path, "roster")


def _found(verdict: Verdict) -> list[tuple[str, str | None, int, str]]:
    return [(f.rule, f.column, f.rows, f.action) for f in verdict.findings]


def test_a_value_that_the_other_feed_does_not_have_is_refused(bench: Bench, roster: Bench) -> None:
    roster.judge(ROSTER, rows({"org_id": "T01"}, {"org_id": "D07"}))
    roster.judge(ROSTER, rows({"org_id": "T02"}, {"org_id": "T03", "grade": "x"}))  # T03 is quarantined there
    verdict = bench.judge(contract("org_id", expectations=[LOOK_UP]), rows({}, {"org_id": "T02"}, {"org_id": "T03"}, {"org_id": "T99"}))
    assert [row["org_id"] for row in bench.accepted(verdict)] == ["T01", "T02"]
    assert [(q["value"], q["rule"]) for q in bench.quarantine(verdict)] == [("T03", "exists_in"), ("T99", "exists_in")]
    assert verdict.compared_with == {"roster": 2}


def test_broken_batches_and_rows_that_are_gone_bring_no_value(bench: Bench, roster: Bench) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    frozen = ROSTER.model_copy(update={"columns": [c.model_copy(update={"drift": "freeze"}) for c in ROSTER.columns]})
    assert roster.judge(frozen, rows({"org_id": "T08"}, {"grade": "x"})).status == "broken"
    kept = roster.judge(ROSTER, rows({"org_id": "T01"}, {"org_id": "T02"}))
    file = roster.files.accepted(kept.batch_id)
    pq.write_table(pq.read_table(file).append_column("_gone", pa.array([False, True])), file)
    verdict = bench.judge(contract("org_id", expectations=[LOOK_UP]), rows({}, {"org_id": "T02"}, {"org_id": "T08"}))
    assert [row["org_id"] for row in bench.accepted(verdict)] == ["T01"]
    assert verdict.compared_with == {"roster": 1}


def test_while_the_other_feed_is_empty_all_pass_and_it_is_said(bench: Bench, roster: Bench) -> None:
    feed = contract("org_id", expectations=[LOOK_UP])
    batch_id = bench.land(feed, rows({"org_id": "T77"}))
    verdict = validate_batch(feed, bench.files, batch_id, NOW)
    assert (verdict.accepted, _found(verdict)) == (1, [("exists_in", "org_id", 0, "note")])
    assert "not checked: feed roster has no rows yet" in verdict.findings[0].message
    roster.judge(ROSTER, rows({"org_id": "T01"}))
    assert validate_batch(feed, bench.files, batch_id, NOW) == verdict, "the verdict stands until somebody asks again"
    again = validate_batch(feed, bench.files, batch_id, NOW, again=True)
    assert (again.accepted, again.quarantined, again.compared_with) == (0, 1, {"roster": 1})


def test_a_column_that_refers_to_another_feed_is_noted_unless_a_rule_says_more(bench: Bench, roster: Bench) -> None:
    roster.judge(ROSTER, rows({"org_id": "T01"}))
    refers = {"org_id": {"refers_to": "roster.org_id"}}
    verdict = bench.judge(contract("org_id", columns=refers), rows({}, {"org_id": "T09"}, {"org_id": "T09"}))
    assert (verdict.accepted, _found(verdict)) == (3, [("exists_in", "org_id", 2, "note")])
    verdict = bench.judge(contract("org_id", columns=refers, expectations=[LOOK_UP]), rows({}, {"org_id": "T09"}))
    assert (verdict.accepted, _found(verdict)) == (1, [("exists_in", "org_id", 1, "quarantine")])


def test_a_feed_may_refer_to_itself(bench: Bench) -> None:
    feed = contract(
        "channel", expectations=[{**LOOK_UP, "column": "channel", "feed": "item", "other": "item_no"}], columns={"channel": {"codes": None}}
    )
    verdict = bench.judge(feed, rows({"channel": "A2"}, {"channel": None}, {"channel": "A9"}))
    assert [row["item_no"] for row in bench.accepted(verdict)] == ["A1", "A2"]


def test_a_column_that_the_accepted_rows_lack_is_told(bench: Bench, roster: Bench) -> None:
    roster.judge(ROSTER, rows({}))
    with pytest.raises(Problem, match="the accepted rows of feed roster have no column 'org_code'"):
        bench.judge(contract("org_id", expectations=[{**LOOK_UP, "other": "org_code"}]), rows({}))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"columns": {"org_id": {"refers_to": "rooster.org_id"}}}, "there is no feed 'rooster'. Next step: Did you mean 'roster'?"),
        ({"columns": {"org_id": {"refers_to": "roster.org"}}}, "feed roster has no column 'org'. Next step: Did you mean 'org_id'?"),
        ({"expectations": [{**LOOK_UP, "feed": "rosta"}]}, "expectations.0: exists_in of org_id: there is no feed 'rosta'"),
        ({"columns": {"due_on": {"refers_to": "roster.org_id"}}}, "due_on is of type date, roster.org_id of type string"),
    ],
)
def test_a_reference_that_leads_nowhere_is_told_with_the_nearest_name(changes: dict[str, Any], told: str) -> None:
    feeds: dict[str, FeedContract] = {"roster": ROSTER, "item": contract()}
    with pytest.raises(Problem) as caught:
        check_relations(contract("org_id", **changes), feeds)
    assert told in str(caught.value)


def test_a_project_tells_a_reference_to_no_feed_and_keeps_the_others(tmp_path: Path) -> None:
    repository = Path(__file__).parents[2]
    for feed in ("roster", "decision"):
        target = tmp_path / "feeds" / feed / "feed.yaml"
        target.parent.mkdir(parents=True)
        text = (repository / "feeds" / feed / "feed.yaml").read_text(encoding="utf-8")
        target.write_text(text.replace("{name: org_id,", "{name: org_id, refers_to: nowhere.org_id,") if feed == "decision" else text)
    project = Project(tmp_path, tmp_path / "var")
    assert set(project.readable_feeds) == {"roster"}
    assert "there is no feed 'nowhere'" in str(project.unreadable_feeds["decision"])
