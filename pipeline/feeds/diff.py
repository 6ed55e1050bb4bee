"""What a changed contract does: to the rows that are there, to indicators, schemes and marts that hang on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from declarations.check_indicator import check_indicator, parse_expression
from declarations.feed import Column, FeedContract
from declarations.indicator import Indicator
from declarations.problem import Problem
from declarations.project import Project
from pipeline.feeds.lineage import Lineage, expressions_of, lineage_of
from transforms.kind_view import COLUMNS

Weight = Literal["breaks", "changes", "harmless"]
_WORDS = ("zh", "meaning", "personal", "why_taken")


@dataclass(frozen=True)
class Change:
    """One difference. ``breaks``: something downstream cannot be computed; ``changes``: figures or refused rows may
    differ; ``harmless``: words only. ``reaches``: the indicators behind it."""

    weight: Weight
    what: str
    why: str
    reaches: tuple[str, ...] = ()


@dataclass(frozen=True)
class ContractDiff:
    """All differences of a feed's contracts, the gravest first; the lineage before, and the marts that show what changes."""

    feed: str
    changes: list[Change]
    lineage: Lineage
    marts: list[str]

    @property
    def reached(self) -> list[str]:
        """The indicators that some change reaches."""
        return sorted({code for change in self.changes for code in change.reaches})

    @property
    def breaks(self) -> bool:
        return any(change.weight == "breaks" for change in self.changes)


def diff_contracts(project: Project, old: FeedContract, new: FeedContract) -> ContractDiff:
    """What becomes of this project when ``new`` replaces ``old``."""
    lineage = lineage_of(project, old)
    changes = [*_columns(lineage, old, new), *_frame(lineage, old, new), *_broken(project, lineage, old, new)]
    order = {"breaks": 0, "changes": 1, "harmless": 2}
    changes.sort(key=lambda change: order[change.weight])
    moved = any(change.weight != "harmless" for change in changes)
    return ContractDiff(new.id, changes, lineage, _marts(lineage) if moved else [])


def _columns(lineage: Lineage, old: FeedContract, new: FeedContract) -> Iterator[Change]:
    before, after = ({column.name: column for column in contract.columns} for contract in (old, new))
    for name in [n for n in before if n not in after]:
        yield Change(
            "changes",
            f"column {name} is no longer taken",
            "it stays in what was loaded and is empty from now on",
            tuple(lineage.indicators_of(name)),
        )
    for name in [n for n in after if n not in before]:
        told = f"rows loaded before have it empty until they are pulled again: traceless feed cursor reset {new.id} --why 'new column'"
        weight: Weight = "changes" if after[name].required else "harmless"
        argued = " (it was left out before)" if after[name].source_name in old.left_out else ""
        yield Change(weight, f"column {name} is new{argued}", told)
    for name in [n for n in before if n in after and before[n] != after[n]]:
        yield from _column(lineage, before[name], after[name])


def _column(lineage: Lineage, old: Column, new: Column) -> Iterator[Change]:
    reach = tuple(lineage.indicators_of(old.name))
    if old.stored_type != new.stored_type:
        why = "staging is made anew from all batches; expressions over it may mean something else"
        yield Change("changes", f"column {old.name}: {old.stored_type} becomes {new.stored_type}", why, reach)
    if old.unit != new.unit:
        why = "no value is converted: indicators over it change their scale"
        yield Change("changes", f"column {old.name}: unit {old.unit} becomes {new.unit}", why, reach)
    if old.key != new.key:
        yield Change(
            "changes", f"column {old.name} {'enters' if new.key else 'leaves'} the key", "records are told apart in another way", reach
        )
    if old.source_name != new.source_name:
        yield Change(
            "changes", f"column {old.name} is read from {new.source_name}, before from {old.source_name}", "from the next pull on", reach
        )
    gone, come = (sorted(set(a.codes or {}) - set(b.codes or {})) for a, b in ((old, new), (new, old)))
    if gone and new.codes:
        yield Change("changes", f"column {old.name}: codes {', '.join(gone)} are gone", "rows with them are refused", reach)
    if come and old.codes:
        yield Change(
            "changes",
            f"column {old.name}: codes {', '.join(come)} are new",
            "rows with them are taken; 'feed replay' judges the old ones",
            reach,
        )
    rest = {name for name in Column.model_fields if getattr(old, name) != getattr(new, name)}
    rest -= {"type", "drift", "unit", "key", "source", "codes", "code_list", *_WORDS}
    if (old.codes is None) != (new.codes is None):
        rest.add("codes")
    if rest:
        yield Change("changes", f"column {old.name}: {', '.join(sorted(rest))}", "other rows are refused than before", reach)
    words = [name for name in _WORDS if getattr(old, name) != getattr(new, name)]
    if words:
        yield Change("harmless", f"column {old.name}: {', '.join(words)}", "documentation")


def _frame(lineage: Lineage, old: FeedContract, new: FeedContract) -> Iterator[Change]:
    everything = tuple(sorted(lineage.columns))
    for name, why in (
        ("event_time", "as-of reads and the horizon of retention go by another date"),
        ("version", "another version of a record may hold"),
        ("subject", "rows go to other subjects"),
        ("kind", "other rules for what may be scored, another role in the project"),
        ("snapshot", "records that are missing from a copy are treated in another way"),
        ("never_enters", "other rows stay outside"),
    ):
        if getattr(old, name) != getattr(new, name):
            yield Change("changes", f"{name} changed", why, everything)
    if old.source != new.source:
        yield Change(
            "changes", "source changed", f"rows may differ: look with 'traceless feed check {new.id}' before the next pull", everything
        )
    if old.expectations != new.expectations:
        yield Change("changes", "expectations changed", "batches with refused rows are judged again at the next pull", everything)
    for name in ("title", "description", "owner", "left_out", "unknown_columns", "cadence", "retention"):
        if getattr(old, name) != getattr(new, name):
            yield Change("harmless", f"{name} changed", "no figure hangs on it")


def _broken(project: Project, lineage: Lineage, old: FeedContract, new: FeedContract) -> Iterator[Change]:
    """What cannot be computed any more: indicators that no longer fit, codes that they ask for, columns the SQL knows by name."""
    feeds = {**project.readable_feeds, new.id: new}
    for code in sorted(lineage.columns):
        indicator = project.indicators[code]
        try:
            check_indicator(project.root / "indicators", indicator, feeds)
        except Problem as problem:
            where = problem.place.rpartition(code)[2].lstrip(".") or "it"
            yield Change("breaks", f"indicator {code}", f"{where}: {problem.what} {problem.fix}", (code,))
        for column, asked in _codes_asked(indicator):
            if (
                column in old.names
                and column in new.names
                and asked in (old.column(column).codes or {})
                and asked not in (new.column(column).codes or {asked: ""})
            ):
                why = f"it asks for {column} = '{asked}', which can no longer occur"
                yield Change("breaks", f"indicator {code}", why, (code,))
    missing = sorted(set(COLUMNS.get(new.kind, {})) - set(new.names))
    if missing:
        yield Change("breaks", f"a {new.kind} feed needs {', '.join(missing)}", "no appraisal can be computed without")


def _codes_asked(indicator: Indicator) -> set[tuple[str, str]]:
    """The pairs of a column and a text that it is compared with."""
    found: set[tuple[str, str]] = set()
    for text in expressions_of(indicator):
        for node in parse_expression(indicator.code, text).find_all(exp.EQ, exp.In):
            sides = [node.this, *(node.expressions if isinstance(node, exp.In) else [node.expression])]
            columns = [side.name for side in sides if isinstance(side, exp.Column)]
            found |= {(column, side.name) for column in columns for side in sides if isinstance(side, exp.Literal) and side.is_string}
    return found


def _marts(lineage: Lineage) -> list[str]:
    indicators = ["indicator_org", "indicator_cadre"] if lineage.columns else []
    scores = ["node", "result", "adjustment", "review", "consequence"] if lineage.uses or lineage.whole else []
    people = ["post_tenure", "responsibility", "attribution"] if lineage.whole else []
    return [*indicators, *people, *scores]
