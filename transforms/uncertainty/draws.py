"""Random numbers that hang on (seed, factor, draw) and on nothing else: not on batches, threads or the order of asking."""

import hashlib

import numpy as np

_UNIT = 2.0**-53


def uniforms(seed: int, factor: str, draw: int, count: int) -> np.ndarray:
    """``count`` numbers in (0, 1), multiples of 2^-54.

    Philox 4×64 (Salmon et al. 2011), a counter-based generator: the key is the seed and the factor's name, the counter starts at
    the draw. The top 53 bits of each word, put in the middle of their step, so that no number is 0 or 1.
    """
    name = int.from_bytes(hashlib.sha256(factor.encode()).digest()[:8], "little")
    words = np.random.Philox(key=np.array([seed, name], np.uint64), counter=np.array([0, 0, 0, draw], np.uint64)).random_raw(count)
    return ((words >> np.uint64(11)).astype(np.float64) + 0.5) * _UNIT
