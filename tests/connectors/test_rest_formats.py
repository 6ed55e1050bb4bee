"""What REST sources answer: JSON, NDJSON, CSV and XML, in their charsets, with rows that cannot be taken."""

import json

import pytest

from declarations.problem import Problem
from tests.connectors.rest_kit import items, keys, pull, records, rest
from tests.connectors.source_kit import Reply, record

XML = {"format": "xml", "records": "item"}


def read(serve, body, content_type="", **source):
    (page,) = pull(rest(**source), serve(lambda r: Reply(body, headers={"content-type": content_type} if content_type else {})))
    return page


def test_ndjson_pages(serve):
    def answer(request):
        at = int(request.query["offset"])
        lines = [f'{{"item_no":"A{n:05d}","amount":{n}.10,"grade":{n},"phone":"13912345678"}}' for n in range(at, min(at + 2, 5))]
        return Reply("\n".join(lines), headers={"X-Total": "5"})

    feed = rest({"by": "offset", "size": 2, "total": "header:X-Total"}, format="ndjson")
    pages = pull(feed, serve(answer))
    assert items(pages) == keys(0, 1, 2, 3, 4)
    assert pages[0].rows.select(["amount", "grade"]).to_pylist() == [{"amount": "0.10", "grade": "0"}, {"amount": "1.10", "grade": "1"}]
    assert pages[0].columns_seen == {"item_no", "amount", "grade", "phone"}


def test_nothing_at_all_is_no_record_in_ndjson_and_csv(serve):
    for form in ("ndjson", "csv"):
        assert read(serve, "", format=form).rows.num_rows == 0


def test_lines_that_are_no_object_are_refused_in_their_place(serve):
    page = read(serve, '{"item_no":"A1"}\n[1]\n{"item_no"\nnull\n\n{"item_no":"A2","grade":"x"}\n', format="ndjson")
    assert items([page]) == ["A1", "A2"]
    assert [row.position.rpartition(", ")[2] for row in page.refused] == ["line 2", "line 3", "line 4"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"item_no":"A1"}\n{"item_no":"CAN', "cut off"),
        ("<html>CANARY</html>\n", "no line of the answer"),
        ("1\n2\n", "no line of the answer"),
    ],
)
def test_ndjson_that_is_none_or_cut_off_is_a_problem(serve, body, said):
    with pytest.raises(Problem, match=said) as caught:
        read(serve, body, format="ndjson")
    assert "CAN" not in str(caught.value)


def test_xml_rows_have_attributes_and_elements_as_columns(serve):
    body = """<?xml version="1.0"?><!DOCTYPE r><q:r xmlns:q="urn:q" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" total="3">
      <head><item_count>3</item_count></head>
      <list>
        <q:item item_no="A1"><q:grade> 5 </q:grade><amount>1.10</amount><phone>13912345678</phone></q:item>
        <item item_no="A2"><grade xsi:nil="true">0</grade><amount/><place><city>x</city></place></item>
        <item><item_no><![CDATA[A<3]]></item_no><grade>&#53;</grade></item>
      </list></q:r>"""
    page = read(serve, body, **XML)
    assert page.rows.select(["item_no", "grade", "amount"]).to_pylist() == [
        {"item_no": "A1", "grade": "5", "amount": "1.10"},
        {"item_no": "A2", "grade": None, "amount": None},
        {"item_no": "A<3", "grade": "5", "amount": None},
    ]
    assert page.columns_seen == {"item_no", "grade", "amount", "phone", "place.city"}


def test_xml_rows_that_say_a_thing_twice_are_refused(serve):
    rows = "<item><item_no>A1</item_no><grade>1</grade><grade>2</grade></item><item item_no='A2'><grade><x>1</x></grade></item>"
    body = f"<r>{rows}<item item_no='A3'/></r>"
    page = read(serve, body, **XML)
    assert items([page]) == ["A3"]
    assert [(row.position.rpartition(", ")[2], row.reason) for row in page.refused] == [
        ("record 1", "has the element 'grade' more than once."),
        ("record 2", "has elements inside 'grade'."),
    ]


def test_xml_pages_with_total_and_cursor(serve):
    rows = records(5)

    def answer(request):
        at = int(request.query.get("cursor", 0))
        items_xml = "".join(f"<item><item_no>{row['item_no']}</item_no></item>" for row in rows[at : at + 2])
        onward = f"<next>{at + 2}</next>" if at + 2 < 5 else "<next/>"
        return Reply(f'<answer><page total="5">{onward}</page><items>{items_xml}</items></answer>')

    feed = rest({"by": "cursor", "next": "page.next", "total": "page.total"}, **{**XML, "records": "items.item"})
    assert items(pull(feed, serve(answer))) == keys(*range(5))


@pytest.mark.parametrize(
    ("body", "records", "said"),
    [
        ("<r><item><item_no>CANARY", "item", "not whole XML"),
        ("<!DOCTYPE r [<!ENTITY a 'aaaa'>]><r><item>&a;</item></r>", "item", "entities"),
        ("<!DOCTYPE r [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><r>&a;</r>", "item", "entities"),
        ("<html><body>login</body></html>", "item", "HTML"),
        ("<r><row><item_no>1</item_no><grade>1</grade><amount>1</amount><active>1</active></row></r>", "item", "columns in 'row'"),
        ("<r><rows/></r>", "list.item", "no element 'list'"),
        ('{"data": []}', "item", "not whole XML"),
        ("", "item", "not whole XML"),
    ],
)
def test_other_xml_is_a_problem(serve, body, records, said):
    with pytest.raises(Problem, match=said) as caught:
        read(serve, body, format="xml", records=records)
    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize(("body", "path"), [("<r><rows/></r>", "rows.item"), ("<r><date>2025-01-01</date></r>", "item")])
def test_an_empty_list_in_xml_is_no_record(serve, body, path):
    assert read(serve, body, format="xml", records=path).rows.num_rows == 0


@pytest.mark.parametrize(
    ("form", "charset", "content_type", "option"),
    [
        ("json", "gb18030", "application/json; charset=GB2312", None),
        ("json", "gb18030", "", "gb18030"),
        ("ndjson", "utf-16", "application/x-ndjson; charset=utf-16", None),
        ("csv", "gb18030", "text/csv; charset=GBK", None),
        ("csv", "gb18030", "text/csv; charset=utf-8", "gb18030"),
        ("xml", "gb18030", "application/xml", None),
        ("xml as GBK", "gb18030", "application/xml", None),
        ("xml", "gb18030", "application/xml; charset=gbk", None),
        ("xml", "utf-16", "application/xml", None),
        ("json", "utf-8-sig", "", None),
    ],
)
def test_the_charset_is_the_one_that_contract_header_or_prologue_names(serve, form, charset, content_type, option):
    form, _, prologue = form.partition(" as ")
    name = "㐀办事很快𠮷"  # two characters that GB2312 and GBK do not have
    text = {
        "json": f'{{"data": [{{"item_no": "{name}"}}]}}',
        "ndjson": f'{{"item_no": "{name}"}}\n',
        "csv": f"item_no,grade\n{name},1\n",
        "xml": f'<?xml version="1.0" encoding="{prologue or charset}"?><r><item><item_no>{name}</item_no></item></r>',
    }[form]
    if "charset=gbk" in content_type:
        text = text.replace(' encoding="gb18030"', ' encoding="utf-8"')
    source = {"format": form, "encoding": option, "records": {"json": "data", "xml": "item"}.get(form, "")}
    assert items([read(serve, text.encode(charset), content_type, **source)]) == [name]


@pytest.mark.parametrize("form", ["json", "ndjson", "csv", "xml"])
def test_a_charset_that_does_not_fit_is_a_problem(serve, form):
    text = {
        "json": '{"data": [{"item_no": "办"}]}',
        "ndjson": '{"item_no": "办"}',
        "csv": "item_no\n办\n",
        "xml": "<r><item>办</item></r>",
    }[form]
    source = {"format": form, "records": "item" if form == "xml" else "data"}
    with pytest.raises(Problem, match=r"(?i)not utf-8"):
        read(serve, text.encode("gb18030"), **source)
    with pytest.raises(Problem, match="no charset 'klingon'"):
        read(serve, text, **source, encoding="klingon")


def test_a_huge_value_is_refused_and_its_neighbours_are_taken(serve):
    huge = record(2, item_no="x" * (1 << 20 | 1))
    page = read(serve, "\n".join(json.dumps(row) for row in [record(1), huge, record(3)]), format="ndjson")
    assert items([page]) == keys(1, 3)
    (refused,) = page.refused
    assert refused.position.endswith("the answer, record 2")
    assert refused.reason == "its 'item_no' is longer than 1 MiB."


def test_an_answer_that_is_too_long_names_its_page_and_the_way_out(serve, monkeypatch):
    monkeypatch.setattr("connectors.http.source.MAX_BODY_BYTES", 1 << 20)
    rows = records(2)

    def answer(request):
        return Reply({"data": rows if request.query["page"] == "1" else [record(9, comment="x" * (1 << 20))]})

    with pytest.raises(Problem, match=r"longer than 1 MiB.*smaller pages") as caught:
        pull(rest({"by": "page_number", "size": 2}), serve(answer))
    assert caught.value.place.endswith("/items, page 2")


def test_xml_needs_the_name_of_its_rows():
    with pytest.raises(ValueError, match="needs 'records'"):
        rest(format="xml", records="")


def test_a_path_through_another_path_is_read_the_exact_way(serve):
    feed = rest(controls={"whole": "data.total", "meta": "meta", "inner": "meta.sum"})
    (page,) = pull(feed, serve(lambda r: Reply({"data": records(1), "meta": {"sum": 1.50}})))
    assert page.controls == {"meta": '{"sum": "1.5"}', "inner": "1.5"}


def test_csv_with_another_delimiter_in_pages_that_a_header_chains(serve):
    def answer(request):
        at = int(request.query.get("cursor", 0))
        return Reply(f"item_no;grade\nA{at:05d};{at}\n", headers={"X-Next": str(at + 1)} if at < 2 else {})

    feed = rest({"by": "cursor", "next": "header:X-Next"}, format="csv", delimiter=";")
    pages = pull(feed, serve(answer))
    assert items(pages) == keys(0, 1, 2)
    assert pages[2].rows.column("grade").to_pylist() == ["2"]
