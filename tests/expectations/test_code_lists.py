"""The shared code lists that are shipped, and columns that use one."""

import re
from pathlib import Path

import pytest

from declarations.code_list import read_code_list
from declarations.problem import Problem
from declarations.project import with_code_lists
from tests.expectations.landed_batch import Bench, contract, rows

ROOT = Path(__file__).parents[2]
LISTS = sorted((ROOT / "codes").glob("*.yaml"))


@pytest.mark.parametrize("file", LISTS, ids=[file.stem for file in LISTS])
def test_a_shipped_list_is_sound(file: Path) -> None:
    found = read_code_list(file)
    assert re.search(r"(19|20)\d\d", found.source), "its source says of which year"
    assert all(code == code.strip() != "" and meaning.strip() for code, meaning in found.codes.items())
    assert len(set(found.codes.values())) == len(found.codes), "no two codes mean the same"
    table = (ROOT / "docs" / "feeds.md").read_text(encoding="utf-8")
    assert f"| `{found.id}` | {found.title.zh} | {len(found.codes):,} |" in table, "the guide lists it"


def test_regions_are_whole() -> None:
    codes = read_code_list(ROOT / "codes" / "region_gb2260.yaml").codes
    assert all(re.fullmatch("[1-8][0-9]{5}", code) for code in codes)
    provinces = {code[:2]: name for code, name in codes.items() if code.endswith("0000")}
    assert len(provinces) == 34
    assert all(meaning.startswith(provinces[code[:2]]) for code, meaning in codes.items())
    # a county of a prefecture that is there; 90 stands for what a province administers itself
    assert all(
        code[:4] + "00" in codes for code in codes if code[2:4] != "90" and code[:2] not in ("11", "12", "31", "50", "71", "81", "82")
    )
    assert codes["532502"] == "云南省红河哈尼族彝族自治州开远市"


def test_a_column_takes_the_codes_of_a_list_and_messages_show_a_few(bench: Bench) -> None:
    declared = contract("org_id", columns={"org_id": {"pattern": None, "code_list": "region_gb2260"}})
    feed = with_code_lists(Path("feed.yaml"), declared, ROOT)
    verdict = bench.judge(feed, rows({"org_id": "532502"}, {"org_id": "999999"}, {"org_id": "53 25 02"}))
    assert (verdict.accepted, verdict.quarantined) == (1, 2)
    assert verdict.findings[0].message == (
        "2 rows: org_id (栏) is none of 3219 codes: 110000, 110101, 110102, 110105, 110106, 110107, 110108, 110109, …."
    )


def test_a_list_that_is_not_there_and_one_under_another_name(tmp_path: Path) -> None:
    declared = contract("org_id", columns={"org_id": {"code_list": "regions_gb2260"}})
    with pytest.raises(Problem, match=r"Did you mean 'region_gb2260'\?"):
        with_code_lists(Path("feed.yaml"), declared, ROOT)
    file = tmp_path / "other.yaml"
    file.write_text((ROOT / "codes" / "yes_no.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(Problem, match=r"the list's id is 'yes_no', its file is 'other.yaml'"):
        read_code_list(file)
