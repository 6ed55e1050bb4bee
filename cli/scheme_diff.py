"""How ``traceless scheme diff`` shows what changed and what it does."""

from typing import Any

from rich.markup import escape

from cli.screen import results, table, tell
from declarations.scheme import Scheme
from pipeline.scheme_changes import Change
from pipeline.scheme_diff import Comparison


def show_changes(a: Scheme, b: Scheme, changes: list[Change]) -> None:
    """The differences in words, in the order of the new tree."""
    tell(f"[bold]{escape(a.title.zh)}[/] {a.id} {escape(a.version)} → [bold]{escape(b.title.zh)}[/] {b.id} {escape(b.version)}")
    if not changes:
        tell("nothing differs in what is computed 无差异")
        return
    for change in changes:
        tell(f"[bold]{escape(change.kind)}[/] {escape(change.where)}: {_said(change)}")
    tell(f"{len(changes)} {'change' if len(changes) == 1 else 'changes'} 变化")


def _said(change: Change) -> str:
    before, after = escape(change.before), escape(change.after)
    if before and after:
        return f"[red]{before}[/] → [green]{after}[/]"
    return f"[red]{before}[/]" if before else f"[green]{after}[/]"


def show_comparison(scheme: Scheme, found: Comparison, rows: int) -> None:
    """Scores, places and grades side by side; what moved the largest changes; a summary."""
    titles = {grade.grade: f"{grade.title.zh} {grade.grade}" for grade in scheme.grades}
    several = len({row["period"] for row in found.rows}) > 1
    columns = [
        *(["period"] if several else []),
        "subject 对象",
        "A",
        "B",
        "change 变化",
        "rank A",
        "rank B",
        "grade A → B 等次",
        "moved by 主要变动",
    ]
    shown = [
        [
            *([row["period"]] if several else []),
            row["subject_id"],
            row["score_a"],
            row["score_b"],
            _signed(row["change"]),
            row["rank_a"],
            row["rank_b"],
            _grades(row, titles),
            _moved(found, row),
        ]
        for row in found.rows[:rows]
    ]
    if shown:
        results.print(table("", columns, shown))
    if len(found.rows) > rows:
        tell(f"{rows} of {len(found.rows)} subjects, the largest changes first; more with --rows")
    _summary(found)


def _summary(found: Comparison) -> None:
    both = [row for row in found.rows if row["change"] is not None]
    moved = [row for row in both if row["change"]]
    largest = max((abs(row["change"]) for row in both), default=0.0)
    tell(f"scores 得分: {len(moved)} of {len(both)} change, by at most {largest:.4g}")
    tau = "cannot be said" if found.tau is None else f"{found.tau:.3f}"
    places = sum(bool(row["move"]) for row in found.rows)
    tell(f"order 位次: Kendall tau {tau} over {found.pairs} pairs; {places} change their place")
    tell(f"grades 等次: {len(found.regraded)} of {len(found.rows)} change")
    gone = [row["subject_id"] for row in found.rows if (row["score_a"] is None) != (row["score_b"] is None)]
    if gone:
        tell(f"[yellow]{len(gone)} have a score in one of the two only[/]: {escape(', '.join(gone[:10]))}")


def _grades(row: dict[str, Any], titles: dict[str, str]) -> str:
    a, b = (titles.get(row[key], row[key]) if row[key] else "–" for key in ("grade_a", "grade_b"))
    return a if a == b else f"{a} → {b}"


def _moved(found: Comparison, row: dict[str, Any]) -> str:
    parts = found.moved_by.get((row["period"], row["subject_id"]), [])
    return ", ".join(f"{part} {_signed(change)}" for part, change in parts)


def _signed(change: float | None) -> str:
    if not change:
        return "–" if change is None else "0"
    return f"{change:+.2f}" if abs(change) >= 0.005 else f"{change:+.2g}"
