"""The appraisal scheme 考核方案 as typed declarations; ``docs/scheme.md`` is the reference for those who write one."""

from declarations.scheme.adjust import Adjustment, Veto
from declarations.scheme.after import After, Rounding
from declarations.scheme.aggregate import Aggregate, method_of
from declarations.scheme.compose import Blend, UnitResult
from declarations.scheme.grade import Grade, Ranking
from declarations.scheme.normalise import COMPARING, Normalise
from declarations.scheme.parameter import ANY_GROUP, Fixed, FromIndicator, FromPeers, Number, fixed_for
from declarations.scheme.prepare import Prepare
from declarations.scheme.reads import expression_names, indicators_read
from declarations.scheme.scheme import DEFAULT_MISSING, Scheme
from declarations.scheme.screen import Screen
from declarations.scheme.tree import MissingRule, Node, Status

__all__ = [
    "ANY_GROUP", "COMPARING", "DEFAULT_MISSING", "Adjustment", "After", "Aggregate", "Blend", "Fixed", "FromIndicator",
    "FromPeers", "Grade", "MissingRule", "Node", "Normalise", "Number", "Prepare", "Ranking", "Rounding", "Scheme", "Screen",
    "Status", "UnitResult", "Veto", "expression_names", "fixed_for", "indicators_read", "method_of",
]  # fmt: skip
