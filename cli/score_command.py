"""``traceless score``: any scheme over any table."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from cli.screen import errors, results, table, tell, working
from declarations.problem import Problem
from pipeline.score_files import Engine, ScoredFiles, Tables, score_files
from pipeline.tables.reading import Reading, parse_as_of, parse_columns
from pipeline.write_scores import MANIFEST, OUTPUTS, write_scores

ROWS = 50
STOPPED = 130
_SCHEME = {".yaml", ".yml"}
Files = Annotated[list[Path], typer.Argument(metavar="SCHEME.yaml [FILE]...", help="The scheme; further names are files of values.")]
Values = Annotated[list[Path] | None, typer.Option(help="Table of values, long or wide: CSV or Parquet. Several: --values a.csv b.csv.")]


def score(
    files: Files,
    values: Values = None,
    groups: Annotated[Path | None, typer.Option(help="Who is scored, in which group: subject[, period], group, attributes.")] = None,
    decisions: Annotated[Path | None, typer.Option(help="Decisions that add, take or veto, each with its document.")] = None,
    members: Annotated[Path | None, typer.Option(help="Results of the subjects' units.")] = None,
    history: Annotated[Path | None, typer.Option(help="Earlier results: subject, period, score, grade.")] = None,
    rules: Annotated[Path | None, typer.Option(help="The rule profile, where the scheme names one that is not beside it.")] = None,
    period: Annotated[list[str] | None, typer.Option(help="Only this period; the others are history. May be given several times.")] = None,
    as_of: Annotated[str | None, typer.Option(help="What was known by that day, by the column known_at.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for nodes, results and more as Parquet.")] = None,
    tree: Annotated[bool, typer.Option("--tree", help="Also show the points of the top nodes and of side trees.")] = False,
    column: Annotated[list[str] | None, typer.Option(help="Our name of a column and the file's: --column subject=iso3.")] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="A column that is left out.")] = None,
    absent: Annotated[list[str] | None, typer.Option(help="A word that means 'no value', such as 'Not Available'.")] = None,
    refuse_rows: Annotated[
        bool, typer.Option("--refuse-rows", help="Leave rows out that cannot be counted; else they are an error.")
    ] = False,
    rows: Annotated[int, typer.Option(help="Most rows shown.", min=0)] = ROWS,
    threads: Annotated[int | None, typer.Option(help="Threads; any number gives the same bytes.", min=1)] = None,
    memory: Annotated[str | None, typer.Option(help="Most memory, such as 4GB; beyond it data is spilled.")] = None,
) -> None:
    """Score a table by a scheme: no project, no warehouse. docs/score.md says what the files hold, docs/scheme.md how to say a scheme."""
    scheme, more = _sorted_out(files)
    tables = Tables([*(values or []), *more], groups, decisions, members, history)
    if not (tables.values or tables.members):
        raise Problem("--values", "there is no table of values.", "name one: --values FILE.csv.")
    how = Reading(
        parse_columns(column or []), frozenset(ignore or []), tuple(absent or []), parse_as_of(as_of) if as_of else None, refuse_rows
    )
    with working(f"scoring by {scheme.name}") as say, _spill_folder() as spill:
        outcome = score_files(scheme, tables, rules=rules, periods=period, reading=how, engine=Engine(threads, memory, spill))
        with outcome:
            if out:
                say(f"writing {out}")
                write_scores(outcome, out)
            _show(outcome, rows, tree)
    if out:
        tell(f"written: {escape(str(out))}/ ({', '.join(OUTPUTS)} .parquet; {MANIFEST})")


@contextmanager
def _spill_folder() -> Iterator[Path]:
    """Where data goes that is too large for the memory. Ctrl-C, or a request to end, removes it and ends at once.

    An exception would not do: inside of a query it may be lost.
    """
    folder = Path(tempfile.mkdtemp(prefix="traceless-score-"))

    def end(_number: int, _frame: object) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        errors.print("stopped")
        os._exit(STOPPED)

    before = {one: signal.signal(one, end) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield folder
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
        shutil.rmtree(folder, ignore_errors=True)


def _sorted_out(files: list[Path]) -> tuple[Path, list[Path]]:
    """The scheme, and files of values that stand after a first ``--values``."""
    schemes = [file for file in files if file.suffix.lower() in _SCHEME]
    if len(schemes) != 1:
        what = "no scheme is named." if not schemes else f"{len(schemes)} schemes are named."
        raise Problem("traceless score", what, "name one scheme file that ends in .yaml: traceless score SCHEME.yaml --values FILE.csv.")
    return schemes[0], [file for file in files if file is not schemes[0]]


def _show(outcome: ScoredFiles, rows: int, tree: bool) -> None:
    group = "peer_group, " if outcome.scheme.ranking.within == "group" else ""
    found = outcome.rows(f"select * from score.result order by period, {group}score is null, rank, exact_score desc, subject_id")
    title = f"{outcome.scheme.title.zh} {outcome.scheme.title.en}"
    if rows:
        points = _node_points(outcome, [row["subject_id"] for row in found[:rows]]) if tree else {}
        columns = _columns(outcome, found, points)
        results.print(table(title, [name for name, _ in columns], ([of(row) for _, of in columns] for row in found[:rows])))
    if len(found) > rows:
        tell(f"{rows} of {len(found)} rows; more with --rows, all with --out")
    _tell_summary(outcome, found)


def _columns(outcome: ScoredFiles, found: list[dict[str, Any]], points: dict[str, dict[Any, float | None]]) -> list[tuple[str, Any]]:
    """Title of each column and how it is taken from a row; columns that say nothing are left out."""
    titles = {grade.grade: f"{grade.title.zh} {grade.grade}" for grade in outcome.scheme.grades}
    groups = {code: text.zh for code, text in outcome.scheme.groups.items()}
    columns: list[tuple[str, Any]] = []
    if len({row["period"] for row in found}) > 1:
        columns.append(("期间 period", lambda row: row["period"]))
    if outcome.scheme.groups:
        columns.append(("组别 group", lambda row: groups.get(row["peer_group"], row["peer_group"])))
    if outcome.scheme.ranking.shown:
        columns.append(("名次 rank", lambda row: row["rank"]))
    columns += [("对象 subject", lambda row: row["subject_id"]), ("得分 score", lambda row: row["score"])]
    for node, values in points.items():
        columns.append((node, lambda row, values=values: values.get((row["period"], row["subject_id"]))))
    if any(row["adjustment_points"] for row in found):
        columns.append(("加减分 adjustments", lambda row: row["adjustment_points"]))
    if titles:
        columns.append(("建议等次 grade", lambda row: titles.get(row["grade"], row["grade"])))
    columns.append(("覆盖率 coverage", lambda row: None if row["coverage"] is None else f"{100 * row['coverage']:.1f}%"))
    if any(row["grade_note"] or row["status"] != "ok" for row in found):
        columns.append(("说明 note", lambda row: (row["grade_note"] or ("" if row["status"] == "ok" else row["status"])).replace("_", " ")))
    return columns


def _node_points(outcome: ScoredFiles, subjects: list[str]) -> dict[str, dict[Any, float | None]]:
    """Points of the nodes below the top and of side trees, by (period, subject)."""
    top = [node.code for node in [*outcome.scheme.tree, *outcome.scheme.side]]
    cursor = outcome.connection.execute(
        "select node, period, subject_id, normalised from score.node where list_contains(?, node) and list_contains(?, subject_id)",
        [top, subjects],
    )
    points: dict[str, dict[Any, float | None]] = {code: {} for code in top}
    for node, period, subject, normalised in cursor.fetchall():
        points[node][(period, subject)] = normalised
    return points


def _tell_summary(outcome: ScoredFiles, found: list[dict[str, Any]]) -> None:
    for note in outcome.notes:
        tell(f"[yellow]·[/] {escape(note)}")
    if outcome.refused:
        tell(f"[yellow]· {outcome.refused} rows or cells refused[/]; with --out they are in refused.parquet, each with its reason")
    scored = sum(row["score"] is not None for row in found)
    flags, questions = (outcome.rows(f"select count(*) as n from score.{name}")[0]["n"] for name in ("consequence", "review"))
    periods = len({row["period"] for row in found})
    parts = [f"{len(found)} results 结果", f"{scored} with a score 有得分"]
    parts += [f"{periods} periods 期间"] if periods > 1 else []
    parts += [f"{flags} flags for people 提示"] if flags else []
    parts += [f"{questions} questions about the data 复核事项"] if questions else []
    tell(f"{', '.join(parts)}. A suggestion; people decide.")
