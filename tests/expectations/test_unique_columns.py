"""``unique``: different records do not share values; versions and repeats of one record do."""

from tests.expectations.landed_batch import Bench, contract, rows

FEED = contract("org_id", "channel", "updated_at", expectations=[{"rule": "unique", "columns": ["org_id", "due_on"]}])


def test_records_that_share_values_are_refused_all(bench: Bench) -> None:
    verdict = bench.judge(FEED, rows({}, {"org_id": "T02"}, {}, {"due_on": None}, {"due_on": None}, {"org_id": "D01"}))
    assert [row["item_no"] for row in bench.accepted(verdict)] == ["A2", "A4", "A5", "A6"], "an empty value is no value"
    assert [(q["record_key"], q["rule"], q["column_name"], q["value"]) for q in bench.quarantine(verdict)] == [
        ("A1", "unique", "org_id, due_on", "org_id=T01, due_on=2025-03-31"),
        ("A3", "unique", "org_id, due_on", "org_id=T01, due_on=2025-03-31"),
    ]
    assert [f.message for f in verdict.findings] == ["2 rows: another record of the batch has the same org_id (栏) and due_on (栏)."]


def test_versions_and_repeats_of_one_record_are_no_others(bench: Bench) -> None:
    repeat = {"item_no": "A1"}
    verdict = bench.judge(FEED, rows({}, repeat, {**repeat, "updated_at": "2025-03-05", "channel": "online"}))
    assert (verdict.accepted, verdict.findings) == (3, [])


def test_a_unique_rule_may_be_a_note(bench: Bench) -> None:
    feed = contract("org_id", expectations=[{"rule": "unique", "columns": ["org_id"], "on_failure": "note"}])
    verdict = bench.judge(feed, rows({}, {}))
    assert (verdict.accepted, [(f.rule, f.rows, f.action) for f in verdict.findings]) == (2, [("unique", 2, "note")])
