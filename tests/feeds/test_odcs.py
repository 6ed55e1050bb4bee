"""A contract as an ODCS v3 document and back; documents of other tools."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import open_data_contract_standard
import pytest
import yaml

from declarations.feed import FeedContract
from declarations.problem import Problem
from declarations.project import open_project, read_contract
from pipeline.feeds.contract_yaml import contract_text
from pipeline.feeds.odcs_export import odcs_document, odcs_text
from pipeline.feeds.odcs_import import contract_from_odcs
from tests.connectors.source_kit import COLUMNS, contract

REPOSITORY = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((Path(open_data_contract_standard.__file__).parent / "schema.json").read_text(encoding="utf-8"))
PROJECTS = [REPOSITORY, REPOSITORY / "tests/golden", REPOSITORY / "tests/real"]
SHIPPED = [feed for project in PROJECTS for feed in open_project(project).feeds.values()]
REST: dict[str, Any] = {
    "connector": "rest",
    "connection": "api",
    "path": "/x",
    "paging": {"by": "none", "total": "meta.total"},
    "auth": {"scheme": "hmac", "digest": "sha1"},
    "rate": {"per_minute": 3},
}
RICH = contract(
    REST,
    columns=[
        {**COLUMNS[0], "pattern": "A.*", "source": "编号", "personal": "person", "why_taken": "the key"},
        {**COLUMNS[1], "pattern": "[0-9]", "minimum": 1, "maximum": 5, "missing": ["-"], "drift": "freeze", "refers_to": "other.grade"},
        *COLUMNS[2:5],
        {**COLUMNS[5], "format": "%Y/%m/%d %H:%M", "drift": "widen"},
    ],
    contract_version="2.3.4",
    owner={"team": "t", "email": "a@b.example", "on_call": "duty desk"},
    unknown_columns="note",
    expectations=[{"rule": "freshness", "column": "updated_at", "within": "3d"}, {"rule": "row_count", "most_of_usual": 3}],
)


@pytest.mark.parametrize("feed", [*SHIPPED, RICH], ids=lambda feed: feed.id)
def test_the_document_fits_the_standard_and_comes_back_equal(feed: FeedContract, tmp_path: Path) -> None:
    file = tmp_path / "odcs.yaml"
    file.write_text(odcs_text(feed), encoding="utf-8")
    jsonschema.validate(yaml.safe_load(file.read_text(encoding="utf-8")), SCHEMA)
    assert contract_from_odcs(file, {}) == feed


def test_what_another_tool_changes_under_the_standards_words_comes_back(tmp_path: Path) -> None:
    document = odcs_document(RICH)
    grade = document["schema"][0]["properties"][1]
    grade.update({"description": "grade of 1 to 9", "required": True, "logicalTypeOptions": {"minimum": 1, "maximum": 9}})
    document.update({"version": "3.0.0", "team": {"name": "another team"}})
    document["slaProperties"][2]["value"] = 7
    file = tmp_path / "odcs.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    back = contract_from_odcs(file, {})
    assert (back.contract_version, back.owner.team, back.retention.years) == ("3.0.0", "another team", 7)
    column = back.column("grade")
    assert (column.meaning, column.required, column.maximum, column.drift) == ("grade of 1 to 9", True, 9, "freeze")


FOREIGN: dict[str, Any] = {
    "kind": "DataContract",
    "apiVersion": "v3.0.2",
    "id": "hotline",
    "name": "Hotline items",
    "version": "1.1.0",
    "status": "active",
    "schema": [
        {
            "name": "items",
            "properties": [
                {"name": "item_no", "logicalType": "string", "primaryKey": True, "required": True},
                {"name": "due_on", "logicalType": "date", "businessName": "期限"},
                {"name": "amount", "logicalType": "number"},
            ],
        }
    ],
}
GIVEN = {
    "kind": "petition",
    "source": {"connector": "sql", "connection": "db", "table": "items"},
    "event_time": "due_on",
    "retention": {"years": 3, "reason": "a term"},
}


def _import(document: dict[str, Any], folder: Path, said: dict[str, Any]) -> FeedContract:
    file = folder / "foreign.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return contract_from_odcs(file, said)


def test_a_document_of_another_tool_needs_what_the_standard_does_not_say(tmp_path: Path) -> None:
    feed = _import(FOREIGN, tmp_path, GIVEN)
    assert (feed.id, feed.keys, [c.type for c in feed.columns]) == ("hotline", ["item_no"], ["string", "date", "decimal"])
    with pytest.raises(Problem, match=r"does not say kind, source, event_time, retention"):
        _import(FOREIGN, tmp_path, {})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"kind": "Something"}, r"no Open Data Contract Standard document"),
        ({"apiVersion": "v2.2.2"}, r"expected are .*v3"),
        ({"schema": []}, r"schema: has 0 tables"),
        ({"schema": [{"properties": [{"name": "a", "logicalType": "array"}]}]}, r"column 'a' has the type 'array'.*integer"),
        (
            {"schema": [{"properties": [{"name": "Not Ours", "logicalType": "string", "primaryKey": True}]}]},
            r"foreign.yaml:9: columns.0.name",
        ),
    ],
)
def test_a_document_that_is_none_is_told_with_its_place(change: dict[str, Any], told: str, tmp_path: Path) -> None:
    with pytest.raises(Problem, match=told):
        _import({**FOREIGN, **change}, tmp_path, GIVEN)


@pytest.mark.parametrize("feed", [*SHIPPED, RICH], ids=lambda feed: feed.id)
def test_an_imported_contract_is_written_so_that_it_reads_back(feed: FeedContract, tmp_path: Path) -> None:
    (tmp_path / "odcs.yaml").write_text(odcs_text(feed), encoding="utf-8")
    written = tmp_path / feed.id / "feed.yaml"
    written.parent.mkdir()
    written.write_text(contract_text(contract_from_odcs(tmp_path / "odcs.yaml", {}), "Imported."), encoding="utf-8")
    assert read_contract(written) == feed
