"""Screens: questions for a person, never a deduction. Each finding is a review item 复核事项 with its evidence.

They look at the values as they came (not at what ``prepare`` made of them; at what it derived, as derived), and at points of
nodes; a name that is both an indicator and a node is the indicator. Peers are those of the subject's group (``scheme.peers:
class``: all of the period). Limits are compared to 1e-9.
"""

from typing import Annotated, Literal

from pydantic import Field

from declarations.base import Key, Name, Strict, Text


class _Screen(Strict):
    code: Name
    title: Text
    severity: Literal["low", "medium", "high"] = Field(default="medium", description="How urgently a finding should be looked at.")


class Bunching(_Screen):
    """Too many values just on the good side of a target: the count in [target, target + width) against [target − width, target).

    A finding, one a period about all subjects together, where so many on the good side have a probability below
    ``significance`` if each side were equally likely (exact binomial, one-sided). Where lower is better: mirrored.
    """

    screen: Literal["bunching"]
    indicator: Key
    target: float | Key = Field(description="A number, or the indicator that is each subject's target.")
    width: float = Field(gt=0)
    significance: float = Field(default=0.01, gt=0, lt=0.5)
    minimum_n: int = Field(default=8, ge=4, description="Fewer values near the target: nothing is said.")


class Divergence(_Screen):
    """Two sources that should agree: |z of one − z of the other| above ``at_most``, among the peers that have both.

    Also corroboration 数据印证 of an evaluation by data: either side may be a node. z has n − 1 and counts "better" as up, so
    that an indicator of which less is better agrees with points. Where all peers are equal nothing is said.
    """

    screen: Literal["divergence"]
    first: Key
    second: Key
    at_most: float = Field(default=2, gt=0)
    minimum_n: int = Field(default=8, ge=3)


class Jump(_Screen):
    """A change from the previous period beyond ``at_most`` robust deviations from the median of the peers' changes: rating bursts,
    jumps of the active share. Of indicators from outside.

    A robust deviation is 1.4826 · MAD; where more than half of the peers changed alike, 1.2533 · the mean absolute deviation
    (Iglewicz and Hoaglin 1993).
    """

    screen: Literal["jump"]
    indicator: Key
    at_most: float = Field(default=4, gt=0)
    minimum_n: int = Field(default=8, ge=3)


class Revision(_Screen):
    """``revised`` differs from ``first`` by more than ``at_most`` (relative to the first, in shares of one). From 0: any revision."""

    screen: Literal["revision"]
    first: Key
    revised: Key
    at_most: float = Field(gt=0)


class LowRegistration(_Screen):
    """Registrations far below what the peers lead one to expect: indicator per ``per`` under ``at_least`` of the peers' median."""

    screen: Literal["low_registration"]
    indicator: Key
    per: Key | None = Field(default=None, description="The size that it is divided by, such as population; above 0.")
    at_least: float = Field(default=0.3, gt=0, lt=1)
    minimum_n: int = Field(default=8, ge=3)


class Identity(_Screen):
    """The publisher's own sums do not hold: |left − right| > ``tolerance``; both SQL expressions over indicator codes."""

    screen: Literal["identity"]
    left: str
    right: str
    tolerance: float = Field(ge=0)


Screen = Annotated[Bunching | Divergence | Jump | Revision | LowRegistration | Identity, Field(discriminator="screen")]
