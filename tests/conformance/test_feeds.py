"""The kit is green for shipped feeds, one of each connector type; what is not applicable says why."""

import pytest

from conformance import CASES, ConformanceReport, run_conformance
from tests.conformance.faults import feed

# in full where the most can go wrong; `traceless feed test --all` plays everything for all
FEEDS = {
    "petition": (),
    "audit": ("first_pull", "two_pages", "wrong_charset", "place_gone", "source_untouched", "clock_ahead", "secrets_absent"),
    "inspection": ("first_pull", "page_repeated", "page_order_changed", "wrong_charset", "half_written_file", "identities_absent"),
    "statistics": ("first_pull", "only_what_is_new", "lost_column", "page_of_words", "404", "gzip", "slow_drip"),
}


@pytest.mark.parametrize("name", FEEDS)
def test_a_shipped_feed_is_green(name: str) -> None:
    report: ConformanceReport = run_conformance(feed(name), cases=FEEDS[name])
    assert [str(result) for result in report.red] == []
    assert len(report.green) >= (50 if not FEEDS[name] else len(FEEDS[name]))
    assert all(result.reason for result in report.results if result.status == "not_applicable")


def test_there_are_cases_enough_and_each_says_what_it_means_and_what_to_do() -> None:
    assert len(CASES) >= 30
    assert len({case.id for case in CASES}) == len(CASES)
    for case in CASES:
        assert case.means.endswith(".")
        assert case.advice.endswith(".")
        assert not case.title.zh.isascii()
