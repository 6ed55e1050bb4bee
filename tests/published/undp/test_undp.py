"""The composite indices of two Human Development Reports, each by its scheme file alone, from the publisher's own file of series.

HDI, IHDI, overall loss, coefficient of inequality, GII, GDI, PHDI, the tiers of human development and the ranks: every published
value is compared. Two things that the files do not say and that the published numbers show: the upper goalposts of the PHDI are the
largest values of the series rounded to two decimals; and a parliament without women counts as 0.1 % women *and* 99.9 % men in the
GII (with the men at 100 %, seven values of the report 2021-22 miss).
"""

from pathlib import Path

import duckdb
import pytest

from declarations.scheme import Scheme
from declarations.yaml_file import read_declaration
from pipeline.score_files import ScoredFiles, Tables, score_files
from pipeline.tables.reading import Reading
from tests.published.comparison import Comparison, compare, public_data

HERE = Path(__file__).parent
VINTAGES = ("2021_22", "2023_24")


def series(vintage: str) -> Path:
    return public_data("undp_hdr") / f"hdr{vintage}_long.csv"


def groups(source: Path, folder: Path) -> Path:
    """Who is a country and who an aggregate: the publisher's ids of aggregates begin with ZZ."""
    file = folder / "groups.csv"
    duckdb.sql(
        f"""copy (select distinct iso3 as subject, case when iso3 like 'ZZ%' then 'aggregate' else 'country' end as "group"
            from read_csv('{source}')) to '{file}'"""
    )
    return file


def scored(scheme: Path | Scheme, vintage: str, groups: Path | None = None) -> ScoredFiles:
    source = series(vintage)
    found = score_files(scheme, Tables([source], groups=groups), reading=Reading(columns={"subject": "iso3"}))
    found.connection.execute(
        f"create temp view published as select *, iso3 as subject_id, year::varchar as period from read_csv('{source}')"
    )
    return found


def compared(found: ScoredFiles, name: str, column: str) -> Comparison:
    sql = f"select p.{column}, r.score, r.exact_score from published as p left join score.result as r using (subject_id, period)"
    return compare(found.connection, name, sql)


@pytest.mark.parametrize(
    ("vintage", "index", "values", "only_computed"),
    [
        ("2021_22", "hdi", 5923, 5), ("2023_24", "hdi", 6171, 5),
        ("2021_22", "ihdi", 1868, 0), ("2023_24", "ihdi", 2106, 0),
        ("2021_22", "gii", 5205, 0), ("2023_24", "gii", 4711, 0),
        ("2021_22", "gdi", 5216, 0), ("2023_24", "gdi", 5014, 0),
        ("2021_22", "phdi", 5029, 5), ("2023_24", "phdi", 5100, 0),
    ],
)  # fmt: skip
def test_an_index_is_reproduced_to_its_third_decimal(vintage: str, index: str, values: int, only_computed: int, tmp_path: Path) -> None:
    file = HERE / f"{index}_{vintage}.yaml" if index == "phdi" else HERE / f"{index}.yaml"
    with scored(file, vintage, groups(series(vintage), tmp_path) if index == "hdi" else None) as found:
        outcome = compared(found, f"UNDP {vintage} {index}", index)
        # Rwanda 1990 to 1994: all series are there, and the publisher leaves the index out
        unpublished = found.rows(
            f"select subject_id, period from score.result as r join published as p using (subject_id, period) "
            f"where p.{index} is null and r.score is not null order by period"
        )
    assert (outcome.compared, outcome.mismatches, outcome.only_published) == (values, 0, 0)
    assert outcome.worst <= 0.0005 + 1e-9
    assert [(row["subject_id"], row["period"]) for row in unpublished] == [("RWA", str(1990 + n)) for n in range(only_computed)]


@pytest.mark.parametrize(
    ("vintage", "index", "values", "mismatches"),
    [("2021_22", "coef_ineq", 1868, 19), ("2023_24", "coef_ineq", 2106, 12), ("2021_22", "loss", 1868, 0), ("2023_24", "loss", 2106, 0)],
)
def test_what_is_published_with_ten_digits_is_reproduced_to_the_tenth(vintage: str, index: str, values: int, mismatches: int) -> None:
    """Of the coefficient 19 and 12 values differ by one unit of the tenth digit: its inputs are printed with ten digits, too."""
    with scored(HERE / f"{index}.yaml", vintage) as found:
        in_units = f"pow(10, floor(log10(p.{index})) - 9)"
        outcome = compare(
            found.connection,
            f"UNDP {vintage} {index}, units of the 10th digit",
            f"""select round(p.{index} / {in_units}), round(r.exact_score / {in_units}), r.exact_score / {in_units}
                from published as p join score.result as r using (subject_id, period)
                where p.{index} is not null or r.score is not null""",
        )
    assert (outcome.compared, outcome.mismatches, outcome.only_published, outcome.only_computed) == (values, mismatches, 0, 0)
    assert outcome.worst <= 1.001


@pytest.mark.parametrize(("vintage", "latest", "countries", "with_tier"), [("2021_22", "2021", 191, 191), ("2023_24", "2022", 193, 192)])
def test_tiers_and_ranks_of_the_latest_year_are_those_of_the_rounded_index(
    vintage: str, latest: str, countries: int, with_tier: int, tmp_path: Path
) -> None:
    """The report 2023-24 names no tier for the Republic of Korea."""
    with scored(HERE / "hdi.yaml", vintage, groups(series(vintage), tmp_path)) as found:
        titles = {grade.grade: grade.title.en for grade in found.scheme.grades}
        rows = found.rows(
            f"""select p.hdi_rank, p.hdicode, r.rank, r.grade from published as p join score.result as r using (subject_id, period)
                where period = '{latest}' and p.iso3 not like 'ZZ%' and r.score is not null"""
        )
    tiers = [(row["hdicode"], titles[row["grade"]]) for row in rows if row["hdicode"] is not None]
    ranks = [(row["hdi_rank"], row["rank"]) for row in rows]
    for name, pairs in (("tier", tiers), ("rank", ranks)):
        print(f"UNDP {vintage} {name:37} {len(pairs):6} compared {sum(a != b for a, b in pairs):4} mismatches")
    assert (len(ranks), len(tiers)) == (countries, with_tier)
    assert [pair for pair in tiers + ranks if pair[0] != pair[1]] == []


def changed(index: str, old: str, new: str, folder: Path) -> Path:
    """A scheme with one other rule."""
    text = (HERE / f"{index}.yaml").read_text()
    assert old in text
    file = folder / f"{index}.yaml"
    file.write_text(text.replace(old, new))
    read_declaration(file, Scheme)
    return file


@pytest.mark.parametrize(
    ("vintage", "index", "old", "new", "missed"),
    [
        ("2021_22", "gii", "then 99.9", "then pr_m", 7),
        ("2023_24", "phdi_2023_24", "low: 76.61,", "low: 76.61294863,", 4),
        ("2023_24", "phdi_2023_24", "after: [{round: {decimals: 3}}]", "after: []", 1158),
    ],
)
def test_each_detail_of_a_rule_shows_in_the_published_table(
    vintage: str, index: str, old: str, new: str, missed: int, tmp_path: Path
) -> None:
    with scored(changed(index, old, new, tmp_path), vintage) as found:
        outcome = compared(found, f"UNDP {vintage} {index} with '{new}'", index[:4] if index.startswith("phdi") else index)
    assert outcome.mismatches == missed
