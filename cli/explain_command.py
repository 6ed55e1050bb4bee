"""``traceless explain``: why a score is what it is, down to source rows."""

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.tree import Tree

from cli.screen import cell, results, table
from declarations.project import open_project
from pipeline.explain import Explanation, SourceRows, source_rows
from pipeline.explain import explain as explain_subject


def explain(
    subject: Annotated[str, typer.Argument(help="Id or name of an organisation or cadre, such as T01.")],
    period: Annotated[str, typer.Option(help="A year or a quarter: 2025, 2025-Q3.")],
    scheme: Annotated[str | None, typer.Option(help="Where a subject has several.")] = None,
    indicator: Annotated[str | None, typer.Option(help="With --rows: only this indicator's rows.")] = None,
    rows: Annotated[int | None, typer.Option(help="Show so many source rows of each indicator.", min=1)] = None,
    publication: Annotated[str | None, typer.Option(help="As an older publication said it.")] = None,
) -> None:
    """The tree of a published score with each node's contribution; with --rows the source rows and their batches."""
    project = open_project()
    explanation = explain_subject(project, subject, period, scheme, publication)
    _show_result(explanation)
    results.print(_tree(explanation))
    if explanation.adjustments:
        columns = ["code", "kind", "document_no", "decided_on", "authority", "counted_points"]
        listed = [[row[c] for c in columns] for row in explanation.adjustments]
        results.print(table("Adjustments 加减分", columns, listed))
    if rows is None and indicator is None:
        results.print("source rows of a leaf: add --indicator CODE --rows 5")
        return
    leaves = [n for n in explanation.nodes if n["indicator"] and n["status"] == "ok" and not n["indicator"].startswith("routine_")]
    codes = [indicator] if indicator else [n["indicator"] for n in leaves]
    for code in codes:
        _show_rows(source_rows(project, explanation, code, rows or 5, publication))


def _show_result(e: Explanation) -> None:
    r = e.result
    results.print(
        f"[bold]{escape(r['subject_name'])}[/] ({escape(r['subject_id'])}), {r['scheme']} {r['period']}: "
        f"[bold]{cell(r['score'])}[/] points, coverage {100 * r['coverage']:.1f} %, "
        f"suggested grade 建议等次: {r['grade_title'] or '–'}{' (' + r['grade_note'] + ')' if r['grade_note'] else ''}"
    )
    p = e.publication
    by = f", approved by {p['approver']}" if p["approver"] else ""
    results.print(f"[dim]{p['publication']}, {p['state']}{by}, data as of {cell(p['as_of'])} UTC. A suggestion; people decide.[/]")
    leaves = sum(n["contribution"] or 0 for n in e.nodes if n["indicator"])
    points = sum(a["counted_points"] for a in e.adjustments)
    base = cell(r["base_score"])
    results.print(f"leaf contributions {leaves:.6f} + adjustments {points:g} = {leaves + points:.6f} (indicator score {base})")


def _tree(e: Explanation) -> Tree:
    branches: dict[str, Tree] = {}
    root = Tree("")
    for node in e.nodes:
        place = branches.get(node["parent"], root)
        branches[node["node"]] = place.add(_line(node))
    return root.children[0] if root.children else root


def _line(node: dict[str, Any]) -> str:
    contribution = f"[bold]{node['contribution']:7.3f}[/]" if node["contribution"] is not None else "[yellow]      –[/]"
    name = f"{escape(node['title_zh'])} {escape(node['title_en'])}"
    if node["status"] not in ("ok", "incomplete"):
        return f"{contribution}  {name} [yellow]{node['status']}[/]"
    weight = f"weight {node['weight']:.3f}" if node["weight"] is not None else ""
    raw = ""
    if node["indicator"]:
        target = f", target {cell(node['target'])}" if node["target"] is not None else ""
        n = f", n = {node['n']}" if node["n"] is not None else ""
        raw = f" ← {node['indicator']} = {cell(node['raw'])}{target}{n}"
    return f"{contribution}  {name} [dim]{weight} × {cell(node['normalised'])}{escape(raw)}[/]"


def _show_rows(found: SourceRows) -> None:
    i = found.indicator
    results.print(f"\n[bold]{escape(i['title_zh'])} {escape(i['title_en'])}[/] = {escape(i['formula'])} [dim]({i['unit']})[/]")
    if not found.rows:
        results.print("no source rows")
        return
    first = [*found.feed["key_columns"].split(","), i["decisive_date"], "numerator_value", "denominator_value"]
    rest = [name for name in found.rows[0] if name not in (*first, "batch_id", "row_no")]
    rows = [
        [
            *(row[name] for name in first),
            ", ".join(f"{k} {cell(row[k])}" for k in rest if row[k] is not None),
            row["batch_id"],
            row["row_no"],
        ]
        for row in found.rows
    ]
    title = f"{found.feed['title_zh']} {found.feed['title_en']}: {len(found.rows)} of the {found.total} rows counted"
    results.print(table(title, [*first, "the row says", "batch", "row"], rows))
    keys = ["batch_id", "pulled_at", "since", "until", "fetched", "accepted", "quarantined", "content_hash"]
    results.print(table("Their batches", keys, ([b[k] for k in keys] for b in found.batches)))
