"""``traceless explain``: why a score is what it is, down to source rows."""

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.tree import Tree

from cli.explain_words import ABSENT, measure, rounded
from cli.screen import cell, results, table, tell, working
from cli.show_movement import show_movement
from declarations.feed import FeedContract
from declarations.project import Project, open_project
from pipeline.explain import Explanation, SourceRows, moved_since, source_rows
from pipeline.explain import explain as explain_subject

ROWS = 5


def explain(
    subject: Annotated[str, typer.Argument(help="Id or name of an organisation or cadre, such as T01.")],
    period: Annotated[str, typer.Option(help="A year or a quarter: 2025, 2025-Q3.")],
    scheme: Annotated[str | None, typer.Option(help="Where a subject has several.")] = None,
    indicator: Annotated[str | None, typer.Option(help="With --rows: only this indicator's rows.")] = None,
    rows: Annotated[int | None, typer.Option(help="Show so many source rows of each indicator.", min=1)] = None,
    publication: Annotated[str | None, typer.Option(help="As an older publication said it.")] = None,
    since: Annotated[
        str | None, typer.Option("--moved-since", help="What moved the score since another period, or an older publication.")
    ] = None,
    reach: Annotated[bool, typer.Option("--reach", help="What would reach the next grade, each leaf alone, by the data of today.")] = False,
) -> None:
    """The tree of a published score with each node's contribution; with --rows the source rows and their batches."""
    project = open_project()
    explanation = explain_subject(project, subject, period, scheme, publication)
    if since:
        show_movement(moved_since(project, explanation, since, publication))
    if reach:
        _reach(project, explanation)
    if not (since or reach):
        _explain(project, explanation, indicator, rows, publication)


def _reach(project: Project, explanation: Explanation) -> None:
    from cli.show_reach import show_reach  # the engine is not needed for reading what is published
    from pipeline.reach import next_grade
    from pipeline.warehouse_scenario import warehouse_scenario

    found = explanation.result
    with working(f"scoring {found['subject_id']} with other values"):
        outcome = next_grade(warehouse_scenario(project, found["scheme"], found["subject_id"], found["period"]))
    show_reach(explanation, outcome)


def _explain(project: Project, explanation: Explanation, indicator: str | None, rows: int | None, publication: str | None) -> None:
    leaves = [n for n in explanation.leaves if n["indicator"] and n["status"] == "ok" and n["indicator"] in explanation.units]
    codes = [indicator] if indicator else [n["indicator"] for n in leaves] if rows else []
    found = [source_rows(project, explanation, code, rows or ROWS, publication) for code in codes]
    _show_result(explanation)
    tell("[dim]contribution 贡献分, weight 权重×points 得分 ← indicator 指标, n cases 样本量[/]")
    for tree in _trees(explanation):
        results.print(tree)
    _show_listed("Adjustments 加减分", explanation.adjustments,
                 ["code", "kind", "document_no", "decided_on", "authority", "evidence", "counted_points"])  # fmt: skip
    _show_listed("Flags 提示: people decide what follows", explanation.flags, ["title_zh", "title_en", "rule", "evidence"])
    _show_listed(
        "To be reviewed 复核事项: no deduction", explanation.reviews, ["severity", "title_zh", "title_en", "subject_id", "evidence"]
    )
    for one in found:
        _show_rows(one, project.readable_feeds.get(one.feed["feed"]))
    if not found:
        tell("source rows of a leaf: add --indicator CODE --rows 5")


def _show_listed(title: str, rows: list[dict[str, Any]], columns: list[str]) -> None:
    """A table of the rows, without columns that are empty in all; nothing for none. Older publications lack some columns."""
    kept = [c for c in columns if any(row.get(c) is not None for row in rows)]
    if rows:
        results.print(table(title, [c.replace("counted_points", "points") for c in kept], [[row.get(c) for c in kept] for row in rows]))


def _show_result(e: Explanation) -> None:
    r, p = e.result, e.publication
    reason = "; ".join(part for part in (r["grade_note"], r.get("grade_evidence")) if part)
    note = f" ({reason.replace('_', ' ')})" if reason else ""
    tell(f"[bold]{escape(r['subject_name'])}[/] ({escape(r['subject_id'])}), {r['scheme']} {r['period']}")
    tell(
        f"[bold]{cell(r['score'])}[/] points 得分, coverage 覆盖率 {100 * r['coverage']:.1f} %, "
        f"suggested grade 建议等次: {escape(r['grade_title'] or '–')}{escape(note)}"
    )
    if r["base_score"] is not None:
        leaves = sum(n["contribution"] or 0 for n in e.leaves)
        points = sum(a["counted_points"] for a in e.adjustments)
        tell(f"leaf contributions {leaves:.6f} + adjustments {points:g} = {leaves + points:.6f}")
    by = f" by {escape(p['approver'])}" if p["approver"] else ""
    tell(f"[dim]{p['publication']}, {p['state']}{by}, data as of {cell(p['as_of'])} UTC. A suggestion; people decide.[/]")


def _trees(e: Explanation) -> list[Tree]:
    """The score's tree, then those beside it. Parents come before their children."""
    branches: dict[str, Tree] = {}
    root = Tree("")
    for node in e.nodes:
        branches[node["node"]] = branches.get(node["parent"], root).add(_line(node, e.units))
    return root.children


def _line(node: dict[str, Any], units: dict[str, str]) -> str:
    name = f"{escape(node['title_zh'])} {escape(node['title_en'])}"
    cases = f", n={node['n']}" if node["n"] is not None else ""
    if node["status"] not in ("ok", "incomplete"):
        read = f" [dim]← {node['indicator']}{cases}[/]" if node["indicator"] else ""
        return f"[yellow]      –[/]  {name} [yellow]{ABSENT.get(node['status'], '')} {node['status']}[/]{read}"
    weight = f"{node['weight']:.3f}×" if node["weight"] is not None else ""
    raw = ""
    if node["indicator"]:
        unit = units.get(node["indicator"], "points 0-100")
        target = f", target {measure(node['target'], unit)}" if node["target"] is not None else ""
        treated = f" → {measure(node['value'], unit)} ({node['prepared']})" if node.get("prepared") and node["value"] is not None else ""
        came = measure(node["raw"], unit) if node["raw"] is not None else "–"
        raw = f" ← {node['indicator']} {came}{treated}{target}{cases}"
    contribution = f"{node['contribution']:7.3f}" if node["contribution"] is not None else "      –"
    return f"[bold]{contribution}[/]  {name} [dim]{weight}{cell(rounded(node['normalised']))}{escape(raw)}[/]"


def _show_rows(found: SourceRows, contract: FeedContract | None) -> None:
    i, feed = found.indicator, found.feed
    tell(f"\n[bold]{escape(i['title_zh'])} {escape(i['title_en'])}[/] = {escape(i['formula'])} [dim]({escape(i['unit'])})[/]")
    if found.removed:
        tell(f"[yellow]{escape(found.removed)}[/]; what was computed of them stands")
    if not found.rows:
        tell("no source rows")
        return
    labels = {c.name: c.zh for c in contract.columns if c.zh != c.name} if contract else {}
    first = list(dict.fromkeys([*feed["key_columns"].split(","), i["decisive_date"]]))
    counted = [name for name in ("numerator_value", "denominator_value") if any(row[name] is not None for row in found.rows)]
    rest = [name for name in found.rows[0] if name not in (*first, "numerator_value", "denominator_value", "batch_id", "row_no")]
    rows = [
        [
            *(row[name] for name in first),
            *(int(row[name]) if isinstance(row[name], bool) else row[name] for name in counted),
            "; ".join(f"{_labelled(k, labels)} {cell(row[k])}" for k in rest if row[k] is not None),
            row["batch_id"],
            row["row_no"],
        ]
        for row in found.rows
    ]
    columns = [*(_labelled(name, labels) for name in first), *(name.removesuffix("_value") for name in counted), "the row says"]
    title = f"{feed['title_zh']} {feed['title_en']}: {len(found.rows)} of the {found.total} rows counted"
    results.print(table(title, [*columns, "batch", "row"], rows))
    keys = ["batch_id", "pulled_at", "since", "until", "fetched", "accepted", "quarantined", "content_hash"]
    results.print(table("Their batches", keys, ([b[k] for k in keys] for b in found.batches)))


def _labelled(column: str, labels: dict[str, str]) -> str:
    return f"{labels[column]} {column}" if column in labels else column
