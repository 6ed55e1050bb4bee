"""The columns of users' tables: their names here, and the few other names by which they are known."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from declarations.problem import Problem
from declarations.yaml_file import nearest
from pipeline.tables.source import Source


@dataclass(frozen=True)
class Column:
    """A column by its own name and by others, in any letter case."""

    name: str
    aliases: tuple[str, ...] = ()
    required: bool = True


SUBJECT = Column("subject", ("subject_id", "unit", "id", "单位", "对象"))
PERIOD = Column("period", ("year", "期间", "年度"), required=False)
GROUP = Column("group", ("peer_group", "组别"), required=False)
INDICATOR = Column("indicator", ("indicator_code", "指标"))
VALUE = Column("value", ("值", "数值"))
STATUS = Column("status", ("状态",), required=False)
N = Column("n", ("样本量",), required=False)
KNOWN_AT = Column("known_at", ("获知时间",), required=False)


def optional(*names: str) -> tuple[Column, ...]:
    """Columns without other names that may be absent."""
    return tuple(Column(name, required=False) for name in names)


def needed(*names: str) -> tuple[Column, ...]:
    """Columns without other names that must be there."""
    return tuple(Column(name) for name in names)


def find_columns(
    source: Source, wanted: Iterable[Column], named: dict[str, str] | None = None, taken: Collection[str] = ()
) -> dict[str, str]:
    """The file's column for each wanted one that it has. ``named`` are the user's own (``--column subject=iso3``).

    A column in ``taken`` is no alias (an indicator may be called 'year'). Raises Problem where a required one is missing, or
    two columns could be meant.
    """
    found: dict[str, str] = {}
    for column in wanted:
        own = (named or {}).get(column.name)
        if own in source.types:
            found[column.name] = own
            continue
        exact = [name for name in source.types if name.casefold() == column.name.casefold() and name not in taken]
        others = [name for name in source.types if name.casefold() in column.aliases and name not in taken]
        chosen = exact or others
        if len(chosen) > 1:
            what = f"'{chosen[0]}' and '{chosen[1]}' could both be the column '{column.name}'."
            raise Problem(f"{source.path}: header", what, f"say which: --column {column.name}={chosen[0]}.")
        if chosen:
            found[column.name] = chosen[0]
        elif column.required:
            raise _missing(source, column)
    return found


def refuse_unknown(source: Source, found: dict[str, str], wanted: Iterable[Column], ignored: Collection[str]) -> None:
    """Raise Problem for a column that means nothing here, unless it is to be ignored."""
    names = [column.name for column in wanted]
    for name in source.types:
        if name not in found.values() and name not in ignored:
            what = f"'{name}' is no column of such a table (it may have {', '.join(names)})."
            fix = f"{nearest(name.casefold(), names)}Rename or remove it, or leave it out with --ignore {name}."
            raise Problem(f"{source.path}: header", what, fix)


def refuse_strange_names(sources: Iterable[Source], named: dict[str, str], known: Collection[str]) -> None:
    """Raise Problem where ``--column`` names a column of ours that there is not, or one that no file has."""
    columns = sorted({name for source in sources for name in source.types})
    for ours, theirs in named.items():
        if ours not in known:
            fix = f"{nearest(ours, sorted(known))}Correct it."
            raise Problem(f"--column {ours}={theirs}", f"'{ours}' is none of our names ({', '.join(sorted(known))}).", fix)
        if theirs not in columns:
            raise Problem(f"--column {ours}={theirs}", f"no file has a column '{theirs}'.", f"{nearest(theirs, columns)}Correct it.")


def _missing(source: Source, column: Column) -> Problem:
    has = ", ".join(list(source.types)[:12]) + (", …" if len(source.types) > 12 else "")
    also = f" (or {', '.join(column.aliases)})" if column.aliases else ""
    fix = f"add it, or name the one that is it: --column {column.name}={next(iter(source.types))}."
    return Problem(f"{source.path}: header", f"there is no column '{column.name}'{also}; it has {has}.", fix)
