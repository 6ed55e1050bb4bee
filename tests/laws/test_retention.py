"""Law 1 after a deletion, and what was computed of deleted rows stands."""

from datetime import UTC, datetime

import duckdb
from county_copy import County

from pipeline.explain import explain, source_rows
from pipeline.retention import keep_retention
from pipeline.steps import batch_files

LATER = datetime(2027, 6, 1, tzinfo=UTC)


def test_facts_scores_and_publications_outlive_the_rows_behind_them(county: County) -> None:
    county.run()
    before = county.published_hash()
    (found,) = keep_retention(county.project, ["ratings"], now=LATER)
    assert found.going == 54
    ratings = batch_files(county.project, "ratings")
    assert [(m.rows, m.rows_left, m.removed[0].rows) for m in ratings.manifests()] == [(54, 0, 54)]
    left = duckdb.execute("select count(*) from read_parquet(?)", [[str(ratings.accepted(m.batch_id)) for m in ratings.manifests()]])
    assert left.fetchone() == (0,)
    # a declaration that changes asks for the facts again: they stay as they were, since nothing is left to compute them of
    file = county.root / "indicators" / "golden.yaml"
    file.write_text(file.read_text().replace("meaning: ", "meaning: Once more - "))
    county.run()
    assert county.published_hash() == before
    # roster and decisions are read by the scoring itself, so that stays too
    assert not [one.problem for one in keep_retention(county.project, now=LATER) if one.problem]
    county.run()
    assert county.published_hash() == before
    explanation = explain(county.project, "A", "2025-Q1", "town")
    shown = source_rows(county.project, explanation, "satisfaction")
    assert shown.rows == []
    assert "source rows removed under retention: those from before 2026-01-01" in shown.removed
