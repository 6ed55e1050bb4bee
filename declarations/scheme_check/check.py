"""One scheme under check: what is known around it, and what was found."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from declarations.indicator import Indicator
from declarations.problem import Problem
from declarations.rules import RuleProfile
from declarations.scheme import Node, Scheme
from declarations.scheme.expression import check_expression
from declarations.scheme.parameter import ANY_GROUP
from declarations.yaml_file import Path_, nearest

TOLERANCE = 1e-9
ATTRIBUTE_SLIPS = {"class": "all", "groups": "group", "everybody": "all", "everyone": "all"}
"""Words for whom a method compares that would be taken as attributes of the subjects, and what was meant."""


@dataclass(frozen=True)
class Mistake:
    """Where in the declaration (key path), what is wrong, what to do next."""

    path: Path_
    what: str
    fix: str


@dataclass(frozen=True)
class Around:
    """What is declared around a scheme. None: not known, as for a scheme that stands alone; then any name may be right.

    ``group_sizes``: subjects in each group (``''``: in a scheme without groups), where they are known.
    """

    indicators: Mapping[str, Indicator] | None = None
    rules: Mapping[str, RuleProfile] | None = None
    schemes: Mapping[str, Scheme] | None = None
    group_sizes: Mapping[str, int] | None = None


class Check:
    """Collects the mistakes of one scheme."""

    def __init__(self, scheme: Scheme, around: Around) -> None:
        self.scheme, self.around = scheme, around
        self.found: list[Mistake] = []
        self.groups = list(scheme.groups) or [ANY_GROUP]
        self.nodes = [*_nodes(scheme.tree, ("tree",)), *_nodes(scheme.side, ("side",))]
        self.at = dict(self.nodes)
        self.codes = [node.code for _, node in self.nodes]
        self.derived = scheme.derived_codes()
        named = around.rules.get(scheme.rule_profile) if around.rules is not None and scheme.rule_profile else None
        self.profile = scheme.rules or named

    def add(self, path: Path_, what: str, fix: str) -> None:
        """A mistake. One below a node also names the node; the same is told once, though it were found in several groups."""
        node = self.node_at(path)
        mistake = Mistake(path, f"node '{node.code}': {what}" if node else what, fix)
        if mistake not in self.found:
            self.found.append(mistake)

    def node_at(self, path: Path_) -> Node | None:
        """The node that a key path is in."""
        for n in range(len(path), 0, -1):
            if path[:n] in self.at:
                return self.at[path[:n]]
        return None

    def leaves(self) -> Iterator[tuple[Path_, Node]]:
        """All leaves of tree and side with their paths."""
        return ((path, node) for path, node in self.nodes if not node.children)

    def applicable(self, path: Path_) -> list[str]:
        """The groups to which a node and all above it apply."""
        above = [self.at[path[:n]] for n in range(1, len(path) + 1) if path[:n] in self.at]
        return [group for group in self.groups if not any(group in node.not_applicable_to for node in above)]

    def in_group(self, group: str, *numbers: object) -> str:
        """How a group is named in a sentence about numbers; empty where all groups have the same."""
        return f" in group '{group}'" if group and any(isinstance(number, dict) for number in numbers) else ""

    def known(self, path: Path_, code: str) -> None:
        """An indicator that is read must be declared, or made by a prepare step."""
        indicators = self.around.indicators
        if indicators is not None and code not in indicators and code not in self.derived:
            hint = nearest(code, sorted({*indicators, *self.derived}))
            self.add(path, f"there is no indicator '{code}'.", f"{hint}Declare it in indicators/.")

    def known_node(self, path: Path_, code: str) -> None:
        """A node that is named must be in the tree or beside it."""
        if code not in self.codes:
            self.add(path, f"'{code}' is no node of the tree or of side.", f"{nearest(code, self.codes)}Name a node's code.")

    def values(self, *more: str) -> set[str] | None:
        """Names of indicators and derived values; None where any may be right."""
        indicators = self.around.indicators
        return None if indicators is None else {*indicators, *self.derived, *more}

    def expression(self, path: Path_, sql: str, names: set[str] | None, condition: bool = False) -> None:
        """An SQL expression over the names."""
        try:
            check_expression(sql, names, condition)
        except Problem as problem:
            self.add(path, problem.what, problem.fix)

    def repeated(self, path: Path_, key: str, names: list[str], what: str, fix: str) -> None:
        """Each name that stands a second time in a list of parts. ``what`` may hold {name}."""
        for i, name in enumerate(names):
            if name in names[:i]:
                self.add((*path, i, key) if key else (*path, i), what.format(name=name), fix)


def parts(model: object, path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    """Every value that a declaration states, with its key path; parents first."""
    yield path, model
    if isinstance(model, BaseModel):
        for name, field in type(model).model_fields.items():
            if name in model.model_fields_set:
                yield from parts(getattr(model, name), (*path, field.alias or name))
    elif isinstance(model, list | tuple):
        for i, value in enumerate(model):
            yield from parts(value, (*path, i))
    elif isinstance(model, dict):
        for key, value in model.items():
            yield from parts(value, (*path, key))


def _nodes(siblings: list[Node], path: Path_) -> Iterator[tuple[Path_, Node]]:
    for i, node in enumerate(siblings):
        yield (*path, i), node
        yield from _nodes(node.children, (*path, i, "children"))
