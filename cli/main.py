"""The ``traceless`` command. A mistake that a person can mend ends as one paragraph and exit code 1."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli import demo_command, explain_command, feed_commands, query_commands, run_commands, sources_commands
from cli.screen import errors
from declarations.problem import Problem

app = typer.Typer(
    help="Traceless appraisal 无感考核: from source systems to published, explainable scores.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(feed_commands.app, name="feed")
app.add_typer(sources_commands.app, name="sources")
app.command("demo")(demo_command.demo)
app.command("run")(run_commands.run)
app.command("status")(run_commands.status)
app.command("explain")(explain_command.explain)
app.command("query")(query_commands.query)
app.command("sql")(query_commands.sql)


@app.callback()
def choose_project(
    project: Annotated[Path | None, typer.Option(help="Folder with feeds/, indicators/, schemes/.")] = None,
    var: Annotated[Path | None, typer.Option(help="Folder for landing, warehouse and publications.")] = None,
) -> None:
    """Options that hold for every command; the same can be said with TRACELESS_PROJECT and TRACELESS_VAR."""
    if project:
        os.environ["TRACELESS_PROJECT"] = str(project)
    if var:
        os.environ["TRACELESS_VAR"] = str(var)


def main() -> None:
    """Run the command; print a Problem as its paragraph."""
    try:
        app()
    except Problem as problem:
        errors.print(f"[bold red]{'Problem'}[/] [bold]{_plain(problem.place)}[/]: {_plain(problem.what)}", soft_wrap=True)
        errors.print(f"[bold]Next step:[/] {_plain(problem.fix)}", soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        errors.print("stopped")
        sys.exit(130)


def _plain(text: str) -> str:
    return text.replace("[", "\\[")


if __name__ == "__main__":
    main()
