"""Adjustments, worked by hand: each kind, their order, caps and pools, decisions used once, what is absent, the steps at the end."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scoring.kit import run
from tests.scoring.result_kit import AS_IS, adjustment, counted, decision, leaf, score_of


def test_a_bonus_adds_the_decisions_points_and_a_deduction_takes_them() -> None:
    scheme = {"adjustments": [adjustment("bonus", decision_type="prize"), adjustment("deduction", decision_type="accident")]}
    found = score_of(
        {"s": 80.0, "t": 80.0},
        scheme,
        decisions=[decision("s", "prize", 2), decision("s", "accident", 1.5), decision("t", "accident", -1.5), decision("t", "other", 9)],
    )
    assert found.results["s"]["score"] == 80.5
    assert found.results["t"]["score"] == 78.5  # a deduction of −1.5 takes 1.5, too
    assert counted(found, "s") == [("bonus", 2), ("deduction", -1.5)]
    row = found.adjustments[0]
    assert (row["decision_no"], row["document_no"], row["authority"], row["decided_on"]) == ("d0", "doc", "office", date(2025, 6, 1))


def test_a_bonus_below_zero_and_a_decision_without_points_move_nothing() -> None:
    scheme = {"adjustments": [adjustment("bonus", decision_type="prize")]}
    found = score_of(
        {"s": 80.0}, scheme, decisions=[decision("s", "prize", -2), decision("s", "prize"), decision("s", "prize", float("inf"))]
    )
    assert found.results["s"]["score"] == 80
    assert [row["evidence"] for row in found.adjustments] == [None, "the decision states no points", "the points are not a finite number"]


def test_points_each_stand_before_the_decisions_own() -> None:
    scheme = {"adjustments": [adjustment("bonus", decision_type="prize", points_each=0.5)]}
    found = score_of({"s": 80.0}, scheme, decisions=[decision("s", "prize", 9), decision("s", "prize")])
    assert found.results["s"]["score"] == 81


def test_a_cap_cuts_the_latest_decisions_off() -> None:
    scheme = {"adjustments": [adjustment("bonus", decision_type="prize", cap=3)]}
    late = decision("s", "prize", 1, decided_on=date(2025, 9, 9))
    found = score_of({"s": 80.0}, scheme, decisions=[late, decision("s", "prize", 2), decision("s", "prize", 2)])
    assert counted(found, "s") == [("bonus", 2), ("bonus", 1), ("bonus", 0)]  # 2 + 2 + 1, of which 3 count
    assert [row["evidence"] for row in found.adjustments if row["decision_no"] == "d0"] == ["cap 3"]


def test_once_counts_only_the_largest_and_the_earliest_of_equals() -> None:
    scheme = {"adjustments": [adjustment("bonus", decision_type="prize", once=True)]}
    later = decision("s", "prize", 3, decided_on=date(2025, 9, 9))
    found = score_of({"s": 80.0}, scheme, decisions=[later, decision("s", "prize", 1), decision("s", "prize", 3)])
    by_number = {row["decision_no"]: (row["counted_points"], row["evidence"]) for row in found.adjustments}
    assert by_number == {"d0": (0, "only the largest counts"), "d1": (0, "only the largest counts"), "d2": (3, None)}


def test_a_decision_is_used_once_by_the_first_adjustment_that_applies() -> None:
    first = adjustment("bonus", "high", decision_type="prize", when="a >= 90", points_each=5)
    second = adjustment("bonus", "low", decision_type="prize", points_each=1)
    prizes = [decision("s", "prize"), decision("t", "prize")]
    found = score_of({"s": 95.0, "t": 70.0}, {"adjustments": [first, second]}, decisions=prizes)
    assert counted(found, "s") == [("high", 5)]
    assert counted(found, "t") == [("low", 1)]


def test_a_decision_that_is_handed_over_twice_counts_once() -> None:
    scheme = {"adjustments": [adjustment("bonus", decision_type="prize")]}
    same = decision("s", "prize", 2, decision_no="2025-1")
    assert score_of({"s": 80.0}, scheme, decisions=[same, same]).results["s"]["score"] == 82


def test_add_takes_a_number_a_number_a_group_or_each_subjects_own() -> None:
    scheme = {
        "groups": {"north": {"en": "N", "zh": "北"}, "south": {"en": "S", "zh": "南"}},
        "tree": [leaf("a")],
        "adjustments": [
            adjustment("add", "flat", points=-1),
            adjustment("add", "grouped", points={"north": 2, "south": 3}),
            adjustment("add", "own", points={"indicator": "extra"}, groups=["south"]),
        ],
    }
    subjects = [{"subject_id": "n", "peer_group": "north"}, {"subject_id": "s", "peer_group": "south"}]
    found = run(scheme, {"n": {"a": 50, "extra": 7}, "s": {"a": 50, "extra": 7}}, subjects=subjects)
    assert counted(found, "n") == [("flat", -1), ("grouped", 2)]
    assert counted(found, "s") == [("flat", -1), ("grouped", 3), ("own", 7)]


def test_what_an_adjustment_does_not_find_moves_nothing_and_says_so() -> None:
    scheme = {
        "tree": [leaf("a")],
        "side": [leaf("b")],
        "adjustments": [
            adjustment("add", "own", points={"indicator": "extra"}),
            adjustment("multiply", "hard", factor={"indicator": "difficulty"}),
            adjustment("step_table", by="b", table={"method": "ladder", "otherwise": 5, "steps": [{"at_least": 1, "points": 9}]}),
            adjustment("hold_harmless", node="b"),
            adjustment("worst_quantile", node="b", share=0.5, points=-1),
        ],
    }
    found = run(
        scheme, [{"subject_id": "s", "indicator": "a", "value": 50.0}, {"subject_id": "s", "indicator": "b", "status": "source_down"}]
    )
    assert found.results["s"]["score"] == 50
    assert [(r["code"], r["counted_points"], r["evidence"]) for r in found.adjustments] == [
        ("own", 0, "extra is not_reported"),
        ("hard", 0, "difficulty is not_reported"),
        ("step_table", 0, "b is source_down"),
    ]


def test_order_matters_each_works_on_the_running_score() -> None:
    add, times = adjustment("add", points=10), adjustment("multiply", factor=1.1)
    assert score_of({"s": 50.0}, {"adjustments": [add, times]}).results["s"]["score"] == 66  # (50 + 10) · 1.1
    assert score_of({"s": 50.0}, {"adjustments": [times, add]}).results["s"]["score"] == 65  # 50 · 1.1 + 10


def test_multiply_by_each_subjects_difficulty_within_its_cap() -> None:
    scheme = {"tree": [leaf("a")], "adjustments": [adjustment("multiply", factor={"indicator": "k"}, cap=4)]}
    found = run(scheme, {"s": {"a": 50, "k": 1.05}, "t": {"a": 50, "k": 0.9}})
    assert found.results["s"]["score"] == 52.5
    assert found.results["t"]["score"] == 46  # 45 by the factor, but the cap is 4 either way
    assert [r["evidence"] for r in found.adjustments] == ["× k = 1.05", "× k = 0.9; cap 4"]


@pytest.mark.parametrize(("value", "points"), [(4.99, -2.0), (5.0, 0.0), (9.0, 1.0), (9.5, 1.0), (20.0, 1.0)])
def test_a_step_table_over_an_indicator(value: float, points: float) -> None:
    steps = [{"at_least": 5, "points": 0}, {"at_least": 9, "points": 1}]
    scheme = {
        "tree": [leaf("a")],
        "adjustments": [adjustment("step_table", by="late", table={"method": "ladder", "otherwise": -2, "steps": steps})],
    }
    assert run(scheme, {"s": {"a": 50, "late": value}}).results["s"]["score"] == 50 + points


@pytest.mark.parametrize(("value", "points"), [(1.0, 3.0), (2.0, 1.0), (2.5, 1.0), (4.0, 0.0)])
def test_a_step_table_downwards_with_exclusive_bounds_over_a_node(value: float, points: float) -> None:
    steps = [{"below": 4, "points": 1}, {"below": 2, "points": 3}]
    scheme = {"side": [leaf("b")], "adjustments": [adjustment("step_table", by="b", table={"method": "ladder", "steps": steps})]}
    assert run({"tree": [leaf("a")], **scheme}, {"s": {"a": 50, "b": value}}).results["s"]["score"] == 50 + points


NODES: dict[str, Any] = {"tree": [leaf("a", 0.5), leaf("b", 0.3), leaf("c", 0.2)]}


def test_consistency_goes_by_the_lowest_node() -> None:
    scheme = {**NODES, "adjustments": [adjustment("consistency", nodes=["a", "b", "c"], points=20, low=10, high=60)]}
    found = run(scheme, {"low": {"a": 90, "b": 35, "c": 80}, "top": {"a": 60, "b": 70, "c": 80}, "none": {"a": 90, "b": 5, "c": 80}})
    assert counted(found, "low") == [("consistency", 10)]  # 20 · (35 − 10) / 50
    assert counted(found, "top") == [("consistency", 20)]
    assert counted(found, "none") == [("consistency", 0)]
    assert [r["evidence"] for r in found.adjustments] == ["lowest: b = 35", "lowest: b = 5", "lowest: a = 60"]


def test_consistency_and_variance_leave_aside_what_does_not_apply_and_trust_no_gap() -> None:
    both = [
        adjustment("consistency", nodes=["a", "b", "c"], points=20),
        adjustment("variance", nodes=["a", "b", "c"], points=3, at_most=50),
    ]
    rows = [{"subject_id": s, "indicator": i, "value": 50.0} for s in ("n", "g", "one") for i in ("a", "b")]
    rows[-1] = {"subject_id": "one", "indicator": "b", "status": "not_applicable"}
    rows += [{"subject_id": s, "indicator": "c", "status": "not_applicable"} for s in ("n", "one")]
    found = run({**NODES, "adjustments": both}, rows)
    assert counted(found, "n") == [("consistency", 10), ("variance", 3)]
    assert counted(found, "g") == [("consistency", 0), ("variance", 0)]
    assert counted(found, "one") == []
    assert {r["evidence"] for r in found.adjustments if r["subject_id"] == "g"} == {"c is not_reported"}


@pytest.mark.parametrize(("at_most", "points"), [(1.63, 0.0), (1.64, 5.0)])
def test_variance_is_the_population_deviation_of_the_nodes(at_most: float, points: float) -> None:
    scheme = {**NODES, "adjustments": [adjustment("variance", nodes=["a", "b", "c"], points=5, at_most=at_most)]}
    found = run(scheme, {"s": {"a": 4, "b": 2, "c": 6}})  # deviations 0, −2, 2: √(8 / 3) = 1.63299
    assert counted(found, "s") == [("variance", points)]


def test_hold_harmless_takes_the_better_of_two_computations() -> None:
    scheme = {
        "tree": [leaf("a")],
        "side": [leaf("old")],
        "adjustments": [adjustment("add", points=-5), adjustment("hold_harmless", node="old")],
    }
    found = run(scheme, {"s": {"a": 80, "old": 78}, "t": {"a": 80, "old": 60}})
    assert found.results["s"]["score"] == 78  # 75 after the deduction
    assert found.results["t"]["score"] == 75
    assert counted(found, "t") == [("add", -5)]


def test_the_worst_quarter_loses_and_ties_at_the_edge_stay_outside() -> None:
    scheme = {"adjustments": [adjustment("worst_quantile", share=0.25, points=-3)]}
    clear = score_of({"a": 1.0, "b": 2.0, "c": 3.0, "d": 3.0, "e": 5.0, "f": 6.0, "g": 7.0, "h": 8.0}, scheme)
    assert {r["subject_id"] for r in clear.adjustments} == {"a", "b"}
    tied = score_of({"a": 1.0, "b": 2.0, "c": 2.0, "d": 3.0, "e": 5.0, "f": 6.0, "g": 7.0, "h": 8.0}, scheme)
    assert {r["subject_id"] for r in tied.adjustments} == {"a"}
    assert tied.adjustments[0]["evidence"] == "among the worst 25 % of 8 peers"


def test_the_worst_by_a_node_are_multiplied_within_their_group() -> None:
    groups = {"north": {"en": "N", "zh": "北"}, "south": {"en": "S", "zh": "南"}}
    scheme = {
        "groups": groups, "tree": [leaf("a")], "side": [leaf("b")],
        "adjustments": [adjustment("worst_quantile", node="b", share=0.5, factor=0.9)],
    }  # fmt: skip
    facts = {"n1": {"a": 50, "b": 1}, "n2": {"a": 50, "b": 2}, "s1": {"a": 50, "b": 3}, "s2": {"a": 50, "b": 4}}
    subjects = [{"subject_id": s, "peer_group": "north" if s[0] == "n" else "south"} for s in facts]
    by_group = {s: r["score"] for s, r in run(scheme, facts, subjects=subjects).results.items()}
    assert by_group == {"n1": 45, "n2": 50, "s1": 45, "s2": 50}
    whole = {s: r["score"] for s, r in run({**scheme, "peers": "class"}, facts, subjects=subjects).results.items()}
    assert whole == {"n1": 45, "n2": 45, "s1": 50, "s2": 50}


def test_when_reads_nodes_indicators_and_the_running_score() -> None:
    scheme = {
        "tree": [leaf("a")],
        "adjustments": [
            adjustment("add", "first", points=5, when="x > 1"),
            adjustment("add", "second", points=1, when="score >= 55 and a < 60"),
            adjustment("add", "broken", points=1, when="ln(0 - x) > 0"),
            adjustment("add", "unknown", points=1, when="x / (a - 50) > 1"),
        ],
    }
    found = run(scheme, {"yes": {"a": 50, "x": 2}, "no": {"a": 50, "x": 0}, "absent": {"a": 50}})
    assert counted(found, "yes") == [("first", 5), ("second", 1)]
    assert counted(found, "no") == []
    assert counted(found, "absent") == []


def test_a_pool_bounds_the_net_points_of_its_adjustments() -> None:
    scheme = {
        "adjustment_caps": {"honours": 5},
        "adjustments": [
            adjustment("bonus", "prize", decision_type="prize", cap=4, pool="honours"),
            adjustment("bonus", "medal", decision_type="medal", pool="honours"),
            adjustment("deduction", "blame", decision_type="blame", pool="honours"),
            adjustment("bonus", "other", decision_type="other"),
        ],
    }
    made = [("prize", 9), ("medal", 2), ("blame", 3), ("other", 10)]
    found = score_of({"s": 50.0}, scheme, decisions=[decision("s", kind, points) for kind, points in made])
    assert counted(found, "s") == [("prize", 4), ("medal", 1), ("blame", -3), ("other", 10)]
    assert [r["evidence"] for r in found.adjustments if r["code"] in ("prize", "medal")] == ["cap 4", "cap 5 of honours"]


def test_without_a_base_score_there_are_no_adjustments() -> None:
    found = score_of({"s": None}, {"adjustments": [adjustment("add", points=5)]})
    assert found.adjustments == []
    assert (found.results["s"]["score"], found.results["s"]["status"]) == (None, "no_data")


def test_a_routine_result_takes_no_adjustments_but_the_steps_at_the_end() -> None:
    scheme = {"adjustments": [adjustment("add", points=5)], "final": [{"multiply": 2}]}
    found = score_of({"s": 30.0}, scheme, subjects=[{"subject_id": "s", "takes_adjustments": False}])
    assert found.results["s"]["score"] == 60


def test_the_steps_at_the_end_are_rows_too() -> None:
    scheme = {
        "adjustments": [adjustment("add", points=30)],
        "final": [{"multiply": 1.05}, {"round": {"decimals": 0}}, {"clamp": {"high": 100}}],
    }
    found = score_of({"s": 80.0, "t": 33.3}, scheme)
    assert [row[1] for row in counted(found, "s")] == [30, 5.5, 0.5, -16]  # 110 · 1.05 = 115.5 → 116 → 100
    assert [r["evidence"] for r in found.adjustments if r["subject_id"] == "s"][1:] == ["multiply 1.05", "round 0 half_up", "clamp …–100"]
    assert found.results["s"]["score"] == found.results["s"]["exact_score"] == 100
    assert [row[1] for row in counted(found, "t")] == [30, 3.165, -0.465]  # nothing to clamp: no row


@pytest.mark.parametrize(("how", "score"), [("half_up", 0.13), ("half_even", 0.12), ("floor", 0.12), ("ceil", 0.13)])
def test_the_published_score_is_the_exact_one_at_declared_decimals(how: str, score: float) -> None:
    result = score_of({"s": 0.125}, {"rounding": how}).results["s"]
    assert (result["exact_score"], result["score"]) == (0.125, score)


@pytest.mark.parametrize("how", ["multiply", "final"])
def test_what_is_not_a_finite_number_moves_nothing(how: str) -> None:
    scheme = {"adjustments": [adjustment("multiply", factor=1e200)]} if how == "multiply" else {"final": [{"power": 1e5}]}
    found = score_of({"s": 1e14, "t": 0.0}, scheme)
    assert found.results["s"]["exact_score"] == 1e14
    assert found.results["t"]["exact_score"] == 0


POINTS = st.floats(-50, 150, allow_nan=False).map(lambda x: round(x, 3))
KINDS: dict[str, dict[str, Any]] = {
    "bonus": {"decision_type": "prize"},
    "deduction": {"decision_type": "blame", "once": True},
    "add": {"points": {"indicator": "k"}},
    "multiply": {"factor": {"indicator": "k"}},
    "step_table": {"by": "a", "table": {"method": "ladder", "otherwise": -1.1, "steps": [{"above": 50, "points": 2.2}]}},
    "consistency": {"nodes": ["a", "b"], "points": 3.3},
    "variance": {"nodes": ["a", "b"], "points": 4.4, "at_most": 30},
    "hold_harmless": {"node": "b"},
    "worst_quantile": {"share": 0.4, "factor": 0.9},
}


@st.composite
def adjusted_schemes(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, dict[str, float]], list[dict[str, Any]]]:
    chosen = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=6))
    adjustments = []
    for n, kind in enumerate(chosen):
        limits = {"cap": draw(st.sampled_from([None, 0.7, 3.0]))}
        if draw(st.booleans()):
            limits["pool"] = "p"
        adjustments.append(adjustment(kind, f"x{n}", **KINDS[kind], **{k: v for k, v in limits.items() if v is not None}))
    facts = {f"s{n}": {"a": draw(POINTS), "b": draw(POINTS), "k": draw(st.floats(-2, 2).map(lambda x: round(x, 3)))} for n in range(4)}
    decisions = [
        decision(
            draw(st.sampled_from(sorted(facts))), draw(st.sampled_from(["prize", "blame"])), draw(st.sampled_from([0.1, 0.2, 0.3, 1.7]))
        )
        for _ in range(draw(st.integers(0, 8)))
    ]
    tree = [{"code": c, "indicator": c, "weight": 0.5, "normalise": AS_IS} for c in ("a", "b")]
    return {"tree": tree, "adjustments": adjustments, "adjustment_caps": {"p": 2.5}}, facts, decisions


@settings(max_examples=25, deadline=None)
@given(case=adjusted_schemes(), data=st.data())
def test_movements_add_up_within_all_caps_in_any_order_of_rows(case: Any, data: st.DataObject) -> None:
    scheme, facts, decisions = case
    numbered = [{**d, "decision_no": f"d{n}"} for n, d in enumerate(decisions)]
    found = run(scheme, facts, decisions=numbered)
    caps = {a["code"]: a.get("cap") for a in scheme["adjustments"]}
    pooled = {a["code"] for a in scheme["adjustments"] if a.get("pool")}
    for subject, result in found.results.items():
        rows = [r for r in found.adjustments if r["subject_id"] == subject]
        assert abs(result["base_score"] + sum(r["counted_points"] for r in rows) - result["exact_score"]) < 1e-9
        assert abs(sum(r["counted_points"] for r in rows) - result["adjustment_points"]) < 1e-9
        for code, cap in caps.items():
            assert cap is None or abs(sum(r["counted_points"] for r in rows if r["code"] == code)) <= cap + 1e-9
        assert abs(sum(r["counted_points"] for r in rows if r["code"] in pooled)) <= 2.5 + 1e-9
        used = [r["decision_no"] for r in rows if r["decision_no"]]
        assert len(used) == len(set(used))
    shuffled = {s: facts[s] for s in data.draw(st.permutations(sorted(facts)))}
    again = run(scheme, shuffled, decisions=data.draw(st.permutations(numbered)), threads=1)
    assert (again.results, again.adjustments) == (found.results, found.adjustments)
