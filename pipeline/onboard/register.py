"""Writing the contract into the project, and the line of its connection."""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from declarations.feed import FeedContract
from declarations.problem import Problem
from declarations.project import REPOSITORY, Project, read_contract
from pipeline.onboard.yaml_text import OPEN

PREFIX = "AIRFLOW_CONN_"


def check_free(project: Project, feed_id: str, replace: bool) -> None:
    """Raise Problem where the feed is there already and nobody said that it may be replaced."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", feed_id):
        raise Problem(
            f"feed '{feed_id}'",
            "is no name for a feed.",
            "use small letters, digits and _, beginning with a letter, such as audit_findings.",
        )
    folder = project.root / "feeds" / feed_id
    if folder.exists() and not replace:
        raise Problem(str(folder), "is there already.", "choose another id, or say --replace to write its feed.yaml anew.")


def schema_path(project: Project, feed_id: str) -> str:
    """Where an editor finds the JSON Schema, as seen from the contract."""
    schema = REPOSITORY / "declarations" / "schemas" / "feed.schema.json"
    return Path(os.path.relpath(schema, project.root / "feeds" / feed_id)).as_posix()


def write_contract(project: Project, feed_id: str, text: str) -> tuple[Path, FeedContract]:
    """Put the text into ``feeds/<id>/feed.yaml``, whole, after it was read back as a contract. Raises Problem for its mistakes."""
    feeds = project.root / "feeds"
    draft = Path(tempfile.mkdtemp(prefix=".new-", dir=feeds))
    try:
        file = draft / feed_id / "feed.yaml"
        file.parent.mkdir()
        file.write_text(text, encoding="utf-8")
        contract = read_contract(file)
        target = feeds / feed_id / "feed.yaml"
        target.parent.mkdir(exist_ok=True)
        file.replace(target)
        return target, contract
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def open_points(text: str) -> int:
    """How many lines of a contract still ask for a person."""
    return sum(1 for line in text.splitlines()[2:] if OPEN in line)


def connection_line(connection_id: str, fields: Mapping[str, Any]) -> str:
    """The line for the environment or ``connections.env``."""
    return f"{PREFIX}{connection_id.upper()}={json.dumps(fields, ensure_ascii=False)}"


def write_connection(file: Path, connection_id: str, line: str, replace: bool) -> bool:
    """Add the line to ``connections.env`` (mode 0600), beside what stands there; False where it stood there already.

    Raises Problem where the connection has another value and nobody said that it may be replaced.
    """
    name = f"{PREFIX}{connection_id.upper()}"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    if line in lines:
        return False
    mine = [one for one in lines if one.partition("=")[0].strip().removeprefix("export ").strip() == name]
    if mine and not replace:
        raise Problem(
            f"connection '{connection_id}'", f"stands in {file} with another value.", "use another --connection, or say --replace."
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write("".join(f"{one}\n" for one in [*(one for one in lines if one not in mine), line]))
    draft.replace(file)
    return True
