"""``traceless feed diff``: what a changed contract breaks downstream."""

import subprocess
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from cli.screen import results, table, tell
from declarations.feed import FeedContract
from declarations.problem import Problem
from declarations.project import Project, open_project, with_code_lists
from declarations.yaml_file import read_declaration

_SIGN = {"breaks": "[red]✗ breaks  [/]", "changes": "[yellow]△ changes [/]", "harmless": "[dim]· harmless[/]"}


def diff(
    feed: Annotated[str, typer.Argument(help="A folder of feeds/.")],
    proposed: Annotated[
        Path | None, typer.Argument(help="The changed feed.yaml; none: the one in feeds/ against the one last committed to git.")
    ] = None,
) -> None:
    """What becomes of indicators, schemes and marts when a contract changes. Ends with 1 where something breaks."""
    from pipeline.feeds.diff import diff_contracts

    project = open_project()
    file = project.root / "feeds" / feed / "feed.yaml"
    if proposed is None:
        old, new = _committed(project, feed, file), project.feed(feed)
    else:
        old, new = project.feed(feed), _read_as(project, feed, proposed)
    found = diff_contracts(project, old, new)
    if not found.changes:
        results.print(f"{feed}: the contracts mean the same.")
        return
    tell(f"[bold]{feed}[/]: {old.contract_version} → {new.contract_version}")
    for change in found.changes:
        reach = f" [dim](reaches {_some(change.reaches)})[/]" if change.reaches and change.weight != "breaks" else ""
        tell(f"{_SIGN[change.weight]} [bold]{escape(change.what)}[/]: {escape(change.why)}{reach}")
    if found.reached:
        uses = {code: [u.scheme for u in found.lineage.uses_of(code)] for code in found.reached}
        results.print(
            table("What hangs on it 下游", ["indicator 指标", "schemes 方案"], ([code, ", ".join(uses[code]) or None] for code in uses))
        )
    if found.marts:
        tell(f"marts that show it: {', '.join(f'mart.{name}' for name in found.marts)}")
    if old.contract_version == new.contract_version:
        tell("[yellow]contract_version is the same in both: raise it.[/]")
    if found.breaks:
        raise typer.Exit(1)


def _some(codes: tuple[str, ...]) -> str:
    return codes[0] if len(codes) == 1 else f"{len(codes)} indicators"


def _committed(project: Project, feed: str, file: Path) -> FeedContract:
    """The contract as git last had it. Raises Problem where git does not have it."""
    shown = subprocess.run(["git", "-C", str(file.parent), "show", "HEAD:./feed.yaml"], capture_output=True, check=False, timeout=30)
    if shown.returncode:
        what = "there is no committed version to compare with."
        raise Problem(f"feed {feed}", what, f"name the changed file: traceless feed diff {feed} changed.yaml.")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "feed.yaml"
        copy.write_bytes(shown.stdout)
        return _read_as(project, feed, copy)


def _read_as(project: Project, feed: str, file: Path) -> FeedContract:
    """A contract from wherever it lies, as that feed's."""
    contract = read_declaration(file, FeedContract)
    if contract.id != feed:
        raise Problem(f"{file}: id", f"is a contract of feed '{contract.id}', not of '{feed}'.", "compare it with that feed.")
    return with_code_lists(file, contract, project.root)
