"""Values as they could have come out: each drawn about what was measured."""

from dataclasses import dataclass

import duckdb
import numpy as np
from scipy.special import betaincinv, ndtri

from declarations.indicator import Indicator
from declarations.uncertainty import Noise
from transforms.uncertainty.draws import uniforms

NOISE = "noise"
_CELLS = """
select f.fact_no, f.value, f.interval_low, f.interval_high, f.n, e.value as standard_error, list_contains($rates, f.indicator) as rate
from given_fact as f
left join (select unnest($indicators) as indicator, unnest($errors) as error) as s on s.indicator = f.indicator
left join given_fact as e on e.period = f.period and e.subject_id = f.subject_id and e.indicator = s.error and e.status = 'ok'
where f.status = 'ok' and isfinite(f.value)
  and (f.interval_low <= f.value and f.interval_high >= f.value and isfinite(f.interval_low) and isfinite(f.interval_high)
         and f.interval_high > f.interval_low
       or list_contains($rates, f.indicator) and f.n > 0 and f.value between 0 and 1
       or e.value > 0 and isfinite(e.value))
order by f.fact_no
"""


@dataclass(frozen=True)
class NoisyFacts:
    """The facts that are not exact, by number; arrays of one length."""

    fact_no: np.ndarray
    value: np.ndarray
    below: np.ndarray
    above: np.ndarray
    n: np.ndarray
    rate: np.ndarray
    by_beta: np.ndarray
    seed: int

    def draw(self, draws: np.ndarray) -> np.ndarray:
        """Values of shape (draws, facts); draw −1 is what was measured."""
        return np.stack([self._one(uniforms(self.seed, NOISE, int(d), len(self.value))) if d >= 0 else self.value for d in draws])

    def _one(self, u: np.ndarray) -> np.ndarray:
        z = ndtri(u)
        drawn = self.value + z * np.where(z < 0, self.below, self.above)
        drawn = np.where(self.rate, np.clip(drawn, 0, 1), drawn)
        beta = self.by_beta
        cases = self.n[beta] * self.value[beta]
        drawn[beta] = betaincinv(cases + 0.5, self.n[beta] - cases + 0.5, u[beta])
        return drawn


def noisy_facts(connection: duckdb.DuckDBPyConnection, noise: Noise, indicators: dict[str, Indicator], seed: int) -> NoisyFacts:
    """Find them in ``given_fact`` (fact_no, period, subject_id, indicator, value, n, interval_low, interval_high, status)."""
    rates = sorted({*noise.rates, *(code for code, found in indicators.items() if found.kind == "rate")})
    asked = {"rates": rates, "indicators": [*noise.standard_errors], "errors": [*noise.standard_errors.values()]}
    found = {name: np.ma.filled(column.astype(float), np.nan) for name, column in connection.execute(_CELLS, asked).fetchnumpy().items()}
    value, rate = found["value"], found["rate"] > 0
    width = ndtri((1 + noise.level) / 2)
    spans = found["interval_high"] > found["interval_low"]
    by_error = ~spans & (found["standard_error"] > 0)
    below = np.where(spans, (value - found["interval_low"]) / width, np.where(by_error, found["standard_error"], 0))
    above = np.where(spans, (found["interval_high"] - value) / width, np.where(by_error, found["standard_error"], 0))
    return NoisyFacts(found["fact_no"].astype(int), value, below, above, found["n"], rate, ~spans & ~by_error, seed)
