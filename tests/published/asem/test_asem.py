"""The ASEM sustainable connectivity index as COINr 1.1.14 computes it: every stage, by scheme files alone.

The published inputs carry 15 significant digits. In TolMin two countries (GRC, JPN) that differed in the 16th from their
neighbours are tied by that, which moves three ranks of each rank method and one rank of the results: ``TIES`` names the cells.
"""

import math

import pytest

from declarations.scheme import Scheme
from declarations.scheme.effective import effective_weights
from tests.published.asem.tables import (
    Cells,
    compare,
    indicators,
    meta,
    needs_data,
    points,
    published,
    rows_of,
    scheme_file,
    score_asem,
    scored,
    values,
)
from transforms.indicator_statistics import IndicatorStatistics, Limits, indicator_statistics, subject_availability

pytestmark = needs_data
TIES = frozenset({("BGR", "TolMin"), ("CZE", "TolMin"), ("NOR", "TolMin")})
RANKS = ("norm_rank", "norm_borda", "norm_prank")


@pytest.mark.parametrize(
    ("table", "scheme"),
    [
        ("coinr_example_Raw", "norm_rank"),
        ("coinr_example_Denominated", "denominated"),
        ("coinr_example_Imputed", "imputed"),
        ("coinr_example_Screened", "imputed"),
        ("coinr_example_Treated", "index"),
        ("treated_default_raw", "treated_raw"),
        ("imputed_i_mean_grp_GDP", "agg_amean"),
    ],
)
def test_the_prepared_values_of_each_stage(table: str, scheme: str) -> None:
    compare(table, values(scored(scheme)), published(f"{table}.csv"))


@pytest.mark.parametrize(
    ("table", "scheme"),
    [
        ("coinr_example_Normalised", "index"),
        ("imputed_minmax_1_100", "agg_amean"),
        *((f"norm_{n}__raw", f"norm_{n}") for n in ("minmax_0_100", "minmax_1_100", "zscore_0_1", "zscore_50_10", "scaled", "dist2max")),
        *((f"{n}__raw", n) for n in RANKS),
    ],
)
def test_the_points_of_each_normalisation(table: str, scheme: str) -> None:
    compare(table, points(scored(scheme)), published(f"{table}.csv"), TIES if scheme in RANKS else frozenset())


@pytest.mark.parametrize(
    ("table", "scheme"),
    [
        ("coinr_example_Aggregated", "index"),
        *(
            (f"agg_{n}__imputed_minmax_1_100", f"agg_{n}")
            for n in ("amean", "gmean", "hmean", "genmean_p2", "genmean_pm05", "mixed_am_gm_am")
        ),
        ("agg_amean_datthresh_0.66__raw_minmax_0_100", "agg_datthresh_0_66"),
        ("agg_amean_datthresh_1__raw_minmax_0_100", "agg_datthresh_1"),
    ],
)
def test_the_points_of_all_nodes_by_each_aggregation(table: str, scheme: str) -> None:
    compare(table, points(scored(scheme)), published(f"{table}.csv"))


def test_the_results_and_their_ranks() -> None:
    ours = {cell: None if p is None else round(p, 10) for cell, p in points(scored("index")).items()}
    found = scored("index").results
    ours |= {(country, "Rank"): row["rank"] for country, row in found.items()}
    compare("results_scores", ours, published("coinr_example_results_scores.csv"))
    assert all(row["score"] == ours[country, "Index"] for country, row in found.items())
    places = {(country, node): _place(ours, country, node) for country, node in ours if node != "Rank"}
    compare("results_ranks", places, published("coinr_example_results_ranks.csv"), frozenset({("GRC", "TolMin")}))


def _place(cells: Cells, country: str, node: str) -> int:
    return 1 + sum(p > cells[country, node] for (_, other), p in cells.items() if other == node)


@pytest.mark.parametrize(("table", "scheme"), [("coinr_example_treat_details", "index"), ("treated_default_raw_details", "treated_raw")])
def test_the_details_of_the_treatment(table: str, scheme: str) -> None:
    ours: Cells = {}
    for row in scored(scheme).rows("treatment"):
        if row["step"] == "winsorise":
            assert row["method"] == "winsorise", "no indicator of this table needs the logarithm"
            code, treated = row["indicator"], row["changed"] > 0
            ours[code, "check_SkewKurt0.Pass"] = str(not treated).upper()
            ours[code, "check_SkewKurt0.Skew"], ours[code, "check_SkewKurt0.Kurt"] = row["skew_before"], row["kurtosis_before"]
            ours[code, "winsorise.nwin"] = row["changed"] if treated else None
            ours[code, "check_SkewKurt1.Pass"] = str(row["within_limits"]).upper() if treated else None
            ours[code, "check_SkewKurt1.Skew"] = row["skew_after"] if treated else None
            ours[code, "check_SkewKurt1.Kurt"] = row["kurtosis_after"] if treated else None
    compare(table, ours, published(f"{table}.csv", key="iCode"))


def test_the_statistics_of_the_raw_indicators() -> None:
    ours: Cells = {}
    for found in indicator_statistics(scored("norm_rank").con):
        ours |= {(found.indicator, column): value for column, value in _as_coinr(found).items()}
    known = frozenset({("TolMin", "N.Unique"), ("TolMin", "Frc.Unique")})  # the two ties of the 15 digits
    compare("stats_raw", ours, published("stats_raw.csv", key="iCode"), known)


def _as_coinr(found: IndicatorStatistics) -> dict[str, float | str | None]:
    n, flags = found.applicable, found.flags(Limits())
    numbers = {
        "Min": found.lowest, "Max": found.highest, "Mean": found.mean, "Median": found.median, "Std": found.sd,
        "Skew": found.skew, "Kurt": found.kurtosis, "N.Avail": found.available, "N.NonZero": found.nonzero,
        "N.Unique": found.different, "N.Same": found.same, "Frc.Avail": found.available / n, "Frc.NonZero": found.nonzero / found.available,
        "Frc.Unique": found.different / found.available, "Frc.Same": found.same / found.available,
    }  # fmt: skip
    low = {"Flag.Avail": "few_values", "Flag.NonZero": "many_zeros", "Flag.Unique": "few_different_values"}
    return (
        {column: _three_digits(value) for column, value in numbers.items()}
        | {column: "LOW" if flag in flags else "ok" for column, flag in low.items()}
        | {"Flag.SkewKurt": "OUT" if "outliers" in flags else "ok"}
    )


def _three_digits(value: float | None) -> float | None:
    """R's signif(x, 3): scaled, rounded half to even, scaled back."""
    if not value:
        return value
    scale = 10.0 ** (2 - math.floor(math.log10(abs(value))))
    return round(value * scale) / scale


def test_the_summary_of_the_screening_by_available_data() -> None:
    found, screened = scored("norm_rank"), scored("screened_raw").results
    ours: Cells = {}
    for row in subject_availability(found.con, indicators()):
        missing, country = row.applicable - row.available, row.subject_id
        share, nonzero = 1 - missing / row.applicable, 1 - row.zeros / row.available
        ours |= {(country, "N_missing"): missing, (country, "N_zero"): row.zeros, (country, "N_miss_or_zero"): missing + row.zeros}
        ours |= {(country, "Dat_Avail"): share, (country, "Non_Zero"): nonzero}
        ours |= {(country, "LowData"): _r(share < 0.9), (country, "LowNonZero"): _r(nonzero < 0.05)}
        ours |= {(country, "LowDatOrZeroFlag"): _r(share < 0.9 or nonzero < 0.05)}
        ours[country, "Included"] = _r(screened[country]["status"] != "screened_out")
    compare("screen_byNA_0.9_summary", ours, published("screen_byNA_0.9_summary.csv"))


def _r(flag: bool) -> str:
    return str(flag).upper()


def test_the_effective_weights() -> None:
    shares = effective_weights(scheme_file("index"))
    ours: Cells = {(code, "EffWeight"): share for code, share in {**shares, "Index": 1.0}.items()}
    ours |= {(row["iCode"], "Weight"): 1.0 for row in meta()} | {(row["iCode"], "Level"): float(row["Level"] or 0) for row in meta()}
    compare("effective_weights", ours, published("effective_weights.csv", key="iCode"))


def test_every_node_contributes_its_effective_weight_times_its_points() -> None:
    shares = effective_weights(scheme_file("index"))
    nodes = [row for row in scored("index").rows("node") if row["node"] in shares]
    assert len(nodes) == 51 * len(shares)
    for row in nodes:
        assert row["contribution"] == pytest.approx(shares[row["node"]] * row["normalised"], abs=1e-9)


def test_the_index_without_each_pillar() -> None:
    index, theirs = scheme_file("index"), published("remove_pillars_scores.csv")
    pillars = sorted({pillar for _, pillar in theirs})
    ours = {(c, pillar): row["base_score"] for pillar in pillars for c, row in score_asem(_without(index, pillar)).results.items()}
    compare("remove_pillars_scores", ours, theirs)
    countries = [row["uCode"] for row in rows_of("remove_pillars_scores.csv")]
    moved = {
        (pillar, "d"): sum(abs(_place(ours, c, pillar) - _place(ours, c, "Nominal")) for c in countries) / len(countries)
        for pillar in pillars
    }
    compare("remove_pillars_mean_abs_rank_diff", moved, published("remove_pillars_mean_abs_rank_diff.csv", key="el"))


def _without(scheme: Scheme, pillar: str) -> Scheme:
    """The scheme with one pillar's weight at 0."""
    data = scheme.model_dump(by_alias=True, exclude_unset=True)
    for half in data["tree"]:
        for node in half["children"]:
            node.update({"weight": 0.0} if node["code"] == pillar else {})
    return Scheme.model_validate(data)
