"""What differs between two schemes, in words, and what that does to scores."""

from typing import Any

import pytest
from kit import run
from small import TITLE, event, grade, leaf, scheme

from declarations.rules import RuleProfile
from declarations.scheme import Scheme
from pipeline.scheme_changes import rule_changes, scheme_changes
from pipeline.scheme_diff import Comparison, compare, outcome_of

EFFICACY = {"method": "efficacy", "satisfactory": 60, "excellent": 90}


def said(a: Scheme, b: Scheme) -> list[tuple[str, str, str, str]]:
    return [(c.kind, c.where, c.before, c.after) for c in scheme_changes(a, b)]


def base(**parts: Any) -> Scheme:
    return scheme(leaf("a", EFFICACY), leaf("b"), **parts)


def test_equal_schemes_do_not_differ() -> None:
    assert said(base(), base()) == []


def test_leaves_in_and_out_with_their_share() -> None:
    found = said(base(), scheme(leaf("a", EFFICACY, weight=3), leaf("c", "min_max")))
    assert found == [
        ("leaf out", "b", "50.0 %; as_is 直接计分: within 0 to 100", ""),
        ("weight", "a", "1 (50.0 % of the score)", "3 (75.0 % of the score)"),
        ("leaf in", "c", "", "25.0 %; min_max 极差标准化: 0 to 100, peers: group"),
    ]


def test_a_share_that_changes_though_the_weight_does_not() -> None:
    assert said(base(), scheme(leaf("a", EFFICACY), leaf("b", weight=3)))[0] == ("share of the score", "a", "50.0 %", "25.0 %")


def test_methods_and_their_numbers() -> None:
    found = said(base(), scheme(leaf("a", {**EFFICACY, "excellent": 95}), leaf("b", "rank", direction="lower")))
    assert ("method", "a", "efficacy 功效系数: 60 at 60, 100 at 90", "efficacy 功效系数: 60 at 60, 100 at 95") in found
    assert ("direction", "b", "", "lower") in found


def test_a_node_that_moves() -> None:
    found = said(base(), scheme(leaf("a", EFFICACY), {"code": "top", "children": [leaf("b")]}))
    assert ("moved", "b", "below score", "below top") in found
    assert ("branch in", "top", "", "50.0 %; arithmetic 加权平均") in found


def test_adjustments_their_order_vetoes_and_cuts() -> None:
    won, lost = event("won", "bonus", cap=3), event("lost", "deduction", cap=5)
    veto = {"code": "v", "title": TITLE, "decision_type": "v", "effect": "cap_grade", "grade": "good"}
    grades = [grade("top", at_least=90), grade("good", at_least=70), grade("rest")]
    a = base(adjustments=[won, lost], vetoes=[veto], grades=grades)
    b = base(
        adjustments=[lost, {**won, "cap": 4}],
        vetoes=[{**veto, "grade": "rest"}],
        grades=[{**grades[0], "at_least": 88}, *grades[1:]],
        decimals=1,
        blend={"routine": 0.4, "annual": 0.6},
        groups=[],
    )
    assert said(a, b) == [
        (
            "adjustment",
            "won",
            "+ its points for each confirmed decision 'won', at most 3",
            "+ its points for each confirmed decision 'won', at most 4",
        ),
        ("order of adjustments", "scheme", "won, lost", "lost, won"),
        ("veto", "v", "a confirmed decision 'v': no better than 'good'", "a confirmed decision 'v': no better than 'rest'"),
        ("grade", "top", "from 90 points", "from 88 points"),
        ("blend", "result", "", "routine 0.4, annual 0.6"),
        ("decimals", "scheme", "2", "1"),
    ]


def test_rules() -> None:
    a = RuleProfile(ceilings=[{"subject_class": "town", "grade": "top", "share": 0.3}])
    b = RuleProfile(ceilings=[{"subject_class": "town", "grade": "top", "share": 0.25}], peer_group_minimum=5)
    assert [(c.kind, c.before, c.after) for c in rule_changes(a, b)] == [
        ("peer_group_minimum", "8", "5"),
        ("ceiling", "subject_class town, share 0.3", "subject_class town, share 0.25"),
    ]


def compared(a: Scheme, b: Scheme, facts: dict[str, dict[str, float | None]], **more: Any) -> Comparison:
    return compare(*(outcome_of(run(one, facts, **more).con, one) for one in (a, b)))


def test_scores_places_and_grades_side_by_side() -> None:
    """Worked by hand: a counts 1/2 in the one scheme, 3/4 in the other."""
    grades = [grade("good", at_least=60), grade("rest")]
    a, b = scheme(leaf("a"), leaf("b"), grades=grades), scheme(leaf("a", weight=3), leaf("b"), grades=grades)
    found = compared(a, b, {"s": {"a": 80, "b": 40}, "t": {"a": 30, "b": 80}, "u": {"a": 50, "b": 62}})
    shown = {r["subject_id"]: (r["score_a"], r["score_b"], r["rank_a"], r["rank_b"], r["grade_a"], r["grade_b"]) for r in found.rows}
    assert shown == {
        "s": (60.0, 70.0, 1, 1, "good", "good"),
        "t": (55.0, 42.5, 3, 3, "rest", "rest"),
        "u": (56.0, 53.0, 2, 2, "rest", "rest"),
    }
    assert [r["subject_id"] for r in found.rows] == ["t", "s", "u"]
    assert found.moved_by["2025", "t"] == [("b", -20.0), ("a", 7.5)]
    assert found.regraded == []
    assert (found.tau, found.pairs) == (1.0, 3)


def test_kendalls_tau_by_hand() -> None:
    """Of three pairs one turns round: (2 − 1) ÷ 3. With a tie in the one: 2 ÷ √(2 · 3)."""
    a, b = scheme(leaf("a")), scheme(leaf("b"))
    assert compared(a, b, {"s": {"a": 1, "b": 1}, "t": {"a": 2, "b": 3}, "u": {"a": 3, "b": 2}}).tau == pytest.approx(1 / 3)
    assert compared(a, b, {"s": {"a": 1, "b": 1}, "t": {"a": 1, "b": 2}, "u": {"a": 3, "b": 3}}).tau == pytest.approx(2 / 6**0.5)
    assert compared(a, b, {"s": {"a": 1, "b": 1}}).tau is None


def test_places_within_groups_are_compared_within_groups() -> None:
    a, b = (scheme(leaf(code), groups=["n", "m"]) for code in "ab")
    subjects = [{"subject_id": s, "peer_group": g} for s, g in (("s", "n"), ("t", "n"), ("u", "m"))]
    found = compared(a, b, {"s": {"a": 1, "b": 1}, "t": {"a": 2, "b": 2}, "u": {"a": 9, "b": 0}}, subjects=subjects)
    assert (found.tau, found.pairs) == (1.0, 1)


def test_who_has_a_score_in_one_of_the_two_only() -> None:
    a, b = scheme(leaf("a")), scheme(leaf("b"))
    found = compared(a, b, {"s": {"a": 1, "b": None}, "t": {"a": 2, "b": 3}})
    assert [(r["subject_id"], r["score_a"], r["score_b"], r["change"]) for r in found.rows] == [
        ("t", 2.0, 3.0, 1.0),
        ("s", 1.0, None, None),
    ]


def test_an_adjustment_that_moves_a_score_is_named() -> None:
    a, b = (scheme(leaf("a"), adjustments=[event("won", "bonus", cap=cap)]) for cap in (1, 4))
    decisions = [{"subject_id": "s", "decision_type": "won", "points": 9.0}]
    found = compared(a, b, {"s": {"a": 50}, "t": {"a": 40}}, decisions=decisions)
    assert found.moved_by == {("2025", "s"): [("won", 3.0)]}


def test_a_rule_that_goes_back_to_its_default_is_told() -> None:
    found = said(base(ranking={"within": "all", "shown": False}), base())
    assert found == [("ranking", "within", "all", "group"), ("ranking", "shown", "false", "true")]
