"""A thousand runs of the ASEM index (51 countries × 49 indicators) with other weights and choices: ``python -m benchmarks.uncertainty``.

COINr 1.1.14 takes 47 s for 100 runs of that index on the machine for which the goal was set. Here every run goes through the whole
scheme: denominators, imputation, screening, treatment, normalisation, three levels of means, ranks. Varied: weights (± 25 %), min-max or
z-score or percentile, imputation by the mean, the median or not at all. Then the same with every value known to ± 5 % only. Needs
../shared/data; prints also the seconds of processor, since the machine may be shared.
"""

import argparse
import time
from typing import Any

import duckdb

from declarations.rules import RuleProfile
from declarations.scheme import Scheme
from declarations.uncertainty import Uncertainty
from tests.published.asem.tables import DATA, scheme_file, score_asem
from transforms.uncertainty.study import analyse
from transforms.uncertainty.summary import Findings

COINR_SECONDS, COINR_RUNS = 47.0, 100
CHOICES: dict[str, Any] = {
    "weights": {"spread": 0.25},
    "normalisation": [{"method": "z_score", "mean": 50, "sd": 20}, {"method": "percentile"}],
}
_UNSURE = """create or replace temp table score_fact as
select * replace (value - 0.05 * abs(value) as interval_low, value + 0.05 * abs(value) as interval_high) from score_fact"""


def main() -> None:
    """Print seconds, the ratio to COINr's 100 runs, and what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    runs = parser.parse_args().runs
    if not DATA.exists():
        print(f"skipped: {DATA} is not here")
        return
    scheme = scheme_file("index")
    connection = score_asem(scheme).con
    _measure(connection, scheme, runs, "weights, normalisation, imputation")
    connection.execute(_UNSURE)
    _show(_measure(connection, scheme, runs, "the same and noise in every value"))


def _measure(connection: duckdb.DuckDBPyConnection, scheme: Scheme, runs: int, what: str) -> Findings:
    began, cpu = time.perf_counter(), time.process_time()
    found = analyse(connection, scheme, RuleProfile(peer_group_minimum=1), {}, scheme.tree, Uncertainty(runs=runs, **CHOICES))
    seconds, processor = time.perf_counter() - began, time.process_time() - cpu
    per_run = seconds / (found.runs + 1) / (COINR_SECONDS / COINR_RUNS)
    print(
        f"{what:38} {found.runs} runs {seconds:6.1f} s ({processor:.1f} s of processor), {seconds / COINR_SECONDS:.2f}x of COINr's "
        f"{COINR_RUNS} runs ({COINR_SECONDS:.0f} s), {per_run:.3f}x a run"
    )
    return found


def _show(found: Findings) -> None:
    print(f"{'':4}{'what it hangs on':38} {'alone':>6} {'with interactions':>18}   share of variance")
    for row in found.factors.to_pylist():
        if row["subject_id"] == "*":
            named = f"{row['outcome']}: {row['factor']}"
            print(f"{'':4}{named:38} {row['first']:6.2f} {row['total']:18.2f}")
    widest = max(found.subjects.to_pylist(), key=lambda row: (row["rank_high"] or 0) - (row["rank_low"] or 0))
    low, high = widest["rank_low"], widest["rank_high"]
    print(f"{'':4}widest interval of places: {widest['subject_id']}, {low} to {high}, declared {widest['rank']}")


if __name__ == "__main__":
    main()
