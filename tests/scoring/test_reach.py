"""What would reach the next grade: the found value does reach it, a smaller change does not."""

from typing import Any

import pytest

from declarations.rules import RuleProfile
from declarations.scheme import Scheme
from pipeline.reach import LeafReach, NextGrade, next_grade
from pipeline.scenario import Scenario, World, needs_peers
from tests.scoring.kit import Row, Scored, read_scheme, run

ALONE = RuleProfile(peer_group_minimum=1)
TITLE = {"en": "t", "zh": "t"}
GRADES = [{"grade": grade, "title": TITLE, "at_least": cut} for grade, cut in (("top", 90), ("good", 70), ("rest", 0))]
EFFICACY = {"method": "efficacy", "satisfactory": 0, "excellent": 10, "base": 60}
Facts = dict[str, dict[str, float | None]]


def leaf(code: str, weight: float, method: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"code": code, "indicator": code, "weight": weight, "normalise": method, **more}


def scenario(declared: dict[str, Any], facts: Facts | list[Row], subject: str = "s", period: str = "2025", **more: Any) -> Scenario:
    scheme = read_scheme({"grades": GRADES, **declared})
    scored = run(scheme, facts, period=period, **more)
    return Scenario.copied(scored.con, scheme, ALONE, {}, scheme.tree, subject, period)


def leaves(found: NextGrade) -> dict[str, LeafReach]:
    return {one.node: one for one in found.leaves}


def test_each_leaf_alone_against_values_worked_by_hand() -> None:
    tree = [leaf("a", 0.5, EFFICACY), leaf("b", 0.3, {"method": "min_max"}), leaf("c", 0.2, {"method": "as_is"})]
    facts: Facts = {"s": {"a": 3, "b": 4, "c": 50}, "t": {"a": 7, "b": 0, "c": 70}, "u": {"a": 1, "b": 8, "c": None}}
    found = next_grade(scenario({"tree": tree}, facts))
    # 0.5 · 72 + 0.3 · 50 + 0.2 · 50 = 61; to 70 it is 9 points: a +18, b +30, c +45 (published scores have two decimals)
    assert (found.score, found.grade_now, found.grade, found.cut) == (61, "rest", "good", 70)
    needed = {name: one.needed for name, one in leaves(found).items()}
    assert needed == {"a": pytest.approx(7.5, abs=0.01), "b": pytest.approx(6.4, abs=0.01), "c": pytest.approx(95, abs=0.1)}
    assert [one.node for one in found.leaves] == ["b", "a", "c"], "the least effort first"
    assert leaves(found)["b"].effort == pytest.approx(2.4 / 4, abs=0.01)


def test_the_found_value_reaches_and_a_smaller_change_does_not() -> None:
    tree = [
        leaf("a", 0.4, {"method": "goalposts", "low": 0, "high": 20}),
        leaf("b", 0.3, {"method": "ladder", "steps": [{"at_least": 5, "points": 50}, {"at_least": 9, "points": 100}]}),
        leaf("c", 0.3, {"method": "target_completion", "target": 8, "cap": 1.2}, direction="lower"),
    ]
    grades = [{"grade": "good", "title": TITLE, "at_least": 55}, {"grade": "rest", "title": TITLE}]
    asked = scenario({"tree": tree, "grades": grades}, {"s": {"a": 8, "b": 6, "c": 20}, "t": {"a": 20, "b": 10, "c": 4}})
    found = next_grade(asked)
    # 0.4 · 40 + 0.3 · 50 + 0.3 · 40 = 43; 12 more: a +30, b +40 (the next rung gives 50), c +40, which is 8 / 10
    needed = {name: one.needed for name, one in leaves(found).items()}
    assert needed == {"a": pytest.approx(14, abs=0.01), "b": pytest.approx(9, abs=0.01), "c": pytest.approx(10, abs=0.01)}
    for one in found.leaves:
        assert one.needed is not None
        assert one.now is not None
        assert one.low is not None
        assert one.high is not None
        back = one.needed + (one.now - one.needed) * 1e-2
        at, short = asked.scores([World(one.indicator, one.needed), World(one.indicator, back)])
        assert at is not None
        assert short is not None
        assert at >= 55 - 1e-9 > short
        assert one.low <= one.needed <= one.high


def test_where_no_value_of_a_leaf_suffices_the_best_that_it_gives_is_said() -> None:
    tree = [leaf("a", 0.9, EFFICACY), leaf("b", 0.1, {"method": "as_is"})]
    found = leaves(next_grade(scenario({"tree": tree}, {"s": {"a": 0, "b": 0}, "t": {"a": 10, "b": 100}})))["b"]
    assert (found.needed, found.best_score, found.effort) == (None, 64, None)


def test_an_absent_value_is_sought_from_the_worst_on() -> None:
    tree = [leaf("a", 0.5, {"method": "as_is"}), leaf("b", 0.5, {"method": "as_is"})]
    found = leaves(next_grade(scenario({"tree": tree}, {"s": {"a": 60, "b": None}})))["b"]
    assert (found.now, found.needed, found.effort) == (None, pytest.approx(80, abs=0.1), None)


def test_what_does_not_apply_is_derived_or_stands_already_is_not_sought() -> None:
    tree = [
        leaf("a", 0.4, {"method": "as_is"}), leaf("ratio", 0.2, {"method": "as_is"}),
        leaf("north_only", 0.2, {"method": "as_is"}, not_applicable_to=["south"]),
        {"code": "unit", "weight": 0.2, "unit_result": {"scheme": "towns"}, "normalise": {"method": "as_is"}},
    ]  # fmt: skip
    declared = {
        "tree": tree, "groups": {"north": TITLE, "south": TITLE}, "prepare": [{"step": "derive", "code": "ratio", "expression": "a / 2"}],
    }  # fmt: skip
    subjects = [{"subject_id": "s", "peer_group": "south"}]
    members = [{"period": "2025", "subject_id": "s", "unit_id": "u", "role": "chief", "scheme": "towns", "unit_score": 50.0,
                "unit_grade": None, "unit_status": "ok"}]  # fmt: skip
    found = leaves(next_grade(scenario(declared, {"s": {"a": 50, "north_only": 1}}, subjects=subjects, members=members)))
    assert {name: one.note for name, one in found.items()} == {
        "a": None, "ratio": "computed from other values", "north_only": "does not apply", "unit": "result of another appraisal",
    }  # fmt: skip
    # 0.5 · a + 0.25 · a / 2 + 0.25 · 50 = 70
    assert found["a"].needed == pytest.approx((70 - 12.5) / 0.625, abs=0.05)


def test_a_peak_is_found_on_the_other_side() -> None:
    corners = [{"at": 0, "points": 0}, {"at": 50, "points": 100}, {"at": 100, "points": 0}]
    found = leaves(next_grade(scenario({"tree": [leaf("a", 1, {"method": "piecewise", "corners": corners})]}, {"s": {"a": 90}})))["a"]
    assert found.needed == pytest.approx(65, abs=0.1), "down from 90, not up"


def test_nobody_is_above_the_best_cut_and_grades_by_rank_say_so() -> None:
    one = [leaf("a", 1, {"method": "as_is"})]
    assert next_grade(scenario({"tree": one}, {"s": {"a": 95}})).grade is None
    ranked = [{"grade": "top", "title": TITLE, "top_count": 1}, {"grade": "rest", "title": TITLE}]
    found = next_grade(scenario({"tree": one, "grades": ranked}, {"s": {"a": 60}, "t": {"a": 80}, "u": {"a": 70}}))
    assert (found.grade, found.cut, found.by_rank) == ("top", 80, True)


def test_what_a_grade_asks_beside_the_score_is_named() -> None:
    grades = [{**GRADES[0], "requires": [{"node": "b", "at_least": 80}]}, *GRADES[1:]]
    tree = [leaf("a", 0.5, {"method": "as_is"}), leaf("b", 0.5, {"method": "as_is"})]
    assert next_grade(scenario({"tree": tree, "grades": grades}, {"s": {"a": 90, "b": 60}})).unmet == ["b ≥ 80"]


PERIODS = [("2025-Q2", "2025-Q1"), ("wave 2", "wave 1")]


@pytest.mark.parametrize(("period", "before"), PERIODS)
def test_a_scheme_that_looks_back_sees_the_same_past_in_every_world(period: str, before: str) -> None:
    declared = {
        "tree": [leaf("a", 0.5, {"method": "min_max"}), leaf("gain", 0.5, {"method": "as_is"})],
        "prepare": [{"step": "previous", "code": "was", "indicator": "a"}, {"step": "derive", "code": "gain", "expression": "a - was"}],
    }
    values = {(before, "s"): 10, (before, "t"): 20, (before, "u"): 5, (period, "s"): 20, (period, "t"): 60, (period, "u"): 0}
    rows = [{"period": p, "subject_id": s, "indicator": "a", "value": float(v)} for (p, s), v in values.items()]
    subjects = [{"subject_id": s, "period": period} for s in "stu"]
    asked = scenario(declared, rows, period=period, subjects=subjects)
    # a = x: 0.5 · 100 · x / 60 + 0.5 · (x − 10)
    assert asked.scores([World("a", 20), World("a", 50), World("a", 60)]) == [21.67, 61.67, 75]


def test_worlds_say_what_a_run_of_their_own_says() -> None:
    tree = [leaf("a", 0.5, {"method": "z_score", "mean": 50, "sd": 10}), leaf("b", 0.5, {"method": "percentile"})]
    facts: Facts = {f"s{n}": {"a": n * 7.0 % 11, "b": n * 5.0 % 13} for n in range(9)}
    changes = [World("a", 3.5), World("b", 40.0), World("a", 0.0)]
    asked = scenario({"tree": tree}, facts, subject="s4")
    alone = []
    for change in changes:
        changed = {name: dict(row) for name, row in facts.items()}
        changed["s4"][change.indicator] = change.value
        alone.append(run(read_scheme({"tree": tree}), changed).results["s4"]["score"])
    assert asked.scores(changes) == alone


@pytest.mark.parametrize(
    ("declared", "needed"),
    [
        ({"tree": [leaf("a", 1, {"method": "as_is"})]}, False),
        ({"tree": [leaf("a", 1, {"method": "rank"})]}, True),
        ({"tree": [leaf("a", 1, {"method": "goalposts", "low": {"peers": "min"}, "high": 9})]}, True),
        ({"tree": [leaf("a", 1, {"method": "as_is"})], "missing": {"not_reported": "peer_mean"}}, True),
        ({"tree": [leaf("a", 1, {"method": "as_is"})], "prepare": [{"step": "impute", "method": "mean"}]}, True),
        ({"tree": [leaf("a", 1, {"method": "as_is"})], "prepare": [{"step": "log", "indicators": ["a"]}]}, False),
        ({"tree": [leaf("a", 1, {"method": "as_is"})], "aggregate": "copeland"}, True),
    ],
)
def test_peers_are_only_taken_along_where_the_score_hangs_on_them(declared: dict[str, Any], needed: bool) -> None:
    scheme: Scheme = read_scheme(declared)
    assert needs_peers(scheme, scheme.tree) is needed


def test_asking_leaves_the_scoring_as_it_was() -> None:
    scheme = read_scheme({"tree": [leaf("a", 1, {"method": "min_max"})], "grades": GRADES})
    scored: Scored = run(scheme, {"s": {"a": 1}, "t": {"a": 2}, "u": {"a": 3}})
    before = (scored.rows("result"), scored.rows("node"), scored.con.execute("from score_fact order by all").fetchall())
    next_grade(Scenario.copied(scored.con, scheme, ALONE, {}, scheme.tree, "s", "2025"))
    assert (scored.rows("result"), scored.rows("node"), scored.con.execute("from score_fact order by all").fetchall()) == before
