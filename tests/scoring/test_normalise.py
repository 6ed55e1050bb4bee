"""From a value to points, worked by hand: every method, both directions, bounds, ties, absences, equal and lonely peers."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple, get_args

import pytest

from declarations.rules import RuleProfile
from declarations.scheme import Normalise
from tests.scoring.kit import Scored, run

Value = float | None
Outcome = float | str
OWN: dict[str, list[Value]] = {"plan": [10, 20, 0, None], "before": [50, 0, 100, None]}
"""Indicators of the first four subjects that methods may name."""
NOISY = 0.1 + 0.2  # 0.30000000000000004
SHORT = 0.7 + 0.1  # 0.7999999999999999


class Case(NamedTuple):
    name: str
    normalise: dict[str, Any]
    values: Sequence[Value]
    expected: Sequence[Outcome]
    direction: str = "higher"


def ladder(*steps: tuple[str, float, float], **more: Any) -> dict[str, Any]:
    return {"method": "ladder", "steps": [{how: bound, "points": points} for how, bound, points in steps], **more}


def piecewise(*corners: tuple[Any, float], **more: Any) -> dict[str, Any]:
    return {"method": "piecewise", "corners": [{"at": at, "points": points} for at, points in corners], **more}


def method(name: str, **more: Any) -> dict[str, Any]:
    return {"method": name, **more}


TARGETS = [
    Case("target", method("target_completion", target=40), [0, 20, 40, 50, -10], [0, 50, 100, 100, 0]),
    Case("target, cap", method("target_completion", target=40, cap=1.2, points=10), [20, 44, 60], [5, 11, 12]),
    Case("target, lower", method("target_completion", target=40), [80, 40, 20, 0, -5], [50, 100, 100, 100, 100], "lower"),
    Case("target, lower, cap", method("target_completion", target=40, cap=1.5), [80, 32, 20, 0], [50, 125, 150, 150], "lower"),
    Case("target 0", method("target_completion", target=0, cap=1.5), [-1, 0, 3], [0, 150, 150]),
    Case("target 0, lower", method("target_completion", target=0), [0, 2], [100, 0], "lower"),
    Case("target below 0", method("target_completion", target=-10), [-20, -10, 5], [0, 100, 100]),
    Case("target below 0, lower", method("target_completion", target=-10), [-20, -5, 5], [100, 100, 0], "lower"),
    Case("own target", method("target_completion", target={"indicator": "plan"}), [5, 30, 1, 7], [50, 100, 100, "not_reported"]),
    Case("peers' max", method("target_completion", target={"peers": "max"}), [5, None, 10], [50, "not_reported", 100]),
    Case("peers' min", method("target_completion", target={"peers": "min"}, cap=3), [5, 10], [100, 200]),
    Case("peers' mean", method("target_completion", target={"peers": "mean"}), [5, 10, 15], [50, 100, 100]),
    Case("peers' median", method("target_completion", target={"peers": "median"}), [1, 9, 2], [50, 100, 100]),
    Case("peers' median of four", method("target_completion", target={"peers": "median"}), [10, 20, 30, 40], [40, 80, 100, 100]),
    Case(
        "peers' quantile",
        method("target_completion", target={"peers": "quantile", "q": 0.9}, cap=9),
        [0, 10, 30, 20],
        [0, 1e3 / 27, 3e3 / 27],
    ),
    Case("peers' sd", method("target_completion", target={"peers": "sd"}, cap=9), [2, 4, 6], [100, 200, 300]),
    Case("sd of one alone", method("target_completion", target={"peers": "sd"}), [2], ["invalid"]),
    Case("mean of one alone", method("target_completion", target={"peers": "mean"}), [2], [100]),
]
THRESHOLDS = [
    Case("threshold", method("threshold", threshold=95, per_unit=2), [96, 95, 94, 90.5, 0], [100, 100, 98, 91, 0]),
    Case("begun units", method("threshold", threshold=95, per_unit=10, unit=5, whole_units=True), [95, 94.9, 90, 89.9], [100, 90, 90, 80]),
    Case("units of noise", method("threshold", threshold=0.3, per_unit=10, unit=0.1, whole_units=True), [0, 0.1], [70, 80]),
    Case(
        "units of noise above", method("threshold", threshold=0, per_unit=10, unit=0.1, whole_units=True), [NOISY, 0.4], [70, 60], "lower"
    ),
    Case("threshold, lower", method("threshold", threshold=3, per_unit=5), [2, 3, 4, 10], [100, 100, 95, 65], "lower"),
    Case("threshold, bounds", method("threshold", threshold=3, per_unit=5, full=90, least=80), [2, 4, 10], [90, 85, 80], "lower"),
    Case("own threshold", method("threshold", threshold={"indicator": "plan"}, per_unit=5), [8, 20, -4, 0], [90, 100, 80, "not_reported"]),
]
GRADES = ladder(("at_least", 60, 60), ("at_least", 80, 80), ("at_least", 90, 100), otherwise=10)
LADDERS = [
    Case("at least", GRADES, [59.9, 60, 79.9, 80, 95, None], [10, 60, 60, 80, 100, "not_reported"]),
    Case("above", ladder(("above", 0, 5), ("above", 10, 20)), [0, 0.1, 10, 10.1], [0, 5, 5, 20]),
    Case("at least and above", ladder(("at_least", 1, 10), ("above", 2, 20)), [0.9, 1, 2, 2.1], [0, 10, 10, 20]),
    Case(
        "at most and below", ladder(("at_most", 10, 60), ("below", 5, 80), ("at_most", 0, 100)), [11, 10, 5, 4.9, 0], [0, 60, 60, 80, 100]
    ),
    Case("at a bound but for noise", ladder(("at_least", 0.8, 10)), [SHORT, 0.79], [10, 0]),
    Case("not above a bound by noise", ladder(("above", 0.3, 10)), [NOISY, 0.31], [0, 10]),
    Case("at most but for noise", ladder(("at_most", 0.3, 10)), [NOISY, 0.31], [10, 0]),
    Case("not below by noise", ladder(("below", 0.8, 10)), [SHORT, 0.79], [0, 10]),
    Case("next step by noise", ladder(("at_least", 0.1, 5), ("at_least", 0.8, 10)), [SHORT, 0.2], [10, 5]),
]
LINES = [
    Case("efficacy", method("efficacy", satisfactory=60, excellent=90), [60, 75, 90, 100, 30, 0], [60, 80, 100, 100, 20, 0]),
    Case("efficacy, lower", method("efficacy", satisfactory=10, excellent=5), [10, 7.5, 5, 1, 15, 30], [60, 80, 100, 100, 20, 0]),
    Case(
        "efficacy, bounds",
        method("efficacy", satisfactory=60, excellent=90, base=50, least=40, most=90),
        [60, 75, 90, 30],
        [50, 75, 90, 40],
    ),
    Case(
        "own satisfactory",
        method("efficacy", satisfactory={"indicator": "plan"}, excellent=20),
        [15] * 4,
        [80, "invalid", 90, "not_reported"],
    ),
    Case("goalposts", method("goalposts", low=20, high=85, scale=1), [20, 52.5, 85, 90, 10], [0, 0.5, 1, 1, 0]),
    Case("not clamped", method("goalposts", low=0, high=50, clamped=False), [60, -10], [120, -20]),
    Case("goalposts, lower", method("goalposts", low=50, high=10), [50, 30, 10, 60, 5], [0, 50, 100, 0, 100]),
    Case("log", method("goalposts", low=1, high=100, log=True), [1, 10, 100, 1000, 0, -5], [0, 50, 100, 100, 0, 0]),
    Case("log, not clamped", method("goalposts", low=1, high=100, log=True, clamped=False), [0.1, 1000, 0], [-50, 150, "invalid"]),
    Case("log, lower", method("goalposts", low=100, high=1, log=True), [100, 10, 0], [0, 50, 100]),
    Case("between the peers", method("goalposts", low={"peers": "min"}, high={"peers": "max"}), [10, 20, 50], [0, 25, 100]),
    Case("alone", method("goalposts", low={"peers": "min"}, high={"peers": "max"}), [5], ["invalid"]),
    Case("own goalpost", method("goalposts", low=5, high={"indicator": "plan"}), [7.5, 7.5, 7.5, 7.5], [50, 50 / 3, 0, "not_reported"]),
    Case("own goalpost, log", method("goalposts", low=1, high={"indicator": "plan"}, log=True), [10, 20, 5], [100, 100, "invalid"]),
    Case("piecewise", piecewise((0, 0), (50, 60), (100, 100)), [-5, 0, 25, 50, 75, 100, 120], [0, 0, 30, 60, 80, 100, 100]),
    Case("below and above", piecewise((0, 0), (50, 60), (100, 90), below=-10, above=95), [-5, 0, 25, 100, 120], [-10, 0, 30, 95, 95]),
    Case("last corner but for noise", piecewise((0, 0), (0.8, 80), above=100), [SHORT, 0.4], [100, 40]),
    Case("first corner but for noise", piecewise((0.8, 10), (1.6, 80), below=0), [SHORT, 0.79], [10, 0]),
    Case("own corner", piecewise(({"indicator": "plan"}, 60), (40, 100)), [25, 20, 20, 20], [80, 60, 80, "not_reported"]),
    Case("own corners fall", piecewise((15, 60), ({"indicator": "plan"}, 100), below=1, above=99), [16, 16, 7.5], [1, 68, 80]),
    Case("own corners coincide", piecewise((10, 60), ({"indicator": "plan"}, 100)), [10, 15], ["invalid", 80]),
    Case("own corners both ways", piecewise((5, 0), ({"indicator": "plan"}, 60), (15, 100)), [12.5, 12.5], [80, "invalid"]),
    Case("corners of the peers", piecewise(({"peers": "min"}, 0), ({"peers": "max"}, 100)), [10, 20, 50], [0, 25, 100]),
    Case("power", method("power", a=-2, b=10, c=2, constant=100), [10, 12, 7], [100, 92, 82]),
    Case("power out of range", method("power", a=1, b=0, c=3), [1e150, 2], ["invalid", 8]),
    Case("as is", method("as_is"), [50, 120, -3], [50, 100, 0]),
    Case("as is, factor", method("as_is", factor=100), [0.5, 2], [50, 100]),
    Case("as is, no bounds", method("as_is", least=None, most=None), [-3, 120, 1e15, 1.1e15], [-3, 120, 1e15, "invalid"]),
]
BASELINES = [
    Case("relative", method("improvement", baseline=80), [88, 80, 72], [10, 0, -10]),
    Case("relative, lower", method("improvement", baseline=80), [88, 80, 72], [-10, 0, 10], "lower"),
    Case("relative, bounds", method("improvement", baseline=80, least=0, most=5), [88, 80, 72], [5, 0, 0]),
    Case("relative to below 0", method("improvement", baseline=-50), [-40, -60], [20, -20]),
    Case("relative to 0", method("improvement", baseline=0), [1, 0, -1], [100, 100, 0]),
    Case("relative to 0, least", method("improvement", baseline=0, least=-20, at_ceiling=50), [1, -1], [50, -20]),
    Case("difference", method("improvement", baseline=80, form="difference", scale=2), [88, 72], [16, -16]),
    Case("gap closed", method("improvement", baseline=80, form="gap_closed", best=100), [90, 100, 70], [50, 100, -50]),
    Case("gap closed, lower", method("improvement", baseline=20, form="gap_closed", best=0), [10, 0, 30], [50, 100, -50], "lower"),
    Case("no gap", method("improvement", baseline=100, form="gap_closed", best=90), [100, 99, 101], [100, 0, 100]),
    Case("no gap, kept", method("improvement", baseline=100, form="gap_closed", best=90, when_equal=30), [100, 99, 101], [30, 0, 100]),
    Case("no gap, lower", method("improvement", baseline=90, form="gap_closed", best=95), [90, 91], [100, 0], "lower"),
    Case("no gap, most", method("improvement", baseline=100, form="gap_closed", best=90, most=9), [100, 99], [9, 0]),
    Case("a gap of noise", method("improvement", baseline=0.3, form="gap_closed", best=NOISY), [0.3, NOISY, 0.29], [100, 100, 0]),
    Case("own baseline", method("improvement", baseline={"indicator": "before"}), [55, 1, 90, 1], [10, 100, -10, "not_reported"]),
]
EXPRESSIONS = [
    Case("expression", method("expression", sql="x * k + plan", parameters={"k": 2}), [1, 2, 3, 4], [12, 24, 6, "invalid"]),
    Case("absences stated", method("expression", sql="coalesce(plan, 5) + x"), [1, 2, 3, 4], [11, 22, 3, 9]),
    Case("failing", method("expression", sql="ln(x)"), [1, 0, -1], [0, "invalid", "invalid"]),
    Case("division by 0", method("expression", sql="1 / x"), [2, 0], [0.5, "invalid"]),
    Case(
        "own parameter",
        method("expression", sql="x / t", parameters={"t": {"indicator": "plan"}}),
        [5, 5, 5, 5],
        [0.5, 0.25, "invalid", "not_reported"],
    ),
    Case("peers' parameter", method("expression", sql="x / m", parameters={"m": {"peers": "mean"}}), [1, 2, 6], [1 / 3, 2 / 3, 2]),
]
TIED = [10, 20, 20, 50]
SPREADS = [
    Case("min max", method("min_max"), TIED, [0, 25, 25, 100]),
    Case("min max, lower", method("min_max"), TIED, [100, 75, 75, 0], "lower"),
    Case("min max, range", method("min_max", low=1, high=100), TIED, [1, 25.75, 25.75, 100]),
    Case("min max, one absent", method("min_max"), [1, None, 3], [0, "not_reported", 100]),
    Case("min max, equal", method("min_max", high=90), [7, 7], [90, 90]),
    Case("min max, when equal", method("min_max", when_equal=60), [7, 7], [60, 60]),
    Case("min max, alone", method("min_max", when_equal=60), [7], [60]),
    Case("min max, noise", method("min_max", when_equal=60), [0.3, NOISY], [60, 60]),
    Case("min max, nobody", method("min_max"), [None, None], ["not_reported", "not_reported"]),
    Case("min max, extremes", method("min_max"), [-1e150, 0, 1e150], [0, 50, 100]),
    Case("min max, smallest", method("min_max"), [0, 5e-324], [0, 100]),
    Case(
        "z, population",
        method("z_score", mean=50, sd=10, estimator="population"),
        [2, 4, 4, 4, 5, 5, 7, 9],
        [35, 45, 45, 45, 50, 50, 60, 70],
    ),
    Case("z, sample", method("z_score"), [1, 2, 3], [-1, 0, 1]),
    Case("z, lower", method("z_score", mean=50, sd=10), [1, 2, 3], [60, 50, 40], "lower"),
    Case("z, equal", method("z_score", mean=50, sd=10), [4, 4], [50, 50]),
    Case("z, alone", method("z_score", when_equal=40), [4], [40]),
    Case("z, far from 0", method("z_score"), [1e9 + 1, 1e9 + 2, 1e9 + 3], [-1, 0, 1]),
    Case("ratio", method("ratio_to_best"), [5, 10, 0, -5], [50, 100, 0, -50]),
    Case("ratio, lower", method("ratio_to_best", scale=1), [5, 10, 20], [1, 0.5, 0.25], "lower"),
    Case("ratio, lower, best 0", method("ratio_to_best"), [0, 5], [100, 0], "lower"),
    Case("ratio, best 0, when equal", method("ratio_to_best", when_equal=80), [0, 5, 0], [80, 0, 80], "lower"),
    Case("ratio, best 0, higher", method("ratio_to_best"), [0, -5], [100, 0]),
    Case("ratio, best below 0", method("ratio_to_best"), [-5, -10], ["invalid", "invalid"]),
    Case("ratio, equal", method("ratio_to_best", when_equal=70), [-5, -5], [70, 70]),
    Case("ratio, all 0", method("ratio_to_best"), [0, 0], [100, 100]),
    Case("to the best", method("distance", to="best"), [10, 20, 50], [0, 0.25, 1]),
    Case("to the best, lower", method("distance", to="best", scale=100), [10, 20, 50], [100, 75, 0], "lower"),
    Case("to one", method("distance", to="reference", subject="s1"), [10, 20, 50], [0, 1, 4]),
    Case("to one, capped", method("distance", to="reference", subject="s1", capped=True), [10, 20, 50], [0, 1, 1]),
    Case("to one, lower", method("distance", to="reference", subject="s1"), [10, 20, 50], [4 / 3, 1, 0], "lower"),
    Case("to the worst", method("distance", to="reference", subject="s0"), [10, 20, 50], [1, 1, 1]),
    Case("to one without", method("distance", to="reference", subject="s1"), [1, None, 3], ["invalid", "not_reported", "invalid"]),
    Case("to target", method("distance", to="target", target=30), [10, 20, 50], [0, 0.5, 2]),
    Case("to target, capped", method("distance", to="target", target=30, capped=True, scale=10), [10, 20, 50], [0, 5, 10]),
    Case("to target, lower", method("distance", to="target", target=0), [10, 20, 50], [0.8, 0.6, 0], "lower"),
    Case("to target, all beyond", method("distance", to="target", target=5, when_equal=0.9), [10, 20], [0.9, 0.9]),
    Case("to target, equal", method("distance", to="target", target=10), [7, 7], [0, 0]),
    Case("to own target", method("distance", to="target", target={"indicator": "plan"}), [5, 15, 8], [0, 2 / 3, 1]),
    Case("to the best, equal", method("distance", to="best", when_equal=0.5), [7, 7], [0.5, 0.5]),
]
PLACES = [
    Case("rank", method("rank"), TIED, [1, 2, 2, 4]),
    Case("rank max", method("rank", ties="max"), TIED, [1, 3, 3, 4]),
    Case("rank average", method("rank", ties="average"), TIED, [1, 2.5, 2.5, 4]),
    Case("rank dense", method("rank", ties="dense"), TIED, [1, 2, 2, 3]),
    Case("rank lower", method("rank"), TIED, [4, 2, 2, 1], "lower"),
    Case("rank lower max", method("rank", ties="max"), TIED, [4, 3, 3, 1], "lower"),
    Case("from the best", method("rank", counted_from="best"), [*TIED, None], [4, 2, 2, 1, "not_reported"]),
    Case("from the best max", method("rank", counted_from="best", ties="max"), TIED, [4, 3, 3, 1]),
    Case("from the best average", method("rank", counted_from="best", ties="average"), TIED, [4, 2.5, 2.5, 1]),
    Case("from the best dense", method("rank", counted_from="best", ties="dense"), TIED, [3, 2, 2, 1]),
    Case("from the best lower", method("rank", counted_from="best"), TIED, [1, 2, 2, 4], "lower"),
    Case("rank points", method("rank", best=100, step=10), TIED, [70, 90, 90, 100]),
    Case("rank points lower", method("rank", best=100, step=10), TIED, [100, 90, 90, 70], "lower"),
    Case("rank points average", method("rank", best=100, step=10, ties="average"), TIED, [70, 85, 85, 100]),
    Case("rank points dense", method("rank", best=100, step=10, ties="dense"), TIED, [80, 90, 90, 100]),
    Case("rank points least", method("rank", best=100, step=10, least=75), TIED, [75, 90, 90, 100]),
    Case("rank noise", method("rank"), [0.3, NOISY, 0.4, -0.0, 0.0], [3, 3, 5, 1, 1]),
    Case("rank alone", method("rank"), [7], [1]),
    Case("percentile", method("percentile"), TIED, [0, 50, 50, 100]),
    Case("percentile min", method("percentile", ties="min", scale=3), TIED, [0, 1, 1, 3]),
    Case("percentile max", method("percentile", ties="max", scale=3), TIED, [0, 2, 2, 3]),
    Case("percentile lower", method("percentile"), TIED, [100, 50, 50, 0], "lower"),
    Case("percentile lower min", method("percentile", ties="min", scale=3), TIED, [3, 1, 1, 0], "lower"),
    Case("percentile lower max", method("percentile", ties="max", scale=3), TIED, [3, 2, 2, 0], "lower"),
    Case("inclusive", method("percentile", definition="inclusive"), TIED, [25, 62.5, 62.5, 100]),
    Case("below", method("percentile", definition="below"), TIED, [0, 37.5, 37.5, 75]),
    Case("hazen", method("percentile", definition="hazen"), TIED, [12.5, 50, 50, 87.5]),
    Case("weibull", method("percentile", definition="weibull"), TIED, [20, 50, 50, 80]),
    Case("borda", method("percentile", definition="borda", ties="min"), [*TIED, None], [0, 1, 1, 3, "not_reported"]),
    Case("percentile alone", method("percentile", scale=1), [7], [0.5]),
    Case("inclusive alone", method("percentile", definition="inclusive"), [7], [100]),
    Case("percentile equal", method("percentile"), [7, 7, 7], [50, 50, 50]),
    Case("percentile equal min", method("percentile", ties="min"), [7, 7, 7], [0, 0, 0]),
    Case("percentile when equal", method("percentile", when_equal=80), [7, 7, 7], [80, 80, 80]),
    Case("percentile noise", method("percentile"), [0.3, NOISY, SHORT, 0.8], [100 / 6, 100 / 6, 500 / 6, 500 / 6]),
]
CASES = [*TARGETS, *THRESHOLDS, *LADDERS, *LINES, *BASELINES, *EXPRESSIONS, *SPREADS, *PLACES]


@cache
def everything() -> Scored:
    """All cases as the leaves of one scheme, each with its own indicator; who has no value in a case is no peer in it."""
    tree = [{"code": f"n{i}", "indicator": f"i{i}", "direction": c.direction, "normalise": c.normalise} for i, c in enumerate(CASES)]
    columns = {**{f"i{i}": case.values for i, case in enumerate(CASES)}, **OWN}
    facts = {f"s{k}": {code: values[k] if k < len(values) else None for code, values in columns.items()} for k in range(8)}
    return run({"weights": "relative", "tree": tree}, facts)


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case.name for case in CASES])
def test_each_method_gives_what_was_worked_by_hand(number: int) -> None:
    case, rows = CASES[number], everything().node(f"n{number}")
    for k, expected in enumerate(case.expected):
        row = rows[f"s{k}"]
        if isinstance(expected, str):
            assert (row["status"], row["normalised"]) == (expected, None), (k, row)
        else:
            assert row["status"] == "ok", (k, row)
            assert row["normalised"] == pytest.approx(expected, rel=1e-12, abs=1e-9), k


def test_every_method_has_cases() -> None:
    declared = {get_args(model.model_fields["method"].annotation)[0] for model in get_args(get_args(Normalise)[0])}
    assert declared == {case.normalise["method"] for case in CASES}


def scored(
    normalise: Any, values: dict[str, list[float | None]], rules: RuleProfile | None = None, attributes: Any = None, **scheme: Any
) -> Scored:
    """One leaf over groups of subjects: a1, a2 … in group a, b1 … in group b."""
    names = [(group, f"{group}{n}", value) for group, column in values.items() for n, value in enumerate(column, 1)]
    leaf = {"code": "n", "indicator": "i", "normalise": normalise, **scheme.pop("leaf", {})}
    return run(
        {"tree": [leaf], "groups": {group: {"en": group, "zh": group} for group in values}, **scheme},
        {name: {"i": value} for _, name, value in names},
        subjects=[{"subject_id": name, "peer_group": group} for group, name, _ in names],
        rules=rules,
        attributes=attributes,
    )


def outcomes(result: Scored) -> dict[str, Outcome]:
    return {name: row["normalised"] if row["status"] == "ok" else row["status"] for name, row in result.node("n").items()}


TWO: dict[str, list[float | None]] = {"a": [1, 2, 3], "b": [10, 20]}


def test_peers_are_the_group_unless_said_otherwise() -> None:
    assert outcomes(scored(method("min_max"), TWO)) == {"a1": 0, "a2": 50, "a3": 100, "b1": 0, "b2": 100}


@pytest.mark.parametrize("whole", [{"normalise": method("rank", peers="all")}, {"normalise": method("rank"), "peers": "class"}])
def test_peers_may_be_the_whole_class(whole: dict[str, Any]) -> None:
    assert outcomes(scored(values=TWO, **whole)) == {"a1": 1, "a2": 2, "a3": 3, "b1": 4, "b2": 5}


def test_peers_may_be_those_of_an_attribute() -> None:
    sides = {"a1": {"side": "east"}, "a2": {"side": "west"}, "a3": {"side": "east"}, "b1": {"side": "west"}, "b2": {"side": "east"}}
    found = outcomes(scored(method("percentile", definition="borda", peers="side"), TWO, attributes=sides))
    assert found == {"a1": 0, "a3": 1, "b2": 2, "a2": 0, "b1": 1}


def test_a_small_group_falls_back_to_an_absolute_method() -> None:
    fallback = method("goalposts", low=0, high=40)
    found = outcomes(scored(method("min_max", minimum_peers=3, fallback=fallback), TWO))
    assert found == {"a1": 0, "a2": 50, "a3": 100, "b1": 25, "b2": 50}


def test_a_small_group_without_fallback_is_too_few() -> None:
    found = outcomes(scored(method("min_max"), TWO, rules=RuleProfile(peer_group_minimum=3)))
    assert found == {"a1": 0, "a2": 50, "a3": 100, "b1": "too_few", "b2": "too_few"}


def test_the_own_minimum_goes_before_that_of_the_rules() -> None:
    found = outcomes(scored(method("min_max", minimum_peers=2), TWO, rules=RuleProfile(peer_group_minimum=3)))
    assert found == {"a1": 0, "a2": 50, "a3": 100, "b1": 0, "b2": 100}


def test_all_peers_count_for_the_minimum_whatever_their_group() -> None:
    found = outcomes(scored(method("rank", minimum_peers=5, peers="all"), TWO))
    assert found == {"a1": 1, "a2": 2, "a3": 3, "b1": 4, "b2": 5}


def test_who_has_no_value_is_no_peer() -> None:
    found = outcomes(scored(method("rank", minimum_peers=3), {"a": [1, 2, None]}))
    assert found == {"a1": "too_few", "a2": "too_few", "a3": "not_reported"}


def test_a_fallback_may_take_its_numbers_from_the_small_group() -> None:
    fallback = method("target_completion", target={"peers": "max"})
    found = outcomes(scored(method("z_score", minimum_peers=3, fallback=fallback), TWO))
    assert found == {"a1": -1, "a2": 0, "a3": 1, "b1": 50, "b2": 100}


def test_periods_are_compared_apart() -> None:
    facts = [{"subject_id": s, "period": p, "indicator": "i", "value": v} for s, p, v in
             [("a", "2024", 1), ("b", "2024", 3), ("a", "2025", 100), ("b", "2025", 50)]]  # fmt: skip
    found = run({"tree": [{"code": "n", "indicator": "i", "normalise": method("distance", to="reference", subject="a")}]}, facts).points(
        "n"
    )
    assert found == {("2024", "a"): 1, ("2024", "b"): 1, ("2025", "a"): 1, ("2025", "b"): 0}


def test_numbers_and_steps_may_go_by_group() -> None:
    target = method("target_completion", target={"a": 2, "b": 40})
    assert outcomes(scored(target, TWO)) == {"a1": 50, "a2": 100, "a3": 100, "b1": 25, "b2": 50}
    steps = {"a": [{"at_least": 2, "points": 7}], "b": [{"at_most": 10, "points": 9}]}
    assert outcomes(scored(method("ladder", steps=steps), TWO)) == {"a1": 0, "a2": 7, "a3": 7, "b1": 9, "b2": 0}
    corners = piecewise((0, 0), ({"a": 4, "b": 40}, 100))
    assert outcomes(scored(corners, TWO)) == {"a1": 25, "a2": 50, "a3": 75, "b1": 25, "b2": 50}
    expression = method("expression", sql="x / k", parameters={"k": {"a": 1, "b": 10}})
    assert outcomes(scored(expression, TWO)) == {"a1": 1, "a2": 2, "a3": 3, "b1": 1, "b2": 2}


def test_a_group_may_have_another_method() -> None:
    other = {"normalise_by_group": {"b": method("expression", sql="x + 1")}}
    assert outcomes(scored(method("rank"), TWO, leaf=other)) == {"a1": 1, "a2": 2, "a3": 3, "b1": 11, "b2": 21}
