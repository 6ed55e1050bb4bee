"""What would reach the next grade, leaf by leaf."""

from typing import Any

from rich.markup import escape

from cli.explain_words import ABSENT, measure, span
from cli.screen import cell, results, table, tell
from pipeline.explain import Explanation
from pipeline.reach import NOT_APPLICABLE, LeafReach, NextGrade


def show_reach(e: Explanation, found: NextGrade) -> None:
    """Each leaf's smallest value that reaches the next grade, the least effort first."""
    r = e.result
    who = f"[bold]{escape(r['subject_name'])}[/] ({escape(r['subject_id'])}), {r['scheme']} {r['period']}"
    tell(f"{who}: [bold]{cell(found.score)}[/] points 得分")
    if found.score != r["score"]:
        tell(f"[yellow]published was {cell(r['score'])}; the warehouse knows more by now[/]")
    if found.grade is None:
        tell("no better grade has a cut that is not reached already")
        return
    tell(f"next grade 下一等次: [bold]{escape(found.grade)}[/] from {'more than ' if found.above else ''}{cell(found.cut)} points"
         f"{', the lowest that has it now: by rank, the places of others may move' if found.by_rank else ''}")  # fmt: skip
    if found.unmet:
        tell(f"[yellow]it also asks for {', '.join(found.unmet)}[/]")
    titles = {node["node"]: node["title_zh"] for node in e.nodes}
    columns = ["leaf", "indicator", "now", "needed", "room used", "within", "note"]
    rows = [_reach_line(leaf, titles, e.units) for leaf in found.leaves if leaf.note != NOT_APPLICABLE]
    results.print(table("Each leaf alone 单项提升", columns, rows))
    tell("[dim]Others stay as they are. A ceiling or a veto may still keep the grade away. Never a target in itself.[/]")


def _reach_line(leaf: LeafReach, titles: dict[str, str], units: dict[str, str]) -> list[Any]:
    unit = units.get(leaf.indicator, "")
    bounds = span(leaf.low, leaf.high, unit) if leaf.low is not None and leaf.high is not None else None
    alone = f"at most {cell(leaf.best_score)} points" if leaf.needed is None and leaf.best_score is not None else None
    return [
        titles.get(leaf.node, leaf.node),
        leaf.indicator,
        measure(leaf.now, unit) if leaf.now is not None else ABSENT.get(leaf.status, leaf.status),
        measure(leaf.needed, unit) if leaf.needed is not None else "not by itself",
        f"{100 * leaf.effort:.0f} %" if leaf.effort is not None else None,
        bounds,
        leaf.note or alone,
    ]
