"""Screens ask questions about the data, each with its numbers; no screen changes a score."""

import random
from math import comb
from typing import Any

import pytest

from tests.scoring.kit import Scored, run

Facts = dict[str, dict[str, float | None]]
TITLE = {"en": "Look", "zh": "复核"}


def leaf(code: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "indicator": code, "normalise": {"method": "as_is", "least": None, "most": None}, **more}


def scheme(screen: dict[str, Any] | None, *leaves: dict[str, Any], **more: Any) -> dict[str, Any]:
    screens = [{"code": "look", "title": TITLE, **screen}] if screen else []
    return {"weights": "relative", "tree": list(leaves), "screens": screens, **more}


def findings(screened: Scored) -> dict[str, float | None]:
    """Subject → the value that was found."""
    return {row["subject_id"]: row["value"] for row in screened.rows("review")}


def near(target: float, reached: int, short: int) -> Facts:
    """So many values at or over the target, so many short of it, all within 2, and two far away."""
    values = [*(target + 0.1 * n for n in range(reached)), *(target - 0.1 * (n + 1) for n in range(short)), target + 5, target - 5]
    return {f"s{n:02d}": {"a": value} for n, value in enumerate(values)}


BUNCHING = {"screen": "bunching", "indicator": "a", "target": 60, "width": 2}


def test_bunching_is_the_exact_binomial_tail() -> None:
    [row] = run(scheme(BUNCHING, leaf("a")), near(60, 11, 1)).rows("review")
    # 11 or 12 heads of 12: (12 + 1) / 4096
    assert row["value"] == pytest.approx(13 / 4096, rel=1e-12)
    assert (row["subject_id"], row["screen"], row["code"], row["severity"], row["limit_value"]) == ("*", "bunching", "look", "medium", 0.01)
    assert row["evidence"].startswith("11 of the 12 values of a within 2 of 60 reach it; by chance so many do with probability 0.00317383")
    assert "s00 60, s01 60.1" in row["evidence"]


@pytest.mark.parametrize(("reached", "short", "found"), [(10, 2, False), (9, 0, True), (7, 0, False), (60, 38, False), (63, 37, True)])
def test_bunching_is_found_just_where_chance_is_below_the_significance(reached: int, short: int, found: bool) -> None:
    n = reached + short
    tail = sum(comb(n, k) for k in range(reached, n + 1)) / 2**n
    values = [*[60.0] * reached, *[59.5] * short]
    rows = run(scheme(BUNCHING, leaf("a")), {f"s{i:03d}": {"a": v} for i, v in enumerate(values)}).rows("review")
    assert bool(rows) == found == (tail < 0.01 and n >= 8)  # 7 of 7: 1/128, but fewer than the minimum of 8
    assert [row["value"] for row in rows] == [pytest.approx(tail, rel=1e-10)] * found


def test_bunching_under_a_target_where_less_is_better_and_at_each_subjects_own_target() -> None:
    screen = {**BUNCHING, "target": "t"}
    facts: Facts = {f"s{n}": {"a": 10.0 * n - 0.5, "t": 10.0 * n} for n in range(1, 10)}
    assert findings(run(scheme(screen, leaf("a"), leaf("t")), facts)) == {}, "all are short of their target"
    lower = run(scheme(screen, leaf("a", direction="lower"), leaf("t")), facts)
    assert findings(lower) == {"*": pytest.approx(2**-9, rel=1e-12)}


DIVERGENCE = {"screen": "divergence", "first": "a", "second": "b", "at_most": 2, "minimum_n": 5}


def test_divergence_is_the_difference_of_z() -> None:
    facts: Facts = {f"s{n}": {"a": float(n), "b": float(n)} for n in range(9)}
    facts["s8"]["b"] = -1.0
    # a: 0..8, mean 4, sd √7.5; b: 0..7 and −1: mean 3, sd √7.5 (squares 3²+2²+1²+0+1+4+9+16+16 = 60, / 8)
    [row] = run(scheme(DIVERGENCE, leaf("a"), leaf("b")), facts).rows("review")
    assert row["subject_id"] == "s8"
    assert row["value"] == pytest.approx((8 - 4) / 7.5**0.5 - (-1 - 3) / 7.5**0.5, abs=1e-12)
    assert row["evidence"] == "a = 8 (z 1.46059), b = -1 (z -1.46059) among 9 peers: 2.92119 apart (limit 2)"


def test_divergence_corroborates_a_node_by_data_that_is_better_when_lower() -> None:
    facts: Facts = {f"s{n}": {"ballot": 10.0 * n, "complaint": 9.0 - n} for n in range(9)}
    tree = {"code": "evaluation", "children": [leaf("ballot")]}
    screen = {**DIVERGENCE, "first": "evaluation", "second": "complaint"}
    lower = scheme(screen, tree, leaf("complaint", direction="lower"))
    agreeing = run(lower, facts)
    assert findings(agreeing) == {}, "high ballots and few complaints agree"
    facts["s8"]["complaint"] = 30.0
    assert list(findings(run(lower, facts))) == ["s8"]


@pytest.mark.parametrize(
    "facts",
    [
        {f"s{n}": {"a": 1.0, "b": float(n)} for n in range(9)},
        {f"s{n}": {"a": float(n), "b": float(-n)} for n in range(4)},
        {f"s{n}": {"a": float(n), "b": None} for n in range(9)},
    ],
    ids=["all equal", "fewer than the minimum", "one side absent"],
)
def test_divergence_says_nothing_where_nothing_can_be_said(facts: Facts) -> None:
    assert findings(run(scheme(DIVERGENCE, leaf("a"), leaf("b")), facts)) == {}


def two_periods(before: list[float], after: list[float], periods: tuple[str, str] = ("2025-Q1", "2025-Q2")) -> list[dict[str, Any]]:
    return [
        {"period": period, "subject_id": f"s{n}", "indicator": "a", "value": value}
        for period, values in zip(periods, (before, after), strict=True)
        for n, value in enumerate(values)
    ]


JUMP = {"screen": "jump", "indicator": "a", "at_most": 4, "minimum_n": 5}


@pytest.mark.parametrize("periods", [("2025-Q1", "2025-Q2"), ("2024", "2025"), ("2024-Q4", "2025-Q1"), ("wave 1", "wave 2")])
def test_jump_counts_in_robust_deviations_of_the_changes(periods: tuple[str, str]) -> None:
    # changes 1, 2, 3, 4, 5, 30: median 3.5, |off| 2.5 1.5 0.5 0.5 1.5 26.5, MAD 1.5
    changes = [1.0, 2.0, 3.0, 4.0, 5.0, 30.0]
    rows = two_periods([10.0] * 6, [10 + c for c in changes], periods)
    subjects = [{"subject_id": f"s{n}", "period": periods[1]} for n in range(6)]
    [row] = run(scheme(JUMP, leaf("a")), rows, subjects=subjects, period=periods[1]).rows("review")
    assert row["subject_id"] == "s5"
    assert row["value"] == pytest.approx(26.5 / (1.4826 * 1.5), abs=1e-12)
    assert row["evidence"].startswith(
        f"a went from 10 in {periods[0]} to 40; the median change of 6 peers is 3.5: 11.916 robust deviations"
    )


def test_jump_where_most_did_not_change_and_where_the_period_before_is_not_known() -> None:
    rows = two_periods([10.0] * 6, [10.0, 10.0, 10.0, 10.0, 10.0, 16.0])
    # MAD 0; mean absolute deviation 1: six times 1.2533 is not reached by … 6 / 1.2533 = 4.787
    assert findings(run(scheme(JUMP, leaf("a")), rows)) == {"s5": pytest.approx(6 / 1.2533, abs=1e-12)}
    assert findings(run(scheme(JUMP, leaf("a")), two_periods([10.0] * 6, [12.0] * 6))) == {}, "all changed alike"
    assert findings(run(scheme(JUMP, leaf("a")), two_periods([1.0] * 6, [1, 1, 1, 1, 1, 99], ("2024-Q4", "2025-Q2")))) == {}


def test_revision_is_relative_to_what_was_said_first() -> None:
    screen = {"screen": "revision", "first": "early", "revised": "late", "at_most": 0.1}
    facts: Facts = {
        "up": {"early": 100, "late": 120}, "edge": {"early": 100, "late": 110}, "down": {"early": -50, "late": -60},
        "zero": {"early": 0, "late": 1}, "same": {"early": 0, "late": 0}, "absent": {"early": 100, "late": None},
    }  # fmt: skip
    screened = run(scheme(screen, leaf("early"), leaf("late")), facts)
    assert findings(screened) == {"up": pytest.approx(0.2), "down": pytest.approx(0.2), "zero": None}
    assert {r["subject_id"]: r["evidence"] for r in screened.rows("review")}["down"] == "early = -50 became late = -60: -20 % (limit 10 %)"


def test_low_registration_is_measured_against_the_median_of_the_peers() -> None:
    screen = {"screen": "low_registration", "indicator": "cases", "per": "people", "at_least": 0.3, "minimum_n": 5}
    facts: Facts = {f"s{n}": {"cases": 10.0 * size, "people": 1000.0 * size} for n, size in enumerate((1, 2, 3, 4, 5))}
    facts |= {"few": {"cases": 2, "people": 1000}, "edge": {"cases": 3, "people": 1000}, "nobody": {"cases": 2, "people": 0}}
    # 0.002 a head against a median of 0.01
    assert findings(run(scheme(screen, leaf("cases"), leaf("people")), facts)) == {"few": pytest.approx(0.2)}


def test_identity_compares_the_publishers_own_sums() -> None:
    screen = {"screen": "identity", "left": '"total"', "right": "men + women", "tolerance": 1}
    facts: Facts = {
        "right": {"total": 10, "men": 4, "women": 6}, "edge": {"total": 11, "men": 4, "women": 6},
        "wrong": {"total": 12.5, "men": 4, "women": 6}, "absent": {"total": 99, "men": 4, "women": None},
    }  # fmt: skip
    [row] = run(scheme(screen, leaf("total"), leaf("men"), leaf("women")), facts).rows("review")
    assert (row["subject_id"], row["value"]) == ("wrong", 2.5)
    assert row["evidence"] == '"total" = 12.5, men + women = 10: 2.5 apart (limit 1)'


def test_an_expression_that_cannot_be_computed_is_no_finding() -> None:
    screen = {"screen": "identity", "left": "ln(a)", "right": "0", "tolerance": 1}
    assert findings(run(scheme(screen, leaf("a")), {"x": {"a": -1}, "y": {"a": 0}, "z": {"a": 10}})) == {"z": pytest.approx(2.302585093)}


def test_screens_look_at_values_as_they_came_not_as_they_were_treated() -> None:
    screen = {"screen": "identity", "left": "a", "right": "b", "tolerance": 0}
    facts: Facts = {f"s{n}": {"a": float(n), "b": float(n)} for n in range(8)}
    prepare = [{"step": "winsorise", "by": "count", "high": 2, "indicators": ["a"]}]
    screened = run(scheme(screen, leaf("a"), leaf("b"), prepare=prepare), facts)
    assert screened.node("a")["s7"]["value"] == 5, "the treatment did its work"
    assert findings(screened) == {}


def test_what_the_scheme_derives_can_be_screened() -> None:
    prepare = [{"step": "derive", "code": "ratio", "expression": "a / b"}]
    screen = {"screen": "revision", "first": "ratio", "revised": "b", "at_most": 0.4}
    screened = run(scheme(screen, leaf("a"), leaf("b"), prepare=prepare), {"x": {"a": 8, "b": 2}, "y": {"a": 9, "b": 3}})
    assert findings(screened) == {"x": 0.5}, "of 4 = 8 / 2 to 2"


EVERY = [
    BUNCHING, {**DIVERGENCE, "at_most": 0.1}, {**JUMP, "at_most": 0.1},
    {"screen": "revision", "first": "a", "revised": "b", "at_most": 0.01},
    {"screen": "low_registration", "indicator": "a", "at_least": 0.99}, {"screen": "identity", "left": "a", "right": "b", "tolerance": 0},
]  # fmt: skip


def test_no_screen_changes_a_score() -> None:
    dice = random.Random(7)
    rows = [
        {"period": period, "subject_id": f"s{n:02d}", "indicator": code, "value": dice.choice([60, 60, 60, 61, 80 * dice.random(), None])}
        for period in ("2025-Q1", "2025-Q2")
        for n in range(40)
        for code in ("a", "b")
    ]
    screens = [{"code": f"screen_{n}", "title": TITLE, **screen} for n, screen in enumerate(EVERY)]
    plain = run(scheme(None, leaf("a"), leaf("b")), rows)
    screened = run({**scheme(None, leaf("a"), leaf("b")), "screens": screens}, rows)
    assert {row["screen"] for row in screened.rows("review")} == {s["screen"] for s in EVERY}, "all found something"
    for table in ("result", "node", "adjustment"):
        assert screened.rows(table) == plain.rows(table)


def test_order_and_threads_change_no_finding() -> None:
    dice = random.Random(11)
    rows = [
        {"period": period, "subject_id": f"s{n:02d}", "indicator": code, "value": dice.uniform(-1, 1) * 10 ** dice.randint(-3, 9)}
        for period in ("2025-Q1", "2025-Q2")
        for n in range(60)
        for code in ("a", "b")
    ]
    screens = [{"code": f"screen_{n}", "title": TITLE, **screen} for n, screen in enumerate(EVERY)]
    declared = {**scheme(None, leaf("a"), leaf("b")), "screens": screens}
    first = run(declared, rows, threads=1).rows("review")
    dice.shuffle(rows)
    assert run(declared, rows, threads=4).rows("review") == first
    assert first


@pytest.mark.parametrize("size", [1e-140, 1e140])
def test_sizes_near_the_ends_of_what_is_counted_break_nothing(size: float) -> None:
    rows = two_periods([size * n for n in range(9)], [size * (n + (n == 8) * 40) for n in range(9)])
    rows += [{**row, "indicator": "b", "value": -row["value"]} for row in rows]
    for screen in EVERY:
        for found in run(scheme(screen, leaf("a"), leaf("b")), rows).rows("review"):
            assert found["value"] is None or abs(found["value"]) < float("inf")
