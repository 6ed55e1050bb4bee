"""A scheme as tables: what the scoring SQL joins with. One row a node, a node and group, a step, a rule."""

import duckdb

from declarations.base import Text
from declarations.check_scheme import ANY_GROUP, number_for
from declarations.indicator import Indicator
from declarations.rules import RuleProfile
from declarations.scheme import FromIndicator, Node, Scheme
from warehouse.rows import insert_rows

ROOT = "score"
_LEAF_NUMBERS = ("cap", "satisfactory", "excellent", "base", "low", "high", "scale", "when_equal", "factor", "otherwise")
_TABLES = {
    "scheme_node": "node varchar, parent varchar, depth int, ordinal int, is_leaf boolean, aggregate varchar, "
    "indicator varchar, title_en varchar, title_zh varchar",
    "scheme_weight": "node varchar, parent varchar, peer_group varchar, weight double",
    "scheme_leaf": "node varchar, peer_group varchar, indicator varchar, method varchar, direction varchar, applicable boolean, "
    "target double, target_indicator varchar, use_log boolean, " + ", ".join(f"{name} double" for name in _LEAF_NUMBERS),
    "scheme_step": "node varchar, at_least double, points double",
    "scheme_renormalise": "status varchar",
    "scheme_adjustment": "code varchar, kind varchar, decision_type varchar, points_each double, cap double",
    "scheme_veto": "code varchar, decision_type varchar, effect varchar, grade varchar",
    "scheme_grade": "grade varchar, ordinal int, at_least double, title_en varchar, title_zh varchar",
    "scheme_ceiling": "ordinal int, share double, rounding varchar",
    "scheme_tie": "node varchar, ordinal int",
}


def annual_tree(scheme: Scheme) -> list[Node]:
    """The tree of a year: with a blend, the quarterly results beside the year's own tree."""
    if scheme.blend is None:
        return scheme.tree
    quarters = [
        Node.model_validate(
            {
                "code": f"routine_q{n}",
                "title": {"en": f"Quarter {n}", "zh": f"第{n}季度"},
                "weight": 0.25,
                "indicator": f"routine_q{n}",
                "normalise": {"method": "as_is"},
            }
        )
        for n in (1, 2, 3, 4)
    ]
    routine = Node.model_construct(
        code="routine", title=Text(en="Routine results", zh="平时考核"), weight=scheme.blend.routine, children=quarters,
        aggregate="arithmetic", indicator=None, normalise=None, not_applicable_to=[],
    )  # fmt: skip
    annual = Node.model_construct(
        code="annual", title=Text(en="The year's indicators", zh="年度指标"), weight=scheme.blend.annual, children=scheme.tree,
        aggregate=scheme.aggregate, indicator=None, normalise=None, not_applicable_to=[],
    )  # fmt: skip
    return [routine, annual]


def fill_scheme_tables(
    connection: duckdb.DuckDBPyConnection,
    scheme: Scheme,
    profile: RuleProfile,
    indicators: dict[str, Indicator],
    tree: list[Node],
) -> int:
    """Fill the temp tables ``scheme_*``; returns the depth of the tree."""
    rows: dict[str, list[list[object]]] = {table: [] for table in _TABLES}
    groups = list(scheme.groups) or [ANY_GROUP]
    blended = scheme.blend is not None and tree is not scheme.tree
    root = Node.model_construct(
        code=ROOT, title=scheme.title, weight=1.0, children=tree, aggregate="arithmetic" if blended else scheme.aggregate,
        indicator=None, normalise=None, not_applicable_to=[],
    )  # fmt: skip
    depth = _walk(rows, root, None, 0, groups, indicators)
    ordinals = {grade.grade: n for n, grade in enumerate(scheme.grades, 1)}
    rows["scheme_renormalise"] = [[status] for status in scheme.renormalise]
    rows["scheme_adjustment"] = [[a.code, a.kind, a.decision_type, a.points_each, a.cap] for a in scheme.adjustments]
    rows["scheme_veto"] = [[v.code, v.decision_type, v.effect, v.grade] for v in scheme.vetoes]
    rows["scheme_grade"] = [[g.grade, ordinals[g.grade], g.at_least, g.title.en, g.title.zh] for g in scheme.grades]
    rows["scheme_ceiling"] = [[ordinals[c.grade], c.share, c.rounding] for c in profile.ceilings if c.subject_class == scheme.subject_class]
    rows["scheme_tie"] = [[node, n] for n, node in enumerate(scheme.ties)]
    for table, columns in _TABLES.items():
        connection.execute(f"create or replace temp table {table} ({columns})")
        insert_rows(connection, table, rows[table])
    return depth


def _walk(
    rows: dict[str, list[list[object]]],
    node: Node,
    parent: Node | None,
    depth: int,
    groups: list[str],
    indicators: dict[str, Indicator],
) -> int:
    rows["scheme_node"].append(
        [node.code, parent.code if parent else None, depth, len(rows["scheme_node"]), not node.children, node.aggregate,
         node.indicator, node.title.en, node.title.zh]
    )  # fmt: skip
    for group in groups:
        rows["scheme_weight"].append([node.code, parent.code if parent else None, group, number_for(node.weight, group) or 0.0])
    if not node.children:
        _leaf(rows, node, groups, indicators)
    return max([depth, *(_walk(rows, child, node, depth + 1, groups, indicators) for child in node.children)])


def _leaf(rows: dict[str, list[list[object]]], leaf: Node, groups: list[str], indicators: dict[str, Indicator]) -> None:
    method = leaf.normalise
    assert method is not None
    assert leaf.indicator is not None
    direction = indicators[leaf.indicator].direction if leaf.indicator in indicators else "higher"
    target = getattr(method, "target", None)
    from_indicator = target.indicator if isinstance(target, FromIndicator) else None
    for group in groups:
        numbers = [number_for(getattr(method, name, None), group) for name in _LEAF_NUMBERS]  # type: ignore[arg-type]
        fixed = None if from_indicator else number_for(target, group)  # type: ignore[arg-type]
        rows["scheme_leaf"].append(
            [leaf.code, group, leaf.indicator, method.method, direction, group not in leaf.not_applicable_to,
             fixed, from_indicator, getattr(method, "log", False), *numbers]
        )  # fmt: skip
    rows["scheme_step"] += [[leaf.code, step.at_least, step.points] for step in getattr(method, "steps", [])]
