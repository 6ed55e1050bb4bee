"""``traceless feed export-odcs`` and ``import-odcs``: the contract for, and from, tools that speak the Open Data Contract Standard."""

from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from cli.screen import results, tell
from declarations.problem import Problem
from declarations.project import open_project


def export_odcs(
    feed: Annotated[str, typer.Argument(help="A folder of feeds/.")],
    out: Annotated[Path | None, typer.Option(help="File to write; none: the screen.")] = None,
) -> None:
    """The contract as an Open Data Contract Standard v3 document; import-odcs reads it back to an equal contract."""
    from pipeline.feeds.odcs_export import odcs_text

    text = odcs_text(open_project().feed(feed))
    if out is None:
        typer.echo(text, nl=False)
        return
    out.write_text(text, encoding="utf-8")
    tell(f"written: {out}")


def import_odcs(
    file: Annotated[Path, typer.Argument(help="An ODCS v3 document (YAML).")],
    kind: Annotated[str | None, typer.Option(help="Kind of the feed, where the document's domain is none of ours.")] = None,
    source: Annotated[str | None, typer.Option(help="Its source as YAML: '{connector: sql, connection: db, table: issue}'.")] = None,
    event_time: Annotated[str | None, typer.Option(help="The column that says when it happened.")] = None,
    years: Annotated[int | None, typer.Option(help="Years of retention, where the document does not say it.")] = None,
    reason: Annotated[str, typer.Option(help="Why no shorter.")] = "as agreed with the source's owner",
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite a contract of that name.")] = False,
) -> None:
    """Write feeds/<id>/feed.yaml from an ODCS v3 document; options give what the document does not say."""
    from pipeline.feeds.contract_yaml import contract_text
    from pipeline.feeds.odcs_import import contract_from_odcs

    given = {"kind": kind, "source": _source(source), "event_time": event_time}
    said: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if years is not None:
        said["retention"] = {"years": years, "reason": reason}
    contract = contract_from_odcs(file, said)
    target = open_project().root / "feeds" / contract.id / "feed.yaml"
    if target.exists() and not replace:
        raise Problem(str(target), "is there already.", "give --replace to overwrite it, or compare first: traceless feed diff.")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(contract_text(contract, f"Imported from {file.name} (ODCS)."), encoding="utf-8")
    results.print(f"written: {target}", soft_wrap=True)
    tell(f"next: traceless feed check {contract.id}")


def _source(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        fix = "write it as '{connector: sql, connection: audit_db, table: audit.issue}'."
        raise Problem("--source", "is not YAML.", fix) from None
