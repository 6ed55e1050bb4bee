"""How long it takes to slim a scheme of 640 indicators over 2,000 subjects: ``python -m benchmarks.slim``; the goal is 60 s.

Made up: 8 themes of 80 indicators, each a mixture of its theme's and of its own, 5 % of the values not reported; four grades by cuts.
Also the real 49 indicators of the ASEM index, where ../shared/data is there.
"""

import argparse
import time

import duckdb
import numpy as np
import pyarrow as pa

from declarations.rules import RuleProfile
from declarations.scheme import Scheme
from transforms.slim.slimming import Slimmed, slim

GOAL = 60.0
THEMES = 8
SEED = 20250601


def main() -> None:
    """Print seconds, indicators left, tau and grades."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--indicators", type=int, default=640)
    parser.add_argument("--subjects", type=int, default=2000)
    asked = parser.parse_args()
    scheme = _scheme(asked.indicators)
    connection = _facts(scheme, asked.subjects)
    for tau, grades in ((0.95, 0.95), (0.95, 1.0)):
        began, cpu = time.perf_counter(), time.process_time()
        found = slim(connection, scheme, RuleProfile(peer_group_minimum=1), {}, scheme.tree, tau=tau, grades=grades)
        seconds = time.perf_counter() - began
        _tell(found, asked.subjects, grades)
        print(f"{'':4}{seconds:.1f} s ({time.process_time() - cpu:.1f} s of processor), {seconds / GOAL:.2f}x of {GOAL:.0f} s")


def _tell(found: Slimmed, subjects: int, grades: float) -> None:
    left = len(found.full) - len(found.removals)
    print(f"{len(found.full)} indicators x {subjects} subjects, tau >= {found.limits.tau}, same grades >= {grades:.0%}: {left} left,")
    print(f"{'':4}tau-b {found.price.tau:.4f}, {found.price.changed} of {found.judged} grades changed (the engine's figures)")


def _scheme(indicators: int) -> Scheme:
    each = indicators // THEMES
    text = {"en": "Benchmark", "zh": "测试"}
    grade = {"title": text}
    return Scheme.model_validate(
        {
            "id": "benchmark", "title": text, "weights": "relative",
            "grades": [
                {"grade": "a", "at_least": 58, **grade}, {"grade": "b", "at_least": 52, **grade},
                {"grade": "c", "at_least": 46, **grade}, {"grade": "d", **grade},
            ],
            "tree": [
                {"code": f"t{t}", "weight": 1 + t % 3, "children": [_leaf(f"i{t}_{i}", 1 + i % 5) for i in range(each)]}
                for t in range(THEMES)
            ],
        }
    )  # fmt: skip


def _leaf(code: str, weight: float) -> dict[str, object]:
    return {"code": code, "weight": weight, "indicator": code, "normalise": {"method": "percentile"}}


def _facts(scheme: Scheme, subjects: int) -> duckdb.DuckDBPyConnection:
    random = np.random.default_rng(SEED)
    codes = [leaf.indicator for leaf in scheme.leaves()]
    theme = np.repeat(random.normal(size=(subjects, THEMES)), len(codes) // THEMES, axis=1)
    weight = random.uniform(0.2, 0.9, len(codes))
    values = weight * theme + np.sqrt(1 - weight**2) * random.normal(size=theme.shape)
    there = random.random(theme.shape) > 0.05
    connection = duckdb.connect()
    names = np.array([f"s{n:05}" for n in range(subjects)])
    table = pa.table({
        "subject_id": np.repeat(names, len(codes)), "indicator": np.tile(np.array(codes), subjects),
        "value": pa.array(values.ravel(), mask=~there.ravel()),
    })  # fmt: skip
    connection.register("made_up", table)
    connection.execute("""create temp table score_fact as select '2025' as period, subject_id, indicator, value, null::bigint as n,
        null::double as interval_low, null::double as interval_high, if(value is null, 'not_reported', 'ok') as status from made_up""")
    connection.execute("""create temp table score_subject as select distinct '2025' as period, subject_id, '' as peer_group,
        '' as ranking_group, 1.0::double as days_share, true as takes_adjustments from made_up""")
    connection.execute("""create temp table score_decision (period varchar, subject_id varchar, decision_no varchar, document_no varchar,
        decision_type varchar, decided_on date, authority varchar, points double)""")
    return connection


if __name__ == "__main__":
    main()
