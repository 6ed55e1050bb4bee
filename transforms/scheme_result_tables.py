"""What a scheme and its rule profile say about the result, as tables: adjustments, vetoes, grades, ceilings, consequences.

Ordinals count from 1 in the order of declaration; grades from the best. Nodes and indicators are numbers of ``scheme_node`` and
``scheme_indicator``, which must be there.
"""

from typing import Any

import duckdb

from declarations.rules import Ceiling, Consequence, RuleProfile
from declarations.scheme import Adjustment, FromIndicator, Scheme, Veto, fixed_for
from declarations.scheme.adjust import Table
from warehouse.rows import insert_rows

_TABLES = {
    "scheme_adjustment": "ordinal int, group_no int, applies boolean, code varchar, kind varchar, cap double, pool varchar, "
    "pool_cap double, decision_type varchar, points_each double, once boolean, points double, factor double, "
    "own_indicator_no int, node_no int, indicator_no int, otherwise double, low double, high double, at_most double, "
    "share double",
    "scheme_adjustment_node": "ordinal int, node_no int",
    "scheme_adjustment_step": "ordinal int, group_no int, bound double, inclusive boolean, upward boolean, points double",
    "scheme_veto": "veto_no int, code varchar, decision_type varchar, effect varchar, grade_no int",
    "scheme_grade": "grade_no int, grade varchar, title_en varchar, title_zh varchar, cut double, above boolean, top_share double, "
    "top_count int, rounding varchar",
    "scheme_requirement": "grade_no int, node_no int, at_least double",
    "scheme_tie": "tie_no int, node_no int",
    "scheme_ceiling": "ceiling_no int, grade_no int, share double, rounding varchar, by_group boolean, grain varchar, "
    "approved_share double, approved_by varchar, unit_minimum int",
    "scheme_ceiling_unit": "ceiling_no int, unit_grade varchar, share double",
    "scheme_ceiling_chief": "ceiling_no int, unit_grade varchar",
    "scheme_consequence": "consequence_no int, code varchar, title_en varchar, title_zh varchar, rule varchar, decision_type varchar, "
    "grade varchar, years int, within int",
}
Rows = dict[str, list[list[Any]]]


def fill_result_tables(connection: duckdb.DuckDBPyConnection, scheme: Scheme, profile: RuleProfile) -> None:
    """Make the temp tables of ``_TABLES`` for one scheme under one rule profile."""
    nodes = dict(connection.execute("select node, node_no from scheme_node").fetchall())
    indicators = dict(connection.execute("select indicator, indicator_no from scheme_indicator").fetchall())
    groups = connection.execute("select group_no, peer_group from scheme_group").fetchall()
    rows: Rows = {table: [] for table in _TABLES}
    for ordinal, adjustment in enumerate(scheme.adjustments, 1):
        for group_no, group in groups:
            rows["scheme_adjustment"].append([ordinal, group_no, *_adjustment(scheme, adjustment, group, nodes, indicators)])
            if isinstance(adjustment, Table):
                steps = adjustment.table.steps_for(group)
                rows["scheme_adjustment_step"] += [[ordinal, group_no, s.bound, s.inclusive, s.upward, s.points] for s in steps]
        rows["scheme_adjustment_node"] += [[ordinal, nodes[node]] for node in getattr(adjustment, "nodes", [])]
    _grades(rows, scheme, profile, nodes)
    consequences = [c for c in profile.consequences if c.subject_class in (None, scheme.subject_class)]
    rows["scheme_consequence"] = [_consequence(n, c) for n, c in enumerate(consequences, 1)]
    for table, columns in _TABLES.items():
        connection.execute(f"create or replace temp table {table} ({columns})")
        insert_rows(connection, table, rows[table])


def _adjustment(scheme: Scheme, a: Adjustment, group: str, nodes: dict[str, int], indicators: dict[str, int]) -> list[Any]:
    def field(name: str) -> Any:
        return getattr(a, name, None)

    by = field("by") or field("node")
    number = field("factor") if a.kind == "multiply" else field("points")
    own = indicators[number.indicator] if isinstance(number, FromIndicator) else None
    table = a.table if isinstance(a, Table) else None
    return [
        not a.groups or group in a.groups, a.code, a.kind, a.cap, a.pool, scheme.adjustment_caps.get(a.pool or ""),
        field("decision_type"), field("points_each"), field("once"), fixed_for(field("points"), group), fixed_for(field("factor"), group),
        own, nodes.get(by or ""), None if by in nodes else indicators.get(by or ""), table.otherwise if table else None,
        field("low"), field("high"), field("at_most"), field("share"),
    ]  # fmt: skip


def _grades(rows: Rows, scheme: Scheme, profile: RuleProfile, nodes: dict[str, int]) -> None:
    numbers = {grade.grade: n for n, grade in enumerate(scheme.grades, 1)}
    for n, g in enumerate(scheme.grades, 1):
        rows["scheme_grade"].append([n, g.grade, g.title.en, g.title.zh, g.cut, g.above is not None, g.top_share, g.top_count, g.rounding])
        rows["scheme_requirement"] += [[n, nodes[r.node], r.at_least] for r in g.requires]
    rows["scheme_tie"] = [[n, nodes[node]] for n, node in enumerate(scheme.ties, 1)]
    rows["scheme_veto"] = [_veto(n, veto, numbers) for n, veto in enumerate(scheme.vetoes, 1)]
    ceilings = [c for c in profile.ceilings if c.subject_class == scheme.subject_class and c.grade in numbers]
    # the better grade's ceilings first, so that who falls out of one is there when the next is applied
    for n, ceiling in enumerate(sorted(ceilings, key=lambda c: numbers[c.grade]), 1):
        rows["scheme_ceiling"].append(_ceiling(n, ceiling, numbers))
        rows["scheme_ceiling_unit"] += [[n, grade, share] for grade, share in ceiling.by_unit_grade.items()]
        rows["scheme_ceiling_chief"] += [[n, grade] for grade in ceiling.chief_barred_in]


def _veto(n: int, veto: Veto, numbers: dict[str, int]) -> list[Any]:
    return [n, veto.code, veto.decision_type, veto.effect, numbers.get(veto.grade or "")]


def _ceiling(n: int, c: Ceiling, numbers: dict[str, int]) -> list[Any]:
    by_group = c.within == "group"
    return [n, numbers[c.grade], c.share, c.rounding, by_group, c.grain, c.approved_share, c.approved_by, c.unit_minimum]


def _consequence(n: int, c: Consequence) -> list[Any]:
    years, within = (c.consecutive_years, c.consecutive_years) if c.consecutive_years else (c.years, c.within)
    return [n, c.code, c.title.en, c.title.zh, c.rule, c.decision_type, c.grade, years, within]
