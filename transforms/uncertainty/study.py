"""One uncertainty analysis: the design, the runs through the engine, the summary."""

from dataclasses import dataclass

import duckdb
import numpy as np

from declarations.indicator import Indicator
from declarations.problem import Problem
from declarations.rules import RuleProfile
from declarations.scheme import Node, Scheme
from declarations.uncertainty import Uncertainty
from transforms.scheme_tables import SchemeTables, annual_tree
from transforms.uncertainty.batch import Batches, Outcome, Values
from transforms.uncertainty.choices import IMPUTATION, NORMALISATION, Choices, find_choices
from transforms.uncertainty.design import Design, make_design
from transforms.uncertainty.draws import uniforms
from transforms.uncertainty.noise import NOISE, NoisyFacts, noisy_facts
from transforms.uncertainty.summary import Findings, summarise
from transforms.uncertainty.weights import WeightDraws

CELLS_AT_ONCE = 2_500_000
"""Values that one pass of the engine holds, about 1 GB of memory."""


def analyse(
    connection: duckdb.DuckDBPyConnection,
    scheme: Scheme,
    profile: RuleProfile,
    indicators: dict[str, Indicator],
    tree: list[Node],
    options: Uncertainty,
    at_once: int | None = None,
) -> Findings:
    """Vary what the options say and see what becomes of the results. Reads the inputs of ``transforms.scoring`` of the connection.

    The same seed gives the same findings, however many runs the engine takes ``at_once`` and on however many threads. Raises Problem
    where there is nothing to vary.
    """
    study = Study(connection, scheme, profile, indicators, tree, options)
    return summarise(study.batches.cases(), study.run(at_once), study.design, scheme, options)


@dataclass(frozen=True)
class _Batch:
    combination: tuple[int, int]
    runs: np.ndarray


class Study:
    """The runs of one analysis. ``run 0`` is the declared scheme."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, scheme: Scheme, profile: RuleProfile, indicators: dict[str, Indicator],
        tree: list[Node], options: Uncertainty,
    ) -> None:  # fmt: skip
        self.scheme, self.options, self.yearly = scheme, options, tree is not scheme.tree
        self.tables = SchemeTables(scheme, indicators, tree, profile.peer_group_minimum)
        self.batches = Batches(connection, profile, indicators)
        self.weights = WeightDraws(self.tables, options.weights, options.seed)
        self.choices: Choices = find_choices(scheme, options)
        noise = noisy_facts(self.batches.connection, options.noise, indicators, options.seed) if options.noise else None
        self.noise: NoisyFacts | None = noise if noise is not None and len(noise.fact_no) else None
        factors = [*self.weights.factors, *self.choices.factors, *([NOISE] if self.noise else [])]
        if not factors:
            what = f"nothing of scheme {scheme.id} varies: no weights of siblings, no other choice, no value with an interval or n."
            raise Problem("uncertainty", what, "give 'weights', 'normalisation', or values with interval_low and interval_high.")
        self.design: Design = make_design(factors, options.runs, options.sensitivity)

    def run(self, at_once: int | None) -> Outcome:
        """All runs; each batch is of one combination of choices."""
        schemes = dict(self.choices.schemes())
        parts: list[tuple[np.ndarray, Outcome]] = []
        for batch in self._split(at_once or self._fitting()):
            scheme = schemes[batch.combination]
            tree = annual_tree(scheme) if self.yearly else scheme.tree
            parts.append((batch.runs, self.batches.run(scheme, tree, self.weights_of(batch.runs), self.values_of(batch.runs))))
        order = np.argsort(np.concatenate([runs for runs, _ in parts]))
        joined = {name: np.concatenate([getattr(part, name) for _, part in parts])[order] for name in ("exact", "score", "rank", "grade")}
        return Outcome(**joined)

    def _fitting(self) -> int:
        return max(1, CELLS_AT_ONCE // max(1, len(self.tables.numbers) * self.batches.cases().num_rows))

    def _split(self, at_once: int) -> list[_Batch]:
        """Runs of one combination of choices, at most so many together."""
        chosen = np.stack([self._options(NORMALISATION), self._options(IMPUTATION)], axis=1)
        found = []
        for combination in sorted({(int(m), int(i)) for m, i in chosen}):
            runs = np.flatnonzero((chosen == combination).all(axis=1))
            found += [_Batch(combination, runs[start : start + at_once]) for start in range(0, len(runs), at_once)]
        return found

    def _options(self, factor: str) -> np.ndarray:
        """Which option of a discrete factor each run takes; 0 is the declared one."""
        if factor not in self.design.factors:
            return np.zeros(len(self.design.draws), int)
        count = self.choices.factors[factor]
        drawn = self.design.draws[:, self.design.factors.index(factor)]
        option = {int(d): int(uniforms(self.options.seed, factor, int(d), 1)[0] * count) for d in set(drawn.tolist()) if d >= 0}
        return np.array([option.get(int(d), 0) for d in drawn])

    def scheme_of(self, run: int) -> Scheme:
        """The scheme of one run, but for its weights."""
        return dict(self.choices.schemes())[(int(self._options(NORMALISATION)[run]), int(self._options(IMPUTATION)[run]))]

    def weights_of(self, runs: np.ndarray) -> np.ndarray:
        """Weights of shape (runs, groups, nodes)."""
        rows = [dict(zip(self.design.factors, self.design.draws[run].tolist(), strict=True)) for run in runs]
        return np.stack([self.weights.draw(row) for row in rows])

    def values_of(self, runs: np.ndarray) -> Values:
        """What the values came out as, and which of these draws each run takes."""
        if self.noise is None:
            return Values(np.array([], int), np.zeros((1, 0)), np.zeros(len(runs), int))
        draws, sample_of = np.unique(self.design.draws[runs, self.design.factors.index(NOISE)], return_inverse=True)
        return Values(self.noise.fact_no, self.noise.draw(draws), sample_of)
