"""From the children's points to the parent's. ``w`` are the weights of the available children, re-proportioned to sum to 1."""

from typing import Annotated, Literal

from pydantic import Field

from declarations.base import Strict


class Arithmetic(Strict):
    """``Σ w x``."""

    method: Literal["arithmetic"]


class Geometric(Strict):
    """``exp Σ w ln x``; one child at 0: 0; a negative child: ``invalid``."""

    method: Literal["geometric"]


class Harmonic(Strict):
    """``1 / Σ (w / x)``; one child at 0: 0; a negative child: ``invalid``."""

    method: Literal["harmonic"]


class PowerMean(Strict):
    """Generalised mean ``(Σ w x^p)^(1/p)``; p below 0 and one child at 0: 0; a negative child: ``invalid``."""

    method: Literal["power"]
    p: float = Field(ge=-20, le=20, description="Not 0 (that is the geometric mean).")


class Sum(Strict):
    """``Σ w x`` with the weights as they are declared: points that add up. Absent children add nothing and lower coverage."""

    method: Literal["sum"]


class Least(Strict):
    """The lowest child (of those with a weight)."""

    method: Literal["min"]


class Most(Strict):
    """The highest child (of those with a weight)."""

    method: Literal["max"]


class Best(Strict):
    """Weighted mean of the ``count`` highest children; equal children by the order of declaration."""

    method: Literal["best"]
    count: int = Field(ge=1)


class Median(Strict):
    """The middle child by points, the mean of two middle ones; weights only say who takes part."""

    method: Literal["median"]


class Copeland(Strict):
    """Outranking: a duel with each peer, won by whoever is better in more than half of the weight (+1, draw 0, lost −1).

    ``Σ over peers / (n − 1)``, in [−1, 1]; n is the number of peers with the node (Copeland 1951; Munda and Nardo 2009).
    ``raw: true`` leaves the sum undivided.
    """

    method: Literal["copeland"]
    raw: bool = False


class NodeExpression(Strict):
    """An SQL expression over the children's codes, each standing for its points; scalar functions only.

    Decomposed by Shapley values of the children against their mean among all subjects of the period; at most 6 children.
    """

    method: Literal["expression"]
    sql: str


AggregateModel = Annotated[
    Arithmetic | Geometric | Harmonic | PowerMean | Sum | Least | Most | Best | Median | Copeland | NodeExpression,
    Field(discriminator="method"),
]
Plain = Literal["arithmetic", "geometric", "harmonic", "sum", "min", "max", "median", "copeland"]
Aggregate = Plain | AggregateModel
"""The bare word where the method has no parameters, or ``{method: power, p: 2}``."""

MEANS = ("arithmetic", "geometric", "harmonic", "power")


def method_of(aggregate: Aggregate) -> str:
    """The method's name, however it was written."""
    return aggregate if isinstance(aggregate, str) else aggregate.method
