"""The whole chain over a county that was worked by hand: see worked.md."""

import csv
import json
from pathlib import Path

import pytest

from connectors.protocol import Connection
from declarations.project import Project
from pipeline.explain import explain, source_rows
from pipeline.run import run_period
from warehouse.publication import open_published

HERE = Path(__file__).parent


def local_folder(connection_id: str) -> Connection:
    """Each feed's folder of files."""
    return Connection(connection_id, "file", extra={"path": str(HERE / "data" / connection_id.removesuffix("_files"))})


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(HERE, tmp_path_factory.mktemp("golden"))
    report = run_period(project, "2025", local_folder, approver="a person")
    assert report.problems == []
    return project


def test_results_are_those_worked_by_hand(county: Project) -> None:
    with open_published(county.published_dir) as con:
        for row in csv.DictReader((HERE / "expected.csv").open()):
            found = con.execute(
                "select base_score, adjustment_points, score, grade_suggestion from result "
                "where scheme = ? and period = ? and subject_id = ?",
                [row["scheme"], row["period"], row["subject_id"]],
            ).fetchone()
            assert found is not None, row
            wanted = [float(row[k]) if row[k] else None for k in ("base_score", "adjustment_points", "score")]
            assert list(found[:3]) == [pytest.approx(v, abs=1e-9) if v is not None else None for v in wanted], row
            assert (found[3] or "") == row["grade"], row


def test_every_score_decomposes_into_its_leaves(county: Project) -> None:
    with open_published(county.published_dir) as con:
        worst = con.execute(
            """select max(abs(r.base_score - n.total)) from result as r
            join (select scheme, period, subject_id, sum(contribution) as total from node where indicator is not null group by all) as n
            using (scheme, period, subject_id)"""
        ).fetchone()
    assert worst is not None
    assert worst[0] < 1e-9


def test_a_leaf_leads_to_just_the_rows_that_were_counted(county: Project) -> None:
    town = explain(county, "Town A", "2025-Q1", scheme="town")
    rows = source_rows(county, town, "on_time", limit=50)
    assert [row["item_no"] for row in rows.rows] == ["I1", "I2", "I3", "I4"]
    assert rows.total == next(n["n"] for n in town.nodes if n["node"] == "on_time")
    assert all(batch["fetched"] == batch["accepted"] + batch["quarantined"] for batch in rows.batches)
    cadre = explain(county, "X", "2025-Q1", scheme="cadre")
    held = source_rows(county, cadre, "on_time", limit=50)
    assert sorted(row["item_no"] for row in held.rows) == ["I1", "I2", "I6", "I7", "I8", "I9"]


def test_a_second_run_lands_computes_and_publishes_nothing(county: Project) -> None:
    before = sorted(p.name for p in county.published_dir.glob("P*"))
    report = run_period(county, "2025", local_folder, approver="a person")
    assert {feed.pulled for feed in report.feeds} == {"nothing_new"}
    assert report.publication is not None
    assert not report.publication.changed
    assert sorted(p.name for p in county.published_dir.glob("P*")) == before


def test_every_published_table_and_column_has_a_comment(county: Project) -> None:
    with open_published(county.published_dir) as con:
        bare = con.execute(
            """select table_name, null from duckdb_tables() where comment is null
            union all select table_name, column_name from duckdb_columns() where comment is null and schema_name = 'mart'"""
        ).fetchall()
    assert bare == []


def test_manifests_tell_source_window_and_hash_of_every_batch(county: Project) -> None:
    manifests = [json.loads(f.read_text()) for f in county.landing_dir.glob("*/*/manifest.json")]
    assert len(manifests) == 5
    assert all(m["feed"] and m["content_hash"] and m["parquet_sha256"] and m["pulled_at"] for m in manifests)
