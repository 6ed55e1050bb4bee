"""The kit is green for shipped feeds, one of each connector type; what is not applicable says why."""

import pytest

from conformance import CASES, ConformanceReport, run_conformance
from tests.conformance.faults import feed

# each case on one feed to which it applies; `traceless feed test --all` plays everything for all
FEEDS = {
    "petition": (
        *("row_updated_between_pages", "row_added_between_pages", "page_repeated", "late_row_inside_look_back", "never_enters"),
        *("late_row_outside_look_back", "token_expired", "total_wrong", "redirect_elsewhere", "redirect_loop", "metadata_address"),
        *("403", "429", "429_retry_after", "500_then_fine", "500_for_good", "zstd", "cut_in_mid_body", "closed_without_answer"),
        *("backfill_beside_live", "clock_behind", "paused", "time_out", "rate_budget", "killed_between_pages", "killed_before_load"),
    ),
    "audit": ("empty_pull", "two_pages", "wrong_charset", "place_gone", "source_untouched", "clock_ahead", "secrets_absent"),
    "inspection": ("file_written_again", "page_repeated", "page_order_changed", "wrong_charset", "half_written_file", "identities_absent"),
    "statistics": ("first_pull", "only_what_is_new", "lost_column", "page_of_words", "404", "gzip", "slow_drip"),
}


@pytest.mark.parametrize("name", FEEDS)
def test_a_shipped_feed_is_green(name: str) -> None:
    report: ConformanceReport = run_conformance(feed(name), cases=FEEDS[name])
    assert [str(result) for result in report.red] == []
    assert len(report.green) == len(FEEDS[name])


def test_there_are_cases_enough_and_each_says_what_it_means_and_what_to_do() -> None:
    assert len(CASES) >= 30
    assert len({case.id for case in CASES}) == len(CASES)
    for case in CASES:
        assert case.means.endswith(".")
        assert case.advice.endswith(".")
        assert not case.title.zh.isascii()
