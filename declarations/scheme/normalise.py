"""From a value to points: the methods, one class each. ``x`` is the prepared value.

"Better" follows the leaf's direction in target_completion, threshold, improvement and the methods that compare peers. In the
others (ladder, efficacy, goalposts, piecewise, power, expression, as_is) the numbers themselves say which way is better.

Methods that compare peers (min_max, z_score, ratio_to_best, rank, percentile, distance) say with ``peers`` whom they compare:
the subjects of the period with a value, oneself among them; and with ``minimum_peers`` and ``fallback`` what happens in a small
group: the absolute method takes over, or without one the leaf is ``too_few``. Where all peers are equal (or one is alone) the
points are ``when_equal``, never a division by zero.

Numbers that agree to twelve digits are the same number, so that the noise of floating point decides nothing: they tie, they
stand at a bound, and peers that differ no more are equal. A leaf from which no points follow is ``invalid``: points that are not
finite or beyond 1e15, a parameter that the peers do not give (the deviation of one alone), own or peers' bounds that coincide.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from declarations.base import Strict
from declarations.scheme.parameter import Fixed, FromPeers, Number
from declarations.scheme.prepare import By


class TargetCompletion(Strict):
    """``points · min(x / t, cap)``, lower is better: ``points · min(t / x, cap)``; not below 0.

    Higher with t ≤ 0: points · cap where x ≥ t, else 0. Lower with x ≤ 0: points · cap. Common in Chinese target responsibility
    systems 目标责任制.
    """

    method: Literal["target_completion"]
    target: Number
    cap: float = Field(default=1.0, gt=0)
    points: float = Field(default=100, gt=0)


class Threshold(Strict):
    """``full − per_unit · shortfall / unit``, not below ``least``; the shortfall is how far x is on the wrong side of ``threshold``."""

    method: Literal["threshold"]
    threshold: Number
    per_unit: Fixed = Field(description="Points lost for each unit of shortfall.")
    unit: float = Field(default=1, gt=0)
    whole_units: bool = Field(default=False, description="true: a begun unit counts as a whole one (rounded up).")
    full: float = 100
    least: float = 0


class Step(Strict):
    """A rung. ``at_least``: x ≥ bound; ``above``: x > bound; ``at_most``: x ≤ bound; ``below``: x < bound."""

    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None
    points: float

    @model_validator(mode="after")
    def _one_bound(self) -> "Step":
        if sum(v is not None for v in (self.at_least, self.above, self.at_most, self.below)) != 1:
            raise ValueError("a step has exactly one of at_least, above, at_most, below")
        return self

    @property
    def bound(self) -> float:
        return next(v for v in (self.at_least, self.above, self.at_most, self.below) if v is not None)

    @property
    def upward(self) -> bool:
        return self.at_least is not None or self.above is not None

    @property
    def inclusive(self) -> bool:
        return self.at_least is not None or self.at_most is not None


class Ladder(Strict):
    """Points by steps: of the steps that x meets, the one with the furthest bound; where it meets none, ``otherwise``.

    The furthest: the highest of at_least/above, the lowest of at_most/below.
    """

    method: Literal["ladder"]
    steps: list[Step] | dict[str, list[Step]] = Field(description="One table, or one for each group.")
    otherwise: float = 0

    @model_validator(mode="after")
    def _one_way(self) -> "Ladder":
        for steps in self.steps.values() if isinstance(self.steps, dict) else [self.steps]:
            if not steps:
                raise ValueError("a ladder has at least one step")
            if len({step.upward for step in steps}) > 1:
                raise ValueError("a ladder goes one way: at_least/above, or at_most/below")
            bounds = [step.bound for step in steps]
            if bounds != sorted(set(bounds), reverse=not steps[0].upward):
                way = "ascend" if steps[0].upward else "descend"
                raise ValueError(f"the steps' {'at_least' if steps[0].upward else 'at_most'} must {way} without repeats")
        return self

    def steps_for(self, group: str) -> list[Step]:
        return self.steps.get(group, []) if isinstance(self.steps, dict) else self.steps


class Efficacy(Strict):
    """Efficacy coefficient 功效系数: ``base + (100 − base) · (x − satisfactory) / (excellent − satisfactory)``, in [least, most].

    Lower is better where excellent is below satisfactory.
    """

    method: Literal["efficacy"]
    satisfactory: Number
    excellent: Number
    base: float = Field(default=60, ge=0, lt=100)
    least: float = 0
    most: float = 100


class MinMax(Strict):
    """``low + (high − low) · (x − min) / (max − min)`` among the peers; lower is better: from the other end."""

    method: Literal["min_max"]
    low: float = 0
    high: float = 100
    when_equal: float | None = Field(default=None, description="Default: high.")
    peers: By = "group"
    minimum_peers: int | None = Field(default=None, ge=1, description="Default: the rule profile's peer_group_minimum.")
    fallback: "Absolute | None" = None


class ZScore(Strict):
    """``mean + sd · (x − mean of peers) / sd of peers``; lower is better: the sign of the fraction turned.

    ``estimator`` of the peers' sd: ``sample`` divides by n − 1, ``population`` by n.
    """

    method: Literal["z_score"]
    mean: float = 0
    sd: float = Field(default=1, gt=0)
    estimator: Literal["sample", "population"] = "sample"
    when_equal: float | None = Field(default=None, description="Default: mean.")
    peers: By = "group"
    minimum_peers: int | None = Field(default=None, ge=1)
    fallback: "Absolute | None" = None


class Goalposts(Strict):
    """``scale · (f(x) − f(low)) / (f(high) − f(low))``, clamped to [0, scale] unless ``clamped: false``; f is ln where ``log``.

    UNDP HDR technical notes; lower is better where low > high. A log of x ≤ 0 counts as the smaller of the two
    goalposts; not clamped: ``invalid``.
    """

    method: Literal["goalposts"]
    low: Number
    high: Number
    log: bool = False
    scale: float = 100
    clamped: bool = True


class RatioToBest(Strict):
    """``scale · x / max`` among the peers; lower is better: ``scale · min / x``. For values of a ratio scale, 0 and above.

    Best 0: ``when_equal`` for those at 0, 0 for the others. Best below 0: ``invalid``. A negative x under a best above 0: below 0.
    """

    method: Literal["ratio_to_best"]
    scale: float = 100
    when_equal: float | None = Field(default=None, description="Default: scale.")
    peers: By = "group"
    minimum_peers: int | None = Field(default=None, ge=1)
    fallback: "Absolute | None" = None


class Rank(Strict):
    """Place among the peers, counted from ``counted_from``; equal values share by ``ties``.

    The points are the place itself (from the worst: the best has the most); where ``step`` is given
    ``best − step · (place from the best − 1)``, not below ``least``. ``ties`` of two in places 2 and 3: ``min`` 2, ``max`` 3,
    ``average`` 2.5, ``dense`` 2 and the next one 3; counted from the same end as the place.
    """

    method: Literal["rank"]
    counted_from: Literal["worst", "best"] = "worst"
    ties: Literal["min", "max", "average", "dense"] = "min"
    best: float | None = Field(default=None, description="Points of the first; with 'step', counted from the best.")
    step: float | None = Field(default=None, ge=0)
    least: float = 0
    peers: By = "group"
    minimum_peers: int | None = Field(default=None, ge=1)
    fallback: "Absolute | None" = None

    @model_validator(mode="after")
    def _points_whole(self) -> "Rank":
        if (self.best is None) != (self.step is None):
            raise ValueError("'best' and 'step' go together")
        return self


class Percentile(Strict):
    """``scale ·`` a percentile rank among n peers, r = rank from the worst (1 = worst), equal values sharing by ``ties``.

    ``definition``: ``exclusive_n1`` (r−1)/(n−1); ``inclusive`` r/n; ``below`` (r−1)/n; ``hazen`` (r−½)/n; ``weibull`` r/(n+1);
    ``borda`` r−1 (points, not scaled).
    """

    method: Literal["percentile"]
    definition: Literal["exclusive_n1", "inclusive", "below", "hazen", "weibull", "borda"] = "exclusive_n1"
    ties: Literal["min", "max", "average"] = "average"
    scale: float = 100
    when_equal: float | None = Field(
        default=None,
        description="Default: what the definition gives with these ties; half the scale where it is 0/0 (exclusive_n1, n = 1).",
    )
    peers: By = "group"
    minimum_peers: int | None = Field(default=None, ge=1)
    fallback: "Absolute | None" = None


class Distance(Strict):
    """``scale · (1 − (reference − x) / (reference − worst))``: 0 for the worst of the peers, ``scale`` at the reference.

    ``to: best``: the peers' best; ``reference``: one subject (its value in the period, whether a peer or not); ``target``: a number.
    Beyond the reference the points go above ``scale`` unless ``capped``. Where nobody is worse than the reference all get
    ``when_equal``; where the reference has no value: ``invalid``. COINr's dist2max, dist2ref, dist2targ.
    """

    method: Literal["distance"]
    to: Literal["best", "reference", "target"]
    subject: str | None = Field(default=None, description="to: reference: the subject's id.")
    target: Number | None = None
    capped: bool = False
    scale: float = 1
    when_equal: float | None = Field(default=None, description="Where the reference is no better than the worst. Default: scale.")
    peers: By = "group"
    minimum_peers: int | None = Field(default=None, ge=1)
    fallback: "Absolute | None" = None

    @model_validator(mode="after")
    def _named(self) -> "Distance":
        if (self.to == "reference") != (self.subject is not None) or (self.to == "target") != (self.target is not None):
            raise ValueError("to: reference goes with 'subject', to: target with 'target', to: best with neither")
        return self


class Improvement(Strict):
    """Against the own baseline b, higher better (lower: the signs turned); times ``scale``, then in [least, most].

    ``difference`` x − b; ``relative`` (x − b) / |b|; ``gap_closed`` (x − b) / (best − b): the share of what was still missing.
    b = 0 in relative, and a baseline at or beyond ``best`` in gap_closed: ``at_ceiling`` where x is better than b,
    ``when_equal`` where it is b, else ``least`` (0 without one); these are points, not scaled, and in [least, most], too.
    """

    method: Literal["improvement"]
    baseline: Number
    form: Literal["difference", "relative", "gap_closed"] = "relative"
    best: Number | None = None
    scale: float = 100
    least: float | None = None
    most: float | None = None
    at_ceiling: float = 100
    when_equal: float | None = Field(default=None, description="Default: at_ceiling.")

    @model_validator(mode="after")
    def _best_given(self) -> "Improvement":
        if (self.form == "gap_closed") != (self.best is not None):
            raise ValueError("'best' goes with form: gap_closed, and gap_closed needs it")
        return self


class Point(Strict):
    """A corner of a piecewise-linear table."""

    at: Number
    points: Fixed


class Piecewise(Strict):
    """Linear between the corners. Before the first ``below``, from the last corner on ``above`` (default: the corners' own points).

    ``above`` holds at the last corner itself, ``below`` only before the first. Corners ascend; those that are each subject's own
    (or the peers') may as well descend, so that "before the first" is beyond it; where they go both ways: ``invalid``.
    """

    method: Literal["piecewise"]
    corners: list[Point] = Field(min_length=2)
    below: Fixed | None = None
    above: Fixed | None = None


class Power(Strict):
    """``constant + a · |b − x|^c``."""

    method: Literal["power"]
    a: Fixed
    b: Number
    c: float = Field(gt=0)
    constant: float = 0


class Expression(Strict):
    """An SQL expression over ``x``, the ``parameters`` and other indicators' codes; scalar functions only.

    An indicator's code stands for its prepared value, null where that is absent. Null, or a failure such as ln(−1): ``invalid``.
    """

    method: Literal["expression"]
    sql: str
    parameters: dict[str, Number] = {}


class AsIs(Strict):
    """``x · factor``, clamped to [least, most]: for values that already are scores or shares. ``least: null`` takes the bound away."""

    method: Literal["as_is"]
    factor: float = 1
    least: float | None = 0
    most: float | None = 100


Absolute = Annotated[
    TargetCompletion | Threshold | Ladder | Efficacy | Goalposts | Improvement | Piecewise | Power | Expression | AsIs,
    Field(discriminator="method"),
]
Normalise = Annotated[
    TargetCompletion | Threshold | Ladder | Efficacy | Goalposts | Improvement | Piecewise | Power | Expression | AsIs
    | MinMax | ZScore | RatioToBest | Rank | Percentile | Distance,
    Field(discriminator="method"),
]  # fmt: skip


def peer_numbers(method: Strict) -> list[FromPeers]:
    """The method's numbers that are a statistic of the peers: its own, those of its parameters and of its corners."""
    values = [getattr(method, name) for name in type(method).model_fields]
    values += [*getattr(method, "parameters", {}).values(), *(corner.at for corner in getattr(method, "corners", ()))]
    return [value for value in values if isinstance(value, FromPeers)]


def peers_of(method: Strict) -> By:
    """Whom a method's peers are taken among: what ``peers`` says, else ``among`` of its numbers."""
    among = [number.among for number in peer_numbers(method)]
    return str(getattr(method, "peers", among[0] if among else "group"))


COMPARING = ("min_max", "z_score", "ratio_to_best", "rank", "percentile", "distance")
"""Methods whose points hang on the peers."""

for _model in (MinMax, ZScore, RatioToBest, Rank, Percentile, Distance):
    _model.model_rebuild()
