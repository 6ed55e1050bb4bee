"""Several versions are fine, repeats are fine, contradictions are all refused."""

from tests.expectations.landed_batch import Bench, contract, rows

SAME = {"item_no": "K"}


def test_versions_of_a_key_are_all_accepted(bench: Bench) -> None:
    verdict = bench.judge(contract(), rows(SAME, {**SAME, "updated_at": "2025-03-03", "grade": "1"}))
    assert verdict.accepted == 2


def test_identical_repeats_are_accepted_as_they_are(bench: Bench) -> None:
    verdict = bench.judge(contract(), rows(SAME, {**SAME, "grade": "5.0"}))
    assert [row["_row"] for row in bench.accepted(verdict)] == [1, 2]


def test_all_rows_of_a_contradiction_are_refused(bench: Bench) -> None:
    data = rows(SAME, {}, {**SAME, "grade": "1"}, SAME)
    verdict = bench.judge(contract(), data)
    assert [row["_row"] for row in bench.accepted(verdict)] == [2]
    lines = bench.quarantine(verdict)
    assert [(line["row_no"], line["rule"], line["column_name"], line["value"]) for line in lines] == [
        (number, "unique_key", "item_no", "K") for number in (1, 3, 4)
    ]
    assert "same item_no and updated_at but other contents" in lines[0]["reason"]


def test_without_a_version_column_the_key_alone_counts(bench: Bench) -> None:
    data = rows(SAME, {**SAME, "updated_at": "2025-03-03"}, {"item_no": "L"}, {"item_no": "L"})
    verdict = bench.judge(contract(version=None), data)
    assert [row["_row"] for row in bench.accepted(verdict)] == [3, 4]


def test_a_missing_version_is_a_version_like_another(bench: Bench) -> None:
    nothing = {**SAME, "updated_at": None}
    verdict = bench.judge(contract(), rows(SAME, nothing, {**nothing, "grade": None}))
    assert [row["_row"] for row in bench.accepted(verdict)] == [1]


def test_rows_without_a_key_do_not_contradict_each_other(bench: Bench) -> None:
    verdict = bench.judge(contract(), rows({"item_no": None}, {"item_no": "", "grade": "1"}))
    assert {line["rule"] for line in bench.quarantine(verdict)} == {"not_null"}


def test_composite_keys_with_a_date(bench: Bench) -> None:
    feed = contract(columns={"due_on": {"key": True}})
    other = {**SAME, "due_on": "2025-04-01"}
    verdict = bench.judge(feed, rows(SAME, other, {**other, "due_on": "2025/4/1", "grade": "1"}))
    assert [row["_row"] for row in bench.accepted(verdict)] == [1]
    assert {line["record_key"] for line in bench.quarantine(verdict)} == {"K|2025-04-01"}
