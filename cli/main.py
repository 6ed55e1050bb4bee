"""The ``traceless`` command. A mistake that a person can mend ends as one paragraph and exit code 1."""

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from cli import (
    demo_command,
    expectation_commands,
    explain_command,
    feed_check,
    feed_commands,
    feed_cursor,
    feed_diff,
    feed_doc,
    feed_new,
    feed_odcs,
    feed_pull,
    feed_test,
    query_commands,
    retention_command,
    run_commands,
    scheme_commands,
    score_command,
    slim_command,
    sources_commands,
    uncertainty_command,
)
from cli.screen import errors, paragraph
from declarations.problem import Problem

app = typer.Typer(
    help="Traceless appraisal 无感考核: from source systems to published, explainable scores.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
feed_commands.app.command("pull")(feed_pull.pull)
feed_commands.app.command("replay")(feed_pull.replay)
feed_commands.app.add_typer(feed_cursor.app, name="cursor")
feed_commands.app.command("pause")(feed_cursor.pause)
feed_commands.app.command("resume")(feed_cursor.resume)
feed_commands.app.command("results")(expectation_commands.results)
feed_commands.app.command("export-gx")(expectation_commands.export_gx)
feed_commands.app.command("check")(feed_check.check)
feed_commands.app.command("diff")(feed_diff.diff)
feed_commands.app.command("doc")(feed_doc.doc)
feed_commands.app.command("new")(feed_new.new)
feed_commands.app.command("export-odcs")(feed_odcs.export_odcs)
feed_commands.app.command("import-odcs")(feed_odcs.import_odcs)
feed_commands.app.command("test")(feed_test.conform)
app.add_typer(feed_commands.app, name="feed")
app.add_typer(sources_commands.app, name="sources")
scheme_commands.app.command("slim")(slim_command.slim_scheme)
scheme_commands.app.command("uncertainty")(uncertainty_command.uncertainty)
app.add_typer(scheme_commands.app, name="scheme")
app.command("demo")(demo_command.demo)
app.command("run")(run_commands.run)
app.command("status")(run_commands.status)
app.command("explain")(explain_command.explain)
app.command("query")(query_commands.query)
app.command("sql")(query_commands.sql)
app.command("retention")(retention_command.retention)
app.command("score")(score_command.score)


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
        _fail(problem)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains again at its end
        sys.exit(1)
    except OSError as error:
        if error.filename is None:
            raise
        _fail(Problem(str(error.filename), f"{error.strerror}.", "check that path, its permissions and the free space there."))
    except KeyboardInterrupt:
        errors.print("stopped")
        sys.exit(130)


def _fail(problem: Problem) -> NoReturn:
    errors.print(paragraph(problem), soft_wrap=True, highlight=False)
    sys.exit(1)


if __name__ == "__main__":
    main()
