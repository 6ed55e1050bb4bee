"""The four feeds of real public data are registered from their samples with no hand edit, and their rows are accepted."""

from pathlib import Path

import pytest

from connectors.connections import environment_resolver
from declarations.project import Project, open_project
from pipeline.onboard.answers import Answers
from pipeline.onboard.registration import Registration, Source
from pipeline.run import run_feed
from tests.onboard.conftest import Enter
from tests.real.public_sources import CASES, DATA, FINDINGS, GDP, HOSPITALS

FEEDS: dict[str, tuple[Path, list[str], set[str], int, int]] = {
    "gdp_vintages": (GDP, ["time", "id"], set(), 47_980, 0),
    "audit_findings": (FINDINGS, ["report_id", "award_reference", "reference_number"], set(), 31_770, 0),
    "council_cases": (CASES, ["unique_key"], {"zip", "city", "borough", "community_board"}, 341_299, 182),
    "hospital_satisfaction": (
        HOSPITALS, ["facility_id"], {"Address", "City/Town", "ZIP Code", "County/Parish", "Telephone Number"}, 1_242, 0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("feed", list(FEEDS))
def test_a_public_feed_is_registered_and_knows_beforehand_what_will_be_refused(feed: str, project: Project) -> None:
    if not DATA.exists():
        pytest.skip("the public feeds are not here; they are not part of the product")
    file, keys, left_out, rows, refused = FEEDS[feed]
    with Registration(project, Source(sample=file), Answers(id=feed), replace=False) as registration:
        registration.ask(Enter())
        done = registration.write(True)
        draft = registration.draft
    assert done.contract.keys == keys
    assert set(done.contract.left_out) == left_out
    assert (draft.sample.rows.num_rows, draft.refused) == (rows, refused)
    assert done.contract.version == {"gdp_vintages": "pub_date", "audit_findings": "export_date"}.get(feed)
    if rows < 40_000:  # the larger ones take seconds
        report = run_feed(open_project(project.root, project.var), feed, environment_resolver(project.connections_file))
        assert report.problem is None
        assert (report.accepted, report.quarantined) == (rows, refused)
