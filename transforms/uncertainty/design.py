"""Which run takes which draw of which factor: Saltelli's radial design, factors taken as groups of inputs.

Of ``pairs`` N: run 0 is the scheme as declared (draw −1 throughout); then A (draws 0 … N−1), B (draws N … 2N−1), and for each
factor i a block AB_i: A, but factor i from B (Saltelli et al. 2010, table 2). A factor's draw may be many numbers: the noise of all
values is one factor. Without sensitivity there is A alone.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Design:
    """``draws``: shape (runs, factors)."""

    factors: tuple[str, ...]
    pairs: int
    draws: np.ndarray
    sensitivity: bool

    def blocks(self, outcome: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Outcomes of shape (runs, …) as A (N, …), B (N, …) and AB (factors, N, …)."""
        n = self.pairs
        rest = outcome[1:].reshape(-1, n, *outcome.shape[1:])
        return rest[0], rest[1], rest[2:]


def make_design(factors: list[str], runs: int, sensitivity: bool) -> Design:
    """As many pairs as fit into ``runs``, at least two."""
    k = len(factors)
    n = max(2, runs // (k + 2)) if sensitivity else runs
    own = np.arange(n)
    a = np.repeat(own[:, None], k, axis=1)
    blocks = [np.full((1, k), -1), a]
    if sensitivity:
        blocks.append(a + n)
        for i in range(k):
            mixed = a.copy()
            mixed[:, i] += n
            blocks.append(mixed)
    return Design(tuple(factors), n, np.concatenate(blocks), sensitivity)
