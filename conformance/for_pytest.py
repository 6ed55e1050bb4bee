"""The kit as pytest tests: one test a case."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from conformance.case import Case
from conformance.cases import CASES, case_named
from conformance.doubles import DoubleMaker
from conformance.run import Kit
from conformance.samples import Row
from declarations.feed import FeedContract
from declarations.yaml_file import read_declaration


def conformance_test(
    feed: Path | FeedContract, double: DoubleMaker | None = None, samples: Sequence[Row] | None = None, cases: Sequence[str] = ()
) -> Callable[[Case], None]:
    """A parametrised test for a contract or its file: ``test_my_feed = conformance_test(Path("feed.yaml"))``.

    A case that is not applicable is skipped with the reason.
    """
    import pytest

    @cache
    def kit() -> Kit:
        contract: Any = read_declaration(feed, FeedContract) if isinstance(feed, Path) else feed
        return Kit(contract, double, samples)

    chosen = [case_named(name) for name in cases] or list(CASES)

    @pytest.mark.parametrize("case", chosen, ids=[case.id for case in chosen])
    def test(case: Case) -> None:
        result = kit().play(case)
        if result.status == "not_applicable":
            pytest.skip(result.reason)
        assert result.status == "green", str(result)

    return test
