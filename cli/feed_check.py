"""``traceless feed check``: a contract against its live source, without keeping anything."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from cli.screen import results, table, tell, working
from declarations.feed import Column, FeedContract
from declarations.problem import Problem
from declarations.project import Project, open_project

if TYPE_CHECKING:
    from connectors.check import CheckReport
    from connectors.protocol import Page

ROWS = 10
SIDE_BY_SIDE = 4
LONGEST = 22  # characters of a value that are shown, so that rows fit beside each other


def check(
    feed: Annotated[str, typer.Argument(help="A folder of feeds/.")],
    rows: Annotated[int, typer.Option(help="Rows to show.", min=1, max=100)] = ROWS,
) -> None:
    """Connect, read two pages, show rows as they would be landed, the expectations' verdict, and which indicators could be derived."""
    from connectors.check import check_source
    from connectors.connections import environment_resolver
    from declarations.units import unit_advice
    from expectations.checked import check_expectations

    project = open_project()
    contract = project.feed(feed)
    tell(f"[bold]1 Connect[/] {contract.source.connector} source, connection '{contract.source.connection}'")
    with working(f"asking {contract.source.connection}"):
        report = check_source(contract, environment_resolver(project.connections_file), first=lambda page: _show_rows(contract, page, rows))
    if not report.seen and not sum(report.page_rows):
        what = "the source has nothing to show: no row, and no complete file that matches."
        raise Problem(f"feed {feed}", what, "check table, path or pattern of 'source' in feed.yaml, or ask its owner.")
    _show_pages(report)
    _check_columns(contract, report)
    check_expectations(contract, project.readable_feeds)
    for line in unit_advice(contract):
        tell(f"  [yellow]advice[/] {escape(line)}")
    _show_verdict(contract, report)
    _show_indicators(project, contract)
    tell(f"[green]The contract fits its source.[/] Next: traceless feed test {feed}, then traceless feed pull {feed}")


def _show_rows(contract: FeedContract, page: "Page", rows: int) -> None:
    """Rows side by side, one line a column: most feeds have more columns than a screen is wide."""
    shown = page.rows.slice(0, rows).to_pylist()
    for start in range(0, len(shown), SIDE_BY_SIDE):
        part = shown[start : start + SIDE_BY_SIDE]
        numbers = [f"row {start + i}" for i in range(1, len(part) + 1)]
        title = f"{contract.id}: first rows as landed" if start == 0 else ""
        lines = ([f"{c.name} {c.zh}", *(_shown(c, row[c.name]) for row in part)] for c in contract.columns)
        results.print(table(title, ["column 字段", *numbers], lines))


def _shown(column: Column, value: str | None) -> str | None:
    """A value as it fits; of a personal column only that there is one."""
    if value is not None and column.personal != "none":
        return "(not shown)"
    return value if value is None or len(value) <= LONGEST else f"{value[: LONGEST - 1]}…"


def _show_pages(report: "CheckReport") -> None:
    pages = " and ".join(str(count) for count in report.page_rows)
    tell(f"[bold]2 Pages[/] {pages} rows on {len(report.page_rows)} page(s), the first after {report.seconds:.1f} s; "
         f"{report.withheld} withheld, {len(report.refused)} unreadable")  # fmt: skip
    for refused in report.refused[:5]:
        tell(f"  unreadable: {escape(refused.position)}: {escape(refused.reason)}")
    for line in report.advice:
        tell(f"  [yellow]advice[/] {escape(line)}")


def _check_columns(contract: FeedContract, report: "CheckReport") -> None:
    place = f"feed {contract.id}: columns"
    if report.missing:
        what = f"the source does not send {', '.join(report.missing)}."
        raise Problem(place, what, "ask its owner, or correct 'source' of these columns in feed.yaml.")
    if report.unknown:
        what = f"the source sends {', '.join(report.unknown)}, which the contract does not know."
        raise Problem(place, what, "add them to columns, or to left_out with the reason.")
    tell(f"[bold]3 Columns[/] {len(contract.columns)} taken, {len(contract.left_out)} left out, none missing or unknown")


def _show_verdict(contract: FeedContract, report: "CheckReport") -> None:
    from expectations.sample import judge_sample

    verdict = judge_sample(contract, report.rows)
    failing = [outcome for outcome in verdict.outcomes if outcome.failing]
    tell(f"[bold]4 Expectations[/] {len(verdict.outcomes)} row rules on {verdict.rows} rows: {verdict.refused} rows would be refused")
    if failing:
        lines = ([o.rule, o.column, o.failing, "refuses" if o.refuses else "notes", o.meaning] for o in failing)
        results.print(table("", ["rule", "column", "rows", "", "what it means"], lines))
    if verdict.rows and verdict.refused == verdict.rows:
        worst = max(failing, key=lambda outcome: outcome.failing)
        what = f"every row looked at would be refused; most often: {worst.meaning}."
        raise Problem(
            f"feed {contract.id}: expectations", what, f"correct column '{worst.column}' of feed.yaml, or ask the source's owner."
        )


def _show_indicators(project: Project, contract: FeedContract) -> None:
    from pipeline.feeds.derivable import derivable_indicators

    found = derivable_indicators(project, contract)
    if not found:
        tell(f"[bold]5 Indicators[/] none is declared for {contract.id}; docs/analyst.md says how to add one to indicators/.")
        return
    like = sorted({one.like for one in found if one.like})
    how = f"could be derived as for {', '.join(like)}" if like else "are declared for this feed"
    tell(f"[bold]5 Indicators 指标[/] {len(found)} {how}")
    lines = ([one.indicator.code, one.indicator.title.zh, ", ".join(one.columns) or None, one.problem or "ok"] for one in found)
    results.print(table("", ["indicator", "名称", "columns", "state"], lines))
