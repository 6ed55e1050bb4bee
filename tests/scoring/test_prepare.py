"""Prepare steps by hand: each step on a few values worked out on paper, then what holds for any values."""

import itertools
from math import e, log, sqrt
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from declarations.indicator import Indicator
from declarations.rules import RuleProfile
from declarations.scheme import Node, Scheme
from tests.scoring.kit import Row, Scored, read_scheme, run
from transforms.prepare import prepare
from transforms.scheme_tables import SchemeTables
from transforms.score_run import number_values, run_sql

AS_IS = {"method": "as_is", "least": None, "most": None}
Facts = dict[str, dict[str, float | None]]


def scheme(*steps: Row, leaves: str = "a") -> Row:
    children = [{"code": f"leaf_{code}", "indicator": code, "normalise": AS_IS} for code in leaves.split()]
    return {"prepare": list(steps), "weights": "relative", "tree": children}


def values_only(
    con: duckdb.DuckDBPyConnection, scheme: Scheme, profile: RuleProfile, indicators: dict[str, Indicator], tree: list[Node]
) -> None:
    """The engine as far as the prepared values."""
    for name in ("macros", "create"):
        run_sql(con, name)
    tables = SchemeTables(scheme, indicators, tree, profile.peer_group_minimum)
    tables.fill(con)
    con.execute("set variable scheme = ?", [scheme.id])
    number_values(con)
    prepare(con, scheme, tables.numbers)


def ready(steps: Row, facts: Facts | list[Row], **more: Any) -> Scored:
    return run(steps, facts, engine=values_only, **more)


def cells(found: Scored, code: str = "a") -> dict[Any, Row]:
    """The rows of ``value`` of one indicator, by subject; by (period, subject) where there are several periods."""
    cursor = found.con.execute(
        "select c.period, c.subject_id, v.* from value as v join score_case as c using (case_no) "
        "join scheme_indicator as i using (indicator_no) where i.indicator = ? order by 1, 2",
        [code],
    )
    names = [column[0] for column in cursor.description or []]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    one = len({row["period"] for row in rows}) == 1
    return {row["subject_id"] if one else (row["period"], row["subject_id"]): row for row in rows}


def prepared(found: Scored, code: str = "a") -> dict[Any, Any]:
    """subject → prepared value, or the kind of its absence."""
    return {subject: row["value"] if row["value"] is not None else row["status"] for subject, row in cells(found, code).items()}


def notes(found: Scored, code: str = "a") -> dict[str, str | None]:
    return {subject: row["prepared"] for subject, row in cells(found, code).items()}


def column(*values: float | None) -> Facts:
    """One value of indicator a for each subject s00, s01 …"""
    return {f"s{i:02d}": {"a": value} for i, value in enumerate(values)}


def after(step: Row, *values: float | None, **more: Any) -> list[Any]:
    return [v for _, v in sorted(prepared(ready(scheme(step), column(*values), **more)).items())]


def absent(subject: str, indicator: str, status: str, value: float | None = None) -> Row:
    return {"subject_id": subject, "indicator": indicator, "value": value, "status": status}


def present(subject: str, indicator: str, value: float, **more: Any) -> Row:
    return {"subject_id": subject, "indicator": indicator, "value": value, **more}


# ---- derive, previous, denominate


def test_a_derived_value_is_its_expression() -> None:
    step = {"step": "derive", "code": "rate", "expression": "100 * done / due"}
    found = ready(scheme(step, leaves="rate"), {"s": {"done": 30.0, "due": 40.0}, "t": {"done": 1.0, "due": 0.0}})
    assert prepared(found, "rate") == {"s": 75.0, "t": "invalid"}
    assert notes(found, "rate")["s"] == "derived"
    assert cells(found, "rate")["s"]["raw"] == 75.0


@pytest.mark.parametrize(
    ("statuses", "worst"),
    [
        (("not_applicable", "too_few"), "too_few"),
        (("too_few", "invalid"), "invalid"),
        (("invalid", "source_down"), "source_down"),
        (("not_reported", "source_down"), "not_reported"),
        (("not_applicable", "ok"), "not_applicable"),
    ],
)
def test_a_derived_value_is_absent_in_the_worst_way_of_its_inputs(statuses: tuple[str, str], worst: str) -> None:
    facts = [absent("s", code, status, 1.0 if status == "ok" else None) for code, status in zip("ab", statuses, strict=True)]
    step = {"step": "derive", "code": "total", "expression": "a + b"}
    assert prepared(ready(scheme(step, leaves="total"), facts), "total") == {"s": worst}


def test_an_expression_may_treat_absent_inputs_itself() -> None:
    step = {"step": "derive", "code": "total", "expression": "coalesce(a, 0) + b", "absent_when_any_is": False}
    found = ready(scheme(step, leaves="total"), {"s": {"a": None, "b": 2.0}, "t": {"a": 1.0, "b": None}})
    assert prepared(found, "total") == {"s": 2.0, "t": "not_reported"}


def test_a_step_uses_what_the_steps_before_it_made() -> None:
    steps = (
        {"step": "derive", "code": "twice", "expression": "2 * a"},
        {"step": "derive", "code": "more", "expression": "twice + 1"},
    )
    assert prepared(ready(scheme(*steps, leaves="more"), column(5.0)), "more") == {"s00": 11.0}


@pytest.mark.parametrize(
    ("now", "before", "found"), [("2025", "2024", 7.0), ("2025-Q1", "2024-Q4", 7.0), ("2025-Q1", "2024-Q3", "not_reported")]
)
def test_the_previous_value_is_of_the_period_before_of_the_same_grain(now: str, before: str, found: float | str) -> None:
    facts = [present("s", "a", 9.0, period=now), present("s", "a", 7.0, period=before), present("s", "a", 8.0, period="2025-12-31")]
    step = {"step": "previous", "code": "last", "indicator": "a"}
    scored = ready(scheme(step, leaves="last"), facts, subjects=[{"subject_id": "s", "period": now}], period=now)
    assert prepared(scored, "last") == {"s": found}


def test_the_previous_value_has_the_unit_that_it_was_brought_to() -> None:
    facts = [present("s", code, v, period=p) for p, a, b in [("2024", 10.0, 2.0), ("2025", 30.0, 3.0)] for code, v in [("a", a), ("b", b)]]
    steps = (
        {"step": "denominate", "indicators": ["a"], "by": "b"},
        {"step": "previous", "code": "last", "indicator": "a"},
        {"step": "derive", "code": "growth", "expression": "a / last"},
    )
    found = ready(scheme(*steps, leaves="growth"), facts, subjects=[{"subject_id": "s"}])
    assert prepared(found, "growth") == {"s": 2.0}
    assert found.con.execute("select count(*) from value where case_no < 0").fetchone() == (0,)


def test_a_size_is_divided_by_its_denominator() -> None:
    facts = [
        present("s", "a", 30.0, interval_low=15.0, interval_high=60.0), present("s", "b", 3.0),
        present("t", "a", 30.0), present("t", "b", 0.0),
        present("u", "a", 30.0), absent("u", "b", "source_down"),
        absent("v", "a", "not_applicable"), present("v", "b", 1.0),
        present("w", "a", 0.0), present("w", "b", -2.0),
    ]  # fmt: skip
    found = ready(scheme({"step": "denominate", "indicators": ["a"], "by": "b", "scale": 1000}), facts)
    assert prepared(found) == {"s": 10_000.0, "t": "invalid", "u": "source_down", "v": "not_applicable", "w": 0.0}
    node = cells(found)["s"]
    assert (node["raw"], node["interval_low"], node["interval_high"], node["prepared"]) == (30.0, 5000.0, 20_000.0, "denominated by b")


# ---- impute


@pytest.mark.parametrize(("method", "expected"), [("mean", 4.0), ("median", 2.0)])
def test_a_missing_value_is_estimated_from_its_group(method: str, expected: float) -> None:
    facts = {**column(1.0, 2.0, 9.0, None), "x": {"a": 100.0}}
    attributes = {subject: {"region": "north" if subject != "x" else "south"} for subject in facts}
    found = ready(scheme({"step": "impute", "method": method, "by": "region"}), facts, attributes=attributes)
    assert prepared(found)["s03"] == expected
    assert notes(found) == {"s00": None, "s01": None, "s02": None, "s03": f"imputed: {method} by region", "x": None}


def test_nothing_is_estimated_from_nothing() -> None:
    facts = {"s": {"a": None}, "t": {"a": None}, "u": {"a": 5.0}}
    attributes = {"s": {"region": "north"}, "u": {"region": "south"}}
    found = ready(scheme({"step": "impute", "method": "mean", "by": "region"}), facts, attributes=attributes)
    assert prepared(found) == {"s": "not_reported", "t": "not_reported", "u": 5.0}


def test_only_the_declared_kinds_of_absence_are_estimated() -> None:
    facts = [present("s", "a", 4.0), *(absent(k, "a", k) for k in ("not_reported", "source_down", "too_few", "not_applicable"))]
    step = {"step": "impute", "method": "mean", "by": "all", "statuses": ["source_down", "too_few"]}
    found = prepared(ready(scheme(step), facts))
    assert found == {
        "s": 4.0, "source_down": 4.0, "too_few": 4.0, "not_reported": "not_reported", "not_applicable": "not_applicable",
    }  # fmt: skip


def test_a_constant_stands_for_what_is_missing() -> None:
    assert after({"step": "impute", "method": "constant", "value": 0}, 3.0, None) == [3.0, 0.0]


def series(*values: tuple[str, float | None]) -> list[Row]:
    return [present("s", "a", value, period=period) if value is not None else absent("s", "a", "not_reported") | {"period": period}
            for period, value in values]  # fmt: skip


@pytest.mark.parametrize(
    ("step", "known", "expected", "note"),
    [
        ({"method": "carry"}, [("2020", 1.0), ("2022", 5.0), ("2026", 9.0)], 5.0, "imputed: carried from 2022"),
        ({"method": "carry", "periods": 2}, [("2020", 1.0), ("2022", 5.0)], "not_reported", None),
        ({"method": "carry"}, [("2026", 9.0)], "not_reported", None),
        ({"method": "carry"}, [("2024-Q4", 9.0)], "not_reported", None),
        ({"method": "interpolate"}, [("2022", 5.0), ("2026", 9.0)], 8.0, "imputed: interpolated between 2022 and 2026"),
        ({"method": "interpolate"}, [("2026", 9.0)], 9.0, "imputed: carried from 2026"),
        ({"method": "interpolate"}, [("2021", 1.0), ("2022", 5.0)], 5.0, "imputed: carried from 2022"),
    ],
)
def test_a_missing_value_is_estimated_from_other_periods(step: Row, known: list[Any], expected: float | str, note: str | None) -> None:
    facts = series(*known, ("2025", None))
    found = ready(scheme({"step": "impute", **step}), facts, subjects=[{"subject_id": "s"}])
    assert prepared(found) == {"s": expected}
    assert notes(found) == {"s": note}


def test_scored_periods_are_known_periods_too() -> None:
    facts = series(("2023", 2.0), ("2024", None), ("2025", 6.0))
    found = ready(scheme({"step": "impute", "method": "interpolate"}), facts)
    assert {period: value for (period, _), value in prepared(found).items()} == {"2023": 2.0, "2024": 4.0, "2025": 6.0}


def test_quarters_are_a_quarter_apart_across_years() -> None:
    facts = series(("2024-Q3", 1.0), ("2025-Q1", None), ("2025-Q2", 4.0))
    found = run(
        scheme({"step": "impute", "method": "interpolate"}), facts, subjects=[{"subject_id": "s", "period": "2025-Q1"}], period="2025-Q1"
    )
    assert prepared(found) == {"s": 3.0}


def test_periods_of_another_shape_follow_each_other_in_their_order() -> None:
    facts = series(("wave 1", 1.0), ("wave 2", None), ("wave 3", 2.0))
    found = run(
        scheme({"step": "impute", "method": "interpolate"}), facts, subjects=[{"subject_id": "s", "period": "wave 2"}], period="wave 2"
    )
    assert prepared(found) == {"s": 1.5}


def test_after_a_treatment_against_peers_earlier_periods_are_no_longer_used() -> None:
    facts = [*series(("2024", 100.0), ("2025", None)), *(present(f"t{i}", "a", float(i)) for i in range(3))]
    steps = ({"step": "winsorise", "by": "count", "low": 1, "high": 1}, {"step": "impute", "method": "carry"})
    found = ready(scheme(*steps), facts, subjects=[{"subject_id": s} for s in ("s", "t0", "t1", "t2")])
    assert prepared(found) == {"s": "not_reported", "t0": 1.0, "t1": 1.0, "t2": 1.0}


# ---- winsorise


def test_winsorising_by_count_sets_the_outermost_to_the_next() -> None:
    step = {"step": "winsorise", "by": "count", "low": 1, "high": 2}
    assert after(step, 5.0, -9.0, 3.0, 4.0, 90.0, 80.0) == [5.0, 3.0, 3.0, 4.0, 5.0, 5.0]
    assert after(step, 1.0, 2.0, 3.0) == [1.0, 2.0, 3.0]  # fewer than one value would remain
    assert after(step, 1.0, 2.0, 3.0, None) == [1.0, 2.0, 3.0, "not_reported"]


def test_winsorising_by_quantile_sets_what_is_beyond_to_the_quantiles() -> None:
    step = {"step": "winsorise", "by": "quantile", "low": 0.25, "high": 1}
    assert after(step, 0.0, 10.0, 20.0, 30.0, 40.0) == [10.0, 10.0, 20.0, 30.0, 40.0]
    halves = {"step": "winsorise", "by": "quantile", "low": 0, "high": 0.875}
    assert after(halves, 0.0, 10.0, 20.0, 30.0, 40.0) == [0.0, 10.0, 20.0, 30.0, 35.0]


OUTLIER = [float(v) for v in range(1, 11)] + [30.0, 100.0]


def test_winsorising_by_skew_and_kurtosis_takes_the_longer_tail_until_the_shape_is_within_the_limits() -> None:
    """The example of COINr's own documentation of ``winsorise``: one value, 100, becomes 30."""
    found = ready(scheme({"step": "winsorise", "by": "skew_kurtosis"}), column(*OUTLIER))
    assert [v for _, v in sorted(prepared(found).items())] == [*OUTLIER[:11], 30.0]
    assert {s for s, note in notes(found).items() if note == "winsorised"} == {"s11"}
    (row,) = found.rows("treatment")
    assert (row["ordinal"], row["method"], row["indicator"], row["n"], row["changed"], row["within_limits"]) == (
        1,
        "winsorise",
        "a",
        12,
        1,
        True,
    )


def test_the_lower_tail_is_taken_where_the_skew_is_negative() -> None:
    assert after({"step": "winsorise", "by": "skew_kurtosis"}, *(-v for v in OUTLIER)) == [*(-v for v in OUTLIER[:11]), -30.0]


def test_equal_values_come_in_together() -> None:
    values = [float(v) for v in range(1, 19)] + [100.0, 100.0]
    found = ready(scheme({"step": "winsorise", "by": "skew_kurtosis", "skew": 1, "kurtosis": 1, "at_most": 1}), column(*values))
    assert prepared(found)["s19"] == prepared(found)["s18"] == 18.0
    assert found.rows("treatment")[0]["changed"] == 2


HEAVY = [*map(float, range(18)), 1000.0, 3000.0]


@pytest.mark.parametrize(
    ("otherwise", "sign", "last"),
    [
        ("log", 1, log(3000 + 30)),  # ln(x − min + 0.01 · range)
        ("log", -1, log(30)),  # the lowest of them: ln(0.01 · range)
        ("log_by_skew", 1, log(3030)),
        ("log_by_skew", -1, -log(3030)),  # −ln(max − x + 0.01 · range)
        ("none", 1, 1000.0),
    ],
)
def test_where_winsorising_does_not_help_comes_the_otherwise(otherwise: str, sign: int, last: float) -> None:
    step = {"step": "winsorise", "by": "skew_kurtosis", "at_most": 1, "otherwise": otherwise}
    found = ready(scheme(step), column(*(sign * v for v in HEAVY)))
    assert prepared(found)["s19"] == pytest.approx(last, rel=1e-14)
    methods = {row["method"]: row for row in found.rows("treatment")}
    assert (methods["winsorise"]["changed"], methods["winsorise"]["within_limits"]) == (1, False)
    if otherwise == "none":
        assert list(methods) == ["winsorise"]
    else:
        assert methods["log"]["changed"] == len(HEAVY)
        assert methods["log"]["skew_before"] == methods["winsorise"]["skew_before"]
        assert notes(found)["s00"] == "log"


def test_winsorising_never_makes_all_values_equal() -> None:
    assert after({"step": "winsorise", "by": "skew_kurtosis", "otherwise": "none"}, *[0.0] * 9, 5.0) == [*[0.0] * 9, 5.0]


def test_skew_and_kurtosis_are_the_bias_corrected_estimators() -> None:
    """Of 0, 0, 0, 4 the deviations are −1, −1, −1, 3: m2 = 3, m3 = 6, m4 = 21; G1 = 2, G2 = 4."""
    found = ready(scheme({"step": "winsorise", "by": "skew_kurtosis", "skew": 9}), column(0.0, 0.0, 0.0, 4.0))
    (row,) = found.rows("treatment")
    assert row["skew_before"] == pytest.approx(6 / 3**1.5 * sqrt(4 * 3) / 2)
    assert row["skew_before"] == pytest.approx(2)
    assert row["kurtosis_before"] == pytest.approx(4)
    assert row["changed"] == 0


def test_groups_are_treated_apart_and_whoever_has_no_group_is_left_alone() -> None:
    facts = column(1.0, 2.0, 50.0, 10.0, 20.0, 500.0, 9999.0)
    attributes = {f"s{i:02d}": {"region": "north" if i < 3 else "south"} for i in range(6)}
    step = {"step": "winsorise", "by": "count", "high": 1, "peers": "region"}
    found = ready(scheme(step), facts, attributes=attributes)
    assert [v for _, v in sorted(prepared(found).items())] == [1.0, 2.0, 2.0, 10.0, 20.0, 20.0, 9999.0]
    assert {(row["peers"], row["changed"]) for row in found.rows("treatment")} == {("north", 1), ("south", 1)}


def test_a_denominator_or_target_is_not_treated_unless_it_is_named() -> None:
    leaf = {"code": "leaf_a", "indicator": "a", "normalise": {"method": "target_completion", "target": {"indicator": "plan"}, "cap": 100}}
    facts = {f"s{i}": {"a": 1.0, "plan": float(10**i)} for i in range(3)}
    found = run({"prepare": [{"step": "winsorise", "by": "count", "high": 1}], "tree": [leaf]}, facts)
    assert found.points("leaf_a") == {"s0": 100.0, "s1": 10.0, "s2": 1.0}


# ---- log, box_cox


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ({"step": "log"}, ["invalid", "invalid", 0.0, 1.0]),
        ({"step": "log", "offset": 1}, ["invalid", 0.0, log(2), log(e + 1)]),
        ({"step": "log", "base": "minimum", "offset": 1}, [0.0, log(2), log(3), log(e + 2)]),
        ({"step": "box_cox", "lambda": 2}, ["invalid", "invalid", 0.0, (e * e - 1) / 2]),
        ({"step": "box_cox", "lambda": 0}, ["invalid", "invalid", 0.0, 1.0]),
        ({"step": "box_cox", "lambda": -1}, ["invalid", "invalid", 0.0, 1 - 1 / e]),
        ({"step": "box_cox", "lambda": 2, "base": "minimum", "offset": 1}, [0.0, 1.5, 4.0, ((e + 2) ** 2 - 1) / 2]),
    ],
)
def test_logarithms_and_powers(step: Row, expected: list[float | str]) -> None:
    found = after({**step, "indicators": ["a"]}, -1.0, 0.0, 1.0, e)
    assert found == [v if isinstance(v, str) else pytest.approx(v, abs=1e-15) for v in expected]


def test_steps_add_up_in_the_note() -> None:
    steps = ({"step": "impute", "method": "constant", "value": 1.0}, {"step": "log", "indicators": ["a"]})
    found = ready(scheme(*steps), column(None, e))
    assert notes(found) == {"s00": "imputed: constant; log", "s01": "log"}
    assert cells(found)["s01"]["raw"] == e


# ---- screen_subjects


def test_a_subject_with_too_little_of_its_applicable_data_is_out() -> None:
    facts = [
        *(present("full", code, 1.0) for code in "abcd"),
        *(present("half", code, 1.0) for code in "ab"),
        *(present("small", code, 1.0) for code in "ab"), absent("small", "c", "not_applicable"), absent("small", "d", "not_applicable"),
        *(absent("none", code, "not_applicable") for code in "abcd"),
    ]  # fmt: skip
    found = run(scheme({"step": "screen_subjects", "minimum_available": 0.6}, leaves="a b c d"), facts)
    assert {s: r["status"] == "screened_out" for s, r in found.results.items()} == {
        "full": False,
        "half": True,
        "small": False,
        "none": True,
    }
    assert {s: r["score"] for s, r in found.results.items()} == {"full": 1.0, "half": None, "small": 1.0, "none": None}


@pytest.mark.parametrize(
    ("more", "out"),
    [
        ({"minimum_available": 0.75}, set()),
        ({"minimum_available": 0.75, "zeros": "absent"}, {"s", "t"}),
        ({"minimum_nonzero": 0.5}, {"t"}),
        ({"minimum_available": 0.75, "zeros": "absent", "keep": ["t"]}, {"s"}),
        ({"minimum_nonzero": 0.5, "leave_out": ["u"]}, {"t", "u"}),
        ({"minimum_available": 1, "indicators": ["a"], "zeros": "absent"}, {"s", "t"}),
    ],
)
def test_zeros_and_exceptions_of_the_screening(more: Row, out: set[str]) -> None:
    facts: Facts = {"s": dict(zip("abcd", (0.0, 0.0, 1.0, 1.0), strict=True)), "t": dict(zip("abcd", (0.0, 0.0, 0.0, 1.0), strict=True))}
    facts["u"] = dict.fromkeys("abcd", 1.0)
    found = run(scheme({"step": "screen_subjects", **more}, leaves="a b c d"), facts)
    assert {s for s, row in found.results.items() if row["status"] == "screened_out"} == out


def test_what_does_not_apply_to_a_group_is_not_missed_in_it() -> None:
    rules = scheme({"step": "screen_subjects", "minimum_available": 0.6}, leaves="a b") | {
        "groups": {"farm": {"en": "Farming", "zh": "农业"}, "plant": {"en": "Industry", "zh": "工业"}}
    }
    rules["tree"][1]["not_applicable_to"] = ["farm"]
    subjects = [{"subject_id": "s", "peer_group": "farm"}, {"subject_id": "t", "peer_group": "plant"}]
    found = run(rules, {"s": {"a": 1.0, "b": None}, "t": {"a": 1.0, "b": None}}, subjects=subjects)
    assert {s: row["status"] == "screened_out" for s, row in found.results.items()} == {"s": False, "t": True}


def test_who_is_screened_out_is_nobodys_peer() -> None:
    facts: Facts = {"s": {"a": None, "b": 1.0}, "t": {"a": 4.0, "b": 1.0}, "out": {"a": 100.0, "b": None}}
    steps = (
        {"step": "screen_subjects", "minimum_available": 1, "indicators": ["b"]},
        {"step": "impute", "method": "mean", "by": "all", "indicators": ["a"]},
    )
    assert prepared(ready(scheme(*steps, leaves="a b"), facts))["s"] == 4.0


# ---- mistakes in a step


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ({"step": "winsorise", "by": "count"}, "whole numbers"),
        ({"step": "winsorise", "by": "count", "low": 0.5}, "whole numbers"),
        ({"step": "winsorise", "by": "quantile", "low": 0.9, "high": 0.1}, "low < high"),
        ({"step": "log", "indicators": ["a"], "base": "minimum"}, "offset"),
        ({"step": "impute", "method": "mean", "periods": 2}, "carry"),
        ({"step": "impute", "method": "constant"}, "value"),
        ({"step": "screen_subjects"}, "minimum_available"),
    ],
)
def test_a_contradiction_in_a_step_is_told(step: Row, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        read_scheme(scheme(step))


# ---- what holds for any values

EVERY_STEP = (
    {"step": "derive", "code": "d", "expression": "a * a / b"},
    {"step": "denominate", "indicators": ["a"], "by": "b"},
    {"step": "impute", "method": "interpolate"},
    {"step": "impute", "method": "mean", "by": "all"},
    {"step": "winsorise", "by": "skew_kurtosis"},
    {"step": "winsorise", "by": "quantile", "low": 0.1, "high": 0.9},
    {"step": "winsorise", "by": "count", "low": 1},
    {"step": "box_cox", "indicators": ["b"], "lambda": 3},
    {"step": "log", "indicators": ["a"], "base": "minimum", "offset": 1},
    {"step": "screen_subjects", "minimum_available": 0.5},
)
ANY = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True), st.sampled_from([0.0, 1.0, 1e150, -1e150, 1e308, 5e-324]))
ORDINARY = st.floats(min_value=-1e6, max_value=1e6, allow_subnormal=False)
STATE = "select case_no, indicator_no, value, interval_low, interval_high, status, prepared from value order by all"
fewer = settings(max_examples=15, deadline=None)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(ANY, ANY), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_nothing_becomes_nan_and_no_order_of_rows_changes_anything(rows: list[tuple[Any, Any]], random: Any) -> None:
    facts = [present(f"s{i}", code, value) if value is not None else absent(f"s{i}", code, "not_reported")
             for i, row in enumerate(rows) for code, value in zip("ab", row, strict=True)]  # fmt: skip
    found = ready(scheme(*EVERY_STEP, leaves="a b d"), facts)
    wrong = found.con.execute(
        "select * from value where (status = 'ok') <> coalesce(isfinite(value) and abs(value) <= 1e150, false) or isnan(interval_low)"
    ).fetchall()
    assert wrong == []
    shuffled = random.sample(facts, len(facts))
    again = ready(scheme(*EVERY_STEP, leaves="a b d"), shuffled, threads=1)
    assert again.con.execute(STATE).fetchall() == found.con.execute(STATE).fetchall()
    assert again.rows("treatment") == found.rows("treatment")


@fewer
@given(st.lists(st.one_of(st.none(), ORDINARY), min_size=1, max_size=20), st.sampled_from(["mean", "median"]))
def test_an_estimate_lies_within_the_known_values(values: list[float | None], method: str) -> None:
    known = [v for v in values if v is not None]
    for before, now in zip(values, after({"step": "impute", "method": method, "by": "all"}, *values), strict=True):
        if before is not None:
            assert now == before
        elif known:
            assert min(known) <= now <= max(known)
        else:
            assert now == "not_reported"


@fewer
@given(
    st.lists(st.tuples(st.sampled_from(["ok", "not_applicable"]), ORDINARY), min_size=1, max_size=10), st.sampled_from(["mean", "constant"])
)
def test_what_does_not_apply_is_never_estimated(rows: list[tuple[str, float]], method: str) -> None:
    facts = [absent(f"s{i}", "a", status, value) for i, (status, value) in enumerate(rows)]
    step = {"step": "impute", "method": method, "by": "all", **({"value": 1.0} if method == "constant" else {})}
    found = prepared(ready(scheme(step), facts))
    assert {s for s, v in found.items() if v == "not_applicable"} == {f"s{i}" for i, (status, _) in enumerate(rows) if status != "ok"}


@fewer
@given(st.lists(ORDINARY, min_size=1, max_size=20), st.integers(0, 3), st.integers(1, 3))
def test_winsorising_by_count_twice_is_winsorising_once(values: list[float], low: int, high: int) -> None:
    step = {"step": "winsorise", "by": "count", "low": low, "high": high}
    once = after(step, *values)
    assert once == [v for _, v in sorted(prepared(ready(scheme(step, step), column(*values))).items())]
    inner = sorted(values)[low : len(values) - high] if low + high < len(values) else values
    assert once == [min(max(v, min(inner)), max(inner)) for v in values]


@fewer
@given(st.lists(ORDINARY, min_size=4, max_size=20))
def test_winsorised_values_keep_their_order_and_a_shape_within_the_limits_stays(values: list[float]) -> None:
    step = {"step": "winsorise", "by": "skew_kurtosis"}
    once = ready(scheme(step), column(*values))
    result = [v for _, v in sorted(prepared(once).items())]
    order = sorted(range(len(values)), key=lambda i: values[i])
    assert all(result[a] <= result[b] for a, b in itertools.pairwise(order))
    if once.rows("treatment")[-1]["within_limits"]:
        assert [v for _, v in sorted(prepared(ready(scheme(step, step), column(*values))).items())] == result


@fewer
@given(st.floats(-1e6, 1e6), st.integers(-1000, 1000), st.sets(st.integers(1990, 2024), min_size=2, max_size=5), st.integers(1990, 2024))
def test_interpolation_is_exact_on_a_straight_line(start: float, slope: int, years: set[int], missing: int) -> None:
    line = {year: round(start) + slope * (year - 1990) for year in years | {missing}}
    between = min(years - {missing}, default=missing) < missing < max(years - {missing}, default=missing)
    facts = series(*((str(y), float(v) if y != missing else None) for y, v in line.items()))
    scored = ready(scheme({"step": "impute", "method": "interpolate"}), facts, subjects=[{"subject_id": "s", "period": str(missing)}])
    if between:
        assert prepared(scored)["s"] == pytest.approx(line[missing], rel=1e-12, abs=1e-9)


@pytest.mark.parametrize("values", [[1e150, -1e150, 1e150], [7.0, 7.0, 7.0, 7.0, 7.0], [3.0], [None, None], [5e-324, 0.0, 1e150, 1.0, 2.0]])
@pytest.mark.parametrize("step", EVERY_STEP, ids=lambda step: f"{step['step']}-{step.get('by', step.get('method', ''))}")
def test_extremes_have_declared_outcomes(step: Row, values: list[float | None]) -> None:
    facts = {s: {**row, "b": 2.0} for s, row in column(*values).items()}
    found = ready(scheme(step, leaves="a b d" if step["step"] == "derive" else "a b"), facts)
    for value, status in found.con.execute("select value, status from value").fetchall():
        assert (status == "ok") == (value is not None and abs(value) <= 1e150)
    for row in found.rows("treatment"):
        shape = [row[k] for k in ("skew_before", "kurtosis_before", "skew_after", "kurtosis_after")]
        assert all(number is None or number == number for number in shape)


def test_the_shape_of_many_values_is_the_same_in_any_order_on_any_number_of_threads() -> None:
    found = set()
    for threads, order in ((1, "i"), (4, "hash(i)"), (2, "-i")):
        con = duckdb.connect(config={"threads": threads})
        for name in ("macros", "prepare/macros"):
            run_sql(con, name)
        con.execute(
            f"create temp table sample as select 1 as indicator_no, i % 3 as peer_no, exp((hash(i) % 1000003) / 50000.0) as value "
            f"from range(300000) as t(i) order by {order}"
        )
        found.add(str(con.execute("select * from moments('sample') order by peer_no").fetchall()))
    assert len(found) == 1
