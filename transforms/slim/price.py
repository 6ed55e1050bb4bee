"""What a slimmer scheme costs: agreement of the ranking with the full one, and grades that changed."""

from dataclasses import dataclass

import numpy as np

from transforms.slim.kendall import Kendall
from transforms.uncertainty.batch import Outcome


@dataclass(frozen=True)
class Price:
    """``tau``: Kendall's τ-b with the full scheme's ranking; ``changed``: subjects whose suggested grade is another one; ``lost``: those
    who have no score any more, which is never allowed."""

    tau: float
    changed: int
    lost: int = 0


@dataclass(frozen=True)
class Standing:
    """The full scheme's result; arrays (cases,). ``pool``: who is ranked together; ``grade``: its place in the scheme, −1 for none."""

    pool: np.ndarray
    score: np.ndarray
    exact: np.ndarray
    grade: np.ndarray


@dataclass(frozen=True)
class Limits:
    """What the slimmer scheme has to keep."""

    tau: float
    changed: int

    def cost(self, price: Price) -> float:
        """The part of what is allowed that is used up; above 1 it is too much."""
        by_grade = price.changed / self.changed if self.changed else (np.inf if price.changed else 0.0)
        if price.lost or by_grade > 1:
            return np.inf if price.lost else by_grade
        by_rank = (1 - price.tau) / (1 - self.tau) if self.tau < 1 else (0.0 if price.tau >= 1 else np.inf)
        return max(by_rank, by_grade)

    def kept(self, price: Price) -> bool:
        return price.tau >= self.tau - 1e-12 and price.changed <= self.changed and not price.lost


class Judge:
    """Prices of new scores. Those without a score under the full scheme are nobody's pair."""

    def __init__(self, full: Standing, cuts: list[tuple[float, bool]] | None, decimals: int | None) -> None:
        """``cuts``: of each grade (from the best) its cut and whether the score must be above it, where only they decide, else None.

        ``decimals``: to which scores are rounded before they are compared; None: not at all.
        """
        self.cuts, self.decimals = cuts, decimals
        self.judged = np.flatnonzero(np.isfinite(full.exact))
        pool = np.unique(full.pool[self.judged], return_inverse=True)[1]
        self.full = Standing(pool, full.score[self.judged], full.exact[self.judged], full.grade[self.judged])
        self.kendall = Kendall(pool, self._rounded(self.full.exact))
        self.graded = np.flatnonzero(self.full.grade >= 0)
        self.places = self.full.grade[self.graded][np.lexsort((self.full.grade[self.graded], pool[self.graded]))]
        self.movable = self._grades(self.full.exact) == self.full.grade

    def price(self, exact: np.ndarray, at_most: int | None = None) -> Price:
        """Of exact scores (cases,), by the rule of thumb for grades: cuts alone, or as many of each grade as before, by rank.

        With more than ``at_most`` changed grades τ is not asked for, and -1.
        """
        scores = exact[self.judged]
        changed = int((self.movable & (self._grades(scores) != self.full.grade)).sum())
        return Price(-1.0 if at_most is not None and changed > at_most else self.kendall.tau(self._rounded(scores)), changed)

    def true_price(self, found: Outcome, on_exact: bool) -> Price:
        """Of the engine's own results, of one run."""
        score, grade = (found.exact if on_exact else found.score)[0], found.grade[0]
        shown = np.floor(score[self.judged] * 1e9 + 0.5)
        before = np.floor((self.full.exact if on_exact else self.full.score) * 1e9 + 0.5)
        tau = Kendall(self.full.pool, before).tau(np.where(np.isfinite(shown), shown, -np.inf))
        return Price(tau, int((grade[self.judged] != self.full.grade).sum()), int((~np.isfinite(shown)).sum()))

    def _rounded(self, exact: np.ndarray) -> np.ndarray:
        return np.floor(exact * 1e9 + 0.5) if self.decimals is None else np.floor(exact * 10.0**self.decimals + 0.5 + 1e-9)

    def _grades(self, exact: np.ndarray) -> np.ndarray:
        if self.cuts is None:
            grades = self.full.grade.copy()
            grades[self.graded[np.lexsort((-exact[self.graded], self.full.pool[self.graded]))]] = self.places
            return grades
        score = exact if self.decimals is None else self._rounded(exact) / 10.0**self.decimals
        grades = np.full(len(exact), -1)
        for number in range(len(self.cuts) - 1, -1, -1):
            cut, above = self.cuts[number]
            grades[score > cut + 1e-9 if above else score >= cut - 1e-9] = number
        return grades
