"""Options with which a command about a scheme is told where the facts are: files, or the warehouse's of a period."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from declarations.problem import Problem
from pipeline.scheme_facts import Asked
from pipeline.scheme_files import Sound
from pipeline.scheme_inputs import copied_inputs, file_inputs
from pipeline.score_files import Tables
from pipeline.tables.reading import Reading, parse_columns

SchemeName = Annotated[str, typer.Argument(metavar="SCHEME", help="A scheme file, or the id of a scheme of the project.")]
Values = Annotated[list[Path] | None, typer.Option(help="Table of values, long or wide: CSV or Parquet. May be given several times.")]
Groups = Annotated[Path | None, typer.Option(help="Who is scored, in which group: subject[, period], group, attributes.")]
Decisions = Annotated[Path | None, typer.Option(help="Decisions that add, take or veto, each with its document.")]
Members = Annotated[Path | None, typer.Option(help="Results of the subjects' units.")]
History = Annotated[Path | None, typer.Option(help="Earlier results: subject, period, score, grade.")]
Period = Annotated[list[str] | None, typer.Option(help="Only this period; without --values: the warehouse's facts of this one.")]
Columns = Annotated[list[str] | None, typer.Option("--column", help="Our name of a column and the file's: --column subject=iso3.")]
Absent = Annotated[list[str] | None, typer.Option(help="A word that means 'no value', such as 'Not Available'.")]


@dataclass(frozen=True)
class Facts:
    """What was said on the command line about where the facts are."""

    tables: Tables
    periods: list[str] | None
    columns: list[str] | None
    absent: list[str] | None

    @contextmanager
    def inputs(self, sound: Sound) -> Iterator[tuple[Asked, list[str]]]:
        """What the scheme is scored with, and what a person should be told about the files. Raises Problem where nothing is named."""
        if self.tables.values or self.tables.members:
            reading = Reading(parse_columns(self.columns or []), absent=tuple(self.absent or []))
            with file_inputs(sound, self.tables, self.periods, reading) as found:
                yield found
            return
        with copied_inputs(sound, self.one_period()) as asked:
            yield asked, []

    def one_period(self) -> str:
        """The period of the warehouse that is asked for. Raises Problem where not one is named."""
        if not self.periods or len(self.periods) > 1:
            what = "there is no table of values, and not one period of the warehouse is named."
            raise Problem("--values", what, "name a table: --values FILE.csv; or a period of the project's warehouse: --period 2025.")
        return self.periods[0]
