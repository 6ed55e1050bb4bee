"""One registration from the first look to the written file: what the command line, or a page, drives."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

from declarations.feed import FeedContract
from declarations.problem import Problem
from declarations.project import Project
from pipeline.onboard.answers import Answers
from pipeline.onboard.draft import Draft, Drafting
from pipeline.onboard.profile import profiler
from pipeline.onboard.questions import ABOUT_COLUMNS, Question, answered, questions
from pipeline.onboard.register import check_free, connection_line, open_points, schema_path, write_connection, write_contract
from pipeline.onboard.sample import Sample
from pipeline.onboard.sample_file import feed_id_for, sample_file
from pipeline.onboard.yaml_text import contract_text

_SUFFIX = {"files": "files", "rest": "api", "sql": "db", "sdmx": "api"}


@dataclass(frozen=True)
class Source:
    """What the person named: exactly one of the first five; the rest says more about it."""

    sample: Path | None = None
    url: str | None = None
    table: str | None = None
    openapi: str | None = None
    sdmx: str | None = None
    path: str | None = None
    sheet: str | None = None
    records: str | None = None
    auth: str | None = None
    loopback: bool = False

    @property
    def named(self) -> list[str]:
        return [name for name in ("sample", "url", "table", "openapi", "sdmx") if getattr(self, name) is not None]

    @property
    def is_none(self) -> bool:
        return not self.named


@dataclass(frozen=True)
class Done:
    """What was written. ``line`` is the connection's, with placeholders for secrets; empty where the connection is there already."""

    file: Path
    contract: FeedContract
    open: int
    connection: str
    line: str
    connection_written: bool


class Asker(Protocol):
    """Puts a question to a person and gives the answer; ``again`` is told what was wrong with one, or raises it."""

    def __call__(self, question: Question) -> str: ...
    def again(self, problem: Problem) -> None: ...


class Registration:
    """Looks at the source, then drafts, asks and writes. Use it as a context manager."""

    def __init__(self, project: Project, source: Source, answers: Answers, replace: bool) -> None:
        if len(source.named) != 1:
            what = f"{' and '.join('--' + name for name in source.named)} are named at once."
            raise Problem("feed new", what, "name one source for one feed.")
        self._project = project
        self._source = source
        self._replace = replace
        self.answers = answers
        self._stack = ExitStack()
        if answers.id:
            check_free(project, answers.id, replace)

    def __enter__(self) -> Self:
        self._sample, self._connection = self._take_sample()
        work = self._stack.enter_context(profiler(self._sample))
        self._drafting = Drafting(self._sample, work)
        self.draft: Draft = self._drafting.draft(self.answers)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def feed_id(self) -> str:
        """The feed's id; only after ``name``."""
        return str(self.answers.id)

    def name(self, ask: Callable[[str], str]) -> None:
        """Settle the id, asking where it was not said. Raises Problem where the feed is there already."""
        if not self.answers.id:
            wish = ask(feed_id_for(self._sample.title))
            check_free(self._project, wish, self._replace)
            self.answers = self.answers.model_copy(update={"id": wish})

    def ask(self, ask: Asker) -> None:
        """All that was not said; a draft is made anew with each answer that changes one."""
        asked: set[str] = set()
        while rest := [question for question in questions(self.draft, self.answers) if question.name not in asked]:
            question = rest[0]
            try:
                changed = answered(self.answers, question, ask(question))
                if changed != self.answers and question.name in ABOUT_COLUMNS:
                    self.draft = self._drafting.draft(changed)
                self.answers = changed
            except Problem as problem:
                ask.again(problem)
                continue
            asked.add(question.name)

    def write(self, with_connection: bool) -> Done:
        """The contract and, where asked for, the connection's line."""
        sample, answers = self._sample, self.answers
        connector = str(sample.source["connector"])
        connection = answers.connection or f"{answers.id}_{_SUFFIX.get(connector, connector)}"
        line = connection_line(connection, self._connection) if self._connection else ""
        if with_connection and line:
            if "<" in line:
                raise Problem(
                    "--write-connection", "the line has placeholders for secrets.", "set the connection by hand, with its secrets."
                )
            written = write_connection(self._project.connections_file, connection, line, self._replace)
        else:
            written = False
        source = {"connector": connector, "connection": connection, **{k: v for k, v in sample.source.items() if k != "connector"}}
        if answers.pattern and connector == "files":
            source["pattern"] = [answers.pattern]
        cursor = self._cursor(connector)
        if cursor:
            source["cursor"] = cursor
        if not answers.kind:
            guess = next(question for question in questions(self.draft, answers) if question.name == "kind").default
            answers = answers.model_copy(update={"kind": guess})
        text = contract_text(self.draft, answers, source, schema_path(self._project, self.feed_id))
        file, contract = write_contract(self._project, self.feed_id, text)
        return Done(file, contract, open_points(text), connection, line, with_connection and (written or bool(line)))

    def _cursor(self, connector: str) -> dict[str, str] | None:
        """Incremental pulls where the source can be asked for what is new: a database always, an endpoint that was seen to."""
        column = self._sample.cursor or (self.draft.version if connector == "sql" else None)
        if column is None or column not in self.draft.names or not (connector == "sql" or self._sample.cursor_works):
            return None
        kind = next(c.type for c in self.draft.columns if c.source == column)
        found = {"column": self.draft.names[column]}
        return {**found, "look_back": "3d"} if kind == "timestamp" else {**found, "look_back": "1d"} if kind == "date" else found

    def _take_sample(self) -> tuple[Sample, dict[str, Any]]:
        """The sample, and the connection's fields where it has to be set up."""
        source = self._source
        if source.sample is not None:
            file = source.sample.expanduser()
            found = sample_file(file, source.sheet, source.records)
            return found, {"conn_type": "file", "extra": {"path": os.path.abspath(file.parent)}}
        from pipeline.onboard.live import live_sample

        return live_sample(self._project, source, self.answers)
