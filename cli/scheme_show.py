"""``traceless scheme show``: the picture of a scheme's tree in the terminal, and its rules in tables."""

from collections.abc import Iterator

from rich.markup import escape
from rich.padding import Padding
from rich.tree import Tree

from cli.screen import cell, results, table, tell
from declarations.base import Text
from declarations.rules import RuleProfile
from declarations.scheme import Scheme
from declarations.scheme.measures import Measures
from declarations.scheme.words import adjustment_words, after_words, aggregate_words, grade_words, missing_words, prepare_words, veto_words
from pipeline.scheme_lint import counted, peer_weight
from pipeline.scheme_outline import Line, outline


def show_scheme(scheme: Scheme, profile: RuleProfile, groups: list[str]) -> None:
    """Print head, tree (with the effective weights of each of the groups) and tables."""
    year = f", {scheme.year}" if scheme.year else ""
    tell(f"[bold]{escape(both(scheme.title))}[/] [dim]{scheme.id} {escape(scheme.version)}{year}, class {scheme.subject_class}[/]")
    if scheme.description:
        tell(escape(scheme.description))
    for line in _about(scheme, groups):
        tell(line)
    results.print(_tree(scheme, groups))
    for title, columns, rows in _tables(scheme, profile):
        if rows:
            results.print(Padding(table(title, columns, rows), (1, 0, 0, 0)))


def both(text: Text) -> str:
    """Chinese and English, once where they are the same."""
    return text.zh if text.zh == text.en else f"{text.zh} {text.en}"


def _about(scheme: Scheme, groups: list[str]) -> Iterator[str]:
    named = " / ".join(both(scheme.groups[group]) for group in groups if group)
    if named:
        yield f"[dim]% of the score 实际权重 in {escape(named)}[/]"
    shares = " / ".join(f"{100 * peer_weight(scheme, group):.0f} %" for group in groups)
    yield f"[dim]compares peers 与同组比较: {shares} of the weight[/]"
    if scheme.blend:
        parts = [f"routine 平时 {scheme.blend.routine:g}", f"annual 年度 {scheme.blend.annual:g}"]
        parts += [f"special 专项 {special.scheme} {special.weight:g}" for special in scheme.blend.special]
        parts += [f"term 任期 {scheme.blend.term.years} years {scheme.blend.term.weight:g}"] if scheme.blend.term else []
        yield f"annual result = {' + '.join(parts)}"
    for step in scheme.prepare:
        yield f"[dim]prepare: {escape(prepare_words(step))}[/]"


def _tree(scheme: Scheme, groups: list[str]) -> Tree:
    after = "".join(f", then {after_words(step)}" for step in scheme.after)
    root = Tree(f"[bold]得分 score[/] [dim]{escape(aggregate_words(scheme.aggregate) + after)}[/]")
    lines = [outline(scheme, group) for group in groups]
    branches: dict[str, Tree] = {}
    beside: Tree | None = None
    for i, line in enumerate(lines[0]):
        same = [found[i] for found in lines]
        if line.parent is not None:
            above = branches[line.parent]
        elif line.side:
            beside = beside or root.add("[bold]beside the score 另列[/] [dim](for ties, adjustments and comparison)[/]")
            above = beside
        else:
            above = root
        branches[line.code] = above.add(_label(line, same))
    return root


def _label(line: Line, groups: list[Line]) -> str:
    shares = " / ".join(f"{100 * one.effective:.1f} %" if one.applies else "–" for one in groups)
    weights = list(dict.fromkeys(f"{one.weight:g}" for one in groups if one.applies))
    counts = "" if line.side else f"[bold]{shares}[/]  "
    name = f"{escape(both(line.title))} [dim]{escape(line.code) if line.code not in (line.title.zh, line.title.en) else ''}[/]"
    weight = f" [dim]weight 权重 {' / '.join(weights)}[/]" if weights else " [yellow]applies to none of these groups[/]"
    hows = list(dict.fromkeys(one.how for one in groups if one.applies))  # in the order of the groups
    said = [*hows, *([line.more] if line.more else [])]
    if not line.leaf:
        return f"{counts}{name}{weight} [dim]{escape('; '.join(said))}[/]"
    read = "← " if line.indicator == line.code else f"← {escape(line.indicator or '')}: "
    return f"{counts}{name}{weight}\n[dim]{read}{escape('; '.join(said))}[/]"


def _tables(scheme: Scheme, profile: RuleProfile) -> Iterator[tuple[str, list[str], list[list[object]]]]:
    yield "加减分 Adjustments, in order", ["code", "title", "what it does"], [
        [a.code, both(a.title), adjustment_words(a)] for a in scheme.adjustments
    ]  # fmt: skip
    yield "Caps of pools", ["pool", "at most"], [[pool, cap] for pool, cap in scheme.adjustment_caps.items()]
    yield "一票否决 Vetoes", ["code", "title", "what it does"], [[v.code, both(v.title), veto_words(v)] for v in scheme.vetoes]
    yield "等次 Grades, best first", ["grade", "title", "who gets it"], [[g.grade, both(g.title), grade_words(g)] for g in scheme.grades]
    ceilings = [c for c in profile.ceilings if c.subject_class == scheme.subject_class]
    yield f"比例上限 Ceilings (rules '{profile.id}')", ["grade", "share", "within", "rounding", "with approval"], [
        [c.grade, f"{100 * c.share:g} %", c.within, c.rounding, f"{100 * c.approved_share:g} %" if c.approved_share else "–"]
        for c in ceilings
    ]  # fmt: skip
    yield "复核 Screens: questions, never points", ["code", "title", "screen"], [[s.code, both(s.title), s.screen] for s in scheme.screens]
    yield "Rules of the result", ["rule", "is"], [[name, cell(value)] for name, value in _result_rules(scheme, profile)]


def _result_rules(scheme: Scheme, profile: RuleProfile) -> Iterator[tuple[str, object]]:
    if scheme.final:
        yield "after adjustments", ", ".join(after_words(step) for step in scheme.final)
    yield "score 得分", f"{scheme.decimals} decimals, {scheme.rounding}"
    yield "ties 同分", f"{', '.join(scheme.ties)}, then the panel decides" if scheme.ties else "the panel decides"
    yield "places 名次", f"within {scheme.ranking.within}, {'shown' if scheme.ranking.shown else 'not shown'}"
    yield "coverage 覆盖率", f"a grade from {100 * profile.minimum_coverage:g} % on, a score from {100 * profile.score_coverage:g} % on"
    if scheme.missing:
        yield "absent data 缺失", missing_words(scheme.missing)
    if scheme.replaces:
        yield "replaces 取代台账", ", ".join(scheme.replaces)


def show_measures(found: Measures) -> None:
    """How traceless the scheme is."""
    shares = " / ".join(f"{100 * share:.0f} %" for share in found.automatic_by_group.values())
    tell(
        f"\n[bold]无感度 Traceless[/]: {shares} of the weight is automatic 自动采集, {100 * found.judged:.0f} % by ballots 测评; "
        f"{found.manual_entries} manual entries 人工填报; {counted(found.indicators, 'indicator', 'indicators')} from "
        f"{counted(len(found.feeds), 'feed', 'feeds')}; {counted(found.documents, 'rule', 'rules')} on confirmed documents 依文件"
    )
    if found.entered_by_hand:
        tell(f"[yellow]nobody delivers[/] {escape(', '.join(found.entered_by_hand))}. Next step: name a feed for them in indicators/.")
