"""The files that two offices drop over SFTP: Excel, GB18030 and UTF-8 text, each with a marker once it is complete."""

import csv
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from openpyxl import Workbook

from demo.county.names import CANARY_PEOPLE

INSPECTION_HEADERS = {
    "item_no": "事项编号",
    "org_id": "承办单位",
    "item_type": "事项类型",
    "lead_role": "承办角色",
    "assigned_on": "交办日期",
    "feedback_due_on": "反馈期限",
    "first_feedback_on": "首次反馈日期",
    "due_on": "办结期限",
    "closed_on": "办结日期",
    "passed_first": "一次通过",
    "verified_true": "核查属实",
    "card": "黄红牌",
    "contested": "有异议",
    "updated_at": "更新时间",
    "informant_name": "线索来源人",
    "informant_phone": "来源人电话",
    "informant_card": "来源人身份证号",
    "lead_text": "线索内容",
}
EVALUATION_COLUMNS = (
    "ballot_no",
    "subject_type",
    "org_id",
    "cadre_id",
    "evaluator",
    "item",
    "period_end",
    "ballots",
    "mean_score",
    "updated_at",
    "rater_name",
    "rater_id_card",
    "rater_phone",
)
FIRST_CSV_MONTH = "2025-01"


def drop_inspection(db: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, Any]:
    """One file a month of writing: Excel until 2024, then GB18030 text. Answers where the spoilt files are."""
    folder.mkdir(parents=True)
    months = [m for (m,) in db.execute("SELECT DISTINCT left(updated_at, 7) FROM inspection ORDER BY 1").fetchall()]
    columns = ", ".join(INSPECTION_HEADERS)
    headers = list(INSPECTION_HEADERS.values())
    for month in months:
        rows = db.execute(f"SELECT {columns} FROM inspection WHERE left(updated_at, 7) = ? ORDER BY updated_at, item_no", [month])
        if month < FIRST_CSV_MONTH:
            write_xlsx(folder / f"items_{month}.xlsx", "督办事项", headers, _rows(rows))
        else:
            write_csv(folder / f"items_{month}.csv", "gb18030", headers, _rows(rows))
    wide = folder / "items_2025-03.csv"
    with wide.open("a", encoding="gb18030", newline="") as out:  # a comma inside a text that nobody quoted
        out.write(f"DC99999999,T01,key_task,lead,2025-03-01,多出一列,电话{CANARY_PEOPLE['inspection'][2]}" + ",x" * 20 + "\r\n")
    whole = (folder / "items_2025-12.csv").read_bytes()
    (folder / "items_2026-01-part.csv").write_bytes(whole[: len(whole) // 2 + 1])  # still being sent: no marker
    for file in sorted(folder.glob("items_*")):
        if file.name != "items_2026-01-part.csv":
            (folder / f"{file.name}.done").touch()
    return {"too_wide": wide.name, "incomplete": "items_2026-01-part.csv"}


def drop_evaluation(db: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """One UTF-8 file a quarter."""
    folder.mkdir(parents=True)
    quarters = [q for (q,) in db.execute("SELECT DISTINCT left(period_end, 7) FROM evaluation ORDER BY 1").fetchall()]
    for quarter in quarters:
        name = f"ballots_{quarter[:4]}-Q{int(quarter[5:7]) // 3}.csv"
        db.execute(
            f"COPY (SELECT {', '.join(EVALUATION_COLUMNS)} FROM evaluation WHERE left(period_end, 7) = '{quarter}' "
            f"ORDER BY ballot_no) TO '{folder / name}' (HEADER)"
        )
        (folder / f"{name}.done").touch()


def write_xlsx(file: Path, sheet: str, headers: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
    """An Excel file with real dates, times and booleans in its cells."""
    book = Workbook(write_only=True)
    page = book.create_sheet(sheet)
    page.append(list(headers))
    for row in rows:
        page.append([_cell(value) for value in row])
    book.save(file)


def write_csv(file: Path, encoding: str, headers: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
    """A text file as an office program saves it: commas, CR LF, true and false."""
    with file.open("w", encoding=encoding, newline="") as out:
        writer = csv.writer(out)
        writer.writerow(headers)
        writer.writerows([str(value).lower() if isinstance(value, bool) else value for value in row] for row in rows)


def _rows(relation: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while batch := relation.fetchmany(5000):
        yield from batch


def _cell(value: Any) -> Any:
    if isinstance(value, str) and len(value) in (10, 19) and value[4] == "-" and value[:2] == "20":
        moment = datetime.fromisoformat(value)
        return moment.date() if len(value) == 10 else moment
    return value
