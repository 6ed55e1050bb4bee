"""A file as a relation: its columns and types, its rows numbered where a mistake has to be told."""

import csv
import gzip
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from declarations.problem import Problem

DELIMITERS = ",;\t|"
NUMERIC = re.compile(r"^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|DECIMAL.*)$")
_CSV = {".csv", ".tsv", ".txt"}


@dataclass(frozen=True)
class Source:
    """``relation`` is SQL; ``types`` the DuckDB type of each column (all VARCHAR in a CSV); ``first_row`` as a spreadsheet counts."""

    path: Path
    relation: str
    types: dict[str, str]
    first_row: int

    def numbered(self) -> str:
        """SQL of all rows with ``row_no``, in the order of the file. Slower: only to say where a mistake is."""
        return f"select *, row_number() over () + {self.first_row - 1} as row_no from {self.relation}"

    def is_number(self, column: str) -> bool:
        return bool(NUMERIC.match(self.types[column]))


def identifier(name: str) -> str:
    """A name quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text quoted for SQL."""
    return "'" + text.replace("'", "''") + "'"


def open_source(connection: duckdb.DuckDBPyConnection, path: Path) -> Source:
    """A CSV (also .tsv, .txt, .gz) or Parquet file. Raises Problem where it cannot be read or its header is no header."""
    kind = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    if not path.is_file():
        raise Problem(str(path), "there is no such file.", "correct the path.")
    if any(sign in str(path) for sign in "*?["):
        raise Problem(str(path), "a name with *, ? or [ cannot be read.", "rename the file.")
    if kind.lower() == ".parquet":
        return _parquet(connection, path)
    if kind.lower() in _CSV:
        return _csv(path)
    raise Problem(str(path), f"'{path.suffix}' is no kind of file that is read here.", "save it as .csv (UTF-8) or .parquet.")


def _parquet(connection: duckdb.DuckDBPyConnection, path: Path) -> Source:
    relation = f"read_parquet({literal(str(path))})"
    with reading(path):
        found = connection.execute(f"describe select * from {relation}").fetchall()
    return Source(path, relation, {row[0]: row[1] for row in found}, first_row=1)


def _csv(path: Path) -> Source:
    header, delimiter = _header(path)
    for place, name in enumerate(header, 1):
        if not name.strip():
            raise Problem(f"{path}: header", f"column {place} of {len(header)} has no name.", "give it one, or remove it.")
    for name, count in Counter(name.strip().casefold() for name in header).items():
        if count > 1:
            raise Problem(f"{path}: header", f"column '{name}' stands {count} times (letter case aside).", "rename or remove one.")
    columns = ", ".join(f"{literal(name.strip())}: 'VARCHAR'" for name in header)
    relation = (
        f"read_csv({literal(str(path))}, auto_detect = false, header = true, delim = {literal(delimiter)}, quote = '\"', escape = '\"', "
        f"columns = {{{columns}}})"
    )
    return Source(path, relation, {name.strip(): "VARCHAR" for name in header}, first_row=2)


def _header(path: Path) -> tuple[list[str], str]:
    """The names of the columns, and the delimiter: of , ; tab | the one that the first line has most of."""
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8-sig", newline="")
            if path.suffix == ".gz"
            else path.open(encoding="utf-8-sig", newline="") as file
        ):
            line = file.readline()
            delimiter = max(DELIMITERS, key=line.count)
            file.seek(0)
            header = next(csv.reader(file, delimiter=delimiter), [])
    except UnicodeDecodeError as error:
        raise _not_utf8(path, f"byte {error.object[error.start]:#04x}") from None
    except (gzip.BadGzipFile, EOFError) as error:
        raise Problem(str(path), f"is no whole gzip file ({error}).", "have it sent again.") from None
    if not header:
        raise Problem(str(path), "is empty.", "have it sent again; its first line names the columns.")
    return header, delimiter


def _not_utf8(path: Path, where: str) -> Problem:
    return Problem(str(path), f"is not UTF-8 ({where}).", "save it as UTF-8 (in a spreadsheet: 'CSV UTF-8').")


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Tell what DuckDB finds wrong with a file as a Problem with its line."""
    try:
        yield
    except (duckdb.InvalidInputException, duckdb.IOException, duckdb.ConversionException) as error:
        text = str(error)
        line = re.search(r"Line: (\d+)", text)
        place = f"{path}:{line[1]}" if line else str(path)
        if "not utf-8" in text:
            raise _not_utf8(path, f"line {line[1]}" if line else "somewhere") from None
        counts = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", text)
        if counts:
            what = f"this row has {counts[2]} cells, the header has {counts[1]}."
            raise Problem(place, what, "correct the row; a cell with the delimiter in it stands in double quotes.") from None
        if "unterminated quote" in text:
            raise Problem(place, "a double quote is opened and not closed.", "close it; a quote inside a cell is doubled.") from None
        first = text.splitlines()[0].removeprefix("Invalid Input Error: ").rstrip(".")
        raise Problem(place, f"cannot be read: {first}.", "check whether the file is whole, or have it sent again.") from None
