"""A kit that cannot fail is a defect: every case is turned red by a planted fault, and by nothing else."""

from collections.abc import Iterator
from functools import cache

import pytest

from conformance import CASES, Kit
from conformance.cases import case_named
from tests.conformance.faults import FAULTS, Fault, feed

PATIENCE = 4.0
PAIRS = [pytest.param(fault, case, id=f"{fault.connector.partition(':')[2]}-{case}") for fault in FAULTS for case in fault.cases]


@cache
def samples_of(name: str) -> Kit:
    return Kit(feed(name))


@pytest.fixture
def kit(request: pytest.FixtureRequest) -> Iterator[Kit]:
    fault: Fault = request.param
    with Kit(feed(fault.feed), connector=fault.connector, patience=PATIENCE) as found:
        found.samples = samples_of(fault.feed).samples
        yield found


@pytest.mark.parametrize(("kit", "case"), PAIRS, indirect=["kit"])
def test_a_planted_fault_turns_its_case_red(kit: Kit, case: str) -> None:
    result = kit.play(case_named(case))
    assert result.status == "red", f"{case} did not notice: {result}"
    assert result.expected
    assert result.happened


def test_every_case_is_turned_red_by_a_planted_fault_but_the_pause() -> None:
    noticed = {case for fault in FAULTS for case in fault.cases}
    assert {case.id for case in CASES} - noticed == {"paused"}


def test_a_pull_of_a_paused_feed_turns_its_case_red(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.steps.paused", lambda files: None)
    with Kit(feed("rating")) as found:
        found.samples = samples_of("rating").samples
        assert found.play(case_named("paused")).status == "red"


def test_a_naive_connector_without_a_fault_is_not_turned_red() -> None:
    cases = ("first_pull", "two_pages", "500_then_fine", "429_retry_after", "401", "gzip", "redirect_elsewhere", "null_key")
    with Kit(feed("rating"), connector="tests.conformance.naive:Naive") as found:
        found.samples = samples_of("rating").samples
        assert [str(r) for r in map(found.play, map(case_named, cases)) if r.status != "green"] == []
