"""How the command line shows things: one console for results, one for errors, tables from rows."""

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from declarations.problem import Problem

PIPE_COLUMNS = 120
LONGEST_WORD = 24
GAP = 2
MOST_LINES = 4
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")  # also what turns text round, and no text
_LIGHTS = {"green", "yellow", "red"}


def _width(stream: Any) -> int | None:
    """A pipe or a file has no width of its own; a terminal and COLUMNS are asked by rich."""
    return None if os.environ.get("COLUMNS") or stream.isatty() else PIPE_COLUMNS


results = Console(width=_width(sys.stdout))
errors = Console(stderr=True, width=_width(sys.stderr))


@contextmanager
def working(title: str) -> Iterator[Callable[[str], None]]:
    """A spinner with what is being done; on a pipe, plain lines."""
    if not errors.is_terminal:
        yield lambda text: errors.print(_clean(text), soft_wrap=True, markup=False)
        return
    with errors.status(escape(title)) as status:

        def say(text: str) -> None:
            errors.print(f"[dim]{escape(_clean(text))}[/]")
            status.update(escape(_clean(f"{title}: {text}")))

        yield say


def tell(line: str) -> None:
    """A line with markup that is not broken up, so that paths and commands in it can be copied."""
    results.print(_clean(line), soft_wrap=True, highlight=False)


def paragraph(problem: Problem) -> str:
    """A mistake as markup: where and what, then the next step."""
    place, what, fix = (escape(_clean(" ".join(text.split("\n")))) for text in (problem.place, problem.what, problem.fix))
    return f"[bold red]Problem[/] [bold]{place}[/]: {what}\n[bold]Next step:[/] {fix}"


@dataclass(frozen=True)
class Rows:
    """Rows of values. Where words would have to be broken to fit the screen, or a value over more than a few lines, one
    record below the other."""

    title: str
    columns: list[str]
    rows: list[list[str]]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        columns = [[name, *(row[i] for row in self.rows)] for i, name in enumerate(self.columns)]
        least = [max(map(_longest_word, texts)) for texts in columns]
        natural = [max(map(_longest_line, texts)) for texts in columns]
        room = options.max_width - GAP * (len(columns) - 1)
        if self.title:
            yield Text(self.title, style="bold")
        widths = _shared_out(room, least, natural)
        readable = sum(least) <= room and all(wish <= MOST_LINES * width for wish, width in zip(natural, widths, strict=True))
        yield self._grid(widths) if readable else self._records()

    def _grid(self, widths: list[int]) -> Table:
        out = self._empty()
        for i, column in enumerate(self.columns):
            numeric = bool(self.rows) and all(_is_number(row[i]) for row in self.rows)
            out.add_column(escape(column), justify="right" if numeric else "left", overflow="fold", width=widths[i])
        for row in self.rows:
            out.add_row(*map(_painted, row))
        return out

    def _records(self) -> Table:
        out = self._empty()
        out.show_header = False
        out.box = None
        out.add_column(style="bold", no_wrap=True)
        out.add_column(overflow="fold")
        for row in self.rows:
            for name, value in zip(self.columns, row, strict=True):
                out.add_row(escape(name), _painted(value))
            out.add_row("", "")
        return out

    def _empty(self) -> Table:
        return Table(header_style="bold", box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> Rows:
    """A table of values; numbers to the right."""
    return Rows(title, list(columns), [[cell(value) for value in row] for row in rows])


def cell(value: Any) -> str:
    """A value as people read it; a small number keeps its digits, a control character is shown as a replacement."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, float | Decimal):
        return _number(value)
    return _clean(str(value))


def _number(value: float | Decimal) -> str:
    if value and abs(float(value)) < 0.001:
        return f"{value:.4g}"
    return f"{value:.4f}".rstrip("0").rstrip(".") if value else "0"


def _clean(text: str) -> str:
    return _CONTROL.sub("\ufffd", text)


def _painted(text: str) -> Text:
    return Text(text, style=text if text in _LIGHTS else "")


def _longest_word(text: str) -> int:
    """In cells. Chinese can be broken anywhere, and very long words have to be."""
    words = (cell_len(word) if word.isascii() else min(cell_len(word), 8) for word in text.split())
    return min(max(words, default=0), LONGEST_WORD)


def _longest_line(text: str) -> int:
    return max(map(cell_len, text.splitlines()), default=0)


def _shared_out(room: int, least: list[int], natural: list[int]) -> list[int]:
    """Widths of columns: each has room for its longest word; every cell left goes where a value takes the most lines."""
    widths = [max(width, 1) for width in least]
    for _ in range(min(room, sum(natural)) - sum(widths)):
        most = max(range(len(widths)), key=lambda i: natural[i] / widths[i])
        widths[most] += 1
    return widths


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text == "–"
    return True
