"""The UNDP Human Development Index, reproduced by a scheme file to the published third decimal."""

from pathlib import Path

import duckdb
import pytest

from declarations.project import Project
from transforms.scoring import score

HERE = Path(__file__).parent
DATA = HERE.parents[2] / "shared" / "data" / "undp_hdr"
SERIES = ("le", "eys", "mys", "gnipc")


def score_hdi(file: Path) -> duckdb.DuckDBPyConnection:
    """Score every country, aggregate and year of a vintage that has a published HDI."""
    project = Project(HERE, HERE / "var")
    scheme = project.schemes["hdi"]
    con = duckdb.connect()
    con.execute(
        "create table published as select iso3 as subject_id, cast(year as varchar) as period, hdi, le, eys, mys, gnipc "
        "from read_csv(?) where hdi is not null",
        [str(file)],
    )
    con.execute("""create temp table score_subject as select period, subject_id, '' as peer_group, '' as ranking_group,
                   1.0::double as days_share, true as takes_adjustments from published""")
    facts = " union all ".join(
        f"select period, subject_id, '{name}' as indicator, {name}::double as value, 1::bigint as n, null::double as interval_low, "
        f"null::double as interval_high, case when {name} is null then 'not_reported' else 'ok' end as status from published"
        for name in SERIES
    )
    con.execute(f"create temp table score_fact as {facts}")
    con.execute("""create temp table score_decision (period varchar, subject_id varchar, decision_no varchar, document_no varchar,
                   decision_type varchar, decided_on date, authority varchar, points double)""")
    score(con, scheme, project.rules[scheme.rule_profile], project.indicators, scheme.tree)
    return con


@pytest.mark.parametrize(("vintage", "rows"), [("hdr2021_22_long.csv", 5618), ("hdr2023_24_long.csv", 5822)])
def test_every_published_hdi_is_reproduced_to_the_third_decimal(vintage: str, rows: int) -> None:
    if not DATA.exists():
        pytest.skip("the public UNDP series are not here; they are not part of the product")
    con = score_hdi(DATA / vintage)
    compared, mismatches, worst = con.execute(
        """select count(*), count(*) filter (abs(r.score - p.hdi) > 1e-9), max(abs(r.base_score - p.hdi))
        from score.result as r join published as p using (subject_id, period)"""
    ).fetchone()
    print(f"{vintage}: {compared} HDI values, {mismatches} differ at the third decimal, largest difference {worst:.6f}")
    assert (compared, mismatches) == (con.execute("select count(*) from published").fetchone()[0], 0)
    assert worst <= 0.0005 + 1e-9
