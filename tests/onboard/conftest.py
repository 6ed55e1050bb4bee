"""A project to register feeds in, and a registration without anybody who answers."""

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from declarations.feed import FeedContract
from declarations.problem import Problem
from declarations.project import Project
from pipeline.onboard.answers import Answers
from pipeline.onboard.draft import Draft
from pipeline.onboard.questions import Question
from pipeline.onboard.registration import Registration, Source
from tests.connectors.sql_servers import postgres_server

__all__ = ["postgres_server"]  # a fixture: started once for these tests


class Enter:
    """Accepts every default; remembers what was asked. ``says`` are answers to some questions."""

    def __init__(self, **says: str) -> None:
        self.says = says
        self.asked: list[Question] = []

    def __call__(self, question: Question) -> str:
        self.asked.append(question)
        return self.says.get(question.name, question.default)

    def again(self, problem: Problem) -> None:
        raise problem


@dataclass
class Registered:
    contract: FeedContract
    text: str
    draft: Draft
    line: str
    asked: list[str]

    @property
    def types(self) -> dict[str, str]:
        return {c.source_name: " ".join(part for part in (c.type, c.format) if part) for c in self.contract.columns}


Register = Callable[..., Registered]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for folder in ("feeds", "indicators", "schemes"):
        (tmp_path / "project" / folder).mkdir(parents=True)
    return Project(tmp_path / "project", tmp_path / "var")


@pytest.fixture
def register(project: Project) -> Register:
    """Registers a source (keywords of ``Source``) and reads the contract back; ``says`` answers questions."""

    def run(answers: dict[str, Any] | None = None, says: dict[str, str] | None = None, **source: Any) -> Registered:
        said = Answers.model_validate({"id": "hotline", **(answers or {})})
        asker = Enter(**(says or {}))
        with Registration(project, Source(**source), said, replace=True) as registration:
            registration.name(lambda default: default)
            registration.ask(asker)
            done = registration.write(False)
            return Registered(
                done.contract, done.file.read_text(encoding="utf-8"), registration.draft, done.line, [q.name for q in asker.asked]
            )

    return run


def csv_text(rows: Iterable[dict[str, Any]], delimiter: str = ",") -> str:
    rows = list(rows)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, bytes | str], Path]:
    def put(name: str, content: bytes | str) -> Path:
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    return put
