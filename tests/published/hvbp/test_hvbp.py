"""US Hospital Value-Based Purchasing, fiscal year 2024: every published number of 2,474 hospitals, by the scheme file alone.

Achievement and improvement points, the larger of them, the base and the consistency score of the patients' survey, the four domains
before and after they are re-proportioned, and the total performance score. The combined score of surgical site infections is an
input: its weights (cases expected in each hospital) are not published.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from declarations.scheme import Scheme
from declarations.yaml_file import read_declaration
from pipeline.score_files import ScoredFiles, Tables, score_files
from tests.published.comparison import Comparison, compare, public_data

SCHEME = Path(__file__).parent / "fy2024.yaml"
DOMAINS = ("clinical", "engagement", "safety", "efficiency")


def read_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """The publisher's two files, as they are, with the measures named as in the scheme."""
    folder = public_data("cms_hvbp_fy2024")
    connection.execute(
        f"""create temp table measure as
            select facility_id as subject_id, replace(measure, ' ', '_') as measure, columns('^(baseline|performance|pub_).*')::double
            from read_csv('{folder}/inputs_measures.csv', all_varchar = true)"""
    )
    connection.execute(
        f"""create temp table hospital as select facility_id as subject_id, columns('^(input|pub)_')::double
            from read_csv('{folder}/published_scores.csv', all_varchar = true)"""
    )


def values(folder: Path) -> Path:
    """The inputs as a long table: a hospital's performance and baseline on each measure."""
    file = folder / "values.csv"
    with duckdb.connect() as connection:
        read_tables(connection)
        connection.execute(
            f"""copy (select subject_id as subject, measure as indicator, performance as value from measure
                      union all select subject_id, measure || '.baseline', baseline from measure
                      union all select subject_id, 'SSI', input_combined_ssi_score from hospital) to '{file}'"""
        )
    return file


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScoredFiles]:
    public_data("cms_hvbp_fy2024")
    with score_files(SCHEME, Tables([values(tmp_path_factory.mktemp("hvbp"))])) as found:
        read_tables(found.connection)
        yield found


def measures(found: ScoredFiles, published: str, suffix: str) -> Comparison:
    return compare(
        found.connection,
        f"HVBP {published}",
        f"""select m.pub_{published}, n.normalised, n.normalised
            from measure as m left join score.node as n on n.subject_id = m.subject_id and n.node = m.measure || '{suffix}'""",
    )


def hospitals(found: ScoredFiles, published: str, node: str, what: str) -> Comparison:
    """The publisher prints twelve decimals."""
    return compare(
        found.connection,
        f"HVBP {published}",
        f"""select h.pub_{published}, round({what}, 12), {what}
            from hospital as h left join score.node as n on n.subject_id = h.subject_id and n.node = '{node}'""",
    )


@pytest.mark.parametrize(
    ("published", "suffix", "count"),
    [("achievement_points", ".achievement", 43688), ("improvement_points", ".improvement", 42870), ("measure_score", "", 43688)],
)
def test_points_of_every_measure(scored: ScoredFiles, published: str, suffix: str, count: int) -> None:
    assert measures(scored, published, suffix) == Comparison(count, 0, 0.0, 0, 0)


@pytest.mark.parametrize(
    ("published", "node", "count"),
    [
        ("hcahps_base", "base", 2467), ("hcahps_consistency", "consistency", 2467), ("unweighted_clinical", "clinical", 2413),
        ("unweighted_engagement", "engagement", 2467), ("unweighted_safety", "safety", 2107), ("unweighted_efficiency", "efficiency", 2472),
    ],
)  # fmt: skip
def test_domains_with_their_minimum_of_measures(scored: ScoredFiles, published: str, node: str, count: int) -> None:
    found = hospitals(scored, published, node, "n.normalised")
    assert (found.compared, found.mismatches, found.only_published, found.only_computed) == (count, 0, 0, 0)
    assert found.worst < 1e-12


@pytest.mark.parametrize(("domain", "count"), zip(DOMAINS, (2413, 2467, 2107, 2472), strict=True))
def test_weighted_domains_are_their_contributions_to_the_total(scored: ScoredFiles, domain: str, count: int) -> None:
    """A missing domain hands its quarter to the others."""
    found = hospitals(scored, f"weighted_{domain}", domain, "case when n.normalised is not null then n.contribution end")
    assert (found.compared, found.mismatches, found.only_published, found.only_computed) == (count, 0, 0, 0)
    assert found.worst < 1e-12


def test_the_total_performance_score(scored: ScoredFiles) -> None:
    found = compare(
        scored.connection,
        "HVBP total_performance_score",
        """select h.pub_total_performance_score, r.score, r.exact_score
           from hospital as h left join score.result as r using (subject_id)""",
    )
    assert (found.compared, found.mismatches, found.only_published, found.only_computed) == (2474, 0, 0, 0)
    assert found.worst < 1e-12


def test_hospitals_that_keep_a_perfect_baseline_have_no_improvement(tmp_path: Path) -> None:
    """420 measures stand where they stood, at the benchmark or beyond: no improvement, though nothing is missing."""
    file = tmp_path / "kept.yaml"
    file.write_text(SCHEME.read_text().replace(", when_equal: 0", ""))
    with score_files(read_declaration(file, Scheme), Tables([values(tmp_path)])) as found:
        read_tables(found.connection)
        assert measures(found, "improvement_points", ".improvement").mismatches == 420
        assert measures(found, "measure_score", "").mismatches == 0
