"""The demo county from its five real servers to published scores, without Airflow; with the troubles that were planted in it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest

from connectors.connections import environment_resolver
from declarations.project import REPOSITORY, Project
from demo import sources
from pipeline.explain import explain, source_rows
from pipeline.run import RunReport, run_period
from warehouse.publication import open_published

pytestmark = pytest.mark.slow

LEAF_OF_EACH_SYSTEM = {
    "audit": ("T01", "audit_rectification_rate"),
    "inspection": ("T01", "inspection_on_time_rate"),
    "petition": ("T01", "petition_on_time_closing_rate"),
    "rating": ("T01", "rating_satisfaction_rate"),
    "statistics": ("T01", "stat_gdp_growth"),
}


@dataclass
class Live:
    """A small county that was run once, with what its generator planted."""

    project: Project
    planted: dict[str, Any]
    report: RunReport
    told: list[str] = field(default_factory=list)

    def run(self) -> RunReport:
        self.told.clear()
        return run_period(self.project, "2025", environment_resolver(self.project.connections_file), "a person", self.told.append)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with open_published(self.project.published_dir) as con:
            return con.execute(statement).fetchall()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    var = tmp_path_factory.mktemp("county")
    state = sources.up(var, scale=0.2)
    try:
        project = Project(REPOSITORY, var)
        first = run_period(project, "2025", environment_resolver(project.connections_file), "a person")
        yield Live(project, json.loads(state.planted_file.read_text()), first)
    finally:
        sources.wipe(var)


def test_every_feed_is_green_and_rows_in_are_accepted_plus_quarantined(live: Live) -> None:
    assert live.report.problems == []
    for feed in live.report.feeds:
        print(f"{feed.feed}: {feed.fetched} in = {feed.accepted} accepted + {feed.quarantined} quarantined")
        withheld = live.planted["withheld"].get(feed.feed, 0)  # accusations: they enter no file and are only counted
        assert feed.fetched == feed.accepted + feed.quarantined == live.planted["rows"][feed.feed] - withheld
        assert feed.quarantined == live.planted["refused"][feed.feed]


def test_explain_reaches_a_source_row_in_each_of_the_five_systems(live: Live) -> None:
    for feed, (subject, indicator) in LEAF_OF_EACH_SYSTEM.items():
        explanation = explain(live.project, subject, "2025")
        found = source_rows(live.project, explanation, indicator, limit=3)
        assert found.feed["feed"] == feed
        assert found.rows, indicator
        assert found.total == next(n["n"] for n in explanation.nodes if n["indicator"] == indicator)
        assert {row["batch_id"] for row in found.rows} == {batch["batch_id"] for batch in found.batches}


def test_law_6_every_score_decomposes(live: Live) -> None:
    worst = live.query(
        """select max(abs(r.base_score + r.adjustment_points - l.total - coalesce(a.points, 0))), count(*) from result as r
        join (select scheme, period, subject_id, sum(contribution) as total from node where indicator is not null group by all) as l
          using (scheme, period, subject_id)
        left join (select scheme, period, subject_id, sum(counted_points) as points from adjustment group by all) as a
          using (scheme, period, subject_id) where r.score is not null"""
    )[0]
    assert worst[0] < 1e-9
    assert worst[1] > 1000


def test_shares_of_a_portfolio_and_weights_of_siblings_sum_to_one(live: Live) -> None:
    off = live.query(
        """select count(*) from (select scheme, period, subject_id, parent, sum(weight) as total, count(contribution) as kids from node
        where parent is not null group by all having sum(weight) > 0 and abs(sum(weight) - 1) > 1e-9)"""
    )
    assert off == [(0,)]


def test_a_gap_marked_as_having_no_data_is_not_a_zero(live: Live) -> None:
    where = "scheme = 'town-2025' and period = '2025-Q3' and subject_id = 'T05' and node = 'stat_rd_intensity'"
    gap = live.query(f"select raw, normalised, status from node where {where}")
    assert gap == [(None, None, "not_reported")]


def test_only_confirmed_and_signed_off_decisions_move_anything(live: Live) -> None:
    with duckdb.connect() as con:
        file = live.project.var / "demo" / "county" / "tables" / "decision.parquet"
        valid = {
            r[0] for r in con.execute("select decision_no from read_parquet(?) where confirmed and signed_off", [str(file)]).fetchall()
        }
    used = {row[0] for row in live.query("select decision_no from adjustment")}
    assert used
    assert used <= valid
    forced = live.query("select grade_suggestion, grade_note from result where period = '2025' and grade_note like 'political_negative%'")
    assert forced
    assert {grade for grade, _ in forced} == {"incompetent"}


def test_law_9_no_planted_identity_is_in_any_file_of_ours(live: Live) -> None:
    values = [canary["value"] for canary in live.planted["canaries"]]
    assert len(values) >= 20
    ours = [f for f in live.project.var.rglob("*") if f.is_file() and "demo" not in f.relative_to(live.project.var).parts]
    assert len(ours) > 30
    assert [hit for file in ours for hit in _hits(file, values)] == []


def _hits(file: Path, values: list[str]) -> list[tuple[str, str]]:
    text = _text_of(file)
    return [(file.name, value) for value in values if value in text]


def _text_of(file: Path) -> str:
    """All text of a file; Parquet and DuckDB are decoded, since compression would hide it."""
    if file.suffix == ".parquet":
        with duckdb.connect() as con:
            return "\n".join(str(row) for row in con.execute("select * from read_parquet(?)", [str(file)]).fetchall())
    if file.suffix == ".duckdb" and not file.is_symlink():
        with duckdb.connect(str(file), read_only=True) as con:
            tables = con.execute("select schema_name, table_name from duckdb_tables()").fetchall()
            return "\n".join(str(row) for s, t in tables for row in con.execute(f'select * from "{s}"."{t}"').fetchall())
    return file.read_bytes().decode("utf-8", errors="replace")


def test_a_second_run_pulls_and_publishes_nothing(live: Live) -> None:
    before = sorted(f.name for f in live.project.published_dir.iterdir())
    report = live.run()
    assert {feed.pulled for feed in report.feeds} == {"nothing_new"}
    assert report.publication is not None
    assert not report.publication.changed
    assert sorted(f.name for f in live.project.published_dir.iterdir()) == before
    assert not [line for line in live.told if line.startswith("facts of")]


def test_news_brings_up_to_date_what_depends_on_it_and_only_that(live: Live) -> None:
    sources.advance(live.project.var)
    report = live.run()
    changed = {feed.feed for feed in report.feeds if feed.rows_new}
    assert changed == {"audit", "rating"}
    assert {line for line in live.told if line.startswith("facts of")} == {"facts of audit", "facts of rating"}
    assert report.publication is not None
    assert report.publication.changed
