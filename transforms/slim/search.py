"""Which indicators can go, one after the other, the cheapest first."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from transforms.slim.model import Model
from transforms.slim.price import Judge, Limits, Price

_TRIES = 12


@dataclass(frozen=True)
class Removal:
    """An indicator taken out, and what it and all before it cost."""

    indicator: str
    price: Price


class Search:
    """Greedy backward elimination with lazy evaluation.

    A removal's extra cost, given those before it, changes little from step to step: each step asks again only for the candidates
    that were cheapest when they were last asked, until one stays the cheapest (Minoux 1978), at most ``_TRIES``. The search ends when
    all have been asked and none can go.
    """

    def __init__(self, model: Model, exact: np.ndarray, judge: Judge, limits: Limits, candidates: dict[str, list[int]],
                 staying: set[int]) -> None:  # fmt: skip
        """``exact``: the scores of the model as it stands; ``candidates``: indicator → its leaves; ``staying``: nodes that must not
        be left without leaves."""
        self.model, self.exact, self.judge, self.limits, self.staying = model, exact, judge, limits, {0, *staying}
        self.candidates = dict(candidates)
        self.cost = limits.cost(judge.price(exact))
        self.waiting: list[_Asked] = []
        self.tried: set[str] = set()
        self.next: Removal | None = None
        """The cheapest that was too dear when all were asked for the last time."""

    def run(self, most: int | None = None) -> Iterable[Removal]:
        """Take out indicators until none can go, or so many are gone."""
        taken = 0
        while (most is None or taken < most) and (self.waiting or self._ask_all(self.tried) or self._ask_all(set(self.candidates))):
            found = self._cheapest()
            if found is None or self.limits.cost(found.price) > 1:
                self.waiting = []
                continue
            self.exact = self.exact + found.change
            self.model.remove(self.candidates.pop(found.indicator))
            self.cost = self.limits.cost(found.price)
            taken += 1
            yield Removal(found.indicator, found.price)

    def _ask_all(self, names: set[str]) -> bool:
        """Ask for all of these; whether one of them can go. Those that cannot are not tried again until none of the others can."""
        asked = [one for name in sorted(names & set(self.candidates)) if (one := self._ask(name)) is not None]
        self.waiting = [one for one in asked if self.limits.cost(one.price) <= 1]
        refused = min((one for one in asked if self.limits.cost(one.price) > 1), default=None, key=_dearness)
        self.next = Removal(refused.indicator, self.judge.price(self.exact + refused.change)) if refused else None
        self.tried = {one.indicator for one in self.waiting}
        heapq.heapify(self.waiting)
        return bool(self.waiting)

    def _ask(self, name: str) -> "_Asked | None":
        """None where the indicator must stay."""
        trial = self.model.without(self.candidates[name])
        if trial.starved or trial.gone & self.staying:
            return None
        price = self.judge.price(self.exact + trial.change, self.limits.changed)
        return _Asked(self.limits.cost(price) - self.cost, 1 - price.tau, name, price, trial.change)

    def _cheapest(self) -> "_Asked | None":
        """The candidate with the least extra cost of those that are asked again; the others of them go back."""
        asked: list[_Asked] = []
        while self.waiting and len(asked) < _TRIES and not (asked and min(asked) <= self.waiting[0]):
            again = self._ask(heapq.heappop(self.waiting).indicator)
            asked += [again] if again else []
        best = min(asked, default=None)
        for one in asked:
            if one is not best:
                heapq.heappush(self.waiting, one)
        return best


@dataclass(frozen=True, order=True)
class _Asked:
    """A candidate as it was when it was last asked: the extra part of what is allowed that it uses up."""

    extra: float
    disagreement: float
    indicator: str
    price: Price = field(compare=False)
    change: np.ndarray = field(compare=False)


def _dearness(one: _Asked) -> tuple[float, int, float, str]:
    return one.extra, one.price.changed, one.disagreement, one.indicator
