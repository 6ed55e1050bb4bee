"""A sample from a file: what it is, how it is encoded, where its header stands."""

import gzip
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from declarations.problem import Problem
from pipeline.onboard.naming import snake
from pipeline.onboard.sample import MOST_ROWS, Sample, as_texts

MOST_BYTES = 192 << 20
TEXTS = (".csv", ".tsv", ".txt")
SHEETS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_DATED = re.compile(r"\d{4,}[\d_\-]*([HhQq][1-4])?")


def sample_file(file: Path, sheet: str | None = None, records: str | None = None) -> Sample:
    """The rows of a local file (a bounded number of them) and the ``source:`` of a files feed that would read it.

    Raises Problem, without a value of it, where it cannot be read.
    """
    if not file.is_file():
        raise Problem(str(file), "there is no such file.", "check the path of --sample.")
    name = file.name.lower().removesuffix(".gz")
    ending = Path(name).suffix
    if ending == ".parquet":
        sample = _parquet(file)
    elif ending in SHEETS:
        from pipeline.onboard.sample_sheet import sample_sheet

        sample = sample_sheet(_body(file)[0], str(file), sheet)
    else:
        sample = _text_reader(file, ending)(*_body(file), str(file), records)
    if not sample.rows.num_columns:
        raise Problem(str(file), "has no columns.", "name a file with rows and column names.")
    title = re.sub(r"[_\-\s]+", " ", file.name.split(".")[0]).strip()
    source = {"connector": "files", "pattern": [pattern_for(file)], **sample.source}
    return Sample(
        sample.rows,
        source,
        sample.whole,
        sample.told,
        sample.envelope,
        {"pattern": "which files belong to the feed", **sample.notes},
        title,
    )


def feed_id_for(text: str) -> str:
    """A feed's id from a file, path or table name: without years and other digits at its end, and not too long."""
    words = [word for word in snake(text.split(".")[0] if "." in text else text).split("_") if not re.fullmatch(r"\d{4,}(h|q)?\d*", word)]
    while len("_".join(words)) > 40 and len(words) > 1:
        words.pop()
    name = "_".join(words)
    return name if name and name[0].isalpha() else f"feed_{name}".rstrip("_")


def pattern_for(file: Path) -> str:
    """The name with its dates as ``*``: next month's file belongs to the feed too."""
    return _DATED.sub("*", file.name)


def _text_reader(file: Path, ending: str) -> Callable[..., Sample]:
    from pipeline.onboard import sample_records, sample_text

    readers: dict[str, Any] = {
        **dict.fromkeys(TEXTS, sample_text.sample_csv),
        ".json": sample_records.sample_json,
        ".ndjson": sample_records.sample_ndjson,
        ".jsonl": sample_records.sample_ndjson,
        ".xml": sample_records.sample_xml,
    }
    if ending not in readers:
        known = ", ".join([*readers, *SHEETS, ".parquet"])
        raise Problem(str(file), f"the ending '{ending}' is not known.", f"name a file of {known}, or the same with .gz.")
    reader: Callable[..., Sample] = readers[ending]
    return reader


def _body(file: Path) -> tuple[bytes, bool]:
    """The first bytes, unpacked, and whether they are all."""
    try:
        if file.name.lower().endswith(".gz"):
            with gzip.open(file) as packed:
                body = packed.read(MOST_BYTES + 1)
        else:
            with file.open("rb") as opened:
                body = opened.read(MOST_BYTES + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise Problem(str(file), "is no whole gzip file.", "have it sent again.") from None
    if not body:
        raise Problem(str(file), "is empty.", "name a file with rows.")
    return body[:MOST_BYTES], len(body) <= MOST_BYTES


def _parquet(file: Path) -> Sample:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        opened = pq.ParquetFile(file)
        flat = [field.name for field in opened.schema_arrow if not pa.types.is_nested(field.type)]
        nested = [field.name for field in opened.schema_arrow if pa.types.is_nested(field.type)]
        batches, rows = [], 0
        for batch in opened.iter_batches(100_000, columns=flat):
            batches.append(batch)
            rows += batch.num_rows
            if rows >= MOST_ROWS:
                break
        total = opened.metadata.num_rows
        table = pa.Table.from_batches(batches, schema=pa.schema([opened.schema_arrow.field(name) for name in flat]))
    except (pa.ArrowException, OSError):
        raise Problem(str(file), "is no whole Parquet file.", "have it sent again.") from None
    return Sample(as_texts(table.slice(0, MOST_ROWS)), {}, total <= MOST_ROWS, envelope=dict.fromkeys(nested, "nested values"))
