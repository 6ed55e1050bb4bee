"""What moved a score, leaf by leaf and in all."""

from typing import Any

from rich.markup import escape

from cli.explain_words import ABSENT, rounded
from cli.screen import cell, results, table, tell
from pipeline.movement import Moved, Movement

PLACES = 4
PARTS = {"values": "数值", "weights": "权重", "data": "数据有无", "scheme": "方案", "adjustments": "加减分", "rounding": "取整"}


def show_movement(m: Movement) -> None:
    """The change of the score, leaf by leaf, then its parts; they add up."""
    before, after = m.before, m.after
    tell(f"[bold]{escape(after.result['subject_name'])}[/] ({escape(after.result['subject_id'])})")
    tell(f"[bold]{cell(before.result['score'])} → {cell(after.result['score'])}[/] points 得分, "
         f"[bold]{m.change:+.{PLACES}f}[/], from {escape(before.label)} to {escape(after.label)}")  # fmt: skip
    columns = ["leaf", "indicator", "value", "points", "by its value", "by weights", "change"]
    results.print(table("What moved 变动", columns, [_moved_line(leaf) for leaf in m.leaves if abs(leaf.change) >= 10**-PLACES / 2]))
    if m.adjustments:
        rows = [[a.code, _signed(a.given_before), _signed(a.given_after), _signed(a.change)] for a in m.adjustments]
        results.print(table("Adjustments 加减分", ["code", "before", "after", "change"], rows))
    parts = " ".join(f"{_signed(amount)} {name} {PARTS[name]}" for name, amount in m.by_category.items() if abs(amount) > 1e-12)
    tell(f"{m.change:+.{PLACES}f} = {parts or 'nothing moved'}")


def _moved_line(leaf: Moved) -> list[Any]:
    rows = [row for row in (leaf.after, leaf.before) if row is not None]
    values, points = ([_or_status(row, key) for row in (leaf.before, leaf.after)] for key in ("raw", "normalised"))
    split = [_signed(leaf.values), _signed(leaf.weights)] if leaf.category == "values" else [f"({leaf.category})", ""]
    shown = [" → ".join(pair) if len(set(pair)) > 1 else pair[0] for pair in (values, points)]
    return [rows[0].get("title_zh") or leaf.code, rows[0]["indicator"], *shown, *split, _signed(leaf.change)]


def _or_status(row: dict[str, Any] | None, key: str) -> str:
    if row is None:
        return "not in the scheme"
    return cell(rounded(row[key])) if row[key] is not None else ABSENT.get(row["status"], row["status"])


def _signed(amount: float) -> str:
    return f"{amount:+.{PLACES}f}" if abs(amount) >= 10**-PLACES / 2 else "0"
