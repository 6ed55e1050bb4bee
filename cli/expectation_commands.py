"""``traceless feed results`` and ``traceless feed export-gx``: what validation said, and its rules for Great Expectations."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.screen import results as screen
from cli.screen import table, tell
from declarations.project import open_project

if TYPE_CHECKING:
    from expectations.results.read import FeedResults

SHOWN_BATCHES = 12
SHOWN_ROWS = 20
FeedName = Annotated[str, typer.Argument(help="A folder of feeds/.")]


def results(
    feed: FeedName,
    batch: Annotated[str | None, typer.Option(help="A batch's id, or its beginning; without it the newest.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write one HTML file that needs no network, instead of tables.")] = None,
) -> None:
    """What validation said: batches over time, findings by rule, refused rows with their reasons."""
    from expectations.results.page import results_page
    from expectations.results.read import read_results
    from warehouse.batch import BatchFiles

    project, now = open_project(), datetime.now(UTC)
    contract = project.feed(feed)
    found = read_results(contract, BatchFiles(project.landing_dir, project.validated_dir, contract.id), now, batch)
    if out is None:
        _print(found)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(results_page(found, now), encoding="utf-8")
    tell(f"written: {out}")


def _print(found: "FeedResults") -> None:
    lines = [
        [f"{b.pulled_at:%Y-%m-%d %H:%M}", b.batch_id[:12], b.status, b.fetched, b.accepted, b.quarantined]
        for b in found.batches[-SHOWN_BATCHES:]
    ]
    feed, verdict = found.contract.id, found.verdict
    heads = ["pulled (UTC)", "batch", "status", "rows in", "accepted", "quarantined"]
    screen.print(table(f"{feed}: batches 批次, contract {found.contract.contract_version}", heads, lines))
    findings = verdict.findings if verdict else []
    if findings:
        rows = [[f.rule, f.column, f.action, f.rows, f"{found.share(f):.1%}" if found.is_of_rows(f) else None, f.message] for f in findings]
        screen.print(
            table(f"Findings 检查结果 of {found.batch.batch_id[:12]}", ["rule", "column", "follows", "rows", "share", "found"], rows)
        )
    if found.refused:
        refused = [[r.row_no, r.key, r.rule, r.column, r.value, r.reason] for r in found.refused[:SHOWN_ROWS]]
        screen.print(table("Refused rows 隔离的行", ["row", "key", "rule", "column", "value", "reason"], refused))
        if found.refused_lines > len(refused):
            tell(f"and {found.refused_lines - len(refused)} more; --out FILE.html shows {len(found.refused)} of them")
    if verdict is None:
        tell(f"The batch was landed and not judged yet. Next step: traceless feed pull {feed}")
    elif verdict.status == "broken":
        tell(f"[bold]Next step:[/] {verdict.advice}")
    elif not findings:
        tell("[green]Every rule holds.[/]")


def export_gx(
    feed: FeedName,
    out: Annotated[Path, typer.Option(help="The suite's file.")] = Path("suite.json"),
    sql: Annotated[bool, typer.Option("--sql", help="With the rules that only a database can judge, for a SQL data source.")] = False,
) -> None:
    """Write the contract's rules as a suite that Great Expectations loads and runs on the typed rows."""
    contract = open_project().feed(feed)
    from expectations.suite import suite_json  # Great Expectations takes seconds to import: a mistake in the name is told before

    suite = suite_json(contract, sql)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(suite, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
    notes = suite["meta"]["notes"]
    tell(f"written: {out}: {len(suite['expectations'])} expectations")
    if notes:
        rows = [[note["rule"], note["column"], note["not_expressible"]] for note in notes]
        screen.print(table("Not expressible there, listed in meta.notes", ["rule", "column", "why"], rows))
