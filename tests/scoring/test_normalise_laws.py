"""What holds for points of every method: finite, typed, bounded, monotone, the same whatever the order, threads, names and units."""

import math
import random
import statistics
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scoring.kit import run

Column = Sequence[float | None]
Outcome = tuple[str, float | None]
INF = math.inf


class Rule(NamedTuple):
    """A method, whether more is better with it, and between what its points lie (n: the number of peers)."""

    normalise: dict[str, Any]
    direction: str = "higher"
    low: float = -INF
    high: float = INF
    always: bool = True  # there are points for every finite value


def both(normalise: dict[str, Any], low: float = -INF, high: float = INF, always: bool = True) -> list[Rule]:
    return [Rule(normalise, direction, low, high, always) for direction in ("higher", "lower")]


def goalposts(**more: Any) -> list[Rule]:
    low, high = (-INF, INF) if more.get("clamped") is False else (0, 100)
    ends = ((0.5, 80.0, "higher"), (80.0, 0.5, "lower"))
    return [Rule({"method": "goalposts", "low": a, "high": b, **more}, way, low, high, low == 0) for a, b, way in ends]


STEPS = [{"at_least": -3, "points": 10}, {"above": 0, "points": 20}, {"at_least": 1e140, "points": 30}]
DOWN = [{"at_most": 3, "points": 10}, {"below": 0, "points": 20}]
CORNERS = [{"at": -2, "points": 10}, {"at": 0, "points": 15}, {"at": 3, "points": 90}]
FALLING = [{"at": -2, "points": 90}, {"at": 3, "points": 10}]
RULES = [
    *(rule for target in (-2, 0, 3) for rule in both({"method": "target_completion", "target": target, "cap": 1.5}, 0, 150)),
    *both({"method": "threshold", "threshold": 1, "per_unit": 7, "least": 5}, 5, 100),
    *both({"method": "threshold", "threshold": 1, "per_unit": 7, "unit": 3, "whole_units": True}, 0, 100),
    Rule({"method": "ladder", "steps": STEPS}, "higher", 0, 30),
    Rule({"method": "ladder", "steps": DOWN}, "lower", 0, 20),
    Rule({"method": "efficacy", "satisfactory": -1, "excellent": 2}, "higher", 0, 100),
    Rule({"method": "efficacy", "satisfactory": 2, "excellent": -1}, "lower", 0, 100),
    *goalposts(),
    *goalposts(log=True),
    *goalposts(clamped=False),
    *goalposts(log=True, clamped=False),
    *both({"method": "improvement", "baseline": -2, "least": 0, "most": 80, "at_ceiling": 60}, 0, 80),
    *both({"method": "improvement", "baseline": 0, "least": 0, "most": 80}, 0, 80),
    *both({"method": "improvement", "baseline": 1, "form": "difference"}, always=False),
    *both({"method": "improvement", "baseline": 1, "form": "gap_closed", "best": 2, "least": -50, "most": 50}, -50, 50),
    Rule({"method": "piecewise", "corners": CORNERS, "below": 5, "above": 95}, "higher", 5, 95),
    Rule({"method": "piecewise", "corners": FALLING}, "lower", 10, 90),
    Rule({"method": "expression", "sql": "x / 2 + 1"}, "higher", always=False),
    Rule({"method": "as_is", "factor": 0.5}, "higher", 0, 100),
    Rule({"method": "as_is", "least": None, "most": None}, "higher", always=False),
    *both({"method": "min_max", "low": 10, "high": 60}, 10, 60),
    *both({"method": "z_score"}, -3, 3),  # at most (n − 1) / √n, n ≤ 8
    *both({"method": "z_score", "mean": 50, "sd": 10, "estimator": "population"}, 20, 80),
    *both({"method": "ratio_to_best"}, always=False),
    *(rule for ties in ("min", "max", "average", "dense") for rule in both({"method": "rank", "ties": ties}, 1, 8)),
    *both({"method": "rank", "best": 50, "step": 20}, 0, 50),
    *(
        rule
        for definition in ("exclusive_n1", "inclusive", "below", "hazen", "weibull")
        for ties in ("min", "max", "average")
        for rule in both({"method": "percentile", "definition": definition, "ties": ties}, 0, 100)
    ),
    *both({"method": "percentile", "definition": "borda"}, 0, 7),
    *both({"method": "distance", "to": "best"}, 0, 1),
    *both({"method": "distance", "to": "target", "target": 2, "capped": True}, 0, 1),
]

EXTREMES = [0.0, -0.0, 5e-324, -5e-324, 1e-300, 1e150, -1e150, 0.1 + 0.2, 0.3, 1.0, 1 + 2**-52]
values = st.one_of(
    st.none(), st.integers(-5, 5).map(float), st.sampled_from(EXTREMES), st.floats(-1e150, 1e150, allow_nan=False), st.floats(-100, 100)
)
columns = st.lists(st.lists(values, min_size=1, max_size=8), min_size=1, max_size=8)
whole = st.integers(-1000, 1000).map(float)
whole_columns = st.lists(st.lists(whole, min_size=1, max_size=8), min_size=1, max_size=8)


def points(
    rules: list[Rule],
    columns: Sequence[Column],
    names: Sequence[str] = "ABCDEFGH",
    shuffle: float | None = None,
    threads: int | None = None,
) -> list[list[list[Outcome]]]:
    """For each rule and column the (status, points) of each value: rules are leaves of one scheme, columns periods of it.

    ``names``: of the subjects, in the order of the values.
    """
    tree = [{"code": f"n{i}", "indicator": "i", "direction": rule.direction, "normalise": rule.normalise} for i, rule in enumerate(rules)]
    facts = [
        {"subject_id": name, "period": f"p{k}", "indicator": "i", "value": value}
        for k, column in enumerate(columns)
        for name, value in zip(names, column, strict=False)
    ]
    if shuffle is not None:
        random.Random(shuffle).shuffle(facts)
    scored = run({"weights": "relative", "tree": tree}, facts, threads=threads)
    rows = {(row["node"], row["period"], row["subject_id"]): (row["status"], row["normalised"]) for row in scored.rows("node")}
    return [
        [[rows[f"n{i}", f"p{k}", name] for name, _ in zip(names, column, strict=False)] for k, column in enumerate(columns)]
        for i in range(len(rules))
    ]


def numbers(given: list[list[Outcome]]) -> list[list[float]]:
    """The points alone, where every value has some."""
    return [[p for _, p in column if p is not None] for column in given]


def from_worst_to_best(rule: Rule, column: Column, given: list[Outcome]) -> list[float]:
    """The points of those that have some, in the order of their values."""
    pairs = [(x, p) for x, (_, p) in zip(column, given, strict=True) if x is not None and p is not None]
    return [p for _, p in sorted(pairs, key=lambda pair: pair[0] if rule.direction == "higher" else -pair[0])]


@settings(max_examples=20, deadline=None)
@given(columns)
def test_points_are_finite_typed_bounded_and_never_worse_for_a_better_value(columns: list[Column]) -> None:
    for rule, by_column in zip(RULES, points(RULES, columns), strict=True):
        for column, given_points in zip(columns, by_column, strict=True):
            for x, (status, p) in zip(column, given_points, strict=True):
                allowed = {"not_reported"} if x is None else {"ok"} if rule.always else {"ok", "invalid"}
                assert status in allowed, (rule, x, status)
                assert (p is not None) == (status == "ok"), (rule, x, status, p)
                assert p is None or (math.isfinite(p) and abs(p) <= 1e15), (rule, x, p)
                assert p is None or rule.low - 1e-9 <= p <= rule.high + 1e-9, (rule, x, p)
            for worse, better in pairwise(from_worst_to_best(rule, column, given_points)):
                assert worse <= better + 1e-9 * max(1, abs(better)), (rule, worse, better)


@settings(max_examples=8, deadline=None)
@given(columns, st.randoms(use_true_random=False))
def test_order_of_rows_threads_and_names_change_no_byte(columns: list[Column], chance: random.Random) -> None:
    straight = points(RULES, columns, threads=1)
    assert repr(points(RULES, columns, shuffle=chance.random(), threads=3)) == repr(straight)
    names = list("ABCDEFGH")
    chance.shuffle(names)
    assert repr(points(RULES, columns, names)) == repr(straight)


def test_sums_over_many_peers_do_not_hang_on_order_or_threads() -> None:
    """Enough rows for several threads, of sizes at which a plain sum of doubles would come out otherwise each time."""
    chance = random.Random(7)
    column = [chance.choice((-1, 1)) * 10 ** chance.uniform(-8, 8) for _ in range(45_000)]
    mean = {"method": "expression", "sql": "m", "parameters": {"m": {"peers": "mean"}}}
    rules = [Rule({"method": "z_score"}), Rule(mean), Rule({"method": "percentile"})]
    names = [f"s{k}" for k in range(len(column))]
    straight = points(rules, [column], names, threads=1)
    assert repr(points(rules, [column], names, shuffle=1, threads=4)) == repr(straight)


COMPARED = [
    {"method": "min_max"},
    {"method": "z_score"},
    {"method": "distance", "to": "best"},
    {"method": "rank"},
    {"method": "percentile"},
]


def assert_alike(one: list[list[list[Outcome]]], other: list[list[list[Outcome]]]) -> None:
    for by_column, others in zip(one, other, strict=True):
        for column, same in zip(numbers(by_column), numbers(others), strict=True):
            assert column == pytest.approx(same, rel=1e-9, abs=1e-9)


@settings(max_examples=10, deadline=None)
@given(whole_columns, st.integers(1, 1000), st.integers(-1000, 1000))
def test_units_and_zero_of_the_scale_change_nothing_among_peers(columns: list[Column], scale: int, shift: int) -> None:
    rules = [rule for normalise in COMPARED for rule in both(normalise)]
    moved = [[x * scale + shift for x in column if x is not None] for column in columns]
    assert_alike(points(rules, moved), points(rules, columns))


@settings(max_examples=10, deadline=None)
@given(whole_columns)
def test_lower_is_better_mirrors_higher_is_better(columns: list[Column]) -> None:
    turned = [[-x for x in column if x is not None] for column in columns]
    higher, lower = ([Rule(normalise, direction) for normalise in COMPARED] for direction in ("higher", "lower"))
    assert_alike(points(lower, turned), points(higher, columns))


@settings(max_examples=10, deadline=None)
@given(whole_columns)
def test_places_and_deviations_add_up(columns: list[Column]) -> None:
    shares = [Rule({"method": "percentile", "definition": definition}) for definition in ("exclusive_n1", "hazen", "weibull", "borda")]
    places = [Rule({"method": "rank", "ties": ties}) for ties in ("min", "average", "max")]
    deviations = [Rule({"method": "z_score"}), Rule({"method": "z_score", "estimator": "population"})]
    found = [numbers(by_column) for by_column in points([*shares, *places, *deviations], columns)]
    for column, *given_shares, low, middle, high, sample, population in zip(columns, *found, strict=True):
        n = len(column)
        assert [sum(row) for row in given_shares] == pytest.approx([50 * n, 50 * n, 50 * n, n * (n - 1) / 2])
        assert sum(middle) == n * (n + 1) / 2
        assert all(a <= b <= c and a + c == 2 * b for a, b, c in zip(low, middle, high, strict=True))
        for row, divisor in ((sample, n - 1), (population, n)):
            assert sum(row) == pytest.approx(0, abs=1e-9)
            assert sum(z * z for z in row) == pytest.approx(divisor if len(set(column)) > 1 else 0, rel=1e-9)


@settings(max_examples=10, deadline=None)
@given(whole_columns, st.randoms(use_true_random=False))
def test_noise_of_floating_point_moves_nobody(columns: list[Column], chance: random.Random) -> None:
    ladder = {"method": "ladder", "steps": [{"at_least": -100, "points": 1}, {"above": 3, "points": 2}, {"at_least": 100, "points": 3}]}
    rules = [Rule(ladder), *(rule for normalise in ({"method": "rank"}, {"method": "percentile"}) for rule in both(normalise))]
    twice = [[x for x in column[:4] if x is not None for _ in range(2)] for column in columns]
    noisy = [[x * (1 + chance.randint(-4, 4) * 2**-52) for x in column] for column in twice]
    assert points(rules, noisy) == points(rules, twice)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 3)), min_size=2, max_size=8), min_size=1, max_size=8), st.floats(0, 1))
def test_statistics_of_the_peers_are_the_textbooks(columns: list[list[float]], q: float) -> None:
    asked = [*({"peers": name} for name in ("min", "max", "mean", "median", "sd")), {"peers": "quantile", "q": q}]
    rules = [Rule({"method": "expression", "sql": "m", "parameters": {"m": number}}) for number in asked]
    found = [numbers(by_column) for by_column in points(rules, columns)]
    for column, *given_numbers in zip(columns, *found, strict=True):
        ordered, place = sorted(column), (len(column) - 1) * q
        below = math.floor(place)
        quantile = ordered[below] + (place - below) * (ordered[min(below + 1, len(column) - 1)] - ordered[below])
        expected = [ordered[0], ordered[-1], statistics.fmean(column), statistics.median(column), statistics.stdev(column), quantile]
        assert [row[0] for row in given_numbers] == pytest.approx(expected, rel=1e-9, abs=1e-6)
