"""Refused rows come in after a fix of the contract or of another feed; what was accepted once stays."""

from typing import Any

import pytest
import yaml

from declarations.problem import Problem
from pipeline.replay import replay
from tests.connectors.source_kit import contract, record


def test_refused_rows_are_judged_again_after_the_contract_was_mended(desk: Any) -> None:
    desk.declare(expectations=[{"rule": "between", "column": "grade", "maximum": 3}])
    desk.put(*(record(number) for number in range(5)))
    desk.run()
    assert desk.ask("select count(*) from staging.sample_current") == [(3,)]
    desk.declare(expectations=[{"rule": "between", "column": "grade", "maximum": 4}])
    report = replay(desk.project, "sample")
    (one,) = report.batches
    assert (one.before.accepted, one.after.accepted, one.accepted_now, report.rows_new, report.kept) == (3, 4, 1, 1, 0)
    assert one.refused_by_rule() == {("between", "grade"): (2, 1)}
    assert desk.ask("select count(*) from staging.sample_current") == [(4,)]
    assert desk.ask("select accepted, quarantined from ops.batch") == [(4, 1)]
    assert desk.ask("select count(*) from ops.quarantine") == [(1,)]
    again = replay(desk.project, "sample")
    assert (again.rows_new, again.batches[0].accepted_now) == (0, 0)
    assert desk.ask("select count(*) from staging.sample") == [(4,)], "nothing is staged twice"


def test_without_versions_too_nothing_is_staged_twice(desk: Any) -> None:
    desk.declare(version=None, expectations=[{"rule": "between", "column": "grade", "maximum": 3}])
    desk.put(*(record(number, updated_at="2025-03-01T08:00:00") for number in range(5)))
    desk.run()
    desk.put(record(0, grade=2, updated_at="2025-03-02T08:00:00"))
    desk.run()
    before = desk.ask("select item_no, grade from staging.sample_current order by all")
    replay(desk.project, "sample")
    replay(desk.project, "sample")
    assert desk.ask("select count(*), count(distinct (batch_id, row_no)) from staging.sample") == [(4, 4)]
    assert desk.ask("select item_no, grade from staging.sample_current order by all") == before


def test_rows_that_a_newer_contract_refuses_stay_and_are_told(desk: Any) -> None:
    desk.declare(expectations=[{"rule": "between", "column": "grade", "maximum": 4}])
    desk.put(*(record(number) for number in range(5)))
    desk.run()
    desk.declare(expectations=[{"rule": "between", "column": "grade", "maximum": 2}])
    said = desk.said("feed", "replay", "sample")
    assert "2 rows that were accepted earlier are refused now. They stay" in said
    assert "sample: judged again 重新核验" in said
    assert desk.ask("select count(*) from staging.sample_current") == [(4,)]


def test_refused_rows_come_in_when_the_other_feed_knows_them(desk: Any) -> None:
    """exists_in: judged again under the same contract, when the other feed has been pulled."""
    other = contract({"connector": "sql", "connection": "items_db", "query": "select item_no, due_on from items"}, id="register",
                     columns=[{"name": "item_no", "type": "string", "key": True, "zh": "编号", "meaning": "key"},
                              {"name": "due_on", "type": "date", "zh": "日", "meaning": "day"}],
                     left_out={}, version=None)  # fmt: skip
    folder = desk.root / "feeds" / "register"
    folder.mkdir(parents=True)
    (folder / "feed.yaml").write_text(yaml.safe_dump(other.model_dump(mode="json", exclude_none=True), allow_unicode=True))
    desk.declare(
        expectations=[{"rule": "exists_in", "column": "item_no", "feed": "register", "other": "item_no", "on_failure": "quarantine"}]
    )
    desk.put(record(1))
    assert "landed" in desk.said("feed", "pull", "register")
    desk.put(record(2))
    desk.run()
    assert desk.ask("select count(*) from staging.sample_current") == [(1,)]
    desk.said("feed", "pull", "register")
    assert "1 new versions loaded" in desk.said("feed", "replay", "sample")
    assert desk.ask("select count(*) from staging.sample_current") == [(2,)]


def test_one_batch_or_none(desk: Any) -> None:
    desk.put(record(1))
    batch = str(desk.run().batch_id)
    assert "no row waits in quarantine" in desk.said("feed", "replay", "sample")
    assert [one.after.batch_id for one in replay(desk.project, "sample", batch).batches] == [batch]
    with pytest.raises(Problem, match=r"is not in the landing.*feed cursor show sample"):
        replay(desk.project, "sample", "nosuch")
