"""Personal data are found by the columns' names and by their values, left out, and shown nowhere."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from declarations.problem import Problem
from declarations.project import Project
from tests.onboard.conftest import Register, csv_text
from tests.onboard.people import PLANTED, WESTERN, people, values_of

ROWS = people(80)
Write = Callable[[str, bytes | str], Path]
BARE = {
    "姓名": "chinese", "身份证号": "a", "手机": "b", "邮箱": "c", "住址": "d", "银行卡号": "e", "车牌号": "f", "诉求内容": "g",
}  # fmt: skip


def test_every_class_is_left_out_by_its_name(register: Register, write: Write) -> None:
    found = register(sample=write("a.csv", csv_text(ROWS)))
    assert set(found.contract.left_out) == set(PLANTED)
    assert "责任单位" in found.types
    assert not [value for value in values_of(ROWS) if value in found.text]


def test_every_class_is_left_out_by_its_values_where_the_name_says_nothing(register: Register, write: Write) -> None:
    rows = [{BARE.get(key, key): value for key, value in row.items()} for row in ROWS]
    found = register(sample=write("a.csv", csv_text(rows)))
    assert set(found.contract.left_out) == set(BARE.values())
    reasons = found.contract.left_out
    assert "identity card" in reasons["a"]
    assert "telephone" in reasons["b"]
    assert "e-mail" in reasons["c"]
    assert "street addresses" in reasons["d"]
    assert "bank card" in reasons["e"]
    assert "licence plates" in reasons["f"]
    assert "free text" in reasons["g"]
    assert "names of persons" in reasons["chinese"]


def test_western_names_and_addresses_are_found_and_organisations_are_no_persons(register: Register, write: Write) -> None:
    rows = [
        {
            "facility_id": f"{i:06d}", "facility_name": f"Green Valley {i} Hospital", "label": WESTERN[i % 8],
            "spot": f"{i + 10} Main Street",
            "city": f"Town {i % 9}", "auditee_name": f"Lake {i} School District", "score": i, "survey_date": "2024-01-31",
        }
        for i in range(60)
    ]  # fmt: skip
    found = register(sample=write("a.csv", csv_text(rows)))
    assert set(found.contract.left_out) == {"label", "spot", "city"}


def test_numbers_of_the_wrong_check_digit_are_no_identity_cards(register: Register, write: Write) -> None:
    def broken(card: str) -> str:
        return card[:17] + ("1" if card[17] != "1" else "2")

    rows = [{"信访编号": row["信访编号"], "流水": broken(row["身份证号"]), "登记日期": row["登记日期"]} for row in ROWS]
    found = register(sample=write("a.csv", csv_text(rows)))
    assert "流水" not in found.contract.left_out or "check digit" not in found.contract.left_out["流水"]


def test_a_column_is_taken_when_somebody_argues_for_it(register: Register, write: Write) -> None:
    found = register({"take": {"姓名": "the county's own register of officials"}}, sample=write("a.csv", csv_text(ROWS)))
    column = next(c for c in found.contract.columns if c.source_name == "姓名")
    assert column.personal == "person"
    assert column.why_taken == "the county's own register of officials"
    assert column.codes is None
    with pytest.raises(Problem, match="no such column"):
        register({"take": {"姓明": "why"}}, sample=write("b.csv", csv_text(ROWS)))


def test_an_answer_takes_a_column_too(register: Register, write: Write) -> None:
    found = register(says={"take": "住址=needed to find the town"}, sample=write("a.csv", csv_text(ROWS)))
    assert "住址" not in found.contract.left_out
    assert "personal: person" in found.text


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_no_value_of_a_personal_column_is_shown_or_written_anywhere(
    ending: str, project: Project, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import json

    rows = [{**row, "经办": "赵" + row["姓名"][1:]} for row in ROWS]
    file = write(f"a.{ending}", csv_text(rows) if ending == "csv" else json.dumps(rows, ensure_ascii=False))
    monkeypatch.setenv("TRACELESS_PROJECT", str(project.root))
    monkeypatch.setenv("TRACELESS_VAR", str(project.var))
    answer = CliRunner().invoke(app, ["feed", "new", "--sample", str(file), "--id", "hotline", "--yes", "--write-connection"])
    assert answer.exit_code == 0, answer.output
    written = "".join(part.read_text(encoding="utf-8") for part in project.root.rglob("*") if part.is_file())
    written += "".join(part.read_text(encoding="utf-8") for part in project.var.rglob("*") if part.is_file())
    assert "Written" in answer.output
    seen = answer.output + written
    assert not [value for value in values_of(rows, (*PLANTED, "经办")) if value in seen]
    assert oct(os.stat(project.connections_file).st_mode & 0o777) == "0o600"


def test_a_file_without_column_names_is_refused_and_its_first_row_is_not_shown(register: Register, write: Write) -> None:
    text = csv_text(ROWS).partition("\n")[2]
    with pytest.raises(Problem, match="values where the names of its columns should stand") as told:
        register(sample=write("a.csv", text))
    assert not [value for value in values_of(ROWS[:2]) if value in str(told.value)]
