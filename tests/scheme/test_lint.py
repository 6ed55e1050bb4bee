"""What is allowed in a scheme and deserves a second look."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from kit import run
from small import TITLE, event, grade, leaf, scheme

from declarations.project import Project
from declarations.rules import RuleProfile
from declarations.scheme import Scheme
from pipeline.scheme_lint import lint, peer_weight
from pipeline.scheme_lint_facts import leaf_weights, lint_facts

GOLDEN = Path(__file__).parents[1] / "golden"
EFFICACY = {"method": "efficacy", "satisfactory": 0, "excellent": 100}


def kinds(made: Scheme, **around: Any) -> list[tuple[str, str]]:
    return [(one.kind, one.where) for one in lint(made, **around)]


def test_a_plain_scheme_has_no_warning() -> None:
    made = scheme(leaf("a", EFFICACY), leaf("b", EFFICACY), grades=[grade("good", at_least=60), grade("poor")])
    assert kinds(made) == []


@pytest.mark.parametrize(
    ("made", "kind", "where", "what"),
    [
        (scheme(leaf("a", EFFICACY, weight=399), leaf("b", EFFICACY, weight=1)), "tiny weight", "b", "together 0.2 %"),
        (scheme(leaf("a", EFFICACY), leaf("b", EFFICACY, weight=0)), "no weight", "b", "no weight in any group"),
        (
            scheme(leaf("a", EFFICACY), leaf("b", EFFICACY, not_applicable_to=["n"]), groups=["n", "s"]),
            "effective weight",
            "a",
            "a 100.0 % instead of 50.0 %",
        ),
        (scheme({"code": "top", "children": [leaf("a", EFFICACY)]}), "one child", "top", "one child, 'a'"),
        (
            scheme(leaf("a", EFFICACY), leaf("b", {"method": "as_is", "most": 0.02}, weight=0.2)),
            "no influence",
            "b",
            "less than half of its last decimal",
        ),
        (scheme(leaf("a", "z_score"), leaf("b", EFFICACY), aggregate="geometric"), "negative points", "score", "geometric mean of a"),
        (scheme(leaf("a", "percentile"), leaf("b", EFFICACY, weight=0.5)), "compares peers", "tree", "67 % of the weight"),
        (
            scheme(leaf("a", {"method": "target_completion", "target": 0}), leaf("b", EFFICACY)),
            "all or nothing",
            "a",
            "a target of 0 or less",
        ),
        (
            scheme(leaf("a", {"method": "expression", "sql": "x * 2", "parameters": {"k": 1}}), leaf("b", EFFICACY)),
            "unused",
            "a",
            "declares k",
        ),
        (
            scheme(leaf("a", EFFICACY), leaf("b", EFFICACY), aggregate={"method": "best", "count": 1}, prepare=[
                {"step": "derive", "code": "c", "expression": "a + b"}]),
            "unused",
            "prepare.0",
            "makes 'c', which nothing reads",
        ),
        (
            scheme(leaf("growth", EFFICACY), leaf("b", EFFICACY), adjustments=[
                {"code": "x", "title": TITLE, "kind": "add", "points": 1, "when": "growht > 50"}]),
            "near name",
            "growht",
            "taken as an indicator",
        ),
        (
            scheme(leaf("a", EFFICACY), leaf("b", EFFICACY), adjustments=[event("won", "bonus"), event("lost", "deduction", cap=5)]),
            "one-sided caps",
            "won",
            "without a cap, while lost",
        ),
        (
            scheme(leaf("a", EFFICACY), leaf("b", EFFICACY), grades=[grade("top", at_least=101), grade("rest")]),
            "out of reach",
            "grade top",
            "no result can be above 100",
        ),
        (
            scheme(leaf("a", EFFICACY), leaf("b", EFFICACY), adjustments=[event("lost", "deduction", cap=5)],
                   grades=[grade("good", at_least=60), grade("poor", at_least=0)]),
            "no grade below",
            "grade poor",
            "a result can be -5",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_warning_names_kind_place_and_next_step(made: Scheme, kind: str, where: str, what: str) -> None:
    found = [one for one in lint(made) if one.kind == kind]
    assert [one.where for one in found] == [where], lint(made)
    assert what in found[0].what
    assert found[0].fix


def test_small_groups_and_the_rules_minimum() -> None:
    made = scheme(leaf("a", "min_max"), leaf("b", {"method": "percentile", "minimum_peers": 3}), leaf("c", EFFICACY, weight=3))
    assert kinds(made, profile=RuleProfile()) == [("no fallback", "a, b"), ("few peers", "b")]
    assert kinds(made, profile=RuleProfile(peer_group_minimum=1)) == []


def test_an_indicator_that_no_scheme_reads_is_dead(tmp_path: Path) -> None:
    for part in ("feeds", "indicators", "schemes"):
        shutil.copytree(GOLDEN / part, tmp_path / part)
    file = tmp_path / "indicators" / "golden.yaml"
    text = file.read_text(encoding="utf-8")
    copied = text.split("indicators:\n", 1)[1].split("\n  - ")[0].replace("code: ", "code: spare_", 1)
    file.write_text(text.rstrip() + "\n" + copied + "\n", encoding="utf-8")
    project = Project(tmp_path, tmp_path / "var")
    town = project.schemes["town"]
    spare = next(code for code in project.indicators if code.startswith("spare_"))
    assert ("dead indicator", spare) in kinds(town, indicators=project.indicators, schemes=project.schemes)


def facts() -> dict[str, dict[str, float | None]]:
    """Forty subjects: a and its double tell them apart, c is the same for all, d is there for two, e only just differs."""
    return {
        f"s{i:02}": {
            "a": i * 2.0,
            "double": i * 4.0 + 1,
            "c": 50.0,
            "d": 10.0 * i if i < 2 else None,
            "e": 90 + i / 1e6,
            "f": 100.0 - (i == 0),
        }
        for i in range(40)
    }


def test_facts_show_what_weights_do_not() -> None:
    tens = {"method": "as_is", "most": 200}
    made = scheme(
        {"code": "pair", "weight": 4, "children": [leaf("a", tens), leaf("double", tens)]},
        {"code": "rest", "weight": 4, "children": [leaf("c"), leaf("d"), leaf("e"), leaf("f", {"method": "as_is", "most": 99})]},
    )
    scored = run(made, facts())
    found = {(one.kind, one.where): one for one in lint_facts(scored.con, made)}
    assert found["dead indicator", "d"].what == "has points for 2 of 40 results (5 %)."
    assert found["constant", "c"].what == "gives everybody 50 points."
    assert found["constant", "f"].what == "gives everybody 99 points."
    assert "less than half of the last decimal" in found["no influence", "e"].what
    assert "alike (rank correlation 1.000)" in found["alike", "a, double"].what
    assert all(one.fix for one in found.values())


def test_importance_is_the_share_of_the_variance_of_scores() -> None:
    made = scheme(leaf("a", weight=1), leaf("b", weight=1), leaf("c", weight=2))
    scored = run(made, {"s": {"a": 0, "b": 10, "c": 7}, "t": {"a": 40, "b": 0, "c": 7}, "u": {"a": 80, "b": 50, "c": 7}})
    # contributions a: 0, 10, 20; b: 2.5, 0, 12.5; score 6, 13.5, 36 (c gives 3.5 to all): var 162.5·(3/3) …
    # cov(a, score) = (−10·−12.5 + 0 + 10·17.5)/3 = 100; cov(b, score) = (−2.5·−12.5 + −5·−5 + 7.5·17.5)/3 = 62.5; var = 162.5
    weights = {one.node: one for one in leaf_weights(scored.con, made)}
    assert {code: one.effective for code, one in weights.items()} == {"a": 0.25, "b": 0.25, "c": 0.5}
    assert weights["a"].importance == pytest.approx(100 / 162.5)
    assert weights["b"].importance == pytest.approx(62.5 / 162.5)
    assert weights["c"].importance == pytest.approx(0)
    found = {one.kind: one for one in lint_facts(scored.con, made) if one.kind == "importance"}
    assert "c 50.0 % → 0.0 %" in found["importance"].what


def test_siblings_that_run_against_each_other_are_told() -> None:
    made = scheme({"code": "pair", "children": [leaf("a"), leaf("b")]}, leaf("c", weight=0.1))
    scored = run(made, {f"s{i}": {"a": 10.0 * i, "b": 90.0 - i, "c": (7 * i) % 5} for i in range(9)})
    found = [one for one in lint_facts(scored.con, made) if one.kind == "opposed"]
    assert [one.where for one in found] == ["a, b"]
    assert "direction" in found[0].fix


@pytest.mark.parametrize(
    ("top", "share"),
    [
        ({"code": "top", "weight": 3, "children": [leaf("a", EFFICACY), leaf("b", EFFICACY)]}, 0),
        ({"code": "top", "weight": 3, "children": [leaf("a", EFFICACY), leaf("b", "rank")]}, 3 / 8),
        ({"code": "top", "weight": 3, "children": [leaf("a", EFFICACY), leaf("b", {**EFFICACY, "excellent": {"peers": "max"}})]}, 3 / 8),
        ({"code": "top", "weight": 3, "children": [leaf("a", EFFICACY), leaf("b", EFFICACY)], "aggregate": "copeland"}, 3 / 4),
        (
            {"code": "top", "weight": 3, "children": [leaf("a", EFFICACY), leaf("b", EFFICACY)], "after": [{"compare": {"by": "min_max"}}]},
            3 / 4,
        ),
    ],
)
def test_the_share_of_weight_that_compares_peers(top: dict[str, Any], share: float) -> None:
    assert peer_weight(scheme(top, leaf("c", EFFICACY)), "") == pytest.approx(share)
