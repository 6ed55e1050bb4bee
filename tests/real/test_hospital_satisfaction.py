"""Real satisfaction by hospital: weighted by surveys, few are too few, withheld is not zero."""

import pytest

from tests.real.public_run import PublicRun, raw
from tests.real.public_sources import HOSPITALS
from warehouse.publication import open_published

pytestmark = pytest.mark.slow

RAW = f"read_csv('{HOSPITALS}', all_varchar = true)"
SURVEYS, SAMPLED = '"Number of Completed Surveys"::int', '"Number of Sampled Patients"::int'
RATED = '"Patients who gave the facility a rating of 9 or 10 on a scale from 0 (lowest) to 10 (highest)"::int'
RECOMMEND = '"Patients who reported YES they would DEFINITELY recommend the facility to family or friends"::int'
PLACE = "select \"Facility ID\" as org_id, unnest(['2023-Q3', '2023']) as period"
EXPECTED = {
    "hospital_rated_9_10": f"{PLACE}, {SURVEYS} as n, {RATED} / 100.0::double as value from {RAW} where {SURVEYS} > 0",
    "hospital_recommended": f"{PLACE}, {SURVEYS} as n, {RECOMMEND} / 100.0::double as value from {RAW} where {SURVEYS} > 0",
    "hospital_answered": f"{PLACE}, {SAMPLED} as n, {SURVEYS} / ({SAMPLED})::double as value from {RAW} where {SURVEYS} > 0",
}


@pytest.mark.parametrize("indicator", sorted(EXPECTED))
def test_every_hospital_is_as_the_raw_file_says(public_run: PublicRun, indicator: str) -> None:
    assert len(raw(EXPECTED[indicator])) == 2 * 1_049
    assert public_run.differences(EXPECTED[indicator], indicator) == []


def test_parts_of_hospitals_sum_to_a_state_weighted_by_surveys(public_run: PublicRun) -> None:
    ours = public_run.ask(
        """select h.state, sum(f.numerator) / sum(f.denominator) from fact.indicator_org as f
        join staging.hospital_satisfaction_current as h on h.facility_no = f.org_id
        where f.indicator = 'hospital_rated_9_10' and f.period = '2023' group by all order by 1"""
    )
    theirs = raw(f"select State, sum({RATED} * {SURVEYS}) / 100 / sum({SURVEYS}) from {RAW} where {SURVEYS} > 0 group by 1 order by 1")
    assert len(ours) == 51
    assert ours == [(state, pytest.approx(share, abs=1e-12)) for state, share in theirs]


def test_fewer_than_100_surveys_are_too_few(public_run: PublicRun) -> None:
    found = public_run.ask(
        "select status, count(*) from fact.indicator_org where indicator = 'hospital_rated_9_10' and period = '2023' group by 1"
    )
    few = raw(f"select count(*) from {RAW} where {SURVEYS} < 100")[0][0]
    assert dict(found) == {"too_few": few, "ok": 1_049 - few}
    assert few == 49


def test_the_interval_is_wider_the_fewer_the_surveys(public_run: PublicRun) -> None:
    low, high = public_run.ask(
        "select interval_low, interval_high from fact.indicator_org where indicator = 'hospital_rated_9_10' and n > 5000"
    )[0]
    assert 0 < high - low < 0.03
    low, high = public_run.ask(
        "select interval_low, interval_high from fact.indicator_org where indicator = 'hospital_rated_9_10' and n = 13"
    )[0]
    assert high - low > 0.2


def test_a_withheld_result_is_missing_with_a_type_and_never_zero(public_run: PublicRun) -> None:
    withheld = {row[0] for row in raw(f'select "Facility ID" from {RAW} where "Number of Completed Surveys" is null')}
    assert len(withheld) == 193
    with open_published(public_run.project.published_dir) as con:
        found = con.execute(
            "select subject_id, raw, normalised from node where scheme = 'hospital' and period = '2023' "
            "and node = 'rated' and status = 'not_reported'"
        ).fetchall()
        results = con.execute("select subject_id, score from result where scheme = 'hospital' and period = '2023'").fetchall()
    assert {row[0] for row in found} == withheld
    assert {row[1:] for row in found} == {(None, None)}
    few = {row[0] for row in raw(f'select "Facility ID" from {RAW} where {SURVEYS} < 100')}
    assert {subject for subject, score in results if score is None} == withheld | few
