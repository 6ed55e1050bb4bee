"""``traceless scheme``: look at an appraisal scheme before it is used: its mistakes, its picture, what a change does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from rich.markup import escape

from cli.facts_options import Absent, Columns, Decisions, Facts, Groups, History, Members, Period, SchemeName, Values
from cli.scheme_check import show_advice, show_mistakes, show_weights
from cli.scheme_diff import show_changes, show_comparison
from cli.scheme_show import show_measures, show_scheme
from cli.screen import tell, working
from declarations.check_scheme import scheme_mistakes
from declarations.problem import Problem
from declarations.scheme import Scheme
from declarations.scheme.measures import Measures, measures
from declarations.yaml_file import nearest
from pipeline.scheme_changes import rule_changes, scheme_changes
from pipeline.scheme_diff import Outcome, compare, outcome_of
from pipeline.scheme_facts import group_sizes, warehouse_outcomes, warehouse_scored
from pipeline.scheme_files import Sound, find_scheme, published_sizes, read_sound, rules_of
from pipeline.scheme_lint import groups_of, lint
from pipeline.scheme_lint_facts import leaf_weights, lint_facts
from pipeline.scheme_picture.page import scheme_page, scheme_svg
from pipeline.score_files import Tables

app = typer.Typer(help="Appraisal schemes 考核方案: check one, look at it, see what a change does.", no_args_is_help=True)


@app.command("check")
def check(
    scheme: SchemeName,
    values: Values = None,
    groups: Groups = None,
    decisions: Decisions = None,
    members: Members = None,
    history: History = None,
    period: Period = None,
    column: Columns = None,
    absent: Absent = None,
) -> None:
    """All mistakes of a scheme, then what deserves a second look. With --values or --period also what real facts show.

    Exit code 1 for mistakes, not for warnings.
    """
    found = find_scheme(scheme)
    read, problems = scheme_mistakes(found.file, found.around())
    if read is None or problems:
        show_mistakes(problems)
        raise typer.Exit(1)
    sound = Sound(found, read, rules_of(found, read))
    facts = Facts(Tables(values or [], groups, decisions, members, history), period, column, absent)
    if not values and not period:
        _small_groups(sound, published_sizes(found, read))
        _advise(sound)
        return
    with working(f"scoring by {read.id}") as say, _scored(sound, facts, say) as (connection, scored):
        _small_groups(sound, group_sizes(connection))
        _advise(sound, connection, scored)


@app.command("show")
def show(
    scheme: SchemeName,
    group: Annotated[str | None, typer.Option(help="Only this group; all where left out.")] = None,
    svg: Annotated[Path | None, typer.Option(help="Write a picture of the weights to this file (of one group).")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page with picture and rules to this file.")] = None,
) -> None:
    """The tree with nominal and effective weights, methods in words, adjustments, grades and ceilings."""
    sound = read_sound(scheme)
    chosen = _groups(sound.scheme, group)
    found = _measures(sound)
    if svg:
        _write(svg, scheme_svg(sound.scheme, chosen[0]))
    if html:
        _write(html, scheme_page(sound.scheme, sound.profile, chosen, found))
    if not svg and not html:
        show_scheme(sound.scheme, sound.profile, chosen)
        if found:
            show_measures(found)


@app.command("diff")
def diff(
    a: Annotated[str, typer.Argument(metavar="A", help="The scheme as it was: a file or an id.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The scheme as it shall be.")],
    values: Values = None,
    groups: Groups = None,
    decisions: Decisions = None,
    members: Members = None,
    history: History = None,
    period: Period = None,
    column: Columns = None,
    absent: Absent = None,
    rows: Annotated[int, typer.Option(help="Most subjects shown.", min=0)] = 30,
) -> None:
    """What changed between two schemes, in words; on real facts also what it does to scores, places and grades.

    Facts are those of --values, or of the warehouse in --period.
    """
    old, new = _both(a, b)
    show_changes(old.scheme, new.scheme, [*scheme_changes(old.scheme, new.scheme), *rule_changes(old.profile, new.profile)])
    if not values and not period:
        tell("what it does to scores: add --values FILE, or --period PERIOD for the warehouse's facts")
        return
    facts = Facts(Tables(values or [], groups, decisions, members, history), period, column, absent)
    with working("scoring by both") as say:
        outcomes = [_outcome(one, facts, say) for one in (old, new)] if values else warehouse_outcomes([old, new], facts.one_period())
    show_comparison(new.scheme, compare(*outcomes), rows)


def _advise(sound: Sound, connection: duckdb.DuckDBPyConnection | None = None, scored: Scheme | None = None) -> None:
    project = sound.found.project
    around = sound.found.around()
    advice = lint(sound.scheme, sound.profile, project.indicators if project else None, around.schemes)
    if connection is None or scored is None:
        show_advice(sound.scheme, advice)
        return
    show_advice(sound.scheme, [*advice, *lint_facts(connection, scored)])
    show_weights(leaf_weights(connection, scored))


def _small_groups(sound: Sound, sizes: dict[str, int] | None) -> None:
    """Now that the sizes of groups are known: methods that compare peers where there never are enough."""
    problems = scheme_mistakes(sound.found.file, sound.found.around(sizes))[1] if sizes else []
    if problems:
        show_mistakes(problems)
        raise typer.Exit(1)


@contextmanager
def _scored(sound: Sound, facts: Facts, say: Callable[[str], None]) -> Iterator[tuple[duckdb.DuckDBPyConnection, Scheme]]:
    """The scores of a scheme over files or over the warehouse."""
    if not facts.tables.values:
        with warehouse_scored(sound, facts.one_period()) as found:
            yield found
        return
    with facts.inputs(sound) as (asked, notes):
        for note in notes:
            say(note)
        yield asked.connection, asked.scheme


def _outcome(sound: Sound, facts: Facts, say: Callable[[str], None]) -> Outcome:
    with _scored(sound, facts, say) as (connection, scheme):
        return outcome_of(connection, scheme)


def _both(a: str, b: str) -> tuple[Sound, Sound]:
    """Two schemes; one that is a draft belongs to the project of the other."""
    near = find_scheme(b).project if Path(b).parent.name == "schemes" else None
    old = read_sound(a, near)
    return old, read_sound(b, old.found.project)


def _groups(scheme: Scheme, group: str | None) -> list[str]:
    groups = groups_of(scheme)
    if group is None:
        return groups
    if group not in scheme.groups:
        named = f"Its groups are {', '.join(scheme.groups)}." if scheme.groups else "It has no groups: leave --group out."
        raise Problem("--group", f"scheme '{scheme.id}' has no group '{group}'.", f"{nearest(group, list(scheme.groups))}{named}")
    return [group]


def _measures(sound: Sound) -> Measures | None:
    project = sound.found.project
    return measures(sound.scheme, project.indicators, project.feeds, project.schemes) if project else None


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    tell(f"written: {escape(str(file))}")
