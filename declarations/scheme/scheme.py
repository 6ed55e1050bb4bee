"""The appraisal scheme: whom it appraises, the weighted tree of indicators, and what becomes of the result.

Files: ``schemes/<id>.yaml``; yearly and versioned. The stages, in order: ``prepare`` (values) → ``tree`` (points, from the
leaves up) → ``adjustments`` → ``final`` (rounding) → ``ranking`` and ``grades`` → ``vetoes`` and ceilings.
"""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from declarations.base import Code, Key, Name, Strict, Text
from declarations.rules import RuleProfile
from declarations.scheme.adjust import Adjustment, Veto
from declarations.scheme.after import After, Rounding
from declarations.scheme.aggregate import Aggregate
from declarations.scheme.compose import Blend
from declarations.scheme.grade import Grade, Ranking
from declarations.scheme.prepare import Derive, Prepare, Previous
from declarations.scheme.screen import Screen
from declarations.scheme.tree import MissingRule, Node, Status

DEFAULT_MISSING: dict[Status, MissingRule] = {
    "not_applicable": "renormalise",
    "too_few": "renormalise",
    "not_reported": "incomplete",
    "source_down": "incomplete",
    "invalid": "incomplete",
}


class Scheme(Strict):
    """One scheme of one year for one class of subjects."""

    id: Code
    version: str = "1"
    year: int | None = Field(default=None, description="The year it is of. A scheme of the warehouse has one.")
    title: Text
    description: str = ""
    sources: list[str] = []
    rule_profile: Code | None = Field(default=None, description="A profile of schemes/rules/. A scheme of the warehouse names one.")
    rules: RuleProfile | None = Field(default=None, description="The rule profile written out, for a scheme that stands alone.")
    subject_class: Name = "subject"
    groups: dict[str, Text] = Field(default={}, description="Groups of the class; weights, parameters and peers go by them.")
    peers: Literal["group", "class"] = Field(default="group", description="Whom comparing methods compare where they say 'group'.")
    prepare: list[Prepare] = Field(default=[], description="What is done to the values first, in order.")
    weights: Literal["shares", "relative"] = Field(default="shares", description="shares: siblings sum to 1; relative: any scale.")
    tree: list[Node] = Field(min_length=1)
    side: list[Node] = Field(default=[], description="Trees computed and shown beside the score: for ties, adjustments, other indices.")
    aggregate: Aggregate = "arithmetic"
    after: list[After] = Field(default=[], description="Steps on the tree's score, before adjustments.")
    minimum_available: int | None = Field(default=None, ge=1, description="Fewer top-level nodes with points: no score.")
    minimum_coverage: float | None = Field(default=None, gt=0, le=1, description="As for a node, at the top.")
    missing: dict[Status, MissingRule] = Field(
        default={},
        description="What an absent leaf does. renormalise: hands its weight to its siblings and lowers no coverage; incomplete: the "
        "same, but coverage falls; withhold: its parent has no points either; peer_mean: the peers' mean points, coverage falls; "
        "a number above 0: these points, coverage falls.",
    )
    adjustments: list[Adjustment] = []
    adjustment_caps: dict[Name, float] = Field(default={}, description="Most points that all adjustments of a pool move the score.")
    final: list[After] = Field(default=[], description="Steps on the adjusted score, before 'decimals' and 'rounding'.")
    vetoes: list[Veto] = []
    blend: Blend | None = None
    ranking: Ranking = Ranking()
    grades: list[Grade] = []
    ties: list[Key] = Field(default=[], description="Nodes that decide between equal scores, in order; then the panel decides.")
    screens: list[Screen] = []
    replaces: list[str] = Field(default=[], description="Ledgers and reports 台账 that nobody fills in any more.")
    decimals: int = Field(default=2, ge=0, le=12)
    rounding: Rounding = "half_up"

    def nodes(self) -> Iterator[Node]:
        """All nodes of tree and side, parents first."""
        for node in [*self.tree, *self.side]:
            yield from node.walk()

    def leaves(self) -> list[Node]:
        return [node for node in self.nodes() if not node.children]

    def own_rules(self) -> RuleProfile:
        """The rules of a scheme that stands alone: methods compare in groups of any size, unless its ``rules`` name a minimum."""
        found = self.rules or RuleProfile()
        return found if "peer_group_minimum" in found.model_fields_set else found.model_copy(update={"peer_group_minimum": 1})

    def missing_rule(self, node: Node, status: Status) -> MissingRule:
        """What an absence of this kind does at a leaf: the leaf's own rule, else the scheme's, else the default."""
        return node.missing.get(status, self.missing.get(status, DEFAULT_MISSING[status]))

    def derived_codes(self) -> set[str]:
        """Values that the scheme itself makes."""
        return {step.code for step in self.prepare if isinstance(step, Derive | Previous)}
