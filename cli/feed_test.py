"""``traceless feed test``: the conformance kit for a feed, one line a case."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.screen import results, table, tell, working
from declarations.problem import Problem
from declarations.project import Project, open_project

if TYPE_CHECKING:
    from conformance.case import Case, CaseResult, ConformanceReport

SIGNS = {"green": "[green]✓[/]", "red": "[bold red]✗[/]", "not_applicable": "[dim]–[/]"}


def conform(
    feed: Annotated[list[str] | None, typer.Argument(help="Feeds of feeds/.", show_default=False)] = None,
    every: Annotated[bool, typer.Option("--all", help="All feeds.")] = False,
    case: Annotated[list[str] | None, typer.Option(help="Only this case; may be given more than once.", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="List the cases and what they mean; play none.")] = False,
) -> None:
    """Play a feed's contract 一致性测试 against a double of its source that misbehaves on purpose. Nothing outside is asked."""
    from conformance.run import run_conformance

    if listed:
        _list(as_json)
        return
    project = open_project()
    reports = []
    for name in _chosen(project, feed or [], every):
        contract = project.feed(name)
        if not as_json:
            tell(f"[bold]{name}[/] {contract.title.zh} ({contract.source.connector})")
        with working(f"testing {name}") as say:
            progress = (lambda result: say(result.case.id)) if as_json else _show
            reports.append(run_conformance(contract, cases=case or [], progress=progress))
        if not as_json:
            _conclude(reports[-1])
    if as_json:
        typer.echo(json.dumps([_as_data(report) for report in reports], ensure_ascii=False, indent=2))
    if any(report.red for report in reports):
        raise typer.Exit(1)


def _chosen(project: Project, feeds: list[str], every: bool) -> list[str]:
    if every:
        return sorted(project.feeds)
    if not feeds:
        raise Problem("feed test", "no feed is named.", "name one (see: traceless feed list), or say --all.")
    return feeds


def _list(as_json: bool) -> None:
    from conformance.cases import CASES

    if as_json:
        typer.echo(json.dumps([_case_data(case) for case in CASES], ensure_ascii=False, indent=2))
        return
    rows = [[case.id, case.title.zh, case.means] for case in CASES]
    results.print(table(f"{len(CASES)} cases 一致性测试用例", ["case", "名称", "what it means"], rows))


def _show(result: "CaseResult") -> None:
    from rich.markup import escape

    case = result.case
    line = f"{SIGNS[result.status]} {case.id} [bold]{case.title.zh}[/]  "
    tell(line + (f"[dim]{escape(result.reason)}[/]" if result.reason else escape(case.means)))
    if result.status == "red":
        tell(f"    expected   {escape(result.expected)}")
        tell(f"    happened   {escape(result.happened)}")
        tell(f"    [bold]what to do[/] {escape(case.advice)}")


def _conclude(report: "ConformanceReport") -> None:
    left = len(report.results) - len(report.green) - len(report.red)
    colour = "red" if report.red else "green"
    counts = f"{len(report.green)} ✓, {len(report.red)} ✗, {left} not applicable"
    tell(f"[{colour}]{report.feed}: {counts}[/] in {report.seconds:.0f} s. {' '.join(report.set_aside)}".rstrip())


def _as_data(report: "ConformanceReport") -> dict[str, Any]:
    return {
        "feed": report.feed,
        "connector": report.connector,
        "seconds": round(report.seconds, 2),
        "set_aside": report.set_aside,
        "cases": [
            {
                **_case_data(result.case),
                "status": result.status,
                "seconds": round(result.seconds, 3),
                "expected": result.expected or None,
                "happened": result.happened or None,
                "reason": result.reason or None,
            }
            for result in report.results
        ],
    }


def _case_data(case: "Case") -> dict[str, Any]:
    return {"case": case.id, "title": case.title.model_dump(), "means": case.means, "advice": case.advice}
