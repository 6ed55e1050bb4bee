"""The engine's word on a scheme: its results, and the parts of its scores."""

from pathlib import Path

import duckdb
import numpy as np

from declarations.indicator import Indicator
from declarations.rules import RuleProfile
from declarations.scheme import Node, Scheme
from transforms.scheme_tables import SchemeTables, annual_tree
from transforms.score_inputs import copy_inputs
from transforms.scoring import score
from transforms.slim.model import Parts
from transforms.uncertainty.batch import Batches, Outcome, Values, outcome_of

_BENT = {"round", "clamp", "power"}
_PARTS = Path(__file__).parent / "parts.sql"


class Engine:
    """Scores schemes over the inputs of one connection, which stays as it is. ``yearly``: with the blend's other parts."""

    def __init__(self, source: duckdb.DuckDBPyConnection, profile: RuleProfile, indicators: dict[str, Indicator], yearly: bool) -> None:
        self.source, self.profile, self.indicators, self.yearly = source, profile, indicators, yearly
        self.batches = Batches(source, profile, indicators)

    def result(self, scheme: Scheme) -> Outcome:
        """Scores, places and grades, shape (1, cases)."""
        tree = self._tree(scheme)
        weights = SchemeTables(scheme, self.indicators, tree, self.profile.peer_group_minimum)
        declared = np.zeros((1, len(weights.groups), len(weights.nodes)))
        for group, node, _, weight in weights.rows["scheme_weight"]:
            declared[0, group, node] = weight
        as_given = Values(np.array([], int), np.zeros((1, 0)), np.zeros(1, int))
        return self.batches.run(scheme, tree, declared, as_given)

    def parts(self, scheme: Scheme) -> tuple[Outcome, Parts, dict[str, int]]:
        """As ``result``; with the points of every node, and the nodes' numbers."""
        connection = copy_inputs(self.source)
        tree = self._tree(scheme)
        score(connection, scheme, self.profile, self.indicators, tree)
        tables = SchemeTables(scheme, self.indicators, tree, self.profile.peer_group_minimum)
        group_of = connection.execute("select group_no from score_case order by case_no").fetchnumpy()["group_no"].astype(int)
        nodes = [row for row in tables.rows["scheme_node"] if not row[6]]
        points = _filled(connection, len(nodes), len(group_of))
        outcome = outcome_of(connection.execute("select * from graded order by case_no"), scheme, 1)
        connection.close()
        weight = _by_case(tables.rows["scheme_weight"], 1, 3, group_of, len(nodes))
        factor = _by_case(tables.rows["scheme_factor"], 1, 2, group_of, len(nodes))
        bent = {row[1] for row in tables.rows["scheme_after"] if row[3] in _BENT}
        parent = np.array([-1 if row[2] is None else row[2] for row in nodes])
        is_bent = np.array([row[0] in bent for row in nodes])
        method, p, count = ([row[column] for row in nodes] for column in (7, 8, 9))
        return outcome, Parts(parent, method, p, count, is_bent, points, weight, factor), tables.nodes

    def _tree(self, scheme: Scheme) -> list[Node]:
        return annual_tree(scheme) if self.yearly else scheme.tree


def _filled(connection: duckdb.DuckDBPyConnection, nodes: int, cases: int) -> np.ndarray:
    """Points of the nodes in the cases, NaN where absent."""
    found = connection.execute(_PARTS.read_text(encoding="utf-8")).fetchnumpy()
    points = np.full((nodes, cases), np.nan)
    points[found["node_no"].astype(int), found["case_no"].astype(int) - 1] = np.ma.filled(found["normalised"].astype(float), np.nan)
    return points


def _by_case(rows: list[list[float]], node: int, number: int, group_of: np.ndarray, nodes: int) -> np.ndarray:
    """A number of each node and group, as (nodes, cases)."""
    by_group = np.zeros((nodes, int(group_of.max(initial=0)) + 1))
    for row in rows:
        if 0 <= row[node] < nodes and row[0] < by_group.shape[1]:
            by_group[int(row[node]), int(row[0])] = row[number]
    return by_group[:, group_of]
