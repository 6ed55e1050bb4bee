"""Consequences: flags from grades over years and from confirmed decisions, each with its rule and evidence."""

from typing import Any

from declarations.rules import RuleProfile
from tests.scoring.kit import Row, Scored, read_scheme, run
from tests.scoring.result_kit import TEXT, decision, grade, leaf, profile, score_of
from transforms.scoring import score

GRADES = [grade("excellent", at_least=90), grade("fair", at_least=60), grade("poor", at_least=0)]


def rule(code: str, **more: Any) -> Row:
    return {"code": code, "title": TEXT, "rule": f"rule of {code}", **more}


MERIT = rule("merit", grade="excellent", consecutive_years=3)
DISMISSAL = rule("dismissal", grade="poor", years=2, within=3)


def past(subject: str = "s", **grades: str | None) -> list[Row]:
    """Earlier results: ``y2024="excellent"``; quarters as ``y2024_Q1``."""
    return [{"period": key[1:].replace("_", "-"), "subject_id": subject, "score": 1.0, "grade": g} for key, g in grades.items()]


def flags(scored: Scored) -> list[tuple[str, str, str]]:
    return [(row["subject_id"], row["code"], row["evidence"]) for row in scored.rows("consequence")]


def of_years(points: float, history: list[Row], *rules: Row, **more: Any) -> list[tuple[str, str, str]]:
    return flags(score_of({"s": points}, {"grades": GRADES}, history=history, rules=profile(consequences=list(rules)), **more))


def test_three_excellent_years_running_are_flagged_with_their_rule() -> None:
    found = score_of(
        {"s": 95.0, "t": 95.0},
        {"grades": GRADES},
        history=past(y2024="excellent", y2023="excellent") + past("t", y2024="excellent", y2022="excellent"),
        rules=profile(consequences=[MERIT]),
    )
    assert found.rows("consequence") == [
        {"scheme": "test", "period": "2025", "subject_id": "s", "code": "merit", "title_en": "x", "title_zh": "某",
         "rule": "rule of merit", "evidence": "excellent in 2023, 2024, 2025"}
    ]  # fmt: skip


def test_this_years_grade_is_the_last_of_the_years_running() -> None:
    assert of_years(80, past(y2024="excellent", y2023="excellent", y2022="excellent"), MERIT) == []


def test_only_years_count_and_none_after_the_period() -> None:
    quarters = past(y2024_Q3="excellent", y2024_Q4="excellent")
    assert of_years(95, quarters + past(y2024="excellent", y2026="excellent"), MERIT) == []
    assert of_years(95, past(y2024="excellent", y2023="excellent"), MERIT, period="2025-Q4") == []


def test_some_of_the_last_years() -> None:
    assert of_years(50, past(y2023="poor"), DISMISSAL) == [("s", "dismissal", "poor in 2023, 2025")]
    assert of_years(80, past(y2023="poor", y2024="poor"), DISMISSAL) == [("s", "dismissal", "poor in 2023, 2024")]
    assert of_years(50, past(y2022="poor"), DISMISSAL) == []


def test_a_year_without_a_grade_is_none_of_them() -> None:
    assert of_years(95, past(y2024=None, y2023="excellent", y2022="excellent"), MERIT) == []


def test_years_scored_together_are_each_others_history_and_stand_before_what_was_known() -> None:
    facts = [{"subject_id": "s", "period": p, "indicator": "a", "value": v} for p, v in (("2023", 95.0), ("2024", 95.0), ("2025", 95.0))]
    scheme = {"tree": [leaf("a")], "grades": GRADES}
    together = run(scheme, facts, history=past(y2024="poor"), rules=profile(consequences=[MERIT]))
    assert flags(together) == [("s", "merit", "excellent in 2023, 2024, 2025")]
    assert [row["period"] for row in together.rows("consequence")] == ["2025"]


def test_a_confirmed_decision_is_flagged_with_its_document() -> None:
    debt = rule("blind_debt", decision_type="debt")
    found = score_of(
        {"s": 95.0, "t": 95.0},
        {"grades": GRADES},
        decisions=[decision("s", "debt", document_no="No. 7"), decision("t", "prize", 1)],
        rules=profile(consequences=[debt]),
    )
    assert flags(found) == [("s", "blind_debt", "No. 7 (d0) 2025-06-01 office")]


def test_a_consequence_of_another_class_does_not_arise() -> None:
    assert of_years(95, past(y2024="excellent", y2023="excellent"), {**MERIT, "subject_class": "town"}) == []


def test_scoring_again_replaces_the_flags() -> None:
    scored = score_of(
        {"s": 95.0}, {"grades": GRADES}, history=past(y2024="excellent", y2023="excellent"), rules=profile(consequences=[MERIT])
    )
    scheme = read_scheme({"tree": [leaf("a")], "grades": GRADES})
    score(scored.con, scheme, RuleProfile(peer_group_minimum=1), {}, scheme.tree)
    assert flags(scored) == []
    assert len(scored.results) == 1
