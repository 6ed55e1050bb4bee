"""The outcome of a scheme over files, as Parquet files and a manifest: equal inputs give equal bytes, on any number of threads."""

import hashlib
import json
import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from declarations.problem import Problem
from declarations.project import fingerprint
from pipeline.score_files import ScoredFiles
from pipeline.tables.source import literal

OUTPUTS = ("nodes", "results", "adjustments", "consequences", "review", "treatment", "refused")
SPAN = 20_000
"""Subjects whose nodes are sorted and written at once."""
MANIFEST = "manifest.json"
_SQL = Path(__file__).parent / "score_outputs"
_CHUNK = 1 << 20


def write_scores(outcome: ScoredFiles, folder: Path) -> list[Path]:
    """Write all of OUTPUTS and the manifest into ``folder``, each complete or not at all. Returns the files.

    Raises Problem where the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = [(_write_nodes if name == "nodes" else _write)(outcome.connection, name, folder / f"{name}.parquet") for name in OUTPUTS]
        manifest = folder / MANIFEST
        _replace(manifest, json.dumps(_manifest(outcome, files), indent=2, ensure_ascii=False, sort_keys=True) + "\n")
    except (OSError, duckdb.IOException) as error:
        what = f"cannot be written to ({str(error).splitlines()[0].rstrip('.')})."
        raise Problem(str(folder), what, "check the path, its permissions and the free space there.") from None
    return [*files, manifest]


def _write(connection: duckdb.DuckDBPyConnection, name: str, file: Path) -> Path:
    query = (_SQL / f"{name}.sql").read_text()
    unfinished = file.with_name(f".{file.name}.new")
    connection.execute(f"copy ({query}) to {literal(str(unfinished))} (format parquet, compression zstd)")
    os.replace(unfinished, file)
    return file


def _write_nodes(connection: duckdb.DuckDBPyConnection, name: str, file: Path) -> Path:
    """By period and subject, as the cases are numbered; a period lies within one run."""
    query = (_SQL / f"{name}.sql").read_text()
    spans = connection.execute(
        "select period, run_no, min(case_no), max(case_no) from score.run_case group by all order by period"
    ).fetchall()
    unfinished = file.with_name(f".{file.name}.new")
    empty = connection.execute(query, {"run": -1, "low": 0, "high": 0}).to_arrow_table()
    with pq.ParquetWriter(unfinished, empty.schema, compression="zstd") as writer:
        for _, run, first, last in spans:
            for low in range(first, last + 1, SPAN):
                piece = {"run": run, "low": low, "high": min(low + SPAN - 1, last)}
                writer.write_table(connection.execute(query, piece).to_arrow_table())
    os.replace(unfinished, file)
    return file


def _replace(file: Path, text: str) -> None:
    unfinished = file.with_name(f".{file.name}.new")
    unfinished.write_text(text, encoding="utf-8")
    os.replace(unfinished, file)


def _manifest(outcome: ScoredFiles, files: list[Path]) -> dict[str, Any]:
    """What went in and what came out; no time, no machine, so that it can be compared."""
    scheme, how = outcome.scheme, outcome.reading
    return {
        "scheme": {"id": scheme.id, "version": scheme.version, "fingerprint": fingerprint(scheme)},
        "rules": {"id": outcome.profile.id, "fingerprint": fingerprint(outcome.profile)},
        "inputs": [{"for": use, "file": path.name, "sha256": sha256(path)} for use, path in outcome.tables.named()],
        "as_of": how.as_of_shown,
        "notes": outcome.notes,
        "refused": outcome.refused,
        "outputs": {file.name: {"rows": _rows(outcome.connection, file), "sha256": sha256(file)} for file in files},
        "versions": {"traceless-appraisal": _version(), "duckdb": duckdb.__version__},
    }


def sha256(file: Path) -> str:
    """The hash of a file's bytes."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _rows(connection: duckdb.DuckDBPyConnection, file: Path) -> int:
    row = connection.execute("select sum(num_rows) from parquet_file_metadata(?)", [str(file)]).fetchone()
    return int(row[0]) if row else 0


def _version() -> str:
    try:
        return version("traceless-appraisal")
    except PackageNotFoundError:
        return "source"
