"""The smallest set of indicators that keeps the ranking and the grades: a search, and the engine's word on what it found."""

from dataclasses import dataclass

import duckdb
import numpy as np

from declarations.indicator import Indicator
from declarations.problem import Problem
from declarations.rules import RuleProfile
from declarations.scheme import Node, Scheme
from declarations.scheme.slimmer import locked_indicators, locked_nodes, without_indicators
from transforms.slim.engine import Engine
from transforms.slim.model import Model
from transforms.slim.price import Judge, Limits, Price, Standing
from transforms.slim.search import Removal, Search
from transforms.uncertainty.batch import Outcome

_SEGMENT = 0.1
_PATIENCE = 3


@dataclass(frozen=True)
class Slimmed:
    """``scheme``: the slimmer one; ``price``: the engine's figures for it; ``removals``: in order, each with the search's figures.

    ``locked``: indicators that stay because something else needs them, or because they were to be kept; ``full``: indicators of the
    tree before; ``judged``: subjects with a score, of whom ``price.changed`` have another grade; ``following``: what would have gone next,
    but was too dear.
    """

    scheme: Scheme
    price: Price
    removals: list[Removal]
    locked: set[str]
    full: list[str]
    judged: int
    limits: Limits
    following: Removal | None


def slim(
    connection: duckdb.DuckDBPyConnection,
    scheme: Scheme,
    profile: RuleProfile,
    indicators: dict[str, Indicator],
    tree: list[Node],
    tau: float = 0.95,
    grades: float = 1.0,
    keep: tuple[str, ...] = (),
) -> Slimmed:
    """Take out as many indicators as can go while Kendall's τ-b stays at ``tau`` and the share ``grades`` of grades stays the same.

    Pairs are those that are ranked together (``ranking.within``, in one period), pooled over all groups and periods. Greedy, so that a
    still smaller set is not ruled out; what is given back has been computed by the engine and keeps both limits. ``keep``: codes of
    nodes or indicators that stay. Reads the inputs of ``transforms.scoring`` of the connection. Raises Problem for a code to keep
    that is not there, or where nobody has a score.
    """
    return _Slimming(connection, scheme, profile, indicators, tree, (tau, grades), keep).run()


class _Slimming:
    def __init__(
        self, connection: duckdb.DuckDBPyConnection, scheme: Scheme, profile: RuleProfile, indicators: dict[str, Indicator],
        tree: list[Node], least: tuple[float, float], keep: tuple[str, ...],
    ) -> None:  # fmt: skip
        self.scheme, self.profile = scheme, profile
        self.engine = Engine(connection, profile, indicators, tree is not scheme.tree)
        self.full = sorted({leaf.indicator for node in scheme.tree for leaf in node.walk() if leaf.indicator})
        self.locked, self.staying = _locked(scheme, keep)
        self.whole = self.engine.parts(scheme)
        self.judge = Judge(self._standing(self.whole[0]), self._cuts(), None if scheme.ranking.on == "exact" else scheme.decimals)
        judged = len(self.judge.judged)
        if not judged:
            raise Problem(scheme.id, "nobody has a score by this scheme and these values.", "look at: traceless score.")
        self.prices: dict[frozenset[str], Price] = {}
        self.limits = Limits(least[0], int(np.floor((1 - least[1]) * judged + 1e-9)))

    def run(self) -> Slimmed:
        """Search in segments, each checked by the engine; what breaks a limit is put back and stays."""
        removals: list[Removal] = []
        blocked: set[str] = set()
        following: Removal | None = None
        while len(blocked) <= _PATIENCE:
            search = self._search([removal.indicator for removal in removals], blocked)
            segment = None if search.model.exact else max(1, round(_SEGMENT * len(search.candidates)))
            sure, tried = len(removals), [*removals, *search.run(segment)]
            removals, following = tried[: self._holds_to(tried, sure)], search.next
            if len(removals) < len(tried):
                following = tried[len(removals)]
                blocked.add(following.indicator)
            elif len(tried) == sure or segment is None:
                break
        slim = without_indicators(self.scheme, [removal.indicator for removal in removals])
        return Slimmed(slim, self._price(removals), removals, self.locked, self.full, len(self.judge.judged), self.limits, following)

    def _search(self, gone: list[str], blocked: set[str]) -> Search:
        """A search that starts from the scheme without what is gone already."""
        scheme = without_indicators(self.scheme, gone)
        outcome, parts, numbers = self.engine.parts(scheme) if gone else self.whole
        leaves: dict[str, list[int]] = {}
        for node in scheme.tree:
            for leaf in node.walk():
                if leaf.indicator and leaf.indicator not in self.locked | blocked:
                    leaves.setdefault(leaf.indicator, []).append(numbers[leaf.code])
        staying = {numbers[code] for code in self.staying if code in numbers}
        return Search(Model(parts), outcome.exact[0], self.judge, self.limits, leaves, staying)

    def _holds_to(self, tried: list[Removal], sure: int) -> int:
        """How many of the removals, in order, the engine confirms; ``sure`` are confirmed already."""
        if self.limits.kept(self._price(tried)):
            return len(tried)
        good, bad = sure, len(tried)
        while bad - good > 1:
            middle = (good + bad) // 2
            if self.limits.kept(self._price(tried[:middle])):
                good = middle
            else:
                bad = middle
        return good

    def _price(self, removals: list[Removal]) -> Price:
        """By the engine; each set of removals is asked for once."""
        gone = frozenset(removal.indicator for removal in removals)
        if gone not in self.prices:
            found = self.engine.result(without_indicators(self.scheme, gone)) if gone else self.whole[0]
            self.prices[gone] = self.judge.true_price(found, self.scheme.ranking.on == "exact")
        return self.prices[gone]

    def _standing(self, found: Outcome) -> Standing:
        cases = self.engine.batches.cases()
        by = ["period", "peer_group"] if self.scheme.ranking.within == "group" else ["period"]
        pool = np.unique(np.array([cases[name].to_pylist() for name in by]), axis=1, return_inverse=True)[1].ravel()
        return Standing(pool, found.score[0], found.exact[0], found.grade[0])

    def _cuts(self) -> list[tuple[float, bool]] | None:
        """The cut table, where grades hang on nothing else."""
        names = {grade.grade for grade in self.scheme.grades}
        ceilings = [c for c in self.profile.ceilings if c.subject_class == self.scheme.subject_class and c.grade in names]
        if ceilings or any(grade.by_rank or grade.requires for grade in self.scheme.grades):
            return None
        return [(-np.inf if grade.cut is None else grade.cut, grade.above is not None) for grade in self.scheme.grades]


def _locked(scheme: Scheme, keep: tuple[str, ...]) -> tuple[set[str], set[str]]:
    """Indicators that stay, and branches that must not be left without leaves."""
    nodes = {node.code: node for top in scheme.tree for node in top.walk()}
    owned = {leaf.indicator for leaf in nodes.values() if leaf.indicator}
    for code in keep:
        if code not in nodes and code not in owned:
            what = f"'{code}' is neither a node nor an indicator of the tree of {scheme.id}."
            raise Problem("--keep", what, "name one of those that traceless scheme show lists.")
    kept = {code for code in keep if code in owned} | {nodes[code].indicator for code in keep if code in nodes and nodes[code].indicator}
    staying = {code for code in {*locked_nodes(scheme), *keep} if code in nodes and nodes[code].children}
    return {code for code in locked_indicators(scheme) | kept if code}, staying
