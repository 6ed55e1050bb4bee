"""``traceless feed new``: look at a source, ask a few questions, write ``feeds/<id>/feed.yaml``."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from cli.screen import errors, paragraph, results, table, tell
from declarations.problem import Problem
from declarations.project import Project, open_project

if TYPE_CHECKING:
    from pipeline.onboard.answers import Answers
    from pipeline.onboard.draft import Draft
    from pipeline.onboard.questions import Question
    from pipeline.onboard.registration import Registration

SampleFile = Annotated[Path | None, typer.Option("--sample", help="A file: .csv .tsv .xlsx .parquet .json .ndjson .xml, also with .gz.")]
Url = Annotated[str | None, typer.Option(help="A live REST endpoint, such as https://host/api/items.")]
Table_ = Annotated[str | None, typer.Option("--table", help="A database table, as schema.table; needs --connection.")]
OpenApi = Annotated[str | None, typer.Option("--openapi", help="An OpenAPI 3 description: a file or an address.")]
Sdmx = Annotated[str | None, typer.Option(help="An SDMX flow (https://host/sdmx/AGENCY,FLOW,1.0) or a saved structure file.")]
Path_ = Annotated[str | None, typer.Option("--path", help="With --openapi: which path, such as /items.")]
Sheet = Annotated[str | None, typer.Option(help="Sheet of a workbook.")]
Records = Annotated[str | None, typer.Option(help="Where the records stand: data.items (JSON), or the row's element (XML).")]
Auth = Annotated[str | None, typer.Option(help="none, basic, bearer, api_key, or YAML such as '{scheme: api_key, header: X-Key}'.")]
Loopback = Annotated[bool, typer.Option("--allow-loopback", help="The endpoint runs on this very machine, and may.")]
Id = Annotated[str | None, typer.Option("--id", help="Name of the feed and its folder.")]
Kind = Annotated[str | None, typer.Option(help="audit, inspection, petition, rating, statistics, roster, evaluation or decision.")]
Title = Annotated[str | None, typer.Option("--title", help="Name in English.")]
TitleZh = Annotated[str | None, typer.Option("--title-zh", help="Name in Chinese 中文名称.")]
Owner = Annotated[str | None, typer.Option(help="The office that answers for it.")]
ConnectionId = Annotated[str | None, typer.Option("--connection", help="Id of the connection with address and secrets.")]
Key = Annotated[str | None, typer.Option(help="Columns that name a record, with commas.")]
Take = Annotated[list[str] | None, typer.Option(help='A column that looks personal, all the same: COLUMN="why". Again for more.')]
Leave = Annotated[list[str] | None, typer.Option(help='A column that is not wanted: COLUMN="reason". Again for more.')]
AnswersFile = Annotated[Path | None, typer.Option("--answers", help="A YAML file of answers; see docs/source-owner.md.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing; what needs a person is marked '# ?' in the file.")]
Replace = Annotated[bool, typer.Option("--replace", help="Write an existing feed's contract anew.")]
WriteConnection = Annotated[bool, typer.Option("--write-connection", help="Put the connection's line into connections.env (mode 0600).")]


def new(
    sample: SampleFile = None,
    url: Url = None,
    table_: Table_ = None,
    openapi: OpenApi = None,
    sdmx: Sdmx = None,
    path: Path_ = None,
    sheet: Sheet = None,
    records: Records = None,
    auth: Auth = None,
    loopback: Loopback = False,
    feed_id: Id = None,
    kind: Kind = None,
    title: Title = None,
    title_zh: TitleZh = None,
    owner: Owner = None,
    connection: ConnectionId = None,
    key: Key = None,
    take: Take = None,
    leave: Leave = None,
    answers: AnswersFile = None,
    yes: Yes = False,
    replace: Replace = False,
    write_connection: WriteConnection = False,
) -> None:
    """Register a feed: infer its contract from a sample file, endpoint, table or description, ask what is left, write feed.yaml."""
    from pipeline.onboard.registration import Registration, Source

    project = open_project()
    said = _said(
        answers, take, leave, id=feed_id, kind=kind, title_en=title, title_zh=title_zh, owner_team=owner, connection=connection,
        key=[part.strip() for part in key.split(",")] if key else None,
    )  # fmt: skip
    source = Source(sample, url, table_, openapi, sdmx, path, sheet, records, auth, loopback)
    asker = _Asker(yes)
    if source.is_none:
        source = _ask_source(asker)
    with Registration(project, source, said, replace) as registration:
        registration.name(lambda default: asker.text("Short name of the feed (its folder)", default))
        _show(registration.draft)
        registration.ask(asker)
        done = registration.write(write_connection)
    _next_steps(project, registration, done, asker)


class _Asker:
    """Puts questions on the screen; counts the answers. With ``--yes`` nothing is asked."""

    def __init__(self, silent: bool) -> None:
        self.silent = silent
        self.asked = 0

    def text(self, question: str, default: str) -> str:
        if self.silent:
            return default
        self.asked += 1
        try:
            return str(typer.prompt(question, default=default, show_default=bool(default)))
        except typer.Abort:
            fix = "answer it, pass --answers FILE, or say --yes to take the defaults."
            raise Problem("feed new", f"the question '{question}' got no answer.", fix) from None

    def __call__(self, question: "Question") -> str:
        if question.why and not self.silent:
            results.print(f"[dim]{escape(question.why)}[/]")
        choices = f" ({', '.join(question.choices)})" if question.choices else ""
        return self.text(f"{question.text}{choices}", question.default)

    def again(self, problem: Problem) -> None:
        """A wrong answer is told and asked again; without a person it ends the command."""
        if self.silent or not sys.stdin.isatty():
            raise problem
        errors.print(paragraph(problem), soft_wrap=True, highlight=False)


def _ask_source(asker: _Asker) -> Any:
    """Without an option: where do the rows come from?"""
    from pipeline.onboard.registration import Source

    if asker.silent:
        fix = "say --sample FILE, --url ADDRESS, --table SCHEMA.TABLE, --openapi FILE or --sdmx FLOW."
        raise Problem("feed new", "nothing says where the rows come from.", fix)
    kinds = ["sample", "url", "table", "openapi", "sdmx"]
    kind = asker.text("Where do the rows come from? sample (a file), url (an endpoint), table (a database), openapi, sdmx", "sample")
    if kind not in kinds:
        raise Problem("feed new", f"'{kind}' is none of {', '.join(kinds)}.", "write one of these.")
    where = asker.text({"sample": "Path of the file", "table": "Table, as schema.table"}.get(kind, "Address or file"), "")
    named: dict[str, Any] = {kind: Path(where) if kind == "sample" else where}
    return Source(**named)


def _said(file: Path | None, take: list[str] | None, leave: list[str] | None, **options: Any) -> "Answers":
    """The answers of the file, overruled by the options."""
    from pydantic import ValidationError

    from declarations.yaml_file import read_declaration
    from pipeline.onboard.answers import Answers
    from pipeline.onboard.questions import pairs

    beforehand = read_declaration(file, Answers).model_dump() if file else {}
    for name, said in (("take", take), ("leave", leave)):
        beforehand[name] = {**beforehand.get(name, {}), **{k: v for one in said or [] for k, v in pairs(f"--{name}", one).items()}}
    try:
        return Answers.model_validate({**beforehand, **{key: value for key, value in options.items() if value is not None}})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise Problem(f"--{where.replace('_', '-')}", f"'{first['input']}' does not fit: {first['msg'].lower()}.", "correct it.") from None


def _show(draft: "Draft") -> None:
    """The columns as they were understood. Of columns left out nothing but their name and the reason is shown."""
    rows = [
        [
            c.name,
            c.source if c.source != c.name else "",
            _kind(c.fields),
            c.fields["zh"] if c.fields["zh"] != c.source else "",
            c.seen,
            "taken",
        ]
        for c in draft.columns
    ]
    rows += [["–", name, "", "", why, "left out"] for name, why in draft.left_out.items()]
    seen = draft.sample.rows.num_rows
    title = f"{seen:,} rows looked at" + ("" if draft.sample.whole else " (there are more)") if seen else "No rows looked at"
    results.print(table(title, ["column 字段", "source", "type", "中文", "what was seen", ""], rows))


def _kind(fields: dict[str, Any]) -> str:
    parts = [str(fields["type"]), str(fields.get("format", "")), str(fields.get("unit", ""))]
    parts += ["key"] if fields.get("key") else []
    parts += [f"{len(fields['codes'])} codes"] if "codes" in fields else []
    return " ".join(part for part in parts if part)


def _next_steps(project: Project, registration: "Registration", done: Any, asker: _Asker) -> None:
    tell(f"[green]Written:[/] {escape(str(done.file))}")
    taken, out = len(done.contract.columns), len(done.contract.left_out)
    asked = "no question asked" if not asker.asked else f"{asker.asked} question{'s' if asker.asked > 1 else ''} answered"
    tell(f"{taken} columns taken, {out} left out; {asked}; {done.open} line{'' if done.open == 1 else 's'} marked '# ?' for a person.")
    steps = []
    if done.connection_written:
        tell(f"Connection '{done.connection}' stands in {project.connections_file}.")
    elif done.line:
        steps.append(f"set the connection: in the environment, or as a line of {project.connections_file} (mode 0600):\n   {done.line}")
    if done.open:
        steps.append(f"look at the lines marked '# ?' in {done.file}")
    steps += [f"traceless feed check {registration.feed_id}", f"traceless feed pull {registration.feed_id}"]
    for number, step in enumerate(steps, 1):
        tell(f"{number}. {escape(step)}")
