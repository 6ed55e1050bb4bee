"""How sure a result is: draws, Sobol indices, and runs through the real engine, against what is known exactly."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from declarations.problem import Problem
from declarations.rules import Ceiling, RuleProfile
from declarations.scheme import Scheme
from declarations.uncertainty import Uncertainty
from tests.scoring.kit import Scored, read_scheme, run
from transforms.scheme_tables import SchemeTables
from transforms.uncertainty.design import make_design
from transforms.uncertainty.draws import uniforms
from transforms.uncertainty.sobol import sobol
from transforms.uncertainty.study import Study, analyse
from transforms.uncertainty.summary import Findings
from transforms.uncertainty.weights import WeightDraws

TITLE = {"en": "x", "zh": "x"}
ALONE = RuleProfile(peer_group_minimum=1)
EXACT: dict[str, Any] = {"weights": None, "noise": None}


def leaf(code: str, weight: float = 1, **more: Any) -> dict[str, Any]:
    normalise = {"method": "as_is", "least": None, "most": None}
    return {"code": code, "weight": weight, "indicator": code, "normalise": normalise, **more}


def grade(name: str, **cut: Any) -> dict[str, Any]:
    return {"grade": name, "title": TITLE, **cut}


def find(scored: Scored, scheme: Scheme, rules: RuleProfile = ALONE, at_once: int | None = None, **options: Any) -> Findings:
    return analyse(scored.con, scheme, rules, {}, scheme.tree, Uncertainty(**options), at_once)


def by_subject(findings: Findings) -> dict[str, dict[str, Any]]:
    return {row["subject_id"]: row for row in findings.subjects.to_pylist()}


def probability(findings: Findings, subject: str, name: str) -> float:
    return next(r["probability"] for r in findings.grades.to_pylist() if (r["subject_id"], r["grade"]) == (subject, name))


def index(findings: Findings, subject: str, outcome: str, factor: str) -> dict[str, float]:
    return next(
        row for row in findings.factors.to_pylist() if (row["subject_id"], row["outcome"], row["factor"]) == (subject, outcome, factor)
    )


# --- random numbers


def test_draws_hang_on_seed_factor_and_draw_alone() -> None:
    numbers = uniforms(5, "weights", 17, 100)
    assert np.array_equal(numbers[:10], uniforms(5, "weights", 17, 10))
    for other in (uniforms(6, "weights", 17, 100), uniforms(5, "noise", 17, 100), uniforms(5, "weights", 18, 100)):
        assert not np.intersect1d(numbers, other).size
    assert numbers.min() > 0
    assert numbers.max() < 1


def test_draws_are_uniform_within_and_across_draws() -> None:
    assert stats.kstest(uniforms(1, "a", 0, 20_000), "uniform").pvalue > 0.001
    assert stats.kstest([uniforms(1, "a", draw, 1)[0] for draw in range(5_000)], "uniform").pvalue > 0.001


# --- Sobol indices of functions whose indices are known


def indices(function: Any, factors: int, pairs: int) -> Any:
    names = [f"x{i}" for i in range(factors)]
    design = make_design(names, pairs * (factors + 2), True)
    assert design.pairs == pairs
    drawn = np.stack([[uniforms(3, name, draw, 1)[0] for draw in range(2 * pairs)] for name in names], axis=1)
    inputs = np.stack([drawn[np.maximum(design.draws[:, i], 0), i] for i in range(factors)], axis=1)
    return sobol(*design.blocks(function(inputs)[:, None]), resamples=100, seed=1)


def test_indices_of_the_ishigami_function() -> None:
    """sin x1 + 7 sin² x2 + 0.1 x3⁴ sin x1 on [−π, π]³ (Ishigami and Homma 1990); indices in closed form."""
    found = indices(lambda u: ishigami(2 * math.pi * u - math.pi), 3, 8192)
    a, b = 7, 0.1
    variance = a**2 / 8 + b * math.pi**4 / 5 + b**2 * math.pi**8 / 18 + 0.5
    first = [0.5 * (1 + b * math.pi**4 / 5) ** 2 / variance, a**2 / 8 / variance, 0]
    both = 8 * b**2 * math.pi**8 / 225 / variance
    assert found.first[:, 0] == pytest.approx(first, abs=0.03)
    assert found.total[:, 0] == pytest.approx([first[0] + both, first[1], both], abs=0.03)
    assert (found.first_low <= found.first).all()
    assert (found.first <= found.first_high).all()
    assert (found.total_low <= found.total).all()
    assert (found.total <= found.total_high).all()


def ishigami(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))


def test_indices_of_a_sum_are_the_shares_of_its_variance() -> None:
    found = indices(lambda u: u @ np.array([1.0, 2.0, 3.0, 0.0]), 4, 4096)
    shares = np.array([1, 4, 9, 0]) / 14
    assert found.first[:, 0] == pytest.approx(shares, abs=0.03)
    assert found.total[:, 0] == pytest.approx(shares, abs=0.03)
    assert found.total[3, 0] == 0


def test_a_pure_interaction_has_totals_and_no_first_orders() -> None:
    found = indices(lambda u: (u[:, 0] - 0.5) * (u[:, 1] - 0.5), 2, 4096)
    assert found.first[:, 0] == pytest.approx([0, 0], abs=0.06)
    assert found.total[:, 0] == pytest.approx([1, 1], abs=0.06)


def test_an_outcome_that_does_not_vary_or_is_never_there_has_no_indices() -> None:
    a = np.stack([np.full(8, 5.0), np.full(8, np.nan), np.arange(8.0)], axis=1)
    found = sobol(a, a[::-1], np.stack([a[::-1]]), resamples=20, seed=1)
    assert np.isnan(found.first[0, :2]).all()
    assert np.isnan(found.total_high[0, :2]).all()
    assert found.total[0, 2] > 0


def test_pairs_with_an_absent_outcome_are_left_out() -> None:
    random = np.random.default_rng(2)
    a, b, ab = random.random((40, 1)), random.random((40, 1)), random.random((2, 40, 1))
    whole = sobol(a[:30], b[:30], ab[:, :30])
    a[30:35], ab[1, 35:] = np.nan, np.nan
    assert sobol(a, b, ab).first == pytest.approx(whole.first)
    assert sobol(a, b, ab).total == pytest.approx(whole.total)


# --- weights


def two() -> tuple[Scheme, Scored]:
    """A has 100 and 0, B 0 and 100, for two halves: A's score is 100 times its weight."""
    grades = [grade("good", at_least=100 * 1.1 / 2.1), grade("fair")]
    scheme = read_scheme({"tree": [leaf("p", 0.5), leaf("q", 0.5)], "grades": grades, "decimals": 9})
    return scheme, run(scheme, {"A": {"p": 100, "q": 0}, "B": {"p": 0, "q": 100}})


def test_the_probability_of_another_grade_is_the_area_where_the_weights_reach_the_cut() -> None:
    """w = a / (a + b), a and b even on [0.8, 1.2]: w ≥ 1.1/2.1 where a ≥ 1.1 b, which is 0.0465454… of 0.16."""
    scheme, scored = two()
    found = find(scored, scheme, runs=6000, weights={"spread": 0.2}, noise=None)
    last = 1.2 / 1.1
    area = (1.2 * last - 0.55 * last**2 - (1.2 * 0.8 - 0.55 * 0.8**2)) / 0.16
    assert area == pytest.approx(0.290909, abs=1e-6)
    row = by_subject(found)["A"]
    assert (row["score"], row["grade"], row["rank"]) == (50, "fair", 1)
    assert probability(found, "A", "good") == pytest.approx(area, abs=0.02)
    assert row["grade_changes"] == probability(found, "A", "good")
    assert row["score_mean"] == pytest.approx(50, abs=0.3)
    assert 40 < row["score_low"] < row["score_median"] < row["score_high"] < 60
    assert (row["rank_low"], row["rank_high"], row["scored"]) == (1, 2, 1)
    assert row["mean_rank_shift"] == pytest.approx(0.5, abs=0.03)


def test_weights_keep_the_siblings_sum_and_zero_stays_zero() -> None:
    tree = [leaf("a", 0.5), leaf("b", 0.25), leaf("c", 0.25), leaf("d", 0.0)]
    tables = SchemeTables(read_scheme({"tree": tree}), {}, read_scheme({"tree": tree}).tree, 1)
    for kind in ("uniform", "dirichlet"):
        options = Uncertainty(weights={"spread": 0.3, "draw": kind}).weights
        draws = [WeightDraws(tables, options, 1).draw({"weights": n})[0] for n in range(500)]
        weights = np.array(draws)[:, 1:]
        assert weights.sum(axis=1) == pytest.approx(np.ones(500))
        assert (weights[:, 3] == 0).all()
        assert weights.mean(axis=0) == pytest.approx([0.5, 0.25, 0.25, 0], abs=0.02)


def test_a_dirichlet_spread_is_the_relative_deviation_of_equal_weights() -> None:
    tree = [leaf(name, 0.25) for name in "abcd"]
    tables = SchemeTables(read_scheme({"tree": tree}), {}, read_scheme({"tree": tree}).tree, 1)
    draws = WeightDraws(tables, Uncertainty(weights={"spread": 0.4, "draw": "dirichlet"}).weights, 1)
    weights = np.array([draws.draw({"weights": n})[0][1:] for n in range(4000)])
    assert weights.std(axis=0) == pytest.approx(np.full(4, 0.4 * 0.25), rel=0.05)


def test_weights_of_a_sum_keep_the_points_that_can_be_had() -> None:
    scheme = read_scheme({"weights": "relative", "aggregate": "sum", "tree": [leaf("a", 30), leaf("b", 70)]})
    scored = run(scheme, {"A": {"a": 1, "b": 1}, "B": {"a": 1, "b": 0}})
    found = by_subject(find(scored, scheme, runs=64, noise=None))
    assert (found["A"]["score_low"], found["A"]["score_high"]) == (100, 100)
    assert found["B"]["score_sd"] > 0


def test_weights_by_theme_are_factors_of_their_own_and_kept_ones_stay() -> None:
    tree = [
        {"code": "t1", "weight": 0.5, "children": [leaf("a", 0.5), leaf("b", 0.5)]},
        {"code": "t2", "weight": 0.5, "children": [leaf("c", 0.5), leaf("d", 0.5)]},
    ]
    scheme = read_scheme({"tree": tree})
    # t1's leaves are equal for everybody: its weights inside cannot matter
    scored = run(scheme, {"A": {"a": 9, "b": 9, "c": 0, "d": 90}, "B": {"a": 5, "b": 5, "c": 10, "d": 70}})
    found = find(scored, scheme, runs=200, noise=None, weights={"by": "theme"})
    assert found.varied == ("weights of the top level", "weights in t1", "weights in t2")
    assert index(found, "A", "score", "weights in t1")["total"] == pytest.approx(0, abs=1e-9)
    assert index(found, "A", "score", "weights in t2")["total"] > 0.2
    kept = find(scored, scheme, runs=200, noise=None, weights={"by": "theme", "keep": ["score", "t1"]})
    assert kept.varied == ("weights in t2",)


# --- noise


def test_a_value_with_an_interval_is_normal_about_it() -> None:
    """Half-width 1.96 · 5, so that the deviation is 5: 55 is reached with probability Φ(−1); half of the noise below is exact."""
    scheme = read_scheme({"tree": [leaf("a")], "grades": [grade("good", at_least=55), grade("fair")], "decimals": 6})
    half = stats.norm.ppf(0.975) * 5
    rows = [
        {"subject_id": "A", "indicator": "a", "value": 50, "interval_low": 50 - half, "interval_high": 50 + half},
        {"subject_id": "B", "indicator": "a", "value": 50, "interval_low": 50, "interval_high": 50 + half},
        {"subject_id": "C", "indicator": "a", "value": 50},
    ]
    found = find(run(scheme, rows), scheme, runs=4000, sensitivity=False)
    rows_of = by_subject(found)
    assert probability(found, "A", "good") == pytest.approx(stats.norm.sf(1), abs=0.02)
    assert probability(found, "B", "good") == pytest.approx(stats.norm.sf(1), abs=0.02)
    assert rows_of["A"]["score_sd"] == pytest.approx(5, abs=0.2)
    assert rows_of["B"]["score_low"] == rows_of["B"]["score_median"] == 50
    assert (rows_of["C"]["score_low"], rows_of["C"]["score_high"]) == (50, 50)
    assert not len(found.factors)


def test_a_rate_of_few_cases_is_drawn_from_its_beta_distribution() -> None:
    """3 of 10: Beta(3.5, 7.5); 0.5 is reached with probability 1 − F(0.5)."""
    scheme = read_scheme({"tree": [leaf("r")], "grades": [grade("good", at_least=0.5), grade("fair")], "decimals": 6})
    scored = run(scheme, [{"subject_id": "A", "indicator": "r", "value": 0.3, "n": 10}])
    found = find(scored, scheme, runs=4000, sensitivity=False, noise={"rates": ["r"]})
    assert probability(found, "A", "good") == pytest.approx(stats.beta.sf(0.5, 3.5, 7.5), abs=0.02)


def test_a_rate_with_an_interval_stays_a_rate() -> None:
    scheme = read_scheme({"tree": [leaf("r")], "decimals": 9})
    row = {"subject_id": "A", "indicator": "r", "value": 0.98, "n": 50, "interval_low": 0.9, "interval_high": 0.999}
    found = by_subject(find(run(scheme, [row]), scheme, runs=2000, sensitivity=False, noise={"rates": ["r"]}, low=0.001))
    assert found["A"]["score_high"] <= 1
    assert found["A"]["score_median"] == pytest.approx(0.98, abs=0.005)


def test_a_standard_error_is_another_column_of_the_table() -> None:
    scheme = read_scheme({"tree": [leaf("a")], "decimals": 6})
    scored = run(scheme, {"A": {"a": 50, "a_se": 2}, "B": {"a": 40, "a_se": None}})
    found = by_subject(find(scored, scheme, runs=3000, sensitivity=False, noise={"standard_errors": {"a": "a_se"}}))
    assert found["A"]["score_sd"] == pytest.approx(2, abs=0.1)
    assert found["B"]["score_sd"] == 0


# --- other choices

GAPS = {"A": {"a": 1, "b": 60}, "B": {"a": 2, "b": None}, "C": {"a": 4, "b": 20}, "D": {"a": 8, "b": 30}}


def comparing(method: dict[str, Any], steps: list[dict[str, Any]]) -> Scheme:
    tree = [{**leaf(code, 0.5), "normalise": {**method, "peers": "all"}} for code in ("a", "b")]
    return read_scheme({"tree": tree, "prepare": steps, "decimals": 9})


def test_every_choice_is_the_scheme_that_could_have_been_declared() -> None:
    scheme = comparing({"method": "min_max"}, [{"step": "impute", "method": "mean", "by": "all"}])
    rank = {"method": "rank", "counted_from": "worst"}
    found = find(run(scheme, GAPS), scheme, runs=90, **EXACT, normalisation=[rank], sensitivity=False)
    wanted = set()
    for method in ({"method": "min_max"}, rank):
        for steps in ([], [{"step": "impute", "method": "mean", "by": "all"}], [{"step": "impute", "method": "median", "by": "all"}]):
            wanted.add(round(run(comparing(method, steps), GAPS).results["B"]["score"], 9))
    scores = Study(run(scheme, GAPS).con, scheme, ALONE, {}, scheme.tree, Uncertainty(**EXACT, runs=90, normalisation=[rank])).run(None)
    assert {round(float(score), 9) for score in scores.score[:, 1]} == wanted
    assert found.varied == ("normalisation", "imputation")


def test_a_factor_that_moves_nothing_has_index_0_and_the_only_one_that_does_has_1() -> None:
    scheme = comparing({"method": "min_max"}, [{"step": "impute", "method": "mean", "by": "all"}])
    whole = {**GAPS, "B": {"a": 2, "b": 50}}
    found = find(run(scheme, whole), scheme, runs=256, **EXACT, normalisation=[{"method": "z_score"}])
    assert index(found, "A", "score", "imputation")["total"] == pytest.approx(0, abs=1e-12)
    assert index(found, "A", "score", "normalisation")["first"] == pytest.approx(1, abs=0.25)
    assert index(found, "A", "score", "normalisation")["total"] == pytest.approx(1, abs=0.25)


def test_what_does_not_apply_is_a_mistake_of_the_asker() -> None:
    scheme, scored = two()
    with pytest.raises(Problem, match="compares peers"):
        find(scored, scheme, normalisation=[{"method": "z_score"}])
    with pytest.raises(Problem, match="no impute step"):
        find(scored, scheme, imputation=["none"])
    with pytest.raises(Problem, match="nothing of scheme test varies"):
        find(scored, scheme, **EXACT)


# --- the engine's own result in every run

RICH: dict[str, Any] = {
    "groups": {"n": TITLE, "s": TITLE},
    "subject_class": "town",
    "decimals": 3,
    "prepare": [
        {"step": "previous", "code": "before", "indicator": "a"},
        {"step": "impute", "method": "carry", "indicators": ["b"]},
        {"step": "winsorise", "by": "count", "high": 1, "indicators": ["c"]},
    ],
    "tree": [
        {
            "code": "t1", "weight": {"n": 0.6, "s": 0.3}, "aggregate": "geometric", "after": [{"round": {"decimals": 1}}],
            "children": [
                {**leaf("a", 0.3), "normalise": {"method": "min_max", "low": 1}},
                {**leaf("b", 0.7), "normalise": {"method": "z_score", "mean": 50, "sd": 10}, "after": [{"multiply": {"n": 1, "s": 0.9}}]},
            ],
        },
        {
            "code": "t2", "weight": {"n": 0.4, "s": 0.7}, "aggregate": {"method": "best", "count": 2},
            "children": [
                {**leaf("c", 0.5), "normalise": {"method": "percentile"}},
                {**leaf("d", 0.3), "normalise": {"method": "improvement", "baseline": {"indicator": "before"}, "form": "difference"}},
                {**leaf("e", 0.2), "direction": "lower", "normalise": {"method": "rank", "peers": "all"}},
            ],
        },
    ],
    "adjustments": [
        {"code": "award", "title": TITLE, "kind": "bonus", "decision_type": "award", "points_each": 2},
        {"code": "size", "title": TITLE, "kind": "multiply", "factor": {"indicator": "difficulty"}},
        {"code": "even", "title": TITLE, "kind": "variance", "nodes": ["t1", "t2"], "points": 1, "at_most": 30, "when": "e < 80"},
    ],
    "final": [{"clamp": {"low": 0, "high": 110}}],
    "vetoes": [{"code": "fraud", "title": TITLE, "decision_type": "fraud", "effect": "bar_excellent"}],
    "ties": ["t1"],
    "grades": [grade("a", top_share=0.4), grade("b", at_least=40), grade("c")],
}  # fmt: skip
RULES = RuleProfile(peer_group_minimum=1, ceilings=[Ceiling(subject_class="town", grade="b", share=0.5, grain="year")])


def rich_inputs() -> dict[str, Any]:
    random = np.random.default_rng(9)
    towns = [f"T{n:02}" for n in range(14)]
    facts: list[dict[str, Any]] = []
    for period in ("2024", "2025"):
        for town in towns:
            for code in "abcde":
                value = float(random.uniform(10, 90))
                absent = random.random() < 0.15
                spread = {"interval_low": value - 3, "interval_high": value + 6} if code in "ab" and not absent else {}
                facts.append({"period": period, "subject_id": town, "indicator": code, "value": None if absent else value, **spread})
    facts += [{"period": "2025", "subject_id": town, "indicator": "difficulty", "value": 1 + n / 100} for n, town in enumerate(towns)]
    subjects = [{"subject_id": town, "period": "2025", "peer_group": "ns"[n % 2]} for n, town in enumerate(towns)]
    decisions = [
        {"subject_id": "T01", "decision_type": "award"}, {"subject_id": "T02", "decision_type": "award"},
        {"subject_id": "T03", "decision_type": "fraud"}, {"subject_id": "T04", "decision_type": "fraud"},
    ]  # fmt: skip
    return {"facts": facts, "subjects": subjects, "decisions": decisions, "rules": RULES}


def test_each_run_is_what_the_engine_says_of_its_weights_and_values() -> None:
    """Runs are taken out of the batch and scored alone: groups, history, adjustments, vetoes, ceilings, rounding and all."""
    scheme, inputs = read_scheme(RICH), rich_inputs()
    study = Study(run(scheme, **inputs).con, scheme, RULES, {}, scheme.tree, Uncertainty(runs=60, seed=4))
    assert study.design.factors == ("weights", "imputation", "noise")
    outcome = study.run(None)
    facts = study.batches.connection.execute("select * from given_fact order by fact_no").fetchall()
    for number in (0, 1, 23, 60):
        weights, values = study.weights_of(np.array([number])), study.values_of(np.array([number]))
        drawn = {int(no): float(v) for no, v in zip(values.fact_no, values.drawn[0], strict=True)}
        names = ("period", "subject_id", "indicator", "value")
        rows = [{**dict(zip(names, row[:4], strict=True)), "value": drawn.get(row[-1], row[3])} for row in facts]
        varied = with_weights(study.scheme_of(number), study.tables, weights[0])
        alone = run(varied, **{**inputs, "facts": rows}).results
        for column, town in enumerate(sorted(alone)):
            expected = alone[town]
            assert outcome.exact[number, column] == pytest.approx(expected["exact_score"], abs=1e-9), (number, town)
            assert (outcome.score[number, column], outcome.rank[number, column]) == (expected["score"], expected["rank"])
            place = outcome.grade[number, column]
            assert (scheme.grades[place].grade if place >= 0 else None) == expected["grade"]
    assert len({outcome.exact[number].tobytes() for number in range(61)}) > 50


def with_weights(scheme: Scheme, tables: SchemeTables, weights: np.ndarray) -> Scheme:
    """The scheme with the drawn weights written out, by group."""

    def changed(nodes: list[Any]) -> list[Any]:
        return [
            node.model_copy(update={
                "weight": {group: float(weights[g, tables.nodes[node.code]]) for g, group in enumerate(tables.groups)},
                "children": changed(node.children),
            })
            for node in nodes
        ]  # fmt: skip

    return scheme.model_copy(update={"tree": changed(scheme.tree)})


def test_batches_threads_and_the_order_of_rows_change_nothing() -> None:
    scheme, inputs = read_scheme(RICH), rich_inputs()
    options = {"runs": 20, "seed": 11}
    first = find(run(scheme, **inputs, threads=1), scheme, RULES, **options)
    shuffled = {**inputs, "facts": inputs["facts"][::-1], "subjects": inputs["subjects"][::-1], "decisions": inputs["decisions"][::-1]}
    for at_once, threads, given_ in ((3, 2, inputs), (None, 2, shuffled)):
        again = find(run(scheme, **given_, threads=threads), scheme, RULES, at_once, **options)
        assert again.subjects.equals(first.subjects)
        assert again.grades.equals(first.grades)
        assert again.factors.equals(first.factors)
    other = find(run(scheme, **inputs), scheme, RULES, runs=20, seed=12)
    assert not other.subjects.equals(first.subjects)


def test_the_caller_s_results_stay_as_they_were() -> None:
    scheme, scored = two()
    before = scored.results
    find(scored, scheme, runs=32, noise=None)
    assert scored.results == before


def test_a_subject_without_a_score_has_nulls_and_no_grade() -> None:
    scheme, _ = two()
    scored = run(scheme, {"A": {"p": 100, "q": 0}, "B": {"p": None, "q": None}})
    found = find(scored, scheme, runs=40, noise=None)
    row = by_subject(found)["B"]
    assert {row[name] for name in ("score", "score_mean", "score_sd", "score_low", "rank", "rank_high", "grade")} == {None}
    assert (row["scored"], row["grade_changes"]) == (0, 0)
    assert probability(found, "B", "no grade") == 1
    assert index(found, "B", "score", "weights")["total"] is None


@settings(max_examples=5, deadline=None)
@given(
    st.lists(st.lists(st.one_of(st.none(), st.floats(-1e12, 1e12)), min_size=3, max_size=3), min_size=1, max_size=6), st.integers(0, 2**62)
)
def test_probabilities_and_intervals_are_what_they_are_called(rows: list[list[float | None]], seed: int) -> None:
    tree = [{**leaf(code, 1 / 3), "normalise": {"method": "min_max"}} for code in "abc"]
    scheme = read_scheme({"weights": "relative", "tree": tree, "grades": [grade("a", at_least=60), grade("b")]})
    scored = run(scheme, {f"s{n}": dict(zip("abc", row, strict=True)) for n, row in enumerate(rows)})
    found = find(scored, scheme, runs=24, seed=seed, noise=None, resamples=8)
    for row in found.subjects.to_pylist():
        chances = [r["probability"] for r in found.grades.to_pylist() if r["subject_id"] == row["subject_id"]]
        assert sum(chances) == pytest.approx(1)
        if row["scored"]:
            assert row["score_low"] <= row["score_median"] <= row["score_high"]
            assert 1 <= row["rank_low"] <= row["rank_high"] <= len(rows)
    assert all(
        value is None or math.isfinite(value) for row in found.factors.to_pylist() for value in row.values() if not isinstance(value, str)
    )
