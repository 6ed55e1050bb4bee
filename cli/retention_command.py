"""``traceless retention``: delete what the contracts no longer keep."""

from typing import Annotated

import typer

from cli.feed_table import raise_first
from cli.screen import results, table, tell, working
from declarations.project import open_project
from pipeline.retention import keep_retention


def retention(
    feed: Annotated[list[str] | None, typer.Option(help="Only these feeds; none: all.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would go.")] = False,
) -> None:
    """Delete rows older than their contract keeps them (retention 保存期限), from staging, validated and landed files.

    Results that were published stay; explain then says that their source rows were removed.
    """
    project = open_project()
    with working("looking for rows that are too old") as say:
        found = keep_retention(project, feed, dry_run=dry_run, say=say)
    going = "would go" if dry_run else "deleted"
    rows = [[r.feed, r.years, r.before, r.rows, r.oldest, r.going, r.batches] for r in found if r.problem is None]
    columns = ["feed", "kept (years)", "too old before", "rows", "oldest", going, "batches"]
    results.print(table("Retention 保存期限" + (", nothing was touched" if dry_run else ""), columns, rows))
    if dry_run and any(r.going for r in found):
        tell("Next step: traceless retention deletes them for good. Facts and published results stay.")
    raise_first([r.problem for r in found if r.problem])
