"""The picture as a page: head figures, an icicle for each group, the rules in tables; or the icicle of one group alone."""

from collections.abc import Iterable
from html import escape
from pathlib import Path
from string import Template

from declarations.base import Text
from declarations.rules import RuleProfile
from declarations.scheme import Scheme
from declarations.scheme.measures import Measures
from declarations.scheme.words import adjustment_words, grade_words, veto_words
from pipeline.scheme_lint import peer_weight
from pipeline.scheme_outline import Line, outline
from pipeline.scheme_picture.icicle import icicle

_PAGE = Path(__file__).parent / "page.html"


def scheme_svg(scheme: Scheme, group: str) -> str:
    """The icicle of one group as an SVG file."""
    return icicle(outline(scheme, group), _named(scheme.title)) + "\n"


def scheme_page(scheme: Scheme, profile: RuleProfile, groups: list[str], found: Measures | None = None) -> str:
    """The page of a scheme with these groups. ``found``: its measures, where its project is known."""
    meta = [scheme.id, f"version {scheme.version}", *([str(scheme.year)] if scheme.year else []), f"class {scheme.subject_class}"]
    return Template(_PAGE.read_text(encoding="utf-8")).substitute(
        title=escape(_named(scheme.title)),
        zh=escape(scheme.title.zh),
        en=escape(scheme.title.en if scheme.title.en != scheme.title.zh else ""),
        meta=escape(" · ".join([*meta, *scheme.sources])),
        description=f"<p>{escape(scheme.description)}</p>" if scheme.description else "",
        figures="".join(f"<li><b>{escape(value)}</b><span>{escape(name)}</span></li>" for name, value in _figures(scheme, groups, found)),
        pictures="".join(_section(scheme, group) for group in groups),
        tables="".join(_tables(scheme, profile)),
    )


def _figures(scheme: Scheme, groups: list[str], found: Measures | None) -> Iterable[tuple[str, str]]:
    leaves = [line for line in outline(scheme, groups[0]) if line.leaf and not line.side]
    yield "leaves 指标项", str(len(leaves))
    if found:
        yield "automatic weight 自动采集权重", f"{100 * found.automatic:.0f} %"
        yield "manual entries 人工填报", str(found.manual_entries)
    yield "compares peers 与同组比较", " / ".join(f"{100 * peer_weight(scheme, group):.0f} %" for group in groups)
    if scheme.blend:
        yield "routine + annual 平时 + 年度", f"{scheme.blend.routine:g} + {scheme.blend.annual:g}"


def _section(scheme: Scheme, group: str) -> str:
    lines = outline(scheme, group)
    title = _named(scheme.groups[group]) if group else "得分构成 What makes the score"
    away = [line for line in lines if line.leaf and not line.side and not line.applies]
    not_there = f" Does not apply here 不适用: {escape(', '.join(_named(line.title) for line in away))}." if away else ""
    legend = (
        '<p class="legend">A block is as tall as its share of the score 实际权重. '
        f'<span class="hatch"></span> compares peers 与同组比较.{not_there}</p>'
    )
    beside = [line for line in lines if line.side]
    return (
        f'<h2>{escape(title)}</h2>{legend}<div class="picture">{icicle(lines, title)}</div>'
        f"{_list(lines)}{_beside(beside) if beside else ''}"
    )


def _list(lines: list[Line]) -> str:
    """The leaves as a table: what the picture has no room for."""
    rows = [
        [f"{100 * line.effective:.1f} %", _named(line.title), line.indicator or "", line.how + (f"; {line.more}" if line.more else "")]
        for line in lines
        if line.leaf and line.applies and not line.side
    ]
    return f"<details><summary>All leaves 全部指标</summary>{_table(['share 实际权重', 'leaf', 'indicator', 'method'], rows)}</details>"


def _beside(lines: list[Line]) -> str:
    rows = [["· " * line.depth + _named(line.title), line.indicator or "", line.how] for line in lines]
    return f"<h2>另列 Beside the score</h2>{_table(['node', 'indicator', 'method'], rows)}"


def _tables(scheme: Scheme, profile: RuleProfile) -> Iterable[str]:
    ceilings = [c for c in profile.ceilings if c.subject_class == scheme.subject_class]
    titles = {grade.grade: _named(grade.title) for grade in scheme.grades}
    tables = (
        (
            "加减分 Adjustments, in order",
            ["adjustment", "what it does"],
            [[_named(a.title), adjustment_words(a)] for a in scheme.adjustments],
        ),
        ("一票否决 Vetoes", ["veto", "what it does"], [[_named(v.title), veto_words(v)] for v in scheme.vetoes]),
        ("等次 Grades, best first", ["grade", "who gets it"], [[_named(g.title), grade_words(g)] for g in scheme.grades]),
        (
            "比例上限 Ceilings",
            ["grade", "at most"],
            [[titles.get(c.grade, c.grade), f"{100 * c.share:g} % of the {c.within}, {c.rounding}"] for c in ceilings],
        ),
    )
    for title, columns, rows in tables:
        if rows:
            yield f"<h2>{escape(title)}</h2>{_table(columns, rows)}"


def _table(columns: list[str], rows: list[list[str]]) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(value)}</td>" for value in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _named(text: Text) -> str:
    return text.zh if text.zh == text.en else f"{text.zh} {text.en}"
