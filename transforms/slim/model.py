"""What a score would be without some leaves: the quick answer, for a search that asks thousands of times.

Each branch is a mean of its children, points = factor · mean + rest, with the weights of those children that are there; factor and
rest stand for the steps after it. Without a leaf its siblings take over its weight. That is what the engine computes, but for
``copeland`` and ``expression`` (taken for an arithmetic mean, brought to their spread) and for branches that are rounded, clamped or
raised (the rest is taken for fixed): there it is a near answer, and ``exact`` is false.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

_UNLIKE = {"copeland", "expression"}
_CHOOSING = {"min", "max", "median", "best"}
_NOTHING = 1e-12
_TINY = {True: 1e-12, False: 1e-300}


@dataclass(frozen=True)
class Parts:
    """What the engine says. Nodes parents first, node 0 the score; arrays (nodes, cases) but where said.

    ``points``: NaN where absent; ``weight``: declared, in each case's group; ``factor``: what the steps after multiply the points
    with. Of shape (nodes,): ``parent``, ``method``, ``p`` (of power means), ``count`` (of best), ``bent``: whether a step after the
    points does more than multiply and add.
    """

    parent: np.ndarray
    method: list[str]
    p: list[float | None]
    count: list[int | None]
    bent: np.ndarray
    points: np.ndarray
    weight: np.ndarray
    factor: np.ndarray


@dataclass(frozen=True)
class Trial:
    """``change``: what every score would gain (cases,); ``gone``: the leaves, and the branches that would be left without any;
    ``starved``: whether somebody would have no score any more, or a branch would keep children, but in some group none with a weight."""

    change: np.ndarray
    gone: set[int]
    starved: bool


@dataclass(frozen=True)
class _Branch:
    """Arrays (cases,): its points, Σ w f(x) and Σ w of the children that are there, Σ w of all children that are left."""

    points: np.ndarray
    sums: np.ndarray
    there: np.ndarray
    left: np.ndarray


class Model:
    """The tree, from which leaves are taken one after the other."""

    def __init__(self, parts: Parts) -> None:
        self.parts, self.parent, self.method = parts, parts.parent, parts.method
        self.children = [np.flatnonzero(self.parent == n) for n in range(len(self.parent))]
        self.alive = np.array([len(below) for below in self.children])
        self.present = np.isfinite(parts.points)
        self.points = np.where(self.present, parts.points, 0.0)
        self.weight = np.where(self.present, parts.weight, 0.0)
        self.gone = np.zeros(len(self.parent), bool)
        self.factor = parts.factor.copy()
        self.sums, self.there, self.left, self.rest = (np.zeros_like(self.points) for _ in range(4))
        branches = [n for n, below in enumerate(self.children) if len(below)]
        self.exact = not any(self.method[n] in _UNLIKE or parts.bent[n] for n in branches)
        for n in branches:
            self._begin(n, self.children[n])
        self.declared = self.left.copy()

    def _begin(self, n: int, below: np.ndarray) -> None:
        self.sums[n] = (self.weight[below] * self._inner(n, self.points[below])).sum(axis=0)
        self.there[n] = self.weight[below].sum(axis=0)
        self.left[n] = self.parts.weight[below].sum(axis=0)
        mean = self._mean(n, _Branch(self.points[n], self.sums[n], self.there[n], self.left[n]), self.left[n], {}, set())
        if self.method[n] in _UNLIKE and mean.std() > 0:
            self.factor[n] = self.points[n].std() / mean.std()
        self.rest[n] = np.where(self.present[n], self.points[n] - self.factor[n] * mean, 0.0)

    def without(self, leaves: Iterable[int]) -> "Trial":
        """What became of the scores, were these leaves gone, too."""
        changed, gone = self._without(leaves)
        change = changed[0].points - self.points[0] if 0 in changed else np.zeros(self.points.shape[1])
        lost = 0 in changed and bool((self.present[0] & (changed[0].there <= _NOTHING)).any())
        starved = lost or any(bool(((branch.left <= _NOTHING) & (self.left[n] > _NOTHING)).any()) for n, branch in changed.items())
        return Trial(change, gone, starved)

    def remove(self, leaves: Iterable[int]) -> None:
        """Take leaves out."""
        changed, gone = self._without(leaves)
        for child in gone - {0}:
            self.alive[self.parent[child]] -= 1
        for n, branch in changed.items():
            self.points[n], self.sums[n], self.there[n], self.left[n] = branch.points, branch.sums, branch.there, branch.left
            self.present[n] &= branch.there > _NOTHING
            self.weight[n] = np.where(self.present[n], self.weight[n], 0.0)
        self.gone[list(gone)] = True

    def _without(self, leaves: Iterable[int]) -> tuple[dict[int, _Branch], set[int]]:
        """What becomes of every branch above the leaves, from the lowest up; and what is gone."""
        gone = {int(leaf) for leaf in leaves}
        changed: dict[int, _Branch] = {}
        waiting: dict[int, list[int]] = {}
        for leaf in gone:
            waiting.setdefault(int(self.parent[leaf]), []).append(leaf)
        while waiting:
            n = max(waiting)  # parents are numbered before their children
            touched = waiting.pop(n)
            if sum(child in gone for child in touched) == self.alive[n]:
                gone.add(n)
            else:
                changed[n] = self._branch(n, touched, changed, gone)
            if n:
                waiting.setdefault(int(self.parent[n]), []).append(n)
        return changed, gone

    def _branch(self, n: int, touched: list[int], changed: dict[int, _Branch], gone: set[int]) -> _Branch:
        sums, there, left = self.sums[n].copy(), self.there[n].copy(), self.left[n].copy()
        for child in touched:
            weight, before = self.weight[child], self._inner(n, self.points[child])
            if child in gone:
                sums -= weight * before
                there -= weight
                left -= self.parts.weight[child]
            else:
                kept = changed[child].there > _NOTHING  # else all that is left of it is absent there
                sums += weight * (np.where(kept, self._inner(n, changed[child].points), 0.0) - before)
                there -= np.where(kept, 0.0, weight)
        branch = _Branch(self.points[n], sums, np.maximum(there, 0.0), left)
        points = self.factor[n] * self._mean(n, branch, self.declared[n], changed, gone) + self.rest[n]
        return _Branch(np.where(self.present[n] & (branch.there > _NOTHING), points, self.points[n]), sums, branch.there, left)

    def _mean(self, n: int, branch: _Branch, declared: np.ndarray, changed: dict[int, _Branch], gone: set[int]) -> np.ndarray:
        if self.method[n] in _CHOOSING:
            return self._chosen(n, changed, gone)
        if self.method[n] == "sum":
            return branch.sums * np.divide(declared, branch.left, out=np.ones_like(declared), where=branch.left > _NOTHING)
        mean = np.divide(branch.sums, branch.there, out=np.zeros_like(branch.sums), where=branch.there > _NOTHING)
        return self._outer(n, mean)

    def _inner(self, n: int, points: np.ndarray) -> np.ndarray:
        """The function under whose mean the branch's children are taken: ln x, x^p, x."""
        p = self.parts.p[n]
        if self.method[n] == "geometric":
            return np.log(np.maximum(points, _TINY[False]))
        if self.method[n] == "power" and p is not None:
            return np.maximum(points, _TINY[p < 0]) ** p
        return points

    def _outer(self, n: int, mean: np.ndarray) -> np.ndarray:
        p = self.parts.p[n]
        if self.method[n] == "geometric":
            return np.exp(mean)
        if self.method[n] == "power" and p is not None:
            return np.power(mean, 1 / p, out=np.zeros_like(mean), where=mean > 0)
        return mean

    def _chosen(self, n: int, changed: dict[int, _Branch], gone: set[int]) -> np.ndarray:
        """Of the lowest, the highest, the middle or the best children; 0 where there is none."""
        kept = [child for child in self.children[n].tolist() if not self.gone[child] and child not in gone]
        points = np.stack([changed[child].points if child in changed else self.points[child] for child in kept])
        weight = np.stack([self.weight[child] * (changed[child].there > _NOTHING if child in changed else 1.0) for child in kept])
        if self.method[n] == "median":
            return _middle(np.sort(np.where(weight > 0, points, np.nan), axis=0), (weight > 0).sum(axis=0))
        most = {"min": 1, "max": 1}.get(self.method[n], self.parts.count[n])
        order = np.argsort(np.where(weight > 0, points if self.method[n] == "min" else -points, np.inf), axis=0, kind="stable")[:most]
        weight, points = (np.take_along_axis(matrix, order, axis=0) for matrix in (weight, points))
        whole = weight.sum(axis=0)
        return np.divide((weight * points).sum(axis=0), whole, out=np.zeros_like(whole), where=whole > 0)


def _middle(points: np.ndarray, present: np.ndarray) -> np.ndarray:
    """The middle of the points that are there, which come first; the mean of two middle ones; 0 where there is none."""
    low, high = (np.take_along_axis(points, at[None], axis=0)[0] for at in (np.maximum(present - 1, 0) // 2, present // 2))
    return np.asarray(np.nan_to_num((low + high) / 2))
