"""From a file in a place to parts of tables: unpacked on the way, with its name as a column where that is wanted."""

from collections.abc import Generator, Iterator
from contextlib import closing
from functools import partial
from typing import BinaryIO

import pyarrow as pa

from connectors.files.formats import Asked, Opened, read, seekable
from connectors.gate import TEXT
from connectors.parse_csv import Part
from connectors.parse_xlsx import SHEET_COLUMN
from connectors.places import Listed, Place
from connectors.unpack import Allowance, gunzipped, unzipped
from declarations.feed import FeedContract, FilesSource
from declarations.problem import Problem

FILE_COLUMN = "_file"


class FileReader:
    """Reads the files of one feed in one place."""

    def __init__(self, contract: FeedContract, source: FilesSource, place: Place) -> None:
        self._source, self._place = source, place
        wanted = [column.source_name for column in contract.columns]
        self._names_file = FILE_COLUMN in wanted
        own = {FILE_COLUMN, SHEET_COLUMN}
        self._asked = Asked(contract, source, [name for name in wanted if name not in own], SHEET_COLUMN in wanted)

    def parts(self, file: Listed) -> Generator[Part, None, None]:
        """The parts of all that is in the file. Raises Problem."""
        at = self._place.at(file.name)
        if file.size == 0:
            raise Problem(at, "is empty.", "have the file sent again.")
        name = file.name.lower()
        if name.endswith(".zip"):
            yield from self._zip(file, at)
        elif name.endswith(".gz"):
            open_it = partial(self._gunzipped, file, at)
            yield from self._named(Opened(file.name[:-3], at, open_it), file.name)
        else:
            yield from self._named(Opened(file.name, at, partial(self._place.open, file)), file.name)

    def _zip(self, file: Listed, at: str) -> Iterator[Part]:
        with seekable(self._place.open(file), at) as packed, unzipped(packed, self._allowance(file, at), self._source.members) as members:
            for name in members.names:
                yield from self._named(Opened(name, f"{at}/{name}", partial(members.open, name)), f"{file.name}/{name}")

    def _gunzipped(self, file: Listed, at: str) -> BinaryIO:
        return gunzipped(self._place.open(file), self._allowance(file, at))

    def _allowance(self, file: Listed, at: str) -> Allowance:
        return Allowance(at, self._source.unpacked_megabytes, file.size)

    def _named(self, opened: Opened, name: str) -> Iterator[Part]:
        with closing(read(opened, self._asked)) as parts:
            for table, seen, refused in parts:
                if self._names_file:
                    table = table.append_column(FILE_COLUMN, pa.array([name] * table.num_rows, TEXT))
                    seen = [*seen, FILE_COLUMN]
                yield table, seen, refused
