"""Weights that could as well have been declared."""

import numpy as np
from scipy.special import gammaincinv

from declarations.uncertainty import WeightSpread
from transforms.scheme_tables import ROOT, SchemeTables
from transforms.uncertainty.draws import uniforms

ALL = "weights"
_LEAST = 1e-300


class WeightDraws:
    """The weights of a scheme's nodes in each group: shape (groups, nodes); and which factor moves which node."""

    def __init__(self, tables: SchemeTables, spread: WeightSpread | None, seed: int) -> None:
        self.spread, self.seed = spread, seed
        nodes = tables.rows["scheme_node"]
        codes = [row[1] for row in nodes]
        self.parents = np.array([-1 if row[2] is None else row[2] for row in nodes])
        self.declared = np.zeros((len(tables.groups), len(nodes)))
        for group, node, _, weight in tables.rows["scheme_weight"]:
            self.declared[group, node] = weight
        families = [np.flatnonzero(self.parents == n) for n in range(len(nodes)) if spread and codes[n] not in spread.keep]
        self.siblings = [family for family in families if len(family) > 1]
        self.factor_of = {int(node): self._factor(int(node), codes) for family in self.siblings for node in family}

    def _factor(self, node: int, codes: list[str]) -> str:
        """The name of the factor that a node's weight belongs to."""
        if self.spread is None or self.spread.by == "all":
            return ALL
        above = node
        while self.parents[above] > 0:
            above = int(self.parents[above])
        if codes[int(self.parents[node])] == ROOT:
            return f"{ALL} of the top level"
        return f"{ALL} in {codes[above]}"

    @property
    def factors(self) -> list[str]:
        return list(dict.fromkeys(self.factor_of[node] for node in sorted(self.factor_of)))

    def draw(self, draws: dict[str, int]) -> np.ndarray:
        """The weights of one run, shape (groups, nodes). ``draws``: factor → draw; −1: as declared."""
        weights = self.declared.copy()
        moved = {n: uniforms(self.seed, n, draw, self.declared.shape[1]) for n, draw in draws.items() if draw >= 0 and n in self.factors}
        for family in self.siblings:
            numbers = moved.get(self.factor_of[int(family[0])])
            if numbers is not None and self.spread is not None:
                weights[:, family] = _moved(self.declared[:, family], numbers[family], self.spread)
        return weights


def _moved(declared: np.ndarray, u: np.ndarray, spread: WeightSpread) -> np.ndarray:
    """Siblings' weights, shape (groups, siblings), moved and brought back to their sum."""
    whole = declared.sum(axis=1, keepdims=True)
    if spread.draw == "uniform":
        drawn = declared * (1 + spread.spread * (2 * u - 1))
    else:
        shares = np.divide(declared, whole, out=np.zeros_like(declared), where=whole > 0)
        counted = np.maximum((declared > 0).sum(axis=1, keepdims=True), 2)
        concentration = (counted - 1) / spread.spread**2 - 1
        drawn = np.where(shares > 0, np.maximum(gammaincinv(np.maximum(shares * concentration, _LEAST), u), _LEAST), 0)
    total = drawn.sum(axis=1, keepdims=True)
    return np.divide(drawn * whole, total, out=np.zeros_like(drawn), where=total > 0)
