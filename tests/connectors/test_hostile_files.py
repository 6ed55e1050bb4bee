"""Files that are made to hurt: each is refused in words, and soon."""

import io
import zipfile
from pathlib import Path

import pytest

from connectors.parse_xlsx import SheetForm, read_sheets
from connectors.parse_xml import XmlReader
from connectors.sheet_extent import Extent
from connectors.unpack import Allowance, check_inside
from declarations.problem import Problem
from warehouse.batch import BatchFiles


def cell(at: str, text: str) -> str:
    return f'<c s="1" r="{at}" t="inlineStr"><is><t>{text}</t></is></c>'


def workbook(rows: str, after: str = "") -> bytes:
    """A workbook of one sheet, as small as its reader takes it."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    links = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>')
        root = f'<Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/>'
        file.writestr("_rels/.rels", f"<Relationships {links}>{root}</Relationships>")
        file.writestr(
            "xl/workbook.xml", f'<workbook {main} xmlns:r="{office}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>'
        )
        link = f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
        file.writestr("xl/_rels/workbook.xml.rels", f"<Relationships {links}>{link}</Relationships>")
        file.writestr("xl/worksheets/sheet1.xml", f"<worksheet {main}><sheetData>{rows}</sheetData>{after}</worksheet>")
    return body.getvalue()


HEAD = f'<row r="1">{cell("A1", "item_no")}{cell("B1", "grade")}</row><row r="2">{cell("A2", "A1")}{cell("B2", "5")}</row>'


def check(body: bytes) -> None:
    check_inside(io.BytesIO(body), Allowance("file x.xlsx", 100, len(body)))


def test_a_sheet_with_a_cell_in_its_last_corner_is_refused_before_room_is_made_for_all_between() -> None:
    check(workbook(HEAD))
    with pytest.raises(Problem, match="has a sheet whose cells reach to row 1048576 and column 16384: 17,179,869,184 cells"):
        check(workbook(HEAD + f'<row r="1048576">{cell("XFD1048576", "x")}</row>'))


def test_formatted_cells_do_not_count_and_blocks_may_cut_a_cell() -> None:
    extent = Extent("p")
    extent.see(b'<x:c r="A1" t="s"><v>0</v></x:c><c r="XFD1048576" s="4"/><c  s="4" r = \'XF')
    with pytest.raises(Problem, match="row 1048576 and column 16384"):
        extent.see(b"D1048576' ><v>1</v></c>")


def test_cells_merged_beyond_the_last_column_do_no_harm() -> None:
    body = workbook(HEAD, '<mergeCells count="2"><mergeCell ref="F1:XFD1"/><mergeCell ref="F2:XFD1048576"/></mergeCells>')
    table, seen, refused = next(read_sheets(body, "file x.xlsx", {"item_no", "grade"}, SheetForm(), 10))
    assert (table.to_pylist(), sorted(seen), refused) == ([{"item_no": "A1", "grade": "5"}], ["grade", "item_no"], [])


def test_xml_without_a_bottom_is_refused() -> None:
    reader = XmlReader("file x.xml", "item", {"item_no"})
    with pytest.raises(Problem, match="is nested over 200 deep"):
        list(reader.tables(io.BytesIO(b"<a>" * 100_000)))


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\x00rubbish", b"[]"])
def test_a_damaged_manifest_or_verdict_is_told_with_its_file(tmp_path: Path, text: bytes) -> None:
    files = BatchFiles(tmp_path / "landing", tmp_path / "validated", "f")
    for file in (files.landing / "b1" / "manifest.json", files.validated / "b1" / "verdict.json"):
        file.parent.mkdir(parents=True)
        file.write_bytes(text)
    with pytest.raises(Problem, match=r"manifest.json: is damaged: it is no manifest of a batch. Next step: put it back from a backup"):
        files.manifests()
    with pytest.raises(Problem, match=r"verdict.json: is damaged: it is no verdict of a batch"):
        files.verdict("b1")
