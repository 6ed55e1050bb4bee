"""A scheme with what it is scored with, from files or from the warehouse: for questions about the scheme and its results."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from pipeline.scheme_facts import Asked, nobody, project_of, warehouse_inputs
from pipeline.scheme_files import Sound, standing_alone
from pipeline.score_files import QUARTER, Tables, score_files
from pipeline.tables.reading import Reading
from transforms.scheme_tables import annual_tree
from transforms.score_inputs import copy_inputs
from warehouse.store import open_warehouse


@contextmanager
def file_inputs(sound: Sound, tables: Tables, periods: list[str] | None, reading: Reading) -> Iterator[tuple[Asked, list[str]]]:
    """From files; and what a person should be told about these. With a blend: the years where there are some, else the quarters."""
    scheme = standing_alone(sound)
    with score_files(scheme, tables, rules=sound.profile, periods=periods, reading=reading) as scored:
        quarterly = f"select bool_and(regexp_matches(period, '{QUARTER}')) from score_subject"
        quarters = (scored.connection.execute(quarterly).fetchone() or [False])[0]
        tree = scheme.tree if scheme.blend is None or quarters else annual_tree(scheme)
        indicators = sound.found.project.indicators if sound.found.project else {}
        yield Asked(scored.connection, scheme, sound.profile, indicators, tree), scored.notes


@contextmanager
def copied_inputs(sound: Sound, period: str) -> Iterator[Asked]:
    """A copy of the warehouse's, so that nobody waits for it. Raises Problem where there is none, or nobody in it."""
    project = project_of([sound], period)
    with open_warehouse(project.warehouse_file) as connection, warehouse_inputs(connection, project, sound, period) as asked:
        if connection.execute("from score_subject limit 1").fetchone() is None:
            raise nobody(asked.scheme, period)
        copied = replace(asked, connection=copy_inputs(connection))
    try:
        yield copied
    finally:
        copied.connection.close()
