"""How the command line shows things: one console for results, one for errors, tables from rows."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

results = Console()
errors = Console(stderr=True)


@contextmanager
def working(title: str) -> Iterator[Callable[[str], None]]:
    """A spinner with what is being done; on a pipe, plain lines."""
    if not errors.is_terminal:
        yield lambda text: errors.print(escape(text), soft_wrap=True)
        return
    with errors.status(escape(title)) as status:

        def say(text: str) -> None:
            errors.print(f"[dim]{escape(text)}[/]")
            status.update(escape(f"{title}: {text}"))

        yield say


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> Table:
    """A table of values; numbers to the right."""
    shown = [[cell(value) for value in row] for row in rows]
    out = Table(title=title or None, title_justify="left", header_style="bold")
    for i, column in enumerate(columns):
        numeric = bool(shown) and all(_is_number(row[i]) for row in shown)
        out.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in shown:
        out.add_row(*map(escape, row))
    return out


def cell(value: Any) -> str:
    """A value as people read it."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, float | Decimal):
        text = f"{value:.4f}".rstrip("0").rstrip(".")
        return "0" if text in ("-0", "") else text
    return str(value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text == "–"
    return True
