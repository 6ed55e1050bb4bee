"""From the outcomes of many runs to what a person reads: intervals, probabilities, and which factor matters."""

import warnings
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from declarations.scheme import Scheme
from declarations.uncertainty import Uncertainty
from transforms.uncertainty.batch import NO_GRADE, Outcome
from transforms.uncertainty.design import Design
from transforms.uncertainty.sobol import Indices, sobol

ALL_SUBJECTS = "*"
WITHOUT = "no grade"
_SHIFT, _GRADES = "mean rank shift", "share of grades changed"


@dataclass(frozen=True)
class Findings:
    """What came out. Scores and their spread in points, places counted from 1, probabilities and indices in shares of 1.

    ``subjects``: period, subject_id, peer_group, score, score_mean, score_sd, score_low, score_median, score_high, rank, rank_low,
    rank_median, rank_high, mean_rank_shift, grade, grade_changes (probability), scored (share of runs with a score).
    ``grades``: period, subject_id, grade ('no grade' among them), probability; nothing where the scheme has no grades.
    ``factors``: period, subject_id ('*': all), outcome (score, rank, or of all: mean rank shift, share of grades changed), factor,
    first, first_low, first_high, total, total_low, total_high; null where the outcome does not vary.
    ``score``, ``rank``, ``grade`` are the declared scheme's; ``_low`` and ``_high`` the ends of the interval that was asked for.
    """

    subjects: pa.Table
    grades: pa.Table
    factors: pa.Table
    runs: int
    varied: tuple[str, ...]


def summarise(cases: pa.Table, outcome: Outcome, design: Design, scheme: Scheme, options: Uncertainty) -> Findings:
    """``cases``: period, subject_id, peer_group, as the columns of the outcome; run 0 is the declared scheme."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a subject without a score in any run: its statistics are NaN, then null
        subjects = _subjects(cases, outcome, scheme, options.low)
    grades = _grade_table(cases, outcome.grade[1:], [grade.grade for grade in scheme.grades])
    factors = _factors(cases, outcome, design, bool(scheme.grades), options)
    return Findings(subjects, grades, factors, len(outcome.score) - 1, design.factors)


def _subjects(cases: pa.Table, outcome: Outcome, scheme: Scheme, low: float) -> pa.Table:
    score, rank, grade = outcome.score[1:], outcome.rank[1:], outcome.grade[1:]
    ends = [low, 0.5, 1 - low]
    scores = np.nanquantile(score, ends, axis=0)
    ranks = np.nanquantile(rank, ends, axis=0, method="inverted_cdf")
    names = np.array([*(grade.grade for grade in scheme.grades), None], dtype=object)
    columns = {
        "score": outcome.score[0], "score_mean": np.nanmean(score, axis=0), "score_sd": np.nanstd(score, axis=0, ddof=1),
        "score_low": scores[0], "score_median": scores[1], "score_high": scores[2],
        "rank": outcome.rank[0], "rank_low": ranks[0], "rank_median": ranks[1], "rank_high": ranks[2],
        "mean_rank_shift": np.nanmean(np.abs(rank - outcome.rank[0]), axis=0),
    }  # fmt: skip
    table = {name: _numbers(column, whole=name in ("rank", "rank_low", "rank_median", "rank_high")) for name, column in columns.items()}
    table["grade"] = pa.array(names[outcome.grade[0]], pa.string())
    table["grade_changes"] = pa.array((grade != outcome.grade[0]).mean(axis=0))
    table["scored"] = pa.array(np.isfinite(score).mean(axis=0))
    return pa.table({**{name: cases[name] for name in cases.column_names}, **table})


def _numbers(column: np.ndarray, whole: bool = False) -> pa.Array:
    """NaN becomes null."""
    array = pa.array(column, mask=~np.isfinite(column))
    return array.cast(pa.int64()) if whole else array


def _grade_table(cases: pa.Table, grade: np.ndarray, names: list[str]) -> pa.Table:
    listed = [*range(len(names)), NO_GRADE] if names else []
    parts = [(names[number] if number != NO_GRADE else WITHOUT, (grade == number).mean(axis=0)) for number in listed]
    count, repeat = len(cases), len(parts)
    order = np.arange(count * repeat).reshape(repeat, count).T.ravel()  # subject by subject
    table = pa.table({
        "period": pa.concat_arrays([cases["period"].combine_chunks()] * repeat) if parts else pa.array([], pa.string()),
        "subject_id": pa.concat_arrays([cases["subject_id"].combine_chunks()] * repeat) if parts else pa.array([], pa.string()),
        "grade": pa.array([name for name, _ in parts for _ in range(count)], pa.string()),
        "probability": pa.array(np.concatenate([shares for _, shares in parts]) if parts else [], pa.float64()),
    })  # fmt: skip
    return table.take(order)


def _factors(cases: pa.Table, outcome: Outcome, design: Design, graded: bool, options: Uncertainty) -> pa.Table:
    blank: dict[str, list[str]] = {name: [] for name in ("period", "subject_id", "outcome", "factor")}
    if not design.sensitivity:
        return _index_table(blank, None)
    periods = np.array(cases["period"].to_pylist())
    shift = np.abs(outcome.rank - outcome.rank[0])
    changed = (outcome.grade != outcome.grade[0]).astype(float)
    named: list[tuple[str, str, str]] = []
    columns: list[np.ndarray] = []
    for period in dict.fromkeys(periods.tolist()):
        for name, values in ((_SHIFT, shift), (_GRADES, changed)) if graded else ((_SHIFT, shift),):
            named.append((period, ALL_SUBJECTS, name))
            columns.append(_mean_there(values[:, periods == period]))
    for name, values in (("score", outcome.score), ("rank", outcome.rank)):
        named += [(period, subject, name) for period, subject in zip(periods.tolist(), cases["subject_id"].to_pylist(), strict=True)]
        columns += list(values.T)
    found = sobol(*design.blocks(np.stack(columns, axis=1)), options.resamples, options.seed, 1 - 2 * options.low)
    keys = {column: [row[n] for row in named for _ in design.factors] for n, column in enumerate(("period", "subject_id", "outcome"))}
    return _index_table({**keys, "factor": [*design.factors] * len(named)}, found)


def _mean_there(values: np.ndarray) -> np.ndarray:
    """Means over the subjects that are there; NaN where none is."""
    there = np.isfinite(values)
    return np.where(there, values, 0).sum(axis=1) / np.where(there.any(axis=1), there.sum(axis=1), np.nan)


def _index_table(keys: dict[str, list[str]], found: Indices | None) -> pa.Table:
    names = ("first", "first_low", "first_high", "total", "total_low", "total_high")
    columns = {name: getattr(found, name).T.ravel() if found else np.array([]) for name in names}
    return pa.table({**{name: pa.array(values, pa.string()) for name, values in keys.items()},
                     **{name: _numbers(column) for name, column in columns.items()}})  # fmt: skip
