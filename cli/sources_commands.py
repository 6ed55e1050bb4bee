"""``traceless sources``: start and stop the demo county's five source systems."""

from typing import Annotated

import typer

from cli.screen import results, table, working
from declarations.project import open_project

app = typer.Typer(help="The demo county's source systems: five real servers on loopback.", no_args_is_help=True)


@app.command()
def up(
    seed: Annotated[int, typer.Option(help="Another seed, another county.")] = 7,
    scale: Annotated[float, typer.Option(help="1 is about 260,000 rows.")] = 1.0,
) -> None:
    """Generate the county (once) and start its servers; they go on until 'sources down'."""
    from demo import sources

    project = open_project()
    with working("starting the source systems") as say:
        state = sources.up(project.var, seed=seed, scale=scale, progress=say)
    rows = [[name, "up" if alive else "down"] for name, alive in sorted(state.servers.items())]
    results.print(table("Source systems on loopback", ["server", "state"], rows))
    results.print(f"connections: {project.connections_file}\nnext: traceless feed pull, or traceless run --period 2025")


@app.command()
def down() -> None:
    """Stop every server of the county."""
    from demo import sources

    stopped = sources.down(open_project().var)
    results.print(f"stopped {stopped} processes" if stopped else "no source system was running")
