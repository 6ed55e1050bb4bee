"""A scheme of 60 indicators over 10,000 subjects: the engine, one hand-written DuckDB query, and NumPy.

    python -m benchmarks.scoring [--subjects 10000] [--rounds 3] [--memory 4GB]

All three read the same long table of facts in DuckDB and leave the same tables: every node of every subject with points,
weight and contribution, and the results with bonus, rounding, rank in the group and grade. The hand-written query and the
NumPy version know this one scheme only. With ``--memory`` (and many subjects) only the engine runs, under that limit.
"""

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from declarations.rules import RuleProfile
from declarations.scheme import Scheme
from transforms.scoring import score

LEAVES, PILLARS, THEMES = 60, 12, 3
CUTS = {"excellent": 70.0, "good": 50.0, "fair": 30.0, "poor": 0.0}


def scheme() -> Scheme:
    """Three themes of four pillars of five indicators; min-max in the group, efficacy and target completion in turn."""
    methods: list[dict[str, Any]] = [
        {"method": "min_max"},
        {"method": "efficacy", "satisfactory": 40, "excellent": 90},
        {"method": "target_completion", "target": 60, "cap": 1.2},
    ]
    leaf = [{"code": f"i{n:02d}", "weight": 0.2, "indicator": f"i{n:02d}", "normalise": methods[n % 3]} for n in range(LEAVES)]
    pillar = [{"code": f"p{n:02d}", "weight": 0.25, "children": leaf[n * 5 : n * 5 + 5]} for n in range(PILLARS)]
    weights = (0.5, 0.3, 0.2)
    theme = [{"code": f"t{n}", "weight": weights[n], "children": pillar[n * 4 : n * 4 + 4]} for n in range(THEMES)]
    title = {"en": "Benchmark", "zh": "基准"}
    return Scheme.model_validate(
        {
            "id": "bench",
            "title": title,
            "groups": {"north": title, "south": title},
            "tree": theme,
            "adjustments": [{"code": "bonus", "title": title, "kind": "bonus", "decision_type": "award", "points_each": 1, "cap": 2}],
            "grades": [{"grade": grade, "title": title, "at_least": cut} for grade, cut in CUTS.items()],
        }
    )


def fill(con: duckdb.DuckDBPyConnection, subjects: int) -> None:
    """Facts of three years' shape: uniform values, two per cent absent; every tenth subject has an award."""
    con.execute("select setseed(0.5)")
    con.execute(
        """create or replace temp table score_subject as select '2025' as period, 's' || lpad(i::varchar, 7, '0') as subject_id,
           case when i % 2 = 0 then 'north' else 'south' end as peer_group, peer_group as ranking_group,
           1.0::double as days_share, true as takes_adjustments from range(?) as r(i)""",
        [subjects],
    )
    con.execute(
        """create or replace temp table score_fact as
           select period, subject_id, 'i' || lpad(j::varchar, 2, '0') as indicator,
                  case when absent then null else round(random() * 100, 3) end as value, 1::bigint as n, null::double as interval_low,
                  null::double as interval_high, case when absent then 'not_reported' else 'ok' end as status
           from (select s.period, s.subject_id, j, random() < 0.02 as absent from score_subject as s cross join range(60) as r(j))"""
    )
    con.execute(
        """create or replace temp table score_decision as
           select period, subject_id, 'd' || subject_id as decision_no, 'doc' as document_no, 'award' as decision_type,
                  date '2025-06-01' as decided_on, 'office' as authority, null::double as points
           from score_subject where subject_id like '%0'"""
    )


def by_engine(con: duckdb.DuckDBPyConnection) -> None:
    """Any scheme: this is what the product runs."""
    declared = scheme()
    score(con, declared, RuleProfile(peer_group_minimum=1, minimum_coverage=0.8), {}, declared.tree)


_HAND = (Path(__file__).parent / "scoring_by_hand.sql").read_text(encoding="utf-8")


def by_hand(con: duckdb.DuckDBPyConnection) -> None:
    """One statement for this one scheme (a second only shares out its rows into two tables)."""
    con.execute(_HAND)


def by_numpy(con: duckdb.DuckDBPyConnection) -> None:
    """Matrices in memory for this one scheme, from the same table and back into tables."""
    names = con.execute("select subject_id, peer_group from score_subject order by subject_id").fetchnumpy()
    found = con.execute("select value from score_fact order by subject_id, indicator").fetchnumpy()["value"]
    x = np.ma.filled(found, np.nan).reshape(-1, LEAVES)
    north = names["peer_group"] == "north"
    points = np.empty_like(x)
    for group in (north, ~north):
        low, high = np.nanmin(x[group], axis=0), np.nanmax(x[group], axis=0)
        points[group] = 100 * (x[group] - low) / (high - low)
    points[:, 1::3] = np.clip(60 + 40 * (x[:, 1::3] - 40) / 50, 0, 100)
    points[:, 2::3] = 100 * np.minimum(np.maximum(x[:, 2::3], 0) / 60, 1.2)
    levels, weights, nodes, cover = [points], [np.full((1, LEAVES), 0.2)], [LEAVES], [~np.isnan(points) * 1.0]
    for width, declared in ((PILLARS, 0.25), (THEMES, np.array([0.5, 0.3, 0.2])), (1, 1.0)):
        w = np.broadcast_to(weights[-1], levels[-1].shape).reshape(len(x), width, -1)
        v, c = levels[-1].reshape(len(x), width, -1), cover[-1].reshape(len(x), width, -1)
        there = ~np.isnan(v)
        total = (w * there).sum(axis=2)
        with np.errstate(invalid="ignore"):
            levels.append((w * np.where(there, v, 0)).sum(axis=2) / np.where(total > 0, total, np.nan))
        cover.append((w * c).sum(axis=2) / w.sum(axis=2))
        weights.append(np.broadcast_to(np.atleast_1d(declared), (1, width)))
        nodes.append(width)
    share, contributions, effective = np.ones((len(x), 1)), [levels[3]], [np.ones((len(x), 1))]
    for level in (2, 1, 0):
        v = levels[level].reshape(len(x), nodes[level + 1], -1)
        w = np.broadcast_to(weights[level], levels[level].shape).reshape(v.shape) * ~np.isnan(v)
        w = w / w.sum(axis=2, keepdims=True)
        effective.append(w.reshape(len(x), -1))
        share = (share[:, :, None] * w).reshape(len(x), -1)
        contributions.append(share * np.nan_to_num(levels[level]))
    _keep(con, names, x, levels[::-1], effective, contributions, cover[3][:, 0])


def _keep(con: duckdb.DuckDBPyConnection, names: Any, x: Any, levels: Any, weights: Any, contributions: Any, coverage: Any) -> None:
    subjects = names["subject_id"].astype(str)
    codes = ["score", *(f"t{n}" for n in range(3)), *(f"p{n:02d}" for n in range(12)), *(f"i{n:02d}" for n in range(60))]
    raw = np.full((len(x), 76), np.nan)
    raw[:, 16:] = x
    parents = [None, *["score"] * 3, *(f"t{n // 4}" for n in range(12)), *(f"p{n // 5:02d}" for n in range(60))]
    known = list(dict.fromkeys(parents[1:]))
    place = np.tile([known.index(p) if p else 0 for p in parents], len(x))
    points = np.hstack(levels)
    status = np.isnan(points) * 1
    nodes = pa.table({
        "scheme": pa.DictionaryArray.from_arrays(np.zeros(points.size, dtype=int), ["bench"]),
        "period": pa.DictionaryArray.from_arrays(np.zeros(points.size, dtype=int), ["2025"]),
        "subject_id": pa.DictionaryArray.from_arrays(np.repeat(np.arange(len(x)), 76), subjects),
        "node": pa.DictionaryArray.from_arrays(np.tile(np.arange(76), len(x)), codes),
        "parent": pa.DictionaryArray.from_arrays(pa.array(place, mask=np.tile([p is None for p in parents], len(x))), known),
        **{name: pa.array(part.ravel(), from_pandas=True)
           for name, part in zip(("normalised", "weight", "contribution", "raw"),
                                 (points, np.hstack(weights), np.hstack(contributions), raw), strict=True)},
        "status": pa.DictionaryArray.from_arrays(status.ravel(), ["ok", "not_reported"]),
    })  # fmt: skip
    bonus = np.array([name.endswith("0") for name in subjects]) * 1.0
    exact = levels[0][:, 0] + bonus
    final = np.floor(exact * 100 + 0.5 + 1e-9) / 100
    grade = np.array(list(CUTS))[np.searchsorted(-np.array(list(CUTS.values())), -final)]
    grade = np.where(coverage >= 0.8, grade, None)
    rank = np.empty(len(final), dtype=int)
    for group in ("north", "south"):
        mine = names["peer_group"] == group
        ordered = np.sort(-final[mine])
        rank[mine] = np.searchsorted(ordered, -final[mine], side="left") + 1
    results = pa.table({"subject_id": subjects, "score": final, "rank": rank, "grade": grade, "coverage": coverage})
    con.register("nodes_there", nodes)
    con.register("results_there", results)
    for table in ("node", "result"):
        con.execute(f"create or replace table numpy_{table} as select * from {table}s_there")


def compare(con: duckdb.DuckDBPyConnection) -> None:
    """All three must say the same before their times are worth anything."""
    for other in ("hand", "numpy"):
        row = con.execute(f"""
            select (select count(*) from score.result as a full join {other}_result as b using (subject_id)
                    where a.score is distinct from b.score or a.grade is distinct from b.grade or a.rank_in_group is distinct from b.rank),
                   (select count(*) from score.node as a full join {other}_node as b using (subject_id, node)
                    where not (abs(a.normalised - b.normalised) < 1e-9 and abs(a.contribution - b.contribution) < 1e-9
                               or a.normalised is null and b.normalised is null))""").fetchone()
        print(f"engine against {other}: {row[0]} results and {row[1]} nodes differ" if row else "")


def best_of(rounds: int, work: Callable[[], None]) -> float:
    """The shortest time of some rounds, in seconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """Run, compare, print seconds and ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--subjects", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        con = duckdb.connect(os.path.join(folder, "bench.duckdb"))
        if options.memory:
            con.execute(
                f"set memory_limit = '{options.memory}'; set temp_directory = '{folder}/spill'; set preserve_insertion_order = false"
            )
        fill(con, options.subjects)
        if options.memory:
            took = best_of(1, lambda: by_engine(con))
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
            print(f"{options.subjects:,} × {LEAVES} under {options.memory}: {took:.1f} s, largest resident size {peak:.2f} GiB")
            return
        seconds = {name: best_of(options.rounds, lambda work=work: work(con)) for name, work in  # type: ignore[misc]
                   {"engine": by_engine, "one hand-written query": by_hand, "NumPy": by_numpy}.items()}  # fmt: skip
        compare(con)
        for name, took in seconds.items():
            print(f"{name:24} {took:7.3f} s   engine is {seconds['engine'] / took:5.2f} x of it")
        print(f"COINr 1.1.14 was given as 30 s for 10,000 x 60: {30 / seconds['engine']:.0f} times as fast (not run here)")


if __name__ == "__main__":
    main()
