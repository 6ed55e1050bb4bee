"""Fewer indicators, the same ranking: agreement by its definition, the search's model against the engine, and small cases by hand."""

from collections.abc import Iterable
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from declarations.problem import Problem
from declarations.rules import RuleProfile
from declarations.scheme import Scheme
from declarations.scheme.slimmer import locked_indicators, without_indicators
from tests.published.asem.tables import needs_data, rows_of, scheme_file, score_asem
from tests.scoring.kit import Scored, read_scheme, run
from transforms.slim.engine import Engine
from transforms.slim.kendall import Kendall
from transforms.slim.model import Model
from transforms.slim.slimming import Slimmed, slim

TITLE = {"en": "x", "zh": "x"}
ALONE = RuleProfile(peer_group_minimum=1)


def leaf(code: str, weight: Any = 1, **more: Any) -> dict[str, Any]:
    normalise = {"method": "as_is", "least": None, "most": None}
    return {"code": code, "weight": weight, "indicator": code, "normalise": normalise, **more}


def slimmed(scored: Scored, scheme: Scheme, rules: RuleProfile = ALONE, **options: Any) -> Slimmed:
    return slim(scored.con, scheme, rules, {}, scheme.tree, **options)


def left(found: Slimmed) -> list[str]:
    return sorted(leaf.indicator or "" for leaf in found.scheme.leaves())


# --- Kendall's tau-b


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=40))
def test_tau_is_what_counting_all_pairs_gives(rows: list[tuple[int, int, int]]) -> None:
    pool, x, y = (np.array(column) for column in zip(*rows, strict=True))
    concordant = discordant = only_x = only_y = 0
    for i, j in combinations(range(len(rows)), 2):
        if pool[i] != pool[j]:
            continue
        sign = int(np.sign(x[i] - x[j]) * np.sign(y[i] - y[j]))
        concordant += sign > 0
        discordant += sign < 0
        only_x += int(x[i] == x[j] and y[i] != y[j])
        only_y += int(y[i] == y[j] and x[i] != x[j])
    untied = concordant + discordant
    whole = (untied + only_x) * (untied + only_y)
    expected = (concordant - discordant) / whole**0.5 if whole else float(only_x == only_y == 0)
    assert Kendall(pool, x.astype(float)).tau(y.astype(float)) == pytest.approx(expected)


def test_tau_of_many_is_what_scipy_says() -> None:
    from scipy.stats import kendalltau

    random = np.random.default_rng(1)
    for n in (15, 16, 17, 33, 1000):
        x = random.integers(0, n // 2, n).astype(float)
        y = x + random.integers(-9, 9, n)
        assert Kendall(np.zeros(n, int), x).tau(y) == pytest.approx(kendalltau(x, y).statistic)
        assert Kendall(np.zeros(n, int), x).tau(x) == 1


# --- the model of the search

METHODS = [
    ("arithmetic", "arithmetic"), ("sum", "arithmetic"), ("arithmetic", "sum"), ("min", "max"), ("geometric", "arithmetic"),
    ("arithmetic", {"method": "best", "count": 2}), ("median", "harmonic"), ({"method": "power", "p": -2}, {"method": "power", "p": 3}),
]  # fmt: skip


@pytest.mark.parametrize(("top", "below"), METHODS)
def test_the_model_gives_the_engine_s_scores_without_leaves(top: Any, below: Any) -> None:
    """With absent values, steps after the points and weights by group; until a branch is gone."""
    tree = [
        {"code": f"t{t}", "weight": {"n": t + 1, "s": 1}, "aggregate": below, "after": [{"multiply": 2}, {"add": 1}],
         "children": [leaf(f"i{t}{i}", {"n": i + 1, "s": 4 - i}) for i in range(4)]}
        for t in range(3)
    ]  # fmt: skip
    scheme = read_scheme({"weights": "relative", "aggregate": top, "tree": tree, "groups": {"n": TITLE, "s": TITLE}})
    random = np.random.default_rng(5)
    values = {
        f"s{n:02}": {f"i{t}{i}": None if random.random() < 0.2 else float(random.uniform(5, 95)) for t in range(3) for i in range(4)}
        for n in range(30)
    }
    subjects = [{"subject_id": name, "peer_group": "ns"[n % 2]} for n, name in enumerate(values)]
    engine = Engine(run(scheme, values, subjects=subjects).con, ALONE, {}, yearly=False)
    outcome, parts, number = engine.parts(scheme)
    model, scores = Model(parts), outcome.exact[0]
    assert model.exact
    gone: list[str] = []
    for code in ("i00", "i21", "i23", "i01", "i02", "i03", "i22"):
        gone.append(code)
        trial = model.without([number[code]])
        scores = scores + trial.change
        model.remove([number[code]])
        assert scores == pytest.approx(engine.result(without_indicators(scheme, gone)).exact[0], abs=1e-9), gone
        assert (number["t0"] in trial.gone) == (code == "i03")


# --- slimming

FIVE = {"A": {"a": 50, "b": 5, "c": 3}, "B": {"a": 40, "b": 9, "c": 1}, "C": {"a": 30, "b": 2, "c": 4}, "D": {"a": 20, "b": 7, "c": 2}}


def test_what_never_changes_the_order_goes() -> None:
    """a differs by 10 from place to place, b and c together by at most 8 · 0.3 + 3 · 0.2 < 10 · 0.5."""
    scheme = read_scheme({"tree": [leaf("a", 0.5), leaf("b", 0.3), leaf("c", 0.2)]})
    found = slimmed(run(scheme, FIVE), scheme, tau=1)
    assert left(found) == ["a"]
    assert found.scheme.tree[0].weight == 1
    assert (found.price.tau, found.price.changed, found.judged) == (1, 0, 4)
    assert [removal.indicator for removal in found.removals] == ["b", "c"] or [r.indicator for r in found.removals] == ["c", "b"]


def test_what_is_to_be_kept_stays_and_a_code_that_is_not_there_is_told() -> None:
    scheme = read_scheme({"tree": [leaf("a", 0.5), {"code": "t", "weight": 0.5, "children": [leaf("b", 0.4), leaf("c", 0.6)]}]})
    scored = run(scheme, FIVE)
    assert "b" in left(slimmed(scored, scheme, tau=0.1, keep=("b",)))
    assert {"b", "c"} & set(left(slimmed(scored, scheme, tau=0.1, keep=("t",))))
    with pytest.raises(Problem, match="neither a node nor an indicator"):
        slimmed(scored, scheme, keep=("d",))


def test_siblings_take_over_the_weight_and_an_empty_branch_goes() -> None:
    children = [leaf("b", 0.2), leaf("c", 0.3), leaf("d", 0.5)]
    tree = [
        {"code": "t", "weight": 0.6, "children": children, "minimum_available": 3},
        {"code": "u", "weight": 0.4, "children": [leaf("a", 1)]},
    ]
    scheme = read_scheme({"tree": tree, "minimum_available": 2})
    some = without_indicators(scheme, {"b"})
    assert [child.weight for child in some.tree[0].children] == [pytest.approx(0.375), pytest.approx(0.625)]
    assert (some.tree[0].minimum_available, some.tree[0].weight) == (2, 0.6)
    whole = without_indicators(scheme, {"b", "c", "d"})
    assert [(node.code, node.weight) for node in whole.tree] == [("u", 1)]
    assert whole.minimum_available == 1


def test_weights_by_group_are_taken_over_group_by_group() -> None:
    groups = {"groups": {"n": TITLE, "s": TITLE}}
    scheme = read_scheme(
        {**groups, "tree": [leaf("a", {"n": 0.5, "s": 0.2}), leaf("b", {"n": 0.3, "s": 0.2}), leaf("c", {"n": 0.2, "s": 0.6})]}
    )
    assert [node.weight for node in without_indicators(scheme, {"c"}).tree] == [{"n": 0.625, "s": 0.5}, {"n": 0.375, "s": 0.5}]


def test_the_last_weight_of_a_group_stays() -> None:
    """Without b the south would have children but no weight."""
    groups = {"groups": {"n": TITLE, "s": TITLE}}
    scheme = read_scheme({**groups, "tree": [leaf("a", {"n": 0.9, "s": 0}), leaf("b", {"n": 0.1, "s": 1})]})
    subjects = [{"subject_id": name, "peer_group": group} for name, group in zip("ABCD", "nnss", strict=True)]
    assert "b" in left(slimmed(run(scheme, FIVE, subjects=subjects), scheme, tau=0.0))


def test_relative_weights_stay_as_they_are_but_for_sums() -> None:
    relative = {"weights": "relative", "tree": [leaf("a", 3), leaf("b", 1)]}
    assert without_indicators(read_scheme(relative), {"b"}).tree[0].weight == 3
    assert without_indicators(read_scheme({**relative, "aggregate": "sum"}), {"b"}).tree[0].weight == 4


def test_prepare_steps_forget_what_nothing_reads() -> None:
    steps = [
        {"step": "derive", "code": "per_head", "expression": "gdp / people"},
        {"step": "impute", "method": "mean", "by": "all", "indicators": ["a", "b"]},
        {"step": "impute", "method": "median", "by": "all", "indicators": ["b"]},
        {"step": "denominate", "indicators": ["b", "c"], "by": "area"},
        {"step": "winsorise", "by": "count", "high": 1},
    ]
    scheme = read_scheme({"weights": "relative", "prepare": steps, "tree": [leaf("a"), leaf("b"), leaf("c"), leaf("per_head")]})
    kept = [step.model_dump(exclude_unset=True) for step in without_indicators(scheme, {"b", "per_head"}).prepare]
    assert kept == [{**steps[1], "indicators": ["a"]}, {**steps[3], "indicators": ["c"]}, steps[4]]


def test_what_something_else_needs_is_locked() -> None:
    scheme = read_scheme({
        "weights": "relative",
        "prepare": [{"step": "denominate", "indicators": ["a"], "by": "people"}],
        "tree": [
            leaf("a"), leaf("people"), leaf("tie"), leaf("plain"), leaf("named"),
            {**leaf("b"), "normalise": {"method": "target_completion", "target": {"indicator": "target"}}}, leaf("target"),
            {"code": "e", "aggregate": {"method": "expression", "sql": "f + g"}, "children": [leaf("f"), leaf("g")]},
        ],
        "side": [leaf("also", indicator="beside")],
        "ties": ["tie"],
        "adjustments": [{"code": "x", "title": TITLE, "kind": "add", "points": 1, "when": "named > 1"}],
    })  # fmt: skip
    assert locked_indicators(scheme) == {"people", "tie", "named", "target", "f", "g"}


def test_grades_that_must_stay_stay() -> None:
    """b alone lifts B over the cut of 7: it may go only where a grade may change."""
    grades = [{"grade": "good", "title": TITLE, "at_least": 24}, {"grade": "fair", "title": TITLE}]
    scheme = read_scheme({"tree": [leaf("a", 0.5), leaf("b", 0.5)], "grades": grades})
    values = {"A": {"a": 50, "b": 5}, "B": {"a": 40, "b": 9}, "C": {"a": 30, "b": 2}}
    scored = run(scheme, values)
    assert scored.results["C"]["grade"] == "fair"
    assert left(slimmed(scored, scheme, tau=0.9)) == ["a", "b"]
    loose = slimmed(scored, scheme, tau=0.9, grades=0.6)
    assert left(loose) == ["a"]
    assert loose.price.changed == 1


def rich(seed: int) -> tuple[Scheme, Scored]:
    """Four themes of six, of very different use; grades by rank under a ceiling, a bonus, absent values, two groups."""
    tree = [
        {"code": f"t{t}", "weight": 0.25, "aggregate": "geometric" if t == 1 else "arithmetic",
         "children": [{**leaf(f"i{t}{i}", 1 / 6), "normalise": {"method": "min_max", "low": 1}} for i in range(6)]}
        for t in range(4)
    ]  # fmt: skip
    grades = [
        {"grade": "a", "title": TITLE, "top_share": 0.3},
        {"grade": "b", "title": TITLE, "at_least": 40},
        {"grade": "c", "title": TITLE},
    ]
    adjustments = [{"code": "award", "title": TITLE, "kind": "bonus", "decision_type": "award", "points_each": 2}]
    groups = {"n": TITLE, "s": TITLE}
    scheme = read_scheme({"tree": tree, "grades": grades, "adjustments": adjustments, "groups": groups, "weights": "relative"})
    random = np.random.default_rng(seed)
    general = random.normal(size=40)
    values = {
        f"s{n:02}": {
            f"i{t}{i}": None if random.random() < 0.05 else float(general[n] * (i < 4) + random.normal() * 0.6)
            for t in range(4)
            for i in range(6)
        }
        for n in range(40)
    }
    subjects = [{"subject_id": name, "peer_group": "ns"[n % 2]} for n, name in enumerate(values)]
    return scheme, run(scheme, values, subjects=subjects, decisions=[{"subject_id": "s03", "decision_type": "award"}])


def ranking_tau(first: Scored, second: Scored) -> float:
    """By counting, within each group."""
    found = [scored.results for scored in (first, second)]
    pool = np.array([row["peer_group"] for row in found[0].values()])
    x, y = (np.array([row["score"] for row in one.values()]) for one in found)
    return float(Kendall(np.unique(pool, return_inverse=True)[1], x).tau(y))


@pytest.mark.parametrize("seed", [1, 2])
def test_a_slimmer_scheme_is_a_scheme_that_keeps_what_it_says(seed: int) -> None:
    """The YAML that is written is read and scored again."""
    scheme, scored = rich(seed)
    found = slimmed(scored, scheme, tau=0.9, grades=0.85)
    assert 0 < len(found.removals) < len(found.full)
    assert found.following is None or found.following.indicator not in {removal.indicator for removal in found.removals}
    again = Scheme.model_validate(yaml.safe_load(yaml.safe_dump(found.scheme.model_dump(mode="json", by_alias=True, exclude_unset=True))))
    inputs = {name: scored.con.execute(f"from score_{name}").df() for name in ("fact", "subject", "decision")}
    rows = {name: frame.astype(object).where(frame.notna(), None).to_dict("records") for name, frame in inputs.items()}
    other = run(again, rows["fact"], subjects=rows["subject"], decisions=rows["decision"])
    assert ranking_tau(scored, other) == pytest.approx(found.price.tau)
    assert found.price.tau >= 0.9
    changed = sum(scored.results[name]["grade"] != row["grade"] for name, row in other.results.items())
    assert changed == found.price.changed <= 6
    taus = [removal.price.tau for removal in found.removals]
    assert taus[-1] == pytest.approx(found.price.tau, abs=0.02)


def test_no_removal_is_left_that_the_engine_would_allow() -> None:
    """Every further single removal breaks a limit: the set is a smallest one in that sense."""
    scheme, scored = rich(3)
    found = slimmed(scored, scheme, tau=0.9, grades=0.85)
    engine = Engine(scored.con, ALONE, {}, yearly=False)
    base = engine.result(scheme)
    pool = np.array([row["peer_group"] for row in scored.results.values()])
    kendall = Kendall(np.unique(pool, return_inverse=True)[1], base.score[0])

    def breaks(gone: Iterable[str]) -> bool:
        slimmer = engine.result(without_indicators(scheme, set(gone)))
        return kendall.tau(slimmer.score[0]) < 0.9 or int((slimmer.grade[0] != base.grade[0]).sum()) > 6

    gone = [removal.indicator for removal in found.removals]
    further = [code for code in left(found) if not breaks([*gone, code])]
    assert len(further) <= 1, further


def test_an_outranking_scheme_is_confirmed_by_the_engine() -> None:
    """The model knows Copeland only roughly: segments are checked, and what breaks a limit is put back."""
    random = np.random.default_rng(8)
    scheme = read_scheme({"weights": "relative", "aggregate": "copeland", "decimals": 6, "tree": [leaf(f"i{n}") for n in range(9)]})
    general = random.normal(size=25)
    values = {f"s{n:02}": {f"i{k}": float(general[n] + random.normal() * (0.2 + k / 5)) for k in range(9)} for n in range(25)}
    scored = run(scheme, values)
    found = slimmed(scored, scheme, tau=0.85)
    other = run(found.scheme, values)
    assert 0 < len(found.removals) < 9
    assert ranking_tau(scored, other) == pytest.approx(found.price.tau)
    assert found.price.tau >= 0.85


def test_nobody_with_a_score_is_told() -> None:
    scheme = read_scheme({"tree": [leaf("a", 0.5), leaf("b", 0.5)]})
    with pytest.raises(Problem, match="nobody has a score"):
        slimmed(run(scheme, {"A": {"a": None, "b": None}}), scheme)


# --- published: COINr's removal of whole pillars


@needs_data
def test_scores_without_a_pillar_are_those_that_coinr_published() -> None:
    scheme = scheme_file("index")
    pillars = [name for name in rows_of("remove_pillars_scores.csv")[0] if name not in ("uCode", "Nominal")]
    nodes = {node.code: node for node in scheme.nodes()}
    worst, cells = 0.0, 0
    for pillar in pillars:
        scored = score_asem(without_indicators(scheme, {child.indicator or "" for child in nodes[pillar].children}))
        for row in rows_of("remove_pillars_scores.csv"):
            exact = scored.results[row["uCode"]]["exact_score"]
            worst, cells = max(worst, abs(exact - float(row[pillar]))), cells + 1
    print(f"{cells} published scores without a pillar, largest error {worst:.2e}")
    assert worst < 1e-9
