"""Runs the kit for a feed."""

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from conformance.adapt import for_test, set_aside
from conformance.case import Case, CaseResult, ConformanceReport, Deviation
from conformance.cases import CASES, case_named
from conformance.doubles import DoubleMaker, double_maker
from conformance.killed import Victims
from conformance.needs import look_back, why_not
from conformance.samples import Row, Samples, make_samples, own_samples
from conformance.stage import Stage
from declarations.feed import FeedContract

PATIENCE_SECONDS = 12.0
HISTORY = timedelta(days=40)


class Kit:
    """The kit for one feed's contract. Close it, or use it as a context manager.

    ``double`` makes the double (none: the one of the contract's connector type); ``samples`` are at least 16 valid rows by the
    contract's column names, for contracts whose rules made-up rows do not meet; ``connector`` (``module:Class``) stands in for
    the contract's connector; ``patience`` is how many seconds a connector may wait for a source. Raises Problem where no double
    or no valid rows can be made.
    """

    def __init__(
        self,
        contract: FeedContract,
        double: DoubleMaker | None = None,
        samples: Sequence[Row] | None = None,
        connector: str | None = None,
        ready: int = 0,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self.contract = for_test(contract)
        self.set_aside = set_aside(contract)
        self._make = double or double_maker(contract)
        self._own_samples = samples
        self._connector = connector
        self._begin = (datetime.now(UTC) - look_back(contract) * 3 - HISTORY).replace(
            hour=0, minute=0, second=0, microsecond=0, tzinfo=None
        )
        self._victims = Victims(ready)
        self._patience = patience

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *trace: Any) -> None:
        self._victims.__exit__(*trace)

    @cached_property
    def samples(self) -> Samples:
        """Rows that are valid under the contract."""
        double = self._make(self.contract, self._begin)
        if self._own_samples is not None:
            return own_samples(self.contract, self._own_samples, double.stamp)
        return make_samples(self.contract, double.stamp, self._begin, double.possible)

    def why_not(self, case: Case) -> str | None:
        """Why a case is not applicable; None where it is."""
        return why_not(self.contract, self._make(self.contract, self._begin), case.needs)

    def play(self, case: Case) -> CaseResult:
        """Play one case in a folder of its own."""
        begin = time.monotonic()
        reason = self.why_not(case)
        if reason:
            return CaseResult(case, "not_applicable", reason=reason)
        folder = Path(tempfile.mkdtemp(prefix="traceless-test-"))
        try:
            self._played(case, folder)
        except Deviation as deviation:
            return CaseResult(case, "red", time.monotonic() - begin, deviation.expected, deviation.happened)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return CaseResult(case, "green", time.monotonic() - begin)

    def _played(self, case: Case, folder: Path) -> None:
        samples = self.samples
        with self._make(self.contract, self._begin) as double:
            double.open(folder / "source")
            guard = threading.Timer(self._patience + 1, double.release)  # a connector that waits for ever must not stop the kit
            guard.daemon = True
            guard.start()
            try:
                case.play(Stage(self.contract, double, samples, folder, self._victims, self._connector, self._patience))
            finally:
                guard.cancel()
                double.release()


def run_conformance(
    contract: FeedContract,
    double: DoubleMaker | None = None,
    samples: Sequence[Row] | None = None,
    cases: Sequence[str] = (),
    progress: Callable[[CaseResult], None] | None = None,
    connector: str | None = None,
) -> ConformanceReport:
    """Play the cases (all, or those named) for a feed's contract against a double of its source. See ``Kit``.

    Nothing outside of this machine is asked, and nothing of the project's own data is touched.
    """
    begin = time.monotonic()
    chosen = [case_named(name) for name in cases] or list(CASES)
    deadly = sum(case.id.startswith("killed") for case in chosen)
    results = []
    with Kit(contract, double, samples, connector, ready=deadly) as kit:
        for case in chosen:
            results.append(kit.play(case))
            if progress:
                progress(results[-1])
    return ConformanceReport(contract.id, contract.source.connector, results, kit.set_aside, time.monotonic() - begin)
