"""A case of the kit, and how it ended."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from declarations.base import Text

if TYPE_CHECKING:
    from conformance.stage import Stage

Play = Callable[["Stage"], None]


class Deviation(Exception):
    """The connector did not do what the case expects."""

    def __init__(self, expected: str, happened: str) -> None:
        super().__init__(f"expected {expected}, but {happened}")
        self.expected = expected
        self.happened = happened


@dataclass(frozen=True)
class Case:
    """One way in which a source behaves or misbehaves. ``needs`` names what double and contract must have (conformance.needs)."""

    id: str
    title: Text
    means: str
    advice: str
    play: Play = field(repr=False)
    needs: tuple[str, ...] = ()
    slow: bool = False


@dataclass(frozen=True)
class CaseResult:
    """How a case ended; ``expected`` and ``happened`` where it is red, ``reason`` where it is not applicable."""

    case: Case
    status: Literal["green", "red", "not_applicable"]
    seconds: float = 0.0
    expected: str = ""
    happened: str = ""
    reason: str = ""

    def __str__(self) -> str:
        c = self.case
        if self.status == "red":
            return f"{c.id} ({c.title.zh}): expected {self.expected}; what happened: {self.happened} What to do: {c.advice}"
        return f"{c.id} ({c.title.zh}): {self.reason or 'green'}"


@dataclass(frozen=True)
class ConformanceReport:
    """All cases of one feed. ``set_aside``: what of the contract is not played, one sentence each."""

    feed: str
    connector: str
    results: list[CaseResult]
    set_aside: list[str]
    seconds: float

    @property
    def red(self) -> list[CaseResult]:
        """The cases that failed."""
        return [result for result in self.results if result.status == "red"]

    @property
    def green(self) -> list[CaseResult]:
        """The cases that were played and held."""
        return [result for result in self.results if result.status == "green"]


def case(
    case_id: str, en: str, zh: str, *, means: str, advice: str, needs: tuple[str, ...] = (), slow: bool = False
) -> Callable[[Play], Case]:
    """Makes a case of the function that plays it."""

    def made(play: Play) -> Case:
        return Case(case_id, Text(en=en, zh=zh), means, advice, play, needs, slow)

    return made
