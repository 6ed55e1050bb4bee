"""One file of values: long (a row a value) or wide (a row a subject, a column an indicator), as typed temp tables.

``value_<k>`` holds the rows of file k. long: subject, period, indicator, value [, status, n, interval_low, interval_high,
known_at], flaw. wide: subject, period [, known_at], cells (double[]), flaw, bad_cells; there NaN stands for what is no number.
The temp table ``read_indicator`` says what the scheme reads.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from declarations.problem import Problem
from pipeline.tables.columns import INDICATOR, KNOWN_AT, PERIOD, STATUS, SUBJECT, VALUE, N, find_columns, optional, refuse_unknown
from pipeline.tables.flaws import STATUSES
from pipeline.tables.reading import Reading
from pipeline.tables.source import Source, identifier, literal, reading

ONE_PERIOD = "all"
LONG = (SUBJECT, PERIOD, INDICATOR, VALUE, STATUS, N, *optional("interval_low", "interval_high"), KNOWN_AT)
WIDE = (SUBJECT, PERIOD, KNOWN_AT)


@dataclass(frozen=True)
class ValueFile:
    """File number ``number`` of the values: where each column stands, and the indicators that the scheme reads (wide only)."""

    number: int
    source: Source
    found: dict[str, str]
    is_long: bool
    indicators: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        return f"value_{self.number}"

    @property
    def form(self) -> str:
        return "long" if self.is_long else "wide"

    @property
    def others(self) -> list[str]:
        """A wide file's columns that are neither keys nor read."""
        return [name for name in self.source.types if name not in self.found.values() and name not in self.indicators]

    def typed(self, numbered: bool = False) -> str:
        """SQL of the typed rows; ``numbered`` adds row_no and, in the place of each cell, its text as ``said_<column>``."""
        rows = self.source.numbered() if numbered else f"select * from {self.source.relation}"
        parts = list(self._long() if self.is_long else self._wide())
        if numbered:
            parts += ["row_no", *(f"cell_text({identifier(at)}) as said_{name}" for name, at in self.found.items())]
        return f"select {', '.join(parts)}, {self._flaw()} as flaw from ({rows})"

    def _long(self) -> Iterator[str]:
        yield from self._keys()
        yield f"{self._text('indicator')} as indicator"
        yield f"{self.number_of(self.found['value'])} as value"
        if "status" in self.found:
            yield f"lower({self._text('status')}) as status"
        if "n" in self.found:
            yield f"try_cast({self.number_of(self.found['n'])} as bigint) as n"
        for name in ("interval_low", "interval_high"):
            if name in self.found:
                yield f"{self.number_of(self.found[name])} as {name}"

    def _wide(self) -> Iterator[str]:
        """The cells as one list: an expression a column takes minutes to plan for some hundreds of columns."""
        yield from self._keys()
        numbers = ", ".join(f"cast({identifier(code)} as double)" for code in self.in_order if self.source.is_number(code))
        texts = ", ".join(f"cast({identifier(code)} as varchar)" for code in self.in_order if not self.source.is_number(code))
        number = "lambda c: case when cell_no_number(c) then 'nan'::double else cell_number(c) end"
        yield f"list_concat([{numbers}]::double[], list_transform([{texts}]::varchar[], {number})) as cells"
        yield f"len(list_filter([{texts}]::varchar[], lambda c: cell_no_number(c))) as bad_cells"

    @property
    def in_order(self) -> list[str]:
        """The indicators as their cells stand in the list: columns of numbers first."""
        return sorted(self.indicators, key=lambda code: (not self.source.is_number(code), code))

    def _keys(self) -> Iterator[str]:
        yield f"{self._text('subject')} as subject"
        yield f"{self._text('period') if 'period' in self.found else literal(ONE_PERIOD)} as period"
        if "known_at" in self.found:
            yield f"cell_time({identifier(self.found['known_at'])}) as known_at"

    def _text(self, name: str) -> str:
        at = identifier(self.found[name])
        if not self.source.is_number(self.found[name]):
            return f"cell_text({at})"
        return f"case when {at} = floor({at}) then cast(cast({at} as bigint) as varchar) else cast({at} as varchar) end"

    def number_of(self, column: str) -> str:
        at = identifier(column)
        return f"cast({at} as double)" if self.source.is_number(column) else f"cell_number({at})"

    def bad(self, column: str) -> str:
        """SQL: there is a cell and it is no number."""
        return "false" if self.source.is_number(column) else f"cell_no_number({identifier(column)})"

    def _flaw(self) -> str:
        """SQL: the number of the first flaw of a row, 0 for none."""
        f, at = self.found, {name: identifier(column) for name, column in self.found.items()}
        tests = [(1, f"cell_text({at['subject']}) is null")]
        tests += [(2, f"cell_text({at['period']}) is null")] if "period" in f else []
        tests += [(3, f"cell_text({at['indicator']}) is null")] if self.is_long else []
        tests += [(4, f"cell_time({at['known_at']}) is null")] if "known_at" in f else []
        tests += list(self._flaws_of_long(at)) if self.is_long else []
        return f"cast(case {' '.join(f'when {test} then {number}' for number, test in tests)} else 0 end as utinyint)"

    def _flaws_of_long(self, at: dict[str, str]) -> Iterator[tuple[int, str]]:
        f = self.found
        # what the scheme does not read may be anything
        yield 0, f"cell_text({at['indicator']}) not in (select indicator from read_indicator)"
        yield 5, self.bad(f["value"])
        if "status" in f:
            yield 6, f"lower(cell_text({at['status']})) not in ({', '.join(map(literal, STATUSES))})"
            yield 7, f"lower(cell_text({at['status']})) = 'ok' and cell_absent({at['value']})"
        if "n" in f:
            n = self.number_of(f["n"])
            yield 8, f"{self.bad(f['n'])} or {n} < 0 or {n} <> floor({n}) or not isfinite({n})"
        for number, name in ((9, "interval_low"), (10, "interval_high")):
            if name in f:
                yield number, self.bad(f[name])

    def unusable(self) -> str:
        """SQL: how many values are numbers in form only, cells that are none left aside."""
        if self.is_long:
            ok = "and coalesce(status, 'ok') = 'ok'" if "status" in self.found else ""
            return f"select count(*) from {self.table} where flaw = 0 and value is not null and not cell_usable(value) {ok}"
        unusable = "coalesce(sum(len(list_filter(cells, lambda x: not cell_usable(x)))), 0)"
        return f"select cast({unusable} - coalesce(sum(bad_cells), 0) as bigint) from {self.table}"

    def cells(self) -> str:
        """SQL of the values: period, subject, indicator, value, n, interval_low, interval_high, status, known_at."""
        known = "known_at" if "known_at" in self.found else "null::timestamp as known_at"
        if not self.is_long:
            return self._cells_of_wide(known)
        own = {name: name if name in self.found else f"null::{kind} as {name}" for name, kind in _KINDS.items()}
        status = "status" if "status" in self.found else "null"
        return (
            f"select period, subject, indicator, case when flaw = 0 and coalesce({status}, 'ok') = 'ok' then value end as value, "
            f"{own['n']}, {own['interval_low']}, {own['interval_high']}, case when flaw > 0 then 'invalid' "
            f"when coalesce({status}, 'ok') <> 'ok' then {status} when value is null then 'not_reported' "
            f"when cell_usable(value) then 'ok' else 'invalid' end as status, {known} from {self.table}"
        )

    def _cells_of_wide(self, known: str) -> str:
        names = ", ".join(map(literal, self.in_order))
        # an empty cell says something only where an earlier value may have stood in its place
        said = "" if "known_at" in self.found else "where value is not null"
        time = ", known_at" if "known_at" in self.found else ""
        return (
            "select period, subject, indicator, value, null::bigint as n, null::double as interval_low, null::double as interval_high, "
            f"case when value is null then 'not_reported' when cell_usable(value) then 'ok' else 'invalid' end as status, {known} "
            f"from (select period, subject{time}, unnest([{names}]) as indicator, unnest(cells) as value from {self.table}) {said}"
        )


_KINDS = {"n": "bigint", "interval_low": "double", "interval_high": "double"}


def load_value_file(connection: duckdb.DuckDBPyConnection, number: int, source: Source, read: set[str], how: Reading) -> ValueFile:
    """Recognise the form and load the rows. Raises Problem for a column that is missing or means nothing."""
    names = {name.casefold() for name in source.types}
    has = [bool(names & {c.name, *c.aliases} or how.columns.get(c.name) in source.types) for c in (INDICATOR, VALUE)]
    if has[0]:
        found = find_columns(source, LONG, how.columns)
        refuse_unknown(source, found, LONG, how.ignore)
        file = ValueFile(number, source, found, is_long=True)
    else:
        found = find_columns(source, WIDE, how.columns, read)
        codes = tuple(sorted(read & (set(source.types) - set(found.values()) - how.ignore)))
        file = ValueFile(number, source, found, is_long=False, indicators=codes)
        if not codes:
            raise _nothing_read(source, read, has[1])
    if how.as_of and "known_at" not in found:
        what = "has no column 'known_at', so that nobody can say what was known then."
        raise Problem(f"{source.path}: header", what, "add the column, or leave --as-of out.")
    with reading(source.path):
        connection.execute(f"create or replace temp table {file.table} as {file.typed()}")
    return file


def _nothing_read(source: Source, read: set[str], has_value: bool) -> Problem:
    has, wants = (", ".join(names[:8]) + (", …" if len(names) > 8 else "") for names in (list(source.types), sorted(read)))
    long = " and a column 'indicator', which a long table has," if has_value else ""
    what = f"none of its columns is an indicator{long} that the scheme reads; it has {has}, the scheme reads {wants}."
    return Problem(f"{source.path}: header", what, "correct the columns' names or the scheme's indicators, or name another file.")
