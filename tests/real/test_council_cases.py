"""Real cases of 51 offices over ten years: indicators against queries to the raw file."""

import pytest

from pipeline.explain import explain, source_rows
from tests.real.public_run import PublicRun, periods_of, raw
from tests.real.public_sources import CASES
from warehouse.publication import open_published

pytestmark = pytest.mark.slow

# a number that stands twice counts once where office, days, topic and district agree, else not at all
COUNTED = f"""
select any_value(account) as org_id, any_value(opendate)::date as opened, any_value(closedate)::date as closed,
       any_value(nullif(council_dist, 'NYCC')) as district
from '{CASES}' group by unique_key
having count(distinct [account, opendate::varchar, closedate::varchar, complaint_type, council_dist]) = 1
"""
BY_OPENING = f"with c as ({COUNTED}), p as (select *, {periods_of('opened')} as period from c)"
BY_CLOSING = f"with c as ({COUNTED}), p as (select *, {periods_of('closed')} as period from c where closed is not null)"
EXPECTED = {
    "case_closed_in_30_days": f"""{BY_OPENING} select org_id, period, count(*) as n,
                                  avg(coalesce(closed - opened <= 30, false)::int) as value from p group by all""",
    "case_closed": f"{BY_OPENING} select org_id, period, count(*) as n, count(closed) / count(*) as value from p group by all",
    "case_days": f"{BY_CLOSING} select org_id, period, count(*) as n, avg(closed - opened) as value from p group by all",
    "case_own_district": f"""{BY_OPENING} select org_id, period, count(*) as n,
                             avg((district = org_id)::int) as value from p where length(district) = 6 group by all""",
}


@pytest.mark.parametrize("indicator", sorted(EXPECTED))
def test_every_office_and_period_is_as_the_raw_file_says(public_run: PublicRun, indicator: str) -> None:
    assert len(raw(EXPECTED[indicator])) > 1_500
    assert public_run.differences(EXPECTED[indicator], indicator) == []


def test_repeats_collapse_and_contradictions_are_refused(public_run: PublicRun) -> None:
    doubled = f"select unique_key from '{CASES}' group by 1 having count(*) > 1"
    assert raw(f"select count(*) from ({doubled})") == [(105,)]
    assert public_run.ask(f"select count(*) from staging.council_cases where case_no in ({doubled})") == [(14,)]
    assert public_run.ask("select count(*), count(distinct case_no) from staging.council_cases_current") == [(341_103, 341_103)]


def test_few_cases_are_too_few_and_no_cases_are_no_zero(public_run: PublicRun) -> None:
    few = "select count(*) from fact.indicator_org where indicator = 'case_closed' and (n < 5) <> (status = 'too_few')"
    assert public_run.ask(few) == [(0,)]
    assert public_run.ask("select count(*) from fact.indicator_org where feed = 'council_cases' and n = 0 and value = 0") == [(0,)]


def test_offices_of_2023_are_scored_published_and_explained(public_run: PublicRun) -> None:
    assert public_run.last is not None
    assert public_run.last.waiting == []
    with open_published(public_run.project.published_dir) as con:
        scored = con.execute("select count(*), count(score) from result where scheme = 'office' and period = '2023'").fetchone()
        best = con.execute(
            "select subject_id, raw, normalised from node where scheme = 'office' and period = '2023' and node = 'in_time' "
            "and normalised = (select max(normalised) from node where scheme = 'office' and period = '2023' and node = 'in_time')"
        ).fetchone()
    assert scored == (51, 48)
    wanted = (
        f"select org_id, value from ({EXPECTED['case_closed_in_30_days']}) where period = '2023' and n >= 5 order by value desc limit 1"
    )
    assert best == (raw(wanted)[0][0], pytest.approx(raw(wanted)[0][1]), 100)


def test_an_office_s_score_leads_to_the_very_cases(public_run: PublicRun) -> None:
    told = explain(public_run.project, "NYCC48", "2023", scheme="office")
    assert sum(node["contribution"] for node in told.nodes if node["indicator"]) == pytest.approx(told.result["base_score"], abs=1e-9)
    shown = source_rows(public_run.project, told, "case_closed_in_30_days", limit=5)
    wanted = f"select count(*) from ({COUNTED}) where org_id = 'NYCC48' and year(opened) = 2023"
    assert [(shown.total,)] == raw(wanted)
    assert {row["office"] for row in shown.rows} == {"NYCC48"}
    assert [batch["fetched"] for batch in shown.batches] == [341_299]
