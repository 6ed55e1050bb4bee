"""Many runs of one scheme in one pass of the scoring engine, which knows nothing of runs: each is a period of its own.

No second implementation of the algebra: weights, values and scheme are all that differs between runs.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from declarations.indicator import Indicator
from declarations.rules import RuleProfile
from declarations.scheme import Node, Scheme
from transforms.adjust import adjust
from transforms.aggregate import rise
from transforms.grade import grade
from transforms.prepare import prepare
from transforms.scheme_tables import SchemeTables
from transforms.score_inputs import copy_inputs, keep_rows
from transforms.score_run import number_values, replace_table, run_sql
from transforms.scoring import leaves

_HERE = Path(__file__).parent
_NUMBERED = """create or replace temp table given_fact as
select *, row_number() over (order by period, subject_id, indicator) as fact_no from given_fact"""
_LETTERS = str.maketrans("0123456789", "abcdefghij")
SEPARATOR = "\x1f"
NO_GRADE = -1


@dataclass(frozen=True)
class Values:
    """Draws of the facts that are not exact: ``drawn`` (samples, facts) of the facts numbered ``fact_no``; which one each run takes."""

    fact_no: np.ndarray
    drawn: np.ndarray
    sample_of: np.ndarray


@dataclass(frozen=True)
class Outcome:
    """Arrays of shape (runs, cases); NaN where there is none. ``grade``: its place among the scheme's grades, or -1."""

    exact: np.ndarray
    score: np.ndarray
    rank: np.ndarray
    grade: np.ndarray


class Batches:
    """The inputs of ``transforms.scoring``, copied from a connection, and the engine that scores them in many runs at once."""

    def __init__(self, source: duckdb.DuckDBPyConnection, profile: RuleProfile, indicators: dict[str, Indicator]) -> None:
        self.profile = profile.model_copy(update={"consequences": []})  # flags for people, not part of a result
        self.indicators = indicators
        self.connection = copy_inputs(source, "given")
        self.connection.execute(_NUMBERED)
        self.connection.execute("create schema score")

    def cases(self) -> pa.Table:
        """period, subject_id, peer_group, in the order of an outcome's columns."""
        return self.connection.execute(
            "select period, subject_id, peer_group from given_subject order by period, subject_id"
        ).to_arrow_table()

    def run(self, scheme: Scheme, tree: list[Node], weights: np.ndarray, values: Values) -> Outcome:
        """Score every run of a batch. ``weights``: (runs, groups, nodes)."""
        runs, samples = range(len(weights)), range(len(values.drawn))
        keep_rows(self.connection, "sample_key", pa.table({"sample_no": pa.array(samples, pa.int32()), "key": [_key(n) for n in samples]}))
        keep_rows(self.connection, "drawn_value", _long_values(values))
        listed = {"run_no": pa.array(runs, pa.int32()), "key": [_key(n) for n in runs], "sample_no": values.sample_of}
        keep_rows(self.connection, "run", pa.table(listed))
        keep_rows(self.connection, "drawn_weight", _long_weights(weights))
        self._score(scheme, tree)
        return self._outcome(scheme, len(weights))

    def _score(self, scheme: Scheme, tree: list[Node]) -> None:
        """The engine's own stages, as in ``transforms.scoring``, without what each part contributes."""
        connection = self.connection
        for name in ("macros", "create"):
            run_sql(connection, name)
        self._own("input")
        tables = SchemeTables(scheme, self.indicators, tree, self.profile.peer_group_minimum)
        tables.fill(connection)
        connection.execute("set variable scheme = ?", [scheme.id])
        number_values(connection)
        prepare(connection, scheme, tables.numbers)
        leaves(connection, scheme, tables)
        self._own("spread")
        replaced = ["score_case", "case_out", "tree"]
        if scheme.adjustments:
            self._own("spread_value")
            replaced.append("value")
        for name in replaced:
            replace_table(connection, name, f"{name}_next")
        rise(connection, tables)
        adjust(connection, scheme, self.profile)
        grade(connection, scheme, self.profile)

    def _outcome(self, scheme: Scheme, runs: int) -> Outcome:
        return outcome_of(self.connection.execute((_HERE / "outcome.sql").read_text(encoding="utf-8")), scheme, runs)

    def _own(self, step: str) -> None:
        self.connection.execute((_HERE / f"{step}.sql").read_text(encoding="utf-8"))


def outcome_of(found: duckdb.DuckDBPyConnection, scheme: Scheme, runs: int) -> Outcome:
    """From rows of exact_score, score, rank, grade, run by run and case by case."""
    columns = found.fetchnumpy()
    order = {grade.grade: n for n, grade in enumerate(scheme.grades)}
    names, places = np.unique(np.ma.filled(columns["grade"].astype(object), ""), return_inverse=True)
    numbers = np.array([order.get(name, NO_GRADE) for name in names])
    exact, score, rank = (np.ma.filled(columns[name].astype(float), np.nan).reshape(runs, -1) for name in ("exact_score", "score", "rank"))
    return Outcome(exact, score, rank, numbers[places].reshape(runs, -1))


def _key(number: int) -> str:
    """Letters, so that the shape and place of a period can still be told from its digits."""
    return f"{str(number).translate(_LETTERS)}{SEPARATOR}"


def _long_values(values: Values) -> pa.Table:
    samples, facts = values.drawn.shape
    sample = np.repeat(np.arange(samples, dtype=np.int32), facts)
    return pa.table({"sample_no": sample, "fact_no": np.tile(values.fact_no, samples), "value": values.drawn.ravel()})


def _long_weights(weights: np.ndarray) -> pa.Table:
    runs, groups, nodes = weights.shape
    run, group, node = (index.ravel().astype(np.int32) for index in np.indices((runs, groups, nodes)))
    return pa.table({"run_no": run, "group_no": group, "node_no": node, "weight": weights.ravel()})
