"""The picture of a scheme: one file, true heights, every name escaped."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from small import leaf, scheme

from declarations.rules import RuleProfile
from declarations.scheme import Scheme
from declarations.scheme.words import METHOD_ZH, method_words
from declarations.yaml_file import read_declaration
from pipeline.scheme_outline import outline
from pipeline.scheme_picture.page import scheme_page, scheme_svg

SOUND = Path(__file__).parents[1] / "declarations" / "sound_scheme.yaml"
SVG = "{http://www.w3.org/2000/svg}"


def heights(svg: str) -> dict[str, float]:
    """Height of each block by what its tooltip says first."""
    root = ET.fromstring(svg)
    found = {}
    for group in root.iter(f"{SVG}g"):
        title, rect = group.find(f"{SVG}title"), group.find(f"{SVG}rect")
        assert title is not None
        assert title.text is not None
        assert rect is not None
        found[title.text.split(":")[0].split()[0]] = float(rect.attrib["height"]) + 1
    return found


def test_blocks_are_as_tall_as_their_share() -> None:
    found = heights(scheme_svg(scheme({"code": "top", "weight": 3, "children": [leaf("a", weight=2), leaf("b")]}, leaf("c")), ""))
    assert found["top"] == pytest.approx(3 * found["c"], abs=0.2)
    assert found["a"] == pytest.approx(2 * found["b"], abs=0.2)
    assert found["a"] + found["b"] == pytest.approx(found["top"], abs=0.2)


def test_what_does_not_apply_is_left_out_and_said() -> None:
    made = scheme(leaf("a"), leaf("b", not_applicable_to=["n"]), groups=["n", "m"])
    assert set(heights(scheme_svg(made, "n"))) == {"a"}
    assert set(heights(scheme_svg(made, "m"))) == {"a", "b"}
    assert "不适用: b" in scheme_page(made, RuleProfile(), ["n"])


def test_a_page_needs_nothing_from_elsewhere_and_escapes_names() -> None:
    made = scheme(leaf("a", title={"en": "<script>alert(1)</script>", "zh": "增&速"}))
    page = scheme_page(made, RuleProfile(), [""])
    assert "<script" not in page
    assert "增&amp;速" in page
    assert not re.search(r"(src|href)=|url\((?!#)|@import|https?://(?!www\.w3\.org)", page)


def test_the_page_of_a_scheme_with_every_part() -> None:
    made = read_declaration(SOUND, Scheme)
    assert made.rules is not None
    page = scheme_page(made, made.rules, ["north", "south"])
    for said in (
        "北片 North",
        "南片 South",
        "balance",
        "难度系数",
        "一票否决",
        "from 90 points and living at least 80",
        "30 % of the class",
    ):
        assert said in page, said


def test_every_method_can_be_said() -> None:
    methods = {line.how.split()[0] for line in outline(read_declaration(SOUND, Scheme), "north") if line.leaf}
    assert methods <= set(METHOD_ZH)
    words = method_words(
        scheme(leaf("a", {"method": "piecewise", "corners": [{"at": 0, "points": 1}, {"at": {"indicator": "t"}, "points": 9}]}))
        .tree[0]
        .normalise
    )
    assert words == "piecewise 分段线性: 0 → 1, [t] → 9"
