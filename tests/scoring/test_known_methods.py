"""Published methods over synthetic data, each computed a second time with numpy from the publisher's description.

Medicare Star Ratings (CMS, Technical Notes), Overall Hospital Quality Star Rating (CMS, 2021 methodology), Hospital-Acquired
Condition Reduction Program (CMS). The figures are made up; the rules are the publishers', with fewer measures.
"""

from typing import Any

import numpy as np

from tests.scoring.kit import run

TITLE = {"en": "T", "zh": "T"}
RENORMALISE = {
    "weights": "relative",
    "decimals": 6,
    "missing": {"not_reported": "renormalise"},
    "rules": {"minimum_coverage": 0, "peer_group_minimum": 1},
}
NONE = np.nan
Array = np.ndarray[Any, np.dtype[np.float64]]


def facts(values: dict[str, Array]) -> dict[str, dict[str, float | None]]:
    """Columns as the facts of subjects s000, s001, …; NaN is absent."""
    count = len(next(iter(values.values())))
    return {f"s{n:03}": {code: None if np.isnan(x[n]) else float(x[n]) for code, x in values.items()} for n in range(count)}


def agree(found: dict[str, float | None], expected: Array) -> None:
    """The same subjects have a number, and the same one to 1e-9."""
    ours = np.array([NONE if x is None else x for _, x in sorted(found.items())])
    assert (np.isnan(ours) == np.isnan(expected)).all()
    assert np.nanmax(np.abs(ours - expected)) < 1e-9


def with_gaps(random: np.random.Generator, values: Array, share: float) -> Array:
    return np.where(random.random(len(values)) < share, NONE, values)


def weighted(parts: Array, weights: Array) -> Array:
    """Mean over the columns that are there."""
    return np.nansum(parts * weights, axis=1) / ((~np.isnan(parts)) * weights).sum(axis=1)


def percentile(x: Array) -> Array:
    """(r − 1) / (n − 1), equal ones sharing the average."""
    return np.array([((x < one).sum() + (x <= one).sum() - 1) / 2 for one in x]) / (len(x) - 1)


def test_medicare_stars_with_hold_harmless_reward_factor_and_half_stars() -> None:
    random, n, weights, cuts = np.random.default_rng(1), 60, np.array([1, 1, 1.5, 1.5, 3, 3, 1, 1]), (55, 65, 75, 85)
    measures = [f"m{k}" for k in range(len(weights))]
    values = {code: with_gaps(random, random.normal(72, 10, n).round(), 0.1) for code in measures}
    values["improvement"] = with_gaps(random, random.integers(1, 6, n).astype(float), 0.1)
    values["index"] = random.normal(0, 0.03, n).round(6)

    def leaves(prefix: str, points: tuple[int, ...], indicators: list[str] = measures) -> list[dict[str, Any]]:
        steps = [{"at_least": cut, "points": p} for cut, p in zip(cuts, points[1:], strict=True)]
        ladder = {"method": "ladder", "otherwise": points[0], "steps": steps}
        return [
            {"code": prefix + c, "indicator": c, "weight": w, "normalise": ladder}
            for c, w in zip(indicators, weights.tolist(), strict=True)
        ]

    stars, among = (1, 2, 3, 4, 5), [{"compare": {"by": "percentile"}}]
    count = [{"code": f"n{c}", "indicator": c, "normalise": {"method": "expression", "sql": "1"}} for c in measures]
    own = {"code": "own", "indicator": "improvement", "weight": 5, "normalise": {"method": "as_is"}}
    variance = {
        "code": "spread", "aggregate": {"method": "expression", "sql": "n / (n - 1) * (squares - mean * mean)"}, "after": among,
        "children": [{"code": "squares", "children": leaves("q", (1, 4, 9, 16, 25))}, {"code": "mean", "children": leaves("e", stars)},
                     {"code": "n", "aggregate": "sum", "children": count}],
    }  # fmt: skip
    rewards = [("level >= 0.85", "spread < 0.3", 0.4), ("level >= 0.85", "spread >= 0.3 and spread < 0.7", 0.3),
               ("level >= 0.65 and level < 0.85", "spread < 0.3", 0.2),
               ("level >= 0.65 and level < 0.85", "spread >= 0.3 and spread < 0.7", 0.1)]  # fmt: skip
    scheme = {
        **RENORMALISE,
        "tree": [*leaves("s", stars), own],
        "side": [{"code": "without", "children": leaves("w", stars)},
                 {"code": "level", "children": leaves("l", stars), "after": among}, variance],
        "adjustments": [
            {"code": "harmless", "title": TITLE, "kind": "hold_harmless", "node": "without", "when": "without >= 4"},
            *({"code": f"reward{k}", "title": TITLE, "kind": "add", "points": points, "when": f"{mean} and {evenness}"}
              for k, (mean, evenness, points) in enumerate(rewards)),
            {"code": "index", "title": TITLE, "kind": "add", "points": {"indicator": "index"}},
        ],
        "final": [{"multiply": 2}, {"round": {}}, {"multiply": 0.5}, {"clamp": {"low": 1, "high": 5}}],
    }  # fmt: skip
    scored = run(scheme, facts(values))

    x = np.column_stack([values[code] for code in measures])
    star = np.where(np.isnan(x), NONE, 1 + sum((x >= cut).astype(float) for cut in cuts))
    without = weighted(star, weights)
    whole = weighted(np.column_stack([star, values["improvement"]]), np.array([*weights, 5]))
    there = ~np.isnan(star)
    squares = np.nansum(weights * (star - without[:, None]) ** 2, axis=1) / (there * weights).sum(axis=1)
    level, spread = percentile(without.round(10)), percentile((squares * there.sum(axis=1) / (there.sum(axis=1) - 1)).round(10))
    high, fair, low, medium = level >= 0.85, (level >= 0.65) & (level < 0.85), spread < 0.3, (spread >= 0.3) & (spread < 0.7)
    reward = np.select([high & low, high & medium, fair & low, fair & medium], [0.4, 0.3, 0.2, 0.1], 0.0)
    raw = np.where(without >= 4, np.maximum(without, whole), whole) + reward + values["index"]
    assert (reward > 0).sum() > 5
    assert (without >= 4).any()
    agree({s: row["score"] for s, row in scored.results.items()}, np.clip(np.floor(2 * raw + 0.5) / 2, 1, 5))


def test_hospital_stars_standardise_their_groups_again_and_reproportion() -> None:
    random, n = np.random.default_rng(2), 120
    groups = {"mortality": (7, 22), "safety": (8, 22), "readmission": (9, 22), "experience": (6, 22), "timely": (6, 12)}
    values: dict[str, Array] = {}
    parts: dict[str, Array] = {}
    tree: list[dict[str, Any]] = []
    for group, (size, weight) in groups.items():
        gone = random.random(n) < 0.25
        columns = {f"{group}{k}": np.where(gone, NONE, with_gaps(random, random.normal(10, 2, n).round(2), 0.3)) for k in range(size)}
        values |= columns
        x = np.column_stack(list(columns.values()))
        z = (x - np.nanmean(x, axis=0)) / np.nanstd(x, axis=0, ddof=1)
        enough = (~np.isnan(z)).sum(axis=1) >= 3
        score = np.where(enough, np.nansum(z, axis=1) / np.maximum((~np.isnan(z)).sum(axis=1), 1), NONE)
        parts[group] = (score - np.nanmean(score)) / np.nanstd(score, ddof=1)
        tree.append(
            {"code": group, "weight": weight, "minimum_available": 3, "after": [{"compare": {"by": "z_score"}}],
             "children": [{"code": code, "indicator": code, "normalise": {"method": "z_score"}} for code in columns]}
        )  # fmt: skip
    scored = run({**RENORMALISE, "minimum_available": 3, "tree": tree}, facts(values))
    whole = np.column_stack(list(parts.values()))
    for group, points in parts.items():
        agree(scored.points(group), points)
    enough = (~np.isnan(whole)).sum(axis=1) >= 3
    expected = np.where(enough, weighted(whole, np.array([w for _, w in groups.values()])), NONE)
    assert 0 < np.isnan(expected).sum() < n / 2
    agree({s: row["exact_score"] for s, row in scored.results.items()}, expected)


def test_hospital_conditions_are_winsorised_averaged_and_cut_beyond_the_third_quartile() -> None:
    random, n = np.random.default_rng(3), 119
    values = {code: with_gaps(random, random.gamma(2, 0.5, n).round(3), 0.2) for code in ("psi", "clabsi", "cauti", "ssi", "mrsa", "cdi")}

    def tree(prefix: str) -> list[dict[str, Any]]:
        return [{"code": prefix + c, "indicator": c, "normalise": {"method": "z_score"}} for c in values]

    scheme = {
        **RENORMALISE,
        "prepare": [{"step": "winsorise", "by": "quantile", "low": 0.05, "high": 0.95}],
        "tree": tree("t_"),
        "side": [{"code": "place", "children": tree("p_"), "after": [{"compare": {"by": "percentile"}}]}],
        "adjustments": [{"code": "worst", "title": TITLE, "kind": "add", "points": 100, "when": "place > 0.75"}],
    }
    x = np.column_stack(list(values.values()))
    x = np.clip(x, np.nanquantile(x, 0.05, axis=0), np.nanquantile(x, 0.95, axis=0))
    score = np.nanmean((x - np.nanmean(x, axis=0)) / np.nanstd(x, axis=0, ddof=1), axis=1)
    penalised = score > np.quantile(score, 0.75)
    agree({s: row["exact_score"] for s, row in run(scheme, facts(values)).results.items()}, score + 100 * penalised)
