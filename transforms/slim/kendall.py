"""Kendall's tau-b between two rankings of the same subjects, pair by pair within their pools."""

import numpy as np

_BLOCK = 16


class Kendall:
    """Agreement with one fixed ranking, asked many times. O(n log² n) a time.

    τ-b = (C − D) / √((P − X)(P − Y)) (Kendall 1945): of the P pairs within the pools, C are in the same order, D in the opposite
    one; X and Y are tied in the one and in the other ranking. Where all are tied on a side
    there is no ranking: 1 if both sides are tied alike, else 0.
    """

    def __init__(self, pool: np.ndarray, x: np.ndarray) -> None:
        """``pool``: whole numbers; ``x``: finite scores; both of shape (subjects,)."""
        self.pool = pool
        self.place = self._places(x)
        self.pairs = _tied(np.unique(pool, return_inverse=True)[1])
        self.tied = _tied(self.place)

    def tau(self, y: np.ndarray) -> float:
        """``y``: scores of shape (subjects,), none NaN."""
        place = self._places(y)
        pair = self.place * len(y) + place
        order = np.argsort(pair)
        pair = pair[order]
        ends = np.flatnonzero(np.diff(pair, append=-1))
        run = np.diff(ends, prepend=-1)
        tied, both = _tied(place), int((run * (run - 1) // 2).sum())
        concordant_less_discordant = self.pairs - self.tied - tied + both - 2 * _inversions(place[order])
        whole = float(self.pairs - self.tied) * float(self.pairs - tied)
        if whole == 0:
            return float(self.tied == tied)
        return concordant_less_discordant / float(np.sqrt(whole))

    def _places(self, scores: np.ndarray) -> np.ndarray:
        """Whole numbers from 0, ascending by pool, then score; equal ones share theirs."""
        order = np.lexsort((scores, self.pool))
        new = np.zeros(len(scores), np.int64)
        new[1:] = (np.diff(self.pool[order]) != 0) | (np.diff(scores[order]) != 0)
        place = np.empty(len(scores), np.int64)
        place[order] = np.cumsum(new)
        return place


def _tied(places: np.ndarray) -> int:
    """Pairs with the same place; places are whole numbers from 0."""
    counts = np.bincount(places)
    return int((counts * (counts - 1) // 2).sum())


def _inversions(places: np.ndarray) -> int:
    """Pairs (i < j) with places[i] > places[j]: a merge sort from the bottom up, all blocks of one size at once."""
    if not len(places):
        return 0
    size = max(_BLOCK, 1 << (len(places) - 1).bit_length())
    filled = np.full(size, size, np.int64)
    filled[: len(places)] = places
    blocks = filled.reshape(-1, _BLOCK)
    found = sum(int((blocks[:, i : i + 1] > blocks[:, i + 1 :]).sum()) for i in range(_BLOCK - 1))
    width = _BLOCK
    blocks = np.sort(blocks, axis=1)
    while width < size:
        halves = blocks.reshape(-1, 2, width)
        offset = np.arange(len(halves))[:, None] * (size + 1)
        left, right = (halves[:, 0] + offset).ravel(), (halves[:, 1] + offset).ravel()
        not_above = np.searchsorted(left, right, "right") - np.repeat(np.arange(len(halves)) * width, width)
        found += int((width - not_above).sum())
        blocks = np.sort(halves.reshape(-1, 2 * width), axis=1)
        width *= 2
    return found
