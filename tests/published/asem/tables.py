"""The ASEM data of COINr as the engine reads them, and a published table beside what a scheme file makes of it."""

import csv
import functools
import math
from pathlib import Path

import pytest

from declarations.scheme import Scheme
from declarations.yaml_file import read_declaration
from tests.scoring.kit import Scored, run

HERE = Path(__file__).parent
DATA = HERE.parents[3] / "shared" / "data" / "asem_coinr"
TOLERANCE = 1e-9
GROUPS = ("GDP_group", "GDPpc_group", "Pop_group", "EurAsia_group")
Cells = dict[tuple[str, str], float | str | None]
"""(row, column) → value, None where the table has none."""

needs_data = pytest.mark.skipif(not DATA.exists(), reason="the public ASEM tables are not here; they are not part of the product")


def rows_of(file: str) -> list[dict[str, str]]:
    with (DATA / file).open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def meta() -> list[dict[str, str]]:
    return rows_of("input_iMeta.csv")


def indicators() -> list[str]:
    return [row["iCode"] for row in meta() if row["Type"] == "Indicator"]


def read_cell(text: str) -> float | str | None:
    if text in ("", "NA"):
        return None
    try:
        return float(text)
    except ValueError:
        return text


def published(file: str, key: str = "uCode") -> Cells:
    return {(row[key], column): read_cell(text) for row in rows_of(file) for column, text in row.items() if column != key}


def scheme_file(name: str) -> Scheme:
    return read_declaration(HERE / "schemes" / f"{name}.yaml", Scheme)


def score_asem(scheme: Scheme) -> Scored:
    """The 51 countries of iData, with their denominators, by a scheme."""
    countries = rows_of("input_iData.csv")
    codes = [row["iCode"] for row in meta() if row["Type"] in ("Indicator", "Denominator")]
    facts = {row["uCode"]: {code: read_cell(row[code]) for code in codes} for row in countries}
    attributes = {row["uCode"]: {group: row[group] for group in GROUPS if row[group] not in ("", "NA")} for row in countries}
    return run(scheme, facts, attributes=attributes)


@functools.cache
def scored(name: str) -> Scored:
    return score_asem(scheme_file(name))


def values(found: Scored) -> Cells:
    """The prepared values of the leaves; where nothing was done to a value, as it came."""
    leaves = [row for row in found.rows("node") if row["indicator"]]
    return {(row["subject_id"], row["node"]): row["value"] if row["prepared"] else row["raw"] for row in leaves}


def points(found: Scored) -> Cells:
    """The points of all nodes; COINr calls the root Index."""
    return {(r["subject_id"], "Index" if r["node"] == "score" else r["node"]): r["normalised"] for r in found.rows("node")}


def differs(ours: object, theirs: object) -> bool:
    if isinstance(ours, float | int) and isinstance(theirs, float | int):
        return not abs(ours - theirs) <= TOLERANCE * max(1.0, abs(theirs))
    return ours != theirs


def compare(name: str, ours: Cells, theirs: Cells, known: frozenset[tuple[str, str]] = frozenset()) -> None:
    """Every published cell; prints how many, how many differ, and the largest error of the others. ``known``: those that may differ."""
    assert theirs, f"{name}: nothing to compare"
    off = {cell for cell, value in theirs.items() if differs(ours.get(cell), value)}
    errors = [
        abs(ours[cell] - value) / max(1.0, abs(value))
        for cell, value in theirs.items()
        if cell not in off and isinstance(value, float) and isinstance(ours.get(cell), float | int) and math.isfinite(value)
    ]
    shown = [(cell, ours.get(cell), theirs[cell]) for cell in sorted(off)[:5]]
    print(f"ASEM {name}: {len(theirs)} cells, {len(off)} differ, max error {max(errors, default=0.0):.1e} {shown or ''}")
    assert off == known, f"{name}: {shown}"
