"""Earlier results of the same subjects, for consequences over years and for a term."""

from pathlib import Path

import duckdb

from pipeline.tables.columns import PERIOD, SUBJECT, Column, needed, optional
from pipeline.tables.reading import Reading
from pipeline.tables.table_file import load_table, refuse_empty, refuse_no_number, refuse_repeats

FILE_NO = 1004
HISTORY = (SUBJECT, Column("period", PERIOD.aliases), *needed("score"), *optional("grade"))


def load_history(connection: duckdb.DuckDBPyConnection, path: Path | None, how: Reading) -> None:
    """Make ``score_history``: (period, subject_id, score, grade). A ``results.parquet`` of an earlier run is such a file."""
    connection.execute("create or replace temp table score_history (period varchar, subject_id varchar, score double, grade varchar)")
    if path is None:
        return
    file = load_table(connection, "history", FILE_NO, path, HISTORY, how)
    refuse_empty(connection, file, "subject", "period")
    refuse_no_number(connection, file, "score")
    refuse_repeats(connection, file, ("subject", "period"))
    connection.execute("insert into score_history select period, subject, cell_number(score), grade from raw_history")
