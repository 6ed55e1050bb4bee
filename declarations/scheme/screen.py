"""Screens: questions for a person, never a deduction. Each finding is a review item 复核事项 with its evidence."""

from typing import Annotated, Literal

from pydantic import Field

from declarations.base import Key, Name, Strict, Text


class _Screen(Strict):
    code: Name
    title: Text


class Bunching(_Screen):
    """Too many subjects just at or over a target: the count in [target, target + width) against [target − width, target).

    A finding where the share on the good side is above what a fair coin gives with probability ``significance`` (exact binomial).
    """

    screen: Literal["bunching"]
    indicator: Key
    target: float | Key = Field(description="A number, or the indicator that is each subject's target.")
    width: float = Field(gt=0)
    significance: float = Field(default=0.01, gt=0, lt=0.5)
    minimum_n: int = Field(default=8, ge=4)


class Divergence(_Screen):
    """Two sources that should agree: |z of one − z of the other| among the peers above ``at_most``; also corroboration 数据印证
    of an evaluation by data: either side may be a node."""

    screen: Literal["divergence"]
    first: Key
    second: Key
    at_most: float = Field(default=2, gt=0)
    minimum_n: int = Field(default=8, ge=3)


class Jump(_Screen):
    """A change from the previous period beyond ``at_most`` robust deviations (1.4826 · MAD) of the peers' changes:
    rating bursts, jumps of the active share."""

    screen: Literal["jump"]
    indicator: Key
    at_most: float = Field(default=4, gt=0)
    minimum_n: int = Field(default=8, ge=3)


class Revision(_Screen):
    """``revised`` differs from ``first`` by more than ``at_most`` (relative to the first, in shares of one)."""

    screen: Literal["revision"]
    first: Key
    revised: Key
    at_most: float = Field(gt=0)


class LowRegistration(_Screen):
    """Registrations far below what the peers lead one to expect: indicator per ``per`` under ``at_least`` of the peers' median."""

    screen: Literal["low_registration"]
    indicator: Key
    per: Key | None = Field(default=None, description="The size that it is divided by, such as population.")
    at_least: float = Field(default=0.3, gt=0, lt=1)
    minimum_n: int = Field(default=8, ge=3)


class Identity(_Screen):
    """The publisher's own sums do not hold: |left − right| > ``tolerance``; both SQL expressions over indicator codes."""

    screen: Literal["identity"]
    left: str
    right: str
    tolerance: float = Field(ge=0)


Screen = Annotated[Bunching | Divergence | Jump | Revision | LowRegistration | Identity, Field(discriminator="screen")]
