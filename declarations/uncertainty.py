"""What an uncertainty analysis 不确定性分析 varies, and how often: how sure a score, a place and a grade are.

Files: a small YAML beside the scheme; without one the defaults below hold. ``docs/uncertainty.md`` is the guide.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from declarations.base import Key, Strict
from declarations.scheme.normalise import Distance, MinMax, Percentile, Rank, RatioToBest, ZScore

Comparing = Annotated[MinMax | ZScore | RatioToBest | Rank | Percentile | Distance, Field(discriminator="method")]


class WeightSpread(Strict):
    """Other weights that could as well have been declared. Siblings keep the sum of their weights; a weight of 0 stays 0.

    ``uniform``: ``w · (1 ± spread)``, evenly, then the siblings brought back to their sum. ``dirichlet``: the siblings' shares from
    a Dirichlet distribution about the declared ones, as wide as gives equal weights a standard deviation of ``spread · w``.
    A node moves alike in all groups.
    """

    spread: float = Field(default=0.2, gt=0, lt=1)
    draw: Literal["uniform", "dirichlet"] = "uniform"
    by: Literal["all", "theme"] = Field(default="all", description="One factor, or one for the top level and for each theme below it.")
    keep: list[Key] = Field(default=[], description="Nodes whose children keep their weights; 'score' is the top.")


class Noise(Strict):
    """Values that rest on few cases could have come out otherwise; each is drawn about what was measured.

    A fact with ``interval_low`` and ``interval_high``: a normal curve on either side of the value, so that the interval holds
    ``level`` of the draws and the value is their median; a rate stays within 0 and 1. A rate with ``n`` alone: Beta(n·x + ½,
    n·(1 − x) + ½) (Jeffreys 1946; Brown, Cai and DasGupta 2001). A value with a ``standard_error``: normal. Others are exact.
    """

    level: float = Field(default=0.95, gt=0, lt=1)
    rates: list[Key] = Field(default=[], description="Indicators that are rates, 0 to 1; those declared as rates are known.")
    standard_errors: dict[Key, Key] = Field(default={}, description="Indicator: the indicator that holds its standard error.")


class Uncertainty(Strict):
    """Every part that is varied is a factor; what is left out, or does not apply to the scheme, stays as declared."""

    runs: int = Field(default=1000, ge=16, le=1_000_000, description="How many times the scheme is computed; the declared one beside them.")
    seed: int = Field(default=1, ge=0, lt=2**63)
    weights: WeightSpread | None = WeightSpread()
    normalisation: list[Comparing] = Field(
        default=[],
        description="Methods that could stand in the place of every comparing one; peers, minimum_peers and fallback stay the leaf's own. "
        "The declared method is one of the choices.",
    )
    imputation: list[Literal["none", "mean", "median"]] | None = Field(
        default=None, description="What could stand in the place of the scheme's impute steps. Default: all three, where it has some."
    )
    noise: Noise | None = Noise()
    sensitivity: bool = Field(default=True, description="Sobol indices: which factor matters. Takes runs ÷ (factors + 2) pairs.")
    resamples: int = Field(default=200, ge=0, le=10_000, description="Bootstrap samples for the intervals of the indices.")
    low: float = Field(default=0.05, gt=0, lt=0.5, description="The lower end of the intervals; the upper end lies as far from 1.")

    @model_validator(mode="after")
    def _distinct(self) -> "Uncertainty":
        if len({str(m) for m in self.normalisation}) < len(self.normalisation):
            raise ValueError("a normalisation stands twice: each choice is as likely as the others")
        return self
