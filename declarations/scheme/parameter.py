"""A number of a scheme: one for all, one for each group, each subject's own, or a statistic of the peers."""

from typing import Literal

from pydantic import Field, model_validator

from declarations.base import Key, Strict
from declarations.scheme.prepare import By


class FromIndicator(Strict):
    """Each subject's own number: the value of an indicator in the same period, such as a target of the yearly plan."""

    indicator: Key


class FromPeers(Strict):
    """A statistic of the prepared values of the leaf's peers. ``sd`` is the sample's (n − 1); ``quantile`` interpolates linearly."""

    peers: Literal["min", "max", "mean", "median", "sd", "quantile"]
    q: float | None = Field(default=None, ge=0, le=1, description="The quantile, 0 to 1.")
    among: By = Field(default="group", description="Whose statistic: the group's, that of all, or of those with the same attribute.")

    @model_validator(mode="after")
    def _quantile_named(self) -> "FromPeers":
        if (self.peers == "quantile") != (self.q is not None):
            raise ValueError("'q' goes with peers: quantile, and quantile needs it")
        return self


ANY_GROUP = ""
"""The group of everybody, in a scheme without groups."""

Fixed = float | dict[str, float]
"""One number for all, or one for each group."""

Number = float | FromIndicator | FromPeers | dict[str, float]
"""As ``Fixed``; or ``{indicator: code}``: each subject's own; or ``{peers: max}``: a statistic of the peers."""


def fixed_for(number: object, group: str) -> float | None:
    """The declared number of a group; None where there is none, or where it comes from an indicator or the peers."""
    found = number.get(group) if isinstance(number, dict) else number
    return float(found) if isinstance(found, int | float) else None
