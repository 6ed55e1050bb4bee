"""Real audit findings that come in day by day: in three pulls as in one, and rates against the raw file."""

from itertools import pairwise

import pytest

from tests.real.public_run import EXPORTS, PublicRun, periods_of, raw
from tests.real.public_sources import FINDINGS

pytestmark = pytest.mark.slow

AUDITED = f"select *, {periods_of('audited')} as period from (select *, (report_id[:7] || '-01')::date as audited from '{FINDINGS}')"
EXPORTED = f"select *, {periods_of('export_date')} as period from '{FINDINGS}'"
RATE = "select cog_over as org_id, period, count(*) as n, avg({flag}::int) as value from ({rows}) where {which} group by all"
EXPECTED = {
    "finding_repeated": RATE.format(flag="is_repeat_finding", rows=AUDITED, which="true"),
    "finding_material": RATE.format(flag="is_material_weakness", rows=EXPORTED, which="true"),
    "finding_questioned": RATE.format(flag="is_questioned_costs", rows=EXPORTED, which="is_major"),
}


@pytest.mark.parametrize("indicator", sorted(EXPECTED))
def test_every_agency_and_period_is_as_the_raw_file_says(public_run: PublicRun, indicator: str) -> None:
    assert len(raw(EXPECTED[indicator])) > 100
    assert public_run.differences(EXPECTED[indicator], indicator) == []


def test_each_pull_brings_the_days_exported_since(public_run: PublicRun) -> None:
    spans = list(pairwise(EXPORTS))
    days = [raw(f"select count(*) from '{FINDINGS}' where export_date > '{after}' and export_date <= '{until}'") for after, until in spans]
    again = [raw(f"select count(*) from '{FINDINGS}' where export_date = '{after}'")[0][0] for after, _ in spans]
    pulls = public_run.pulls["audit_findings"]
    assert [report.rows_new for report in pulls] == [found[0][0] for found in days] == [1_568, 13_254, 16_948]
    assert [report.fetched - report.rows_new for report in pulls] == again
    windows = public_run.ask("select since, until from ops.batch where feed = 'audit_findings' order by pulled_at")
    assert windows == [(None, "2024-02-13"), ("2024-02-13", "2024-03-14"), ("2024-03-14", "2024-04-12")]


def test_three_pulls_hold_what_the_whole_file_holds(public_run: PublicRun) -> None:
    mine = "select report_no, award_no, finding_no, agency, exported_on, award_spent_usd, repeat_finding, prior_finding_no from {table}"
    whole = (
        "select report_id, award_reference, reference_number, cog_over, export_date, amount_expended, is_repeat_finding, "
        f"prior_finding_ref_numbers from '{FINDINGS}'"
    )
    for table in ("staging.audit_findings", "staging.audit_findings_current"):
        ours = mine.format(table=table)
        assert public_run.ask(f"select count(*) from {table}") == [(31_770,)]
        assert public_run.ask(f"({ours} except {whole}) union all ({whole} except {ours})") == []


def test_negative_spending_is_noted_and_kept(public_run: PublicRun) -> None:
    assert public_run.ask("select count(*) from staging.audit_findings_current where award_spent_usd < 0") == raw(
        f"select count(*) from '{FINDINGS}' where amount_expended < 0"
    )
