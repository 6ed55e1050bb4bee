"""Sobol indices: what share of a result's variance each factor brings alone (first), and with all its interactions (total)."""

from dataclasses import dataclass

import numpy as np

from transforms.uncertainty.draws import uniforms

_NOTHING = 1e-12


@dataclass(frozen=True)
class Indices:
    """Shape (factors, outcomes); NaN where the outcome does not vary. ``low``, ``high``: of the bootstrap; NaN without one."""

    first: np.ndarray
    total: np.ndarray
    first_low: np.ndarray
    first_high: np.ndarray
    total_low: np.ndarray
    total_high: np.ndarray


def sobol(a: np.ndarray, b: np.ndarray, ab: np.ndarray, resamples: int = 0, seed: int = 0, level: float = 0.9) -> Indices:
    """Indices from the outcomes of Saltelli's design: ``a``, ``b`` of shape (N, outcomes), ``ab`` (factors, N, outcomes).

    First order: ``mean(f_B (f_AB − f_A)) / V`` (Saltelli et al. 2010); total: ``mean((f_A − f_AB)²) / 2V`` (Jansen 1999); V is the
    variance over A and B. Outcomes are centred first, which changes no index and takes away most of the estimator's error. A pair with
    an absent outcome (NaN) is left out for that outcome. The bootstrap draws pairs (Archer, Saltelli and Sobol 1997).
    """
    there = np.isfinite(a) & np.isfinite(b) & np.isfinite(ab).all(axis=0)
    kept = there.astype(float)
    both = np.maximum(2 * kept.sum(axis=0), 1)
    centre = (np.where(there, a, 0) + np.where(there, b, 0)).sum(axis=0) / both
    a0, b0 = (np.where(there, x - centre, 0) for x in (a, b))
    ab0 = np.where(there, ab - centre, 0)
    scale = np.maximum(np.abs(centre), 1.0)
    terms = np.stack([kept, a0 + b0, a0**2 + b0**2])  # each (N, outcomes)
    pairs = np.stack([b0 * (ab0 - a0), (a0 - ab0) ** 2])  # (2, factors, N, outcomes)
    whole = _indices(terms.sum(axis=1)[:, None], pairs.sum(axis=2)[:, :, None], scale)
    first, total = whole[0][:, 0], whole[1][:, 0]
    if not resamples:
        none = np.full_like(first, np.nan)
        return Indices(first, total, none, none, none, none)
    counts = _resampled(len(a), resamples, seed)
    summed = np.einsum("rn,tno->tro", counts, terms)
    paired = np.einsum("rn,pfno->pfro", counts, pairs)
    spread = np.sort(np.stack(_indices(summed, paired, scale)), axis=2)
    low, high = (spread[:, :, round(q * (resamples - 1))] for q in ((1 - level) / 2, (1 + level) / 2))
    return Indices(first, total, low[0], high[0], low[1], high[1])


def _indices(terms: np.ndarray, pairs: np.ndarray, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and total, shape (factors, samples, outcomes), of sums over the pairs of each sample."""
    n = np.maximum(terms[0], 1)
    variance = terms[2] / (2 * n) - (terms[1] / (2 * n)) ** 2
    variance = np.where((terms[0] > 1) & (variance > (_NOTHING * scale) ** 2), variance, np.nan)
    return pairs[0] / n / variance, pairs[1] / (2 * n) / variance


def _resampled(n: int, resamples: int, seed: int) -> np.ndarray:
    """How often each of n pairs stands in each sample: shape (resamples, n)."""
    counts = np.zeros((resamples, n))
    for sample in range(resamples):
        chosen = (uniforms(seed, "bootstrap", sample, n) * n).astype(int)
        counts[sample] = np.bincount(chosen, minlength=n)
    return counts
