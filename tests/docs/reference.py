"""The examples of a guide: YAML blocks, and the tables below them that say what comes in and what comes out."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from declarations.check_scheme import contradictions
from declarations.scheme import Scheme
from pipeline.score_files import Tables, score_files

KEYS = {"subject", "period", "group"}
RESULTS = {"score", "rank", "grade", "coverage", "status", "note", "adjustment_points"}
AS_IS = {"method": "as_is", "least": None, "most": None}
_BLOCK = re.compile(r"^```(yaml|csv)[ ]*(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Example:
    """A YAML block: a whole scheme (it has an ``id``), or a part of one. ``tables`` by name; '' is the table with outcomes ``…*``."""

    line: int
    text: str
    tables: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Any:
        return yaml.safe_load(self.text)

    @property
    def name(self) -> str:
        return f"line {self.line}: {self.text.strip().splitlines()[0][:60]}"


def examples(guide: Path) -> list[Example]:
    """All YAML blocks of a guide with the tables that follow them."""
    text = guide.read_text(encoding="utf-8")
    found: list[Example] = []
    for block in _BLOCK.finditer(text):
        language, name, body = block.groups()
        if language == "yaml":
            found.append(Example(text[: block.start()].count("\n") + 1, body))
        else:
            found[-1].tables[name] = body
    return found


def scheme_of(example: Example) -> Scheme:
    """The scheme; around a part the plainest one that it can stand in. Raises where the model or the check refuses it."""
    scheme = Scheme.model_validate(_whole(example))
    mistakes = contradictions(scheme)
    assert mistakes == [], [(mistake.path, mistake.what) for mistake in mistakes]
    return scheme


def _whole(example: Example) -> dict[str, Any]:
    data = example.data
    if isinstance(data, dict) and "id" in data:
        return data
    inputs, outcomes = _columns(example.tables[""]) if "" in example.tables else ([], [])
    base: dict[str, Any] = {"id": "example", "title": {"en": "Example", "zh": "示例"}, "decimals": 12, "weights": "relative"}
    if "group" in inputs:
        column = [row["group"] for row in _rows(example.tables[""])]
        base["groups"] = {name: {"en": name, "zh": name} for name in dict.fromkeys(column)}
    if isinstance(data, list):
        return {**base, "tree": data}
    if {"normalise", "normalise_by_group"} & set(data):
        return {**base, "tree": [{"code": "points", "indicator": "x", **data}]}
    made = [name for name in outcomes if name not in RESULTS] if "prepare" in data else [name for name in inputs if name not in KEYS]
    return {**base, "tree": [{"code": code, "indicator": code, "normalise": AS_IS} for code in made or ["x"]], **data}


def _rows(table: str) -> list[dict[str, str]]:
    return [{name.strip(): cell.strip() for name, cell in row.items()} for row in csv.DictReader(io.StringIO(table))]


def _columns(table: str) -> tuple[list[str], list[str]]:
    names = [name.strip() for name in table.splitlines()[0].split(",")]
    return [name for name in names if not name.endswith("*")], [name[:-1] for name in names if name.endswith("*")]


def differences(example: Example, folder: Path) -> Iterator[str]:
    """Score the table of an example and tell each outcome that is not as the guide says, at the digits that it gives."""
    scheme = scheme_of(example)
    rows = _rows(example.tables[""])
    inputs, outcomes = _columns(example.tables[""])
    for number, row in enumerate(rows, 1):
        row.setdefault("subject", f"{number:02d}")
    _write(folder / "values.csv", rows, ["subject", *(name for name in inputs if name != "subject")])
    files = {name: folder / f"{name}.csv" for name in example.tables if name}
    for name, file in files.items():
        file.write_text(example.tables[name], encoding="utf-8")
    groups = files.get("groups") or (folder / "values.csv" if scheme.groups or _has_attributes(scheme) else None)
    tables = Tables([folder / "values.csv"], groups, files.get("decisions"), files.get("members"), files.get("history"))
    with score_files(scheme, tables) as scored:
        for row in rows:
            keys = [row["subject"], row.get("period", "all")]
            for name in outcomes:
                yield from _difference(name, row[f"{name}*"], _found(scored.connection, scheme, name, keys), keys)


def _has_attributes(scheme: Scheme) -> bool:
    from pipeline.tables.roster import attributes_named

    return bool(attributes_named(scheme))


def _write(file: Path, rows: list[dict[str, str]], columns: list[str]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def _found(connection: Any, scheme: Scheme, name: str, keys: list[str]) -> Any:
    """A result's column, a node's points (or the kind of its absence)."""
    if name in RESULTS and name not in {node.code for node in scheme.nodes()}:
        column = "grade_note" if name == "note" else name
        row = connection.execute(f"select {column} from score.result where subject_id = ? and period = ?", keys).fetchone()
        return row[0] if row else "no such result"
    row = connection.execute(
        "select normalised, status from score.node where subject_id = ? and period = ? and node = ?",
        [*keys, "points" if name == "points" else name],
    ).fetchone()
    return None if row is None else row[0] if row[0] is not None else row[1]


def _difference(name: str, expected: str, found: Any, keys: list[str]) -> Iterator[str]:
    if isinstance(found, int | float) and _number(expected) is not None:
        digits = len(expected.partition(".")[2])
        if abs(found - float(expected)) <= 0.5 * 10**-digits + 1e-9:
            return
    elif expected == ("" if found is None else str(found)):
        return
    yield f"{', '.join(keys)}: {name} is {found}, the guide says {expected or 'nothing'}"


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
