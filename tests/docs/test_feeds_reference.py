"""The guide to the feed contract: every block is what the model allows, and every row of a table fares as the guide says."""

from pathlib import Path
from typing import Any, get_args

import duckdb
import pyarrow as pa
import pytest
from reference import Example, examples

from declarations.feed import FeedContract
from declarations.feed.column import Column
from declarations.feed.contract import Cadence, Message, NeverEnters, Owner, Retention, SubjectColumns
from declarations.feed.expectation import Expectation
from declarations.project import with_code_lists
from expectations.checked import check_expectations, make_checked
from expectations.row_rule import flag_name, row_rules

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "feeds.md"
EXAMPLES = examples(GUIDE)
WHOLE = EXAMPLES[0].data
TABLES = [example for example in EXAMPLES if "" in example.tables]


def _contract(example: Example) -> FeedContract:
    """The contract; around a part the guide's whole one, with its columns replaced or its rules."""
    data = example.data
    if isinstance(data, list) and "rule" in data[0]:
        data = {"expectations": data}
    elif isinstance(data, list):
        changed = {column["name"]: column for column in data}
        data = {"columns": [changed.get(column["name"], column) for column in WHOLE["columns"]], "expectations": []}
    return with_code_lists(GUIDE, FeedContract.model_validate({**WHOLE, **data}), ROOT)


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.name for example in EXAMPLES])
def test_every_block_is_what_the_contract_allows(example: Example) -> None:
    check_expectations(_contract(example))


@pytest.mark.parametrize("example", TABLES, ids=[example.name for example in TABLES])
def test_every_row_fares_as_the_guide_says(example: Example) -> None:
    contract = _contract(example)
    rules = row_rules(contract)
    head, *lines = [line.split(",") for line in example.tables[""].splitlines()]
    rows = [dict(zip(head, line, strict=True)) for line in lines]
    texts = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in contract.names}
    landed = pa.table({"_row": pa.array(range(len(rows)), pa.int64()), **texts})
    with duckdb.connect() as connection:
        connection.register("landed", landed)
        make_checked(connection, contract, rules, "landed")
        flags = connection.execute("SELECT * FROM checked ORDER BY _row").fetch_arrow_table().to_pylist()
    for row, passed in zip(rows, flags, strict=True):
        for fate, action in (("refused*", "quarantine"), ("noted*", "note")):
            failed = [rule.rule for i, rule in enumerate(rules) if rule.action == action and not passed[flag_name(i, rule)]]
            assert sorted(failed) == sorted(row.get(fate, "").split()), f"{row['item_no']} {fate}"


def test_every_key_and_rule_is_in_the_guide() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    rules = get_args(get_args(Expectation)[0])
    models: list[Any] = [FeedContract, Column, Owner, Cadence, Message, Retention, NeverEnters, SubjectColumns, *rules]
    keys = {key for model in models for key in model.model_fields}
    words = {word for model in rules for word in get_args(model.model_fields["rule"].annotation)}
    words |= {word for key in ("type", "drift", "personal") for word in get_args(Column.model_fields[key].annotation)}
    assert sorted(word for word in keys | words if f"`{word}`" not in text) == []


def test_every_rule_has_an_example() -> None:
    used = {rule["rule"] for example in EXAMPLES for rule in (example.data if isinstance(example.data, list) else []) if "rule" in rule}
    assert used == {word for model in get_args(get_args(Expectation)[0]) for word in get_args(model.model_fields["rule"].annotation)}
