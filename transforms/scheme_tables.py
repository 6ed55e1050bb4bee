"""A scheme as tables: what the scoring SQL joins with. One row a node, a node and group, a step, a rule."""

from collections.abc import Iterator
from typing import Any

import duckdb

from declarations.base import Text
from declarations.indicator import Indicator
from declarations.scheme import ANY_GROUP, COMPARING, FromIndicator, FromPeers, Node, Scheme, fixed_for, indicators_read, method_of
from declarations.scheme.after import After, Compare
from declarations.scheme.normalise import Expression, Ladder, Piecewise, peers_of
from transforms.leaf_columns import LEAF_COLUMNS, LEAF_SCALARS
from warehouse.rows import insert_rows

ROOT = "score"
FINAL = -1
Rows = dict[str, list[list[Any]]]
_TABLES = {
    "scheme_group": "group_no int, peer_group varchar",
    "scheme_indicator": "indicator_no int, indicator varchar, direction varchar",
    "scheme_unit": "indicator varchar, scheme varchar, chief double, deputy double",
    "scheme_node": "node_no int, node varchar, parent_no int, depth int, ordinal int, is_leaf boolean, side boolean, aggregate varchar, "
    "p double, best_count int, raw boolean, minimum_available int, minimum_coverage double, indicator varchar, title_en varchar, "
    "title_zh varchar",
    "scheme_weight": "group_no int, node_no int, parent_no int, weight double",
    "scheme_factor": "group_no int, node_no int, factor double",
    "scheme_step": "group_no int, node_no int, is_fallback boolean, ordinal int, bound double, inclusive boolean, upward boolean, "
    "points double",
    "scheme_corner": 'group_no int, node_no int, is_fallback boolean, ordinal int, "at" double, points double',
    "scheme_parameter": "group_no int, node_no int, is_fallback boolean, parameter varchar, indicator_no int",
    "scheme_peer_parameter": "group_no int, node_no int, is_fallback boolean, parameter varchar, statistic varchar, q double",
    "scheme_missing": "node_no int, status varchar, rule varchar, points double",
    "scheme_after": "group_no int, node_no int, ordinal int, op varchar, a double, b double, how varchar",
}


class SchemeTables:
    """The rows of one scheme's tables, gathered in one walk over its trees."""

    def __init__(self, scheme: Scheme, indicators: dict[str, Indicator], tree: list[Node], minimum_peers: int) -> None:
        self.scheme, self.indicators, self.minimum_peers = scheme, indicators, minimum_peers
        self.rows: Rows = {table: [] for table in [*_TABLES, "scheme_leaf"]}
        self.groups = list(scheme.groups) or [ANY_GROUP]
        self.arguments: set[str] = set()
        self.depth = 0
        self.numbers: dict[str, int] = {}
        self.nodes: dict[str, int] = {}
        self.rows["scheme_group"] = [[n, group] for n, group in enumerate(self.groups)]
        blended = scheme.blend is not None and tree is not scheme.tree
        root = Node.model_construct(
            code=ROOT, title=scheme.title, children=tree, aggregate="arithmetic" if blended else scheme.aggregate,
            after=[] if blended else scheme.after, minimum_available=scheme.minimum_available, minimum_coverage=scheme.minimum_coverage,
        )  # fmt: skip
        self._number_indicators([*tree, *scheme.side])
        self.root = root
        self._walk(root, None, 0, [1.0] * len(self.groups), side=False)
        for node in scheme.side:
            self._walk(node, None, 0, [1.0] * len(self.groups), side=True)
        self._after(FINAL, scheme.final)

    def _number_indicators(self, tree: list[Node]) -> None:
        leaves = [leaf for node in tree for leaf in node.walk() if not leaf.children]
        read = {leaf.indicator for leaf in leaves if leaf.indicator} | indicators_read(self.scheme) | self.scheme.derived_codes()
        for leaf in leaves:
            if leaf.unit_result:
                read.add(unit_indicator(leaf))
                self.rows["scheme_unit"].append(
                    [unit_indicator(leaf), leaf.unit_result.scheme, leaf.unit_result.chief, leaf.unit_result.deputy]
                )
        self.numbers = {code: n for n, code in enumerate(sorted(read))}
        self.rows["scheme_indicator"] = [[n, code, self._direction(code, None)] for code, n in self.numbers.items()]

    def _direction(self, code: str, leaf: Node | None) -> str:
        if leaf is not None and leaf.direction:
            return leaf.direction
        found = self.indicators.get(code)
        return "lower" if found is not None and found.direction == "lower" else "higher"

    def _walk(
        self, node: Node, parent: int | None, depth: int, weights: list[float], side: bool, apart: frozenset[str] = frozenset()
    ) -> None:
        """A node and all below it. ``apart``: groups that something above does not apply to."""
        apart = apart.union(node.not_applicable_to)
        number = len(self.rows["scheme_node"])
        self.nodes[node.code] = number
        self.depth = max(self.depth, depth)
        how = None if isinstance(node.aggregate, str) else node.aggregate
        method, p = method_of(node.aggregate), getattr(how, "p", None)
        if method == "harmonic":
            method, p = "power", -1.0
        self.rows["scheme_node"].append(
            [number, node.code, parent, depth, number, not node.children, side, method, p,
             getattr(how, "count", None), getattr(how, "raw", False), node.minimum_available, node.minimum_coverage,
             unit_indicator(node) if node.unit_result else node.indicator, node.label.en, node.label.zh]
        )  # fmt: skip
        for group, weight in enumerate(weights):
            self.rows["scheme_weight"].append([group, number, parent, weight])
        self._after(number, node.after)
        if not node.children:
            self._leaf(number, node, apart)
        for child, shares in zip(node.children, self._weights(node), strict=True):
            self._walk(child, number, depth + 1, shares, side, apart)

    def _weights(self, node: Node) -> list[list[float]]:
        """For each child its weight in each group: shares of 1, but under a sum as declared."""
        raw = [[fixed_for(child.weight, group) or 0.0 for group in self.groups] for child in node.children]
        if method_of(node.aggregate) == "sum":
            return raw
        totals = [sum(column) for column in zip(*raw, strict=True)] if raw else []
        return [[w / total if total else 0.0 for w, total in zip(row, totals, strict=True)] for row in raw]

    def _after(self, number: int, steps: list[After]) -> None:
        for group_no, group in enumerate(self.groups):
            factor = 1.0
            for ordinal, step in enumerate(steps):
                row = self._compare_row(step.compare) if step.compare is not None else _after_row(step, group)
                factor *= row[1] if row[0] == "multiply" else 1.0
                self.rows["scheme_after"].append([group_no, number, ordinal, *row])
            self.rows["scheme_factor"].append([group_no, number, factor])

    def _compare_row(self, compare: Compare) -> list[Any]:
        """a: 1 where everybody is compared, 0 within the group; b: 1 where the deviation is the population's."""
        by_all = compare.peers == "all" or self.scheme.peers == "class"
        return ["compare", float(by_all), float(compare.estimator == "population"), compare.by]

    def _leaf(self, number: int, leaf: Node, apart: frozenset[str]) -> None:
        code = leaf.indicator or unit_indicator(leaf)
        for status in ("not_applicable", "not_reported", "too_few", "source_down", "invalid"):
            rule = self.scheme.missing_rule(leaf, status)  # type: ignore[arg-type]
            self.rows["scheme_missing"].append(
                [number, status, rule if isinstance(rule, str) else "points", None if isinstance(rule, str) else rule]
            )
        for group_no, group in enumerate(self.groups):
            method = leaf.normalise_by_group.get(group, leaf.normalise)
            for is_fallback, one in ((False, method), (True, getattr(method, "fallback", None))):
                if one is None:
                    continue
                minimum = (getattr(one, "minimum_peers", None) or self.minimum_peers) if one.method in COMPARING else None
                fixed = [self._parameter(group_no, number, is_fallback, name, getattr(one, name, None), group) for name in LEAF_SCALARS]
                arguments = {
                    f"arg_{name}": self._parameter(group_no, number, is_fallback, f"arg_{name}", value, group)
                    for name, value in (one.parameters.items() if isinstance(one, Expression) else ())
                }
                self.arguments |= set(arguments)
                self.rows["scheme_leaf"].append(
                    [group_no, number, is_fallback, self.numbers[code], one.method, self._direction(code, leaf),
                     group not in apart, leaf.minimum_n, self._peers_by(one), minimum, *fixed, arguments]
                )  # fmt: skip
                self._tables(group_no, number, is_fallback, one, group)

    def _peers_by(self, method: Any) -> str | None:
        """Whom the leaf's peers are taken among; 'group' also for parameters that are statistics of the peers."""
        by = peers_of(method)
        return "all" if by == "group" and self.scheme.peers == "class" else by

    def _parameter(self, group_no: int, number: int, is_fallback: bool, name: str, value: Any, group: str) -> Any:
        if isinstance(value, FromIndicator):
            self.rows["scheme_parameter"].append([group_no, number, is_fallback, name, self.numbers[value.indicator]])
            return None
        if isinstance(value, FromPeers):
            self.rows["scheme_peer_parameter"].append([group_no, number, is_fallback, name, value.peers, value.q])
            return None
        return fixed_for(value, group) if isinstance(value, dict) else value

    def _tables(self, group_no: int, number: int, is_fallback: bool, method: Any, group: str) -> None:
        key = [group_no, number, is_fallback]
        if isinstance(method, Ladder):
            for n, step in enumerate(method.steps_for(group)):
                self.rows["scheme_step"].append([*key, n, step.bound, step.inclusive, step.upward, step.points])
        if isinstance(method, Piecewise):
            for n, corner in enumerate(method.corners):
                at = self._parameter(group_no, number, is_fallback, f"at_{n}", corner.at, group)
                self.rows["scheme_corner"].append([*key, n, at, fixed_for(corner.points, group)])

    def has_steps(self, leaves: bool) -> bool:
        """Whether a leaf, or a branch, has steps after its points."""
        kinds = {row[0]: row[5] for row in self.rows["scheme_node"]}
        return any(kinds.get(row[1]) is leaves for row in self.rows["scheme_after"])

    def fill(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make the temp tables ``scheme_*``."""
        arguments = sorted(self.arguments)
        leaf = ", ".join([LEAF_COLUMNS, *(f'"{name}" double' for name in arguments)])
        for row in self.rows["scheme_leaf"]:
            given = row.pop()
            row += [given.get(name) for name in arguments]
        for table, columns in {**_TABLES, "scheme_leaf": leaf}.items():
            connection.execute(f"create or replace temp table {table} ({columns})")
            insert_rows(connection, table, self.rows[table])


def unit_indicator(leaf: Node) -> str:
    """The name under which a unit's result stands among the values."""
    return f"unit_result.{leaf.code}"


def _after_row(step: After, group: str) -> list[Any]:
    if step.round is not None:
        return ["round", step.round.decimals, None, step.round.rounding]
    if step.clamp is not None:
        return ["clamp", step.clamp.low, step.clamp.high, None]
    op, amount = next((name, getattr(step, name)) for name in ("multiply", "add", "power") if getattr(step, name) is not None)
    return [op, fixed_for(amount, group), None, None]


def annual_tree(scheme: Scheme) -> list[Node]:
    """The tree of a year: with a blend, the quarterly, special and earlier results beside the year's own tree."""
    if scheme.blend is None:
        return scheme.tree
    return [node for node in _blended(scheme) if node.weight]


def _blended(scheme: Scheme) -> Iterator[Node]:
    blend = scheme.blend
    assert blend is not None
    quarters = [_result_leaf(f"routine_q{n}", Text(en=f"Quarter {n}", zh=f"第{n}季度"), 0.25) for n in (1, 2, 3, 4)]
    yield Node.model_construct(code="routine", title=Text(en="Routine results", zh="平时考核"), weight=blend.routine, children=quarters)
    yield Node.model_construct(
        code="annual", title=Text(en="The year's indicators", zh="年度指标"), weight=blend.annual, children=scheme.tree,
        aggregate=scheme.aggregate, after=scheme.after,
    )  # fmt: skip
    for special in blend.special:
        title = Text(en=f"Special appraisal {special.scheme}", zh=f"专项考核 {special.scheme}")
        yield _result_leaf(f"special.{special.scheme}", title, special.weight)
    if blend.term:
        yield _result_leaf("term", Text(en=f"Mean of {blend.term.years} years before", zh=f"前{blend.term.years}年平均"), blend.term.weight)


def _result_leaf(code: str, title: Text, weight: float) -> Node:
    return Node.model_validate(
        {"code": code, "title": title, "weight": weight, "indicator": code,
         "normalise": {"method": "as_is", "least": None, "most": None}}
    )  # fmt: skip
