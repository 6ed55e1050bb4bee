"""Results of other times, units and people in one result: blends, a unit's result in its members', ballots of several evaluators."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from declarations.rules import RuleProfile
from tests.scoring.kit import Row, Scored, run

AS_IS = {"method": "as_is"}
OPEN = {"method": "as_is", "least": None, "most": None}
WORK = {"code": "work", "indicator": "work", "normalise": AS_IS}


def blended(blend: dict[str, Any], facts: dict[str, float | str | None], **more: Any) -> Scored:
    """One subject of a year. A text in the place of a value is the kind of its absence."""
    rows: list[Row] = [
        {"subject_id": "s", "period": "2025", "indicator": name, "value": None if isinstance(value, str) else value,
         "status": value if isinstance(value, str) else None}
        for name, value in facts.items()
    ]  # fmt: skip
    return run({"tree": [WORK], "blend": blend, **more}, rows)


QUARTERS = {"routine_q1": 80.0, "routine_q2": 60.0, "routine_q3": 70.0, "routine_q4": 90.0}


def test_routine_and_annual_by_their_weights() -> None:
    # 0.4 · (80 + 60 + 70 + 90) / 4 + 0.6 · 50
    assert blended({"routine": 0.4, "annual": 0.6}, {**QUARTERS, "work": 50.0}).results["s"]["score"] == 60


def test_routine_annual_special_and_term() -> None:
    blend = {"routine": 0.4, "annual": 0.3, "special": [{"scheme": "flood", "weight": 0.2}], "term": {"years": 3, "weight": 0.1}}
    found = blended(blend, {**QUARTERS, "work": 50.0, "special.flood": 95.0, "term": 88.0})
    # 0.4 · 75 + 0.3 · 50 + 0.2 · 95 + 0.1 · 88
    assert found.results["s"]["score"] == 72.8
    shares = {code: found.node(code)["s"]["contribution"] for code in ("routine", "annual", "special.flood", "term")}
    assert shares == {
        "routine": pytest.approx(30),
        "annual": pytest.approx(15),
        "special.flood": pytest.approx(19),
        "term": pytest.approx(8.8),
    }


def test_a_part_that_does_not_apply_hands_its_weight_to_the_others() -> None:
    blend = {"routine": 0.4, "annual": 0.4, "special": [{"scheme": "flood", "weight": 0.2}]}
    facts = {"routine_q1": "not_applicable", "routine_q2": "not_applicable", "routine_q3": 70.0, "routine_q4": 90.0}
    found = blended(blend, {**facts, "work": 50.0, "special.flood": "not_applicable"}).results["s"]
    # two quarters of four: 80; half and half with the year
    assert (found["score"], found["coverage"]) == (65, 1)


def test_a_part_that_was_not_reported_lowers_coverage() -> None:
    found = blended({"routine": 0.4, "annual": 0.6}, {**QUARTERS, "work": "not_reported"}).results["s"]
    assert (found["score"], found["coverage"], found["status"]) == (75, 0.4, "incomplete")


def test_scores_over_a_hundred_pass_through_a_blend() -> None:
    found = blended({"routine": 0.5, "annual": 0.5}, {name: 110.0 for name in QUARTERS} | {"work": 100.0})
    assert found.results["s"]["score"] == 105


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(0, 100, width=32), min_size=5, max_size=5), st.floats(0.01, 0.99))
def test_a_blend_lies_between_its_parts_and_decomposes(points: list[float], routine: float) -> None:
    facts = dict(zip([*QUARTERS, "work"], points, strict=True))
    found = blended({"routine": routine, "annual": 1 - routine}, facts)
    score = found.results["s"]["base_score"]
    assert min(points) - 1e-9 <= score <= max(points) + 1e-9
    assert sum(found.node(code)["s"]["contribution"] for code in facts) == pytest.approx(score, abs=1e-9)


MEMBER_TREE = [
    {"code": "unit", "weight": 0.4, "unit_result": {"scheme": "towns", "chief": 1.0, "deputy": 0.9}, "normalise": AS_IS},
    {**WORK, "weight": 0.6},
]


def member(subject: str, role: str, score: float | None, status: str | None = None, scheme: str = "towns") -> Row:
    return {
        "period": "2025", "subject_id": subject, "unit_id": "u", "role": role, "scheme": scheme, "unit_score": score, "unit_grade": None,
        "unit_status": status or ("ok" if score is not None else None),
    }  # fmt: skip


def test_a_units_result_enters_its_chief_in_full_and_its_deputies_in_part() -> None:
    facts = {name: {"work": 70.0} for name in ("chief", "deputy", "elsewhere", "nowhere")}
    members = [member("chief", "chief", 80), member("deputy", "deputy", 80), member("elsewhere", "chief", 99, scheme="offices")]
    found = run({"tree": MEMBER_TREE}, facts, members=members)
    # 0.4 · 80 + 0.6 · 70; 0.4 · 72 + 0.6 · 70
    assert [found.results[name]["score"] for name in ("chief", "deputy")] == [74, 70.8]
    # whose unit's result is not there: incomplete, by the work alone
    for name in ("elsewhere", "nowhere"):
        assert (found.results[name]["score"], found.results[name]["coverage"]) == (70, 0.6)
        assert found.node("unit")[name]["status"] == "not_reported"


@pytest.mark.parametrize(("status", "coverage"), [("not_applicable", 1.0), ("source_down", 0.6)])
def test_a_unit_without_a_score_is_absent_in_its_own_way(status: str, coverage: float) -> None:
    found = run({"tree": MEMBER_TREE}, {"s": {"work": 70.0}}, members=[member("s", "chief", None, status)])
    assert (found.node("unit")["s"]["status"], found.results["s"]["coverage"]) == (status, coverage)


def test_a_units_result_is_no_fact_that_others_may_state() -> None:
    facts = {"s": {"work": 70.0, "unit_result.unit": 5.0}}
    found = run({"tree": MEMBER_TREE}, facts, members=[member("s", "chief", 80)])
    assert found.results["s"]["score"] == 74


def test_of_several_units_counts_the_one_where_the_subject_is_chief() -> None:
    members = [{**member("s", "deputy", 90), "unit_id": "a"}, {**member("s", "chief", 80), "unit_id": "b"}]
    assert run({"tree": MEMBER_TREE}, {"s": {"work": 70.0}}, members=members).results["s"]["score"] == 74
    members[1]["role"] = "deputy"
    # then the first by id: 0.4 · 81 + 0.6 · 70
    assert run({"tree": MEMBER_TREE}, {"s": {"work": 70.0}}, members=members[::-1]).results["s"]["score"] == 74.4


BALLOTS = [
    {"code": name, "indicator": name, "weight": weight, "normalise": AS_IS, "minimum_n": minimum}
    for name, weight, minimum in (("superior", 0.5, 1), ("peer", 0.3, 3), ("public", 0.2, 10))
]


def ballots(superior: tuple[float, int], peer: tuple[float, int], public: tuple[float, int]) -> Scored:
    rows = [
        {"subject_id": "s", "period": "2025", "indicator": name, "value": value, "n": n}
        for name, (value, n) in {"superior": superior, "peer": peer, "public": public}.items()
    ]
    return run({"tree": [{"code": "evaluation", "children": BALLOTS}]}, rows)


def test_evaluators_count_by_their_weights() -> None:
    # 0.5 · 90 + 0.3 · 80 + 0.2 · 60
    assert ballots((90, 1), (80, 3), (60, 10)).results["s"]["score"] == 81


def test_too_few_ballots_are_not_counted_and_their_weight_goes_to_the_other_evaluators() -> None:
    found = ballots((90, 1), (80, 3), (60, 9))
    # (0.5 · 90 + 0.3 · 80) / 0.8
    assert found.results["s"]["score"] == 86.25
    assert found.node("public")["s"]["status"] == "too_few"
    assert found.node("public")["s"]["normalised"] is None


def test_nobody_voted_enough() -> None:
    found = ballots((90, 0), (80, 2), (60, 9))
    assert found.results["s"]["score"] is None
    assert found.node("evaluation")["s"]["status"] == "too_few"


def test_ballots_are_corroborated_by_data_and_never_corrected() -> None:
    facts = {f"s{n:02d}": {"ballot": 60.0 + n, "complaint": 20.0 - n} for n in range(12)}
    facts["s11"] = {"ballot": 95.0, "complaint": 60.0}
    tree = [
        {"code": "evaluation", "children": [{"code": "votes", "indicator": "ballot", "normalise": AS_IS}]},
        {"code": "complaint", "indicator": "complaint", "direction": "lower", "normalise": {"method": "min_max"}},
    ]
    screen = {
        "screen": "divergence", "code": "corroboration", "title": {"en": "Data corroboration", "zh": "数据印证"},
        "first": "evaluation", "second": "complaint", "severity": "high",
    }  # fmt: skip
    scheme = {"weights": "relative", "tree": tree}
    found = run({**scheme, "screens": [screen]}, facts)
    [row] = found.rows("review")
    assert (row["subject_id"], row["severity"]) == ("s11", "high")
    assert found.rows("node") == run(scheme, facts).rows("node")


def test_members_ceiling_goes_by_the_grade_of_their_unit() -> None:
    profile = RuleProfile.model_validate(
        {"peer_group_minimum": 1,
         "ceilings": [{"subject_class": "cadre", "grade": "top", "share": 0.5, "by_unit_grade": {"strong": 0.5, "weak": 0.25},
                       "chief_barred_in": ["weak"]}]}
    )  # fmt: skip
    names = {unit: [f"{unit}{n}" for n in range(4)] for unit in ("strong", "weak")}
    facts = {name: {"work": 90.0 - n} for unit in names for n, name in enumerate(names[unit])}
    members = [
        {**member(name, "chief" if n == 0 else "deputy", 80), "unit_id": unit, "unit_grade": unit}
        for unit in names
        for n, name in enumerate(names[unit])
    ]
    grades = [{"grade": g, "title": {"en": g, "zh": g}, "at_least": cut} for g, cut in (("top", 80), ("rest", 0))]
    found = run({"tree": [WORK], "subject_class": "cadre", "grades": grades}, facts, members=members, rules=profile)
    top = sorted(name for name, row in found.results.items() if row["grade"] == "top")
    # two of four in the strong unit; one of four in the weak one, and not its chief
    assert top == ["strong0", "strong1", "weak1"]
