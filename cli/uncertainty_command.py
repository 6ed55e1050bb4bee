"""``traceless scheme uncertainty``: how sure scores, places and grades are, and what that hangs on."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from cli.facts_options import Absent, Columns, Decisions, Facts, Groups, History, Members, Period, SchemeName, Values
from cli.screen import results, table, tell, working
from declarations.problem import Problem
from declarations.scheme import Scheme
from declarations.uncertainty import Uncertainty, WeightSpread
from declarations.yaml_file import read_declaration
from pipeline.rank_picture import rank_intervals
from pipeline.scheme_files import read_sound
from pipeline.score_files import Tables
from pipeline.write_findings import write_findings
from transforms.uncertainty.summary import ALL_SUBJECTS, Findings

ROWS = 30


def uncertainty(
    scheme: SchemeName,
    values: Values = None,
    groups: Groups = None,
    decisions: Decisions = None,
    members: Members = None,
    history: History = None,
    period: Period = None,
    column: Columns = None,
    absent: Absent = None,
    options: Annotated[Path | None, typer.Option(help="YAML that says what is varied; docs/uncertainty.md.")] = None,
    runs: Annotated[int | None, typer.Option(help="How many times the scheme is computed (1000).", min=16)] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same findings.", min=0)] = None,
    weights: Annotated[
        float | None, typer.Option(help="By how much of itself a weight varies (0.2); 0: not at all.", min=0, max=0.99)
    ] = None,
    subject: Annotated[str | None, typer.Option(help="Also what this subject's score and place hang on.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for subjects, grades, factors as Parquet, and the picture of places.")] = None,
    rows: Annotated[int, typer.Option(help="Most rows shown.", min=0)] = ROWS,
) -> None:
    """How sure scores, places and grades are: the scheme is computed many times with other weights, choices and values."""
    from transforms.uncertainty.study import analyse  # brings scipy, which no other command needs

    asked_for = _options(options, runs, seed, weights)
    sound = read_sound(scheme)
    facts = Facts(Tables(values or [], groups, decisions, members, history), period, column, absent)
    with working(f"varying {sound.scheme.id}") as say, facts.inputs(sound) as (asked, notes):
        for note in notes:
            say(note)
        say(f"{asked_for.runs} runs")
        found = analyse(asked.connection, asked.scheme, asked.profile, asked.indicators, asked.tree, asked_for)
    if subject and subject not in set(found.subjects["subject_id"].to_pylist()):
        raise Problem("--subject", f"'{subject}' is not among the subjects.", "give an id as it stands in the table of results.")
    _show(sound.scheme, found, asked_for, rows, subject)
    if out:
        tables = {"subjects": found.subjects, "grades": found.grades, "factors": found.factors}
        written = write_findings(out, tables, _pictures(sound.scheme, found, asked_for))
        tell(f"written: {escape(str(out))}/ ({', '.join(file.name for file in written)})")


def _options(file: Path | None, runs: int | None, seed: int | None, weights: float | None) -> Uncertainty:
    """The file's, or the defaults; what is said on the command line goes before."""
    found = read_declaration(file, Uncertainty) if file else Uncertainty()
    said: dict[str, Any] = {name: value for name, value in (("runs", runs), ("seed", seed)) if value is not None}
    if weights is not None:
        said["weights"] = (found.weights or WeightSpread()).model_copy(update={"spread": weights}) if weights else None
    return found.model_copy(update=said)


def _show(scheme: Scheme, found: Findings, options: Uncertainty, rows: int, subject: str | None) -> None:
    listed = sorted(found.subjects.to_pylist(), key=_order)
    several = len({row["period"] for row in listed}) > 1
    share = f"{100 * (1 - 2 * options.low):.0f}%"
    columns = [
        *(["期间 period"] if several else []), *(["组别 group"] if scheme.groups else []), "名次 rank", "对象 subject",
        f"名次区间 {share} rank", "得分 score", f"得分区间 {share} score",
        *(["等次 grade", "等次变动 grade changes"] if scheme.grades else []),
    ]  # fmt: skip
    if rows:
        title = f"{scheme.title.zh} {scheme.title.en}: {found.runs} runs, seed {options.seed}"
        results.print(table(title, columns, (_cells(scheme, row, several) for row in listed[:rows])))
    if len(listed) > rows:
        tell(f"{rows} of {len(listed)} rows; more with --rows, all with --out")
    tell(f"varied 变动: {escape(', '.join(found.varied))}. A suggestion; people decide.")
    for row_of, title in ((ALL_SUBJECTS, "What it hangs on 影响因素, all subjects"), (subject, f"What it hangs on 影响因素: {subject}")):
        indices = [row for row in found.factors.to_pylist() if row["subject_id"] == row_of]
        if indices:
            _show_factors(title, indices, several)


def _show_factors(title: str, indices: list[dict[str, Any]], several: bool) -> None:
    columns = [*(["期间 period"] if several else []), "outcome", "factor 因素", "alone 主效应", "with interactions 总效应"]
    shown = [
        [
            *([row["period"]] if several else []),
            row["outcome"],
            row["factor"],
            _interval(row["first"], row["first_low"], row["first_high"]),
            _interval(row["total"], row["total_low"], row["total_high"]),
        ]
        for row in indices
    ]
    results.print(table(f"{title} (share of variance, Sobol)", columns, shown))


def _cells(scheme: Scheme, row: dict[str, Any], several: bool) -> list[Any]:
    titles = {grade.grade: f"{grade.title.zh} {grade.grade}" for grade in scheme.grades}
    grade = [titles.get(row["grade"], row["grade"]), f"{100 * row['grade_changes']:.1f}%"] if scheme.grades else []
    return [
        *([row["period"]] if several else []), *([row["peer_group"]] if scheme.groups else []), row["rank"], row["subject_id"],
        None if row["rank_low"] is None else f"{row['rank_low']}–{row['rank_high']}", row["score"],
        None if row["score_low"] is None else f"{row['score_low']:.2f}–{row['score_high']:.2f}", *grade,
    ]  # fmt: skip


def _interval(value: float | None, low: float | None, high: float | None) -> str | None:
    if value is None:
        return None
    return f"{value:.2f}" if low is None or high is None else f"{value:.2f} ({low:.2f} to {high:.2f})"


def _order(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["period"], row["peer_group"], row["rank"] is None, row["rank"], row["subject_id"]


def _pictures(scheme: Scheme, found: Findings, options: Uncertainty) -> dict[str, str]:
    """One picture a period and ranking."""
    pools: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in found.subjects.to_pylist():
        pools.setdefault((row["period"], row["peer_group"] if scheme.ranking.within == "group" else ""), []).append(row)
    within = f"{100 * (1 - 2 * options.low):.0f} % of {found.runs:,} runs"
    pictures = {}
    for (period, group), listed in pools.items():
        named = [part for part in (period if len({p for p, _ in pools}) > 1 else "", group) if part]
        title = f"{scheme.title.zh} {scheme.title.en} {' '.join([period, *([scheme.groups[group].zh] if group in scheme.groups else [])])}"
        pictures["-".join(["ranks", *named]) + ".svg"] = rank_intervals(listed, title, within)
    return {name: text for name, text in pictures.items() if text}
