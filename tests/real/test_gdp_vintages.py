"""Real statistics with revisions: every vintage is kept, the newest holds."""

import pytest

from tests.real.public_run import PublicRun, periods_of, raw
from tests.real.public_sources import GDP

pytestmark = pytest.mark.slow

EXACT = "value::decimal(28, 8)"
NEWEST = f"""select id as org_id, time, pub_date, {EXACT} as gdp from '{GDP}'
             qualify row_number() over (partition by id, time order by pub_date desc) = 1"""
PERIODS = f"select *, {periods_of('time')} as period from ({NEWEST})"
EXPECTED = {
    "gdp_newest": f"""select org_id, period, count(*) filter (length(period) > 4 or month(time) = 10) as n,
                      max(gdp) filter (length(period) > 4 or month(time) = 10)::double as value from ({PERIODS}) group by all""",
    "gdp_year_sum": f"select org_id, period, count(*) as n, sum(gdp)::double as value from ({PERIODS}) group by all",
    "gdp_quarter_mean": f"select org_id, period, count(*) as n, (sum(gdp) / count(*))::double as value from ({PERIODS}) group by all",
    "gdp_revision_days": f"select org_id, period, count(*) as n, avg(pub_date - time) as value from ({PERIODS}) group by all",
}


@pytest.mark.parametrize("indicator", sorted(EXPECTED))
def test_every_economy_and_period_is_as_the_raw_file_says(public_run: PublicRun, indicator: str) -> None:
    assert len(raw(EXPECTED[indicator])) == 4 * (179 + 45)
    assert public_run.differences(EXPECTED[indicator], indicator, tolerance=1e-12) == []


def test_all_vintages_are_kept_and_the_newest_is_current(public_run: PublicRun) -> None:
    kept = public_run.ask(
        "select count(*), count(distinct published_on), count(distinct (economy, quarter_from)) from staging.gdp_vintages"
    )
    assert kept == [(47_980, 89, 716)]
    assert public_run.ask("select count(*), min(published_on) = max(published_on) from staging.gdp_vintages_current") == [(716, True)]


def test_a_vintage_can_be_asked_for_as_it_was_known(public_run: PublicRun) -> None:
    first = "select max(observed_at) from staging.gdp_vintages where published_on <= date '2015-01-01'"
    then = public_run.ask(
        f"select economy, quarter_from, gdp from staging.gdp_vintages_as_of(({first})) where quarter_from >= date '2014-01-01' order by all"
    )
    published = f"select id, time, {EXACT} from '{GDP}' where pub_date = date '2015-01-01' and time >= date '2014-01-01' order by all"
    assert then == raw(published)
    assert len(then) == 16


def test_a_year_without_its_last_quarter_has_no_newest_figure(public_run: PublicRun) -> None:
    found = public_run.ask("select distinct value, n, status from fact.indicator_org where indicator = 'gdp_newest' and period = '2024'")
    assert found == [(None, 0, "not_reported")]
