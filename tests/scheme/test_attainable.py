"""Between which points a node can lie: no data, however wild, leaves the range that the declarations give."""

import math
import random
from typing import Any

import pytest
from kit import run
from small import event, leaf, scheme

from declarations.scheme.attainable import attainable, final_range

METHODS: list[dict[str, Any]] = [
    {"method": "target_completion", "target": 50, "cap": 1.2},
    {"method": "threshold", "threshold": 40, "per_unit": 2, "least": 10},
    {"method": "ladder", "steps": [{"at_least": 10, "points": 40}, {"above": 60, "points": 90}], "otherwise": 5},
    {"method": "efficacy", "satisfactory": 20, "excellent": 80, "least": 0, "most": 110},
    {"method": "goalposts", "low": 10, "high": 90, "scale": 1},
    {"method": "min_max", "low": 60, "high": 100},
    {"method": "rank", "best": 100, "step": 3, "least": 40},
    {"method": "percentile"},
    {"method": "ratio_to_best"},
    {"method": "distance", "to": "best", "scale": 100},
    {"method": "improvement", "baseline": 50, "least": -20, "most": 120},
    {"method": "piecewise", "corners": [{"at": 0, "points": 10}, {"at": 50, "points": 80}], "above": 95},
    {"method": "power", "a": -2, "b": 30, "c": 2, "constant": 100},
    {"method": "as_is", "factor": 2, "least": None, "most": 150},
]
AFTER = [{"multiply": -0.5}, {"add": 60}, {"power": 0.5}, {"clamp": {"low": 1, "high": 30}}, {"round": {"decimals": 1}}]


@pytest.mark.parametrize("aggregate", ["arithmetic", "geometric", "harmonic", "sum", "min", "max", "median", {"method": "power", "p": 3}])
def test_no_data_leaves_the_range(aggregate: Any) -> None:
    chance = random.Random(7)
    leaves = [leaf(f"l{i}", method, weight=1 + i % 3) for i, method in enumerate(METHODS)]
    made = scheme(
        {"code": "most", "children": leaves[:7], "aggregate": aggregate},
        {"code": "rest", "children": leaves[7:], "after": AFTER},
    )
    values = [0.0, 1e-6, 1e6, *(chance.uniform(0, 100) for _ in range(17))]
    facts = {f"s{i}": {f"l{j}": chance.choice(values) for j in range(len(METHODS))} for i in range(40)}
    found = attainable(made)
    for row in run(made, facts).rows("node"):
        low, high = found[row["node"]]
        assert row["normalised"] is None or low - 1e-9 <= row["normalised"] <= high + 1e-9, (row["node"], row["normalised"], low, high)


def test_ranges_by_hand() -> None:
    made = scheme(
        leaf("a", {"method": "efficacy", "satisfactory": 0, "excellent": 1}, weight=3),
        leaf("b", {"method": "goalposts", "low": 0, "high": 1, "scale": 60}, weight=1),
        leaf("z", "z_score", weight=0),
    )
    found = attainable(made)
    assert (found["a"], found["b"], found["score"]) == ((0, 100), (0, 60), (0, 90))
    assert found["z"] == (-math.inf, math.inf)


def test_adjustments_widen_the_result_as_far_as_their_caps() -> None:
    tree = leaf("a", {"method": "efficacy", "satisfactory": 0, "excellent": 1})
    made = scheme(tree, adjustments=[event("won", "bonus", cap=5), event("lost", "deduction", cap=2)])
    assert final_range(made) == (-2, 105)
    free = scheme(tree, adjustments=[event("won", "bonus")], final=[{"clamp": {"high": 120}}])
    assert final_range(free) == (0, 120)
    pooled = scheme(tree, adjustments=[event("won", "bonus", pool="all")], adjustment_caps={"all": 3})
    assert final_range(pooled) == (0, 103)
