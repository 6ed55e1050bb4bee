"""What differs between two schemes, in words: leaves in and out, weights, methods and their numbers, rules of the result."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from declarations.base import Text
from declarations.rules import RuleProfile
from declarations.scheme import Node, Scheme
from declarations.scheme.effective import effective_weights
from declarations.scheme.words import (
    adjustment_words,
    after_words,
    aggregate_words,
    grade_words,
    method_words,
    missing_words,
    number_words,
    prepare_words,
    veto_words,
)
from pipeline.scheme_lint import groups_of

NOTICED = 0.0005
_PLAIN = (
    "year", "subject_class", "rule_profile", "peers", "weights", "minimum_available", "minimum_coverage", "decimals", "rounding", "ties",
    "replaces",
)  # fmt: skip
_OF_NODE = ("indicator", "direction", "minimum_n", "minimum_available", "minimum_coverage", "not_applicable_to")


@dataclass(frozen=True)
class Change:
    """One difference: which kind, of what, what it was and what it is ('' where there is none)."""

    kind: str
    where: str
    before: str
    after: str


def scheme_changes(a: Scheme, b: Scheme) -> list[Change]:
    """From ``a`` to ``b``: leaves and branches first, then the stages in order."""
    return [
        *_nodes(a, b),
        *_groups(a, b),
        *_listed("prepare", *([(str(i), prepare_words(step)) for i, step in enumerate(one.prepare, 1)] for one in (a, b))),
        *_value("missing", "score", missing_words(a.missing), missing_words(b.missing)),
        *_value("aggregate", "score", aggregate_words(a.aggregate), aggregate_words(b.aggregate)),
        *_value("after", "score", _steps(a.after), _steps(b.after)),
        *_coded("adjustment", a.adjustments, b.adjustments, adjustment_words),
        *_listed("cap of pool", _numbers(a.adjustment_caps), _numbers(b.adjustment_caps)),
        *_value("after adjustments", "score", _steps(a.final), _steps(b.final)),
        *_coded("veto", a.vetoes, b.vetoes, veto_words),
        *_listed("grade", [(g.grade, grade_words(g)) for g in a.grades], [(g.grade, grade_words(g)) for g in b.grades]),
        *_value("blend", "result", _stated(a.blend), _stated(b.blend)),
        *_fields("ranking", a.ranking, b.ranking),
        *_coded("screen", a.screens, b.screens, lambda screen: _stated(screen, "code", "title")),
        *(change for key in _PLAIN for change in _value(key, "scheme", _shown(getattr(a, key)), _shown(getattr(b, key)))),
    ]  # fmt: skip


def rule_changes(a: RuleProfile, b: RuleProfile) -> list[Change]:
    """Differences of the rules that hold for two schemes."""
    plain = ("routine_minimum", "minimum_coverage", "score_coverage", "peer_group_minimum")
    return [
        *(change for key in plain for change in _value(key, "rules", _shown(getattr(a, key)), _shown(getattr(b, key)))),
        *_listed("ceiling", _ceilings(a), _ceilings(b)),
        *_coded("consequence", a.consequences, b.consequences, lambda consequence: _stated(consequence, "code", "title")),
        *_fields("participation", a.participation, b.participation),
    ]


def _ceilings(rules: RuleProfile) -> list[tuple[str, str]]:
    """Each by class and grade, and by the kind of period where it holds in one only."""
    return [(" ".join(filter(None, (c.subject_class, c.grade, c.grain))), _stated(c, "grade")) for c in rules.ceilings]


def _nodes(a: Scheme, b: Scheme) -> Iterator[Change]:
    """In the order of the new tree; what left it first."""
    old, new = {node.code: node for node in a.nodes()}, {node.code: node for node in b.nodes()}
    old_parents, new_parents = _parents(a), _parents(b)
    old_shares, new_shares = _shares(a), _shares(b)
    for code, node in old.items():
        if code not in new:
            yield Change(f"{_kind(node)} out", _named(node), f"{_first(old_shares[code])}{_what(node)}", "")
    for code, node in new.items():
        if code not in old:
            yield Change(f"{_kind(node)} in", _named(node), "", f"{_first(new_shares[code])}{_what(node)}")
            continue
        if old_parents[code] != new_parents[code]:
            yield Change("moved", _named(node), f"below {old_parents[code]}", f"below {new_parents[code]}")
        yield from _weight(old[code], node, old_shares[code], new_shares[code])
        yield from _same_node(old[code], node)


def _weight(old: Node, new: Node, before: str, after: str) -> Iterator[Change]:
    said = number_words(old.weight), number_words(new.weight)
    if said[0] != said[1]:
        yield Change("weight", _named(new), said[0] + _of(before), said[1] + _of(after))
    elif before != after:
        yield Change("share of the score", _named(new), before, after)


def _same_node(old: Node, new: Node) -> Iterator[Change]:
    name = _named(new)
    if old.label != new.label:
        yield Change("title", new.code, f"{old.label.zh} {old.label.en}", f"{new.label.zh} {new.label.en}")
    yield from _value("method", name, *(method_words(n.normalise) if n.normalise else "" for n in (old, new)))
    before, after = ([(f"{name}, {g}", method_words(m, g)) for g, m in n.normalise_by_group.items()] for n in (old, new))
    yield from _listed("method", before, after)
    yield from _value("aggregate", name, *(aggregate_words(n.aggregate) if n.children else "" for n in (old, new)))
    for key in _OF_NODE:
        yield from _value(key.replace("_", " "), name, _shown(getattr(old, key)), _shown(getattr(new, key)))
    yield from _value("unit result", name, _stated(old.unit_result), _stated(new.unit_result))
    yield from _value("after", name, _steps(old.after), _steps(new.after))
    yield from _value("missing", name, missing_words(old.missing), missing_words(new.missing))


def _groups(a: Scheme, b: Scheme) -> list[Change]:
    return _listed("group", [(g, _both(t)) for g, t in a.groups.items()], [(g, _both(t)) for g, t in b.groups.items()])


def _coded(kind: str, old: Sequence[Any], new: Sequence[Any], words: Callable[[Any], str]) -> list[Change]:
    """Parts with a code; a change of order is a change, since they work in order."""
    before, after = [(part.code, words(part)) for part in old], [(part.code, words(part)) for part in new]
    found = _listed(kind, before, after)
    kept = [[code for code, _ in side if code in dict(other)] for side, other in ((before, after), (after, before))]
    return found + (_value(f"order of {kind}s", "scheme", ", ".join(kept[0]), ", ".join(kept[1])))


def _listed(kind: str, old: list[tuple[str, str]], new: list[tuple[str, str]]) -> list[Change]:
    """Named parts: out, in, changed."""
    before, after = dict(old), dict(new)
    found = [Change(f"{kind} out", name, said, "") for name, said in old if name not in after]
    found += [Change(f"{kind} in", name, "", said) for name, said in new if name not in before]
    return found + [Change(kind, name, before[name], said) for name, said in new if name in before and before[name] != said]


def _value(kind: str, where: str, before: str, after: str) -> list[Change]:
    return [Change(kind, where, before, after)] if before != after else []


def _fields(kind: str, old: BaseModel, new: BaseModel) -> Iterator[Change]:
    """Field by field, so that a change back to a default is told, too."""
    for name in type(old).model_fields:
        yield from _value(kind, name.replace("_", " "), _shown(getattr(old, name)), _shown(getattr(new, name)))


def _numbers(table: dict[str, float]) -> list[tuple[str, str]]:
    return [(name, f"{value:g}") for name, value in table.items()]


def _steps(steps: Sequence[Any]) -> str:
    return ", ".join(after_words(step) for step in steps)


def _stated(model: BaseModel | None, *but: str) -> str:
    """What a declaration states, defaults left out."""
    if model is None:
        return ""
    stated = model.model_dump(exclude_defaults=True, exclude={*but})
    return ", ".join(f"{key} {_shown(value)}" for key, value in stated.items())


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{key} {_shown(one)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_shown(one) for one in value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)


def _parents(scheme: Scheme) -> dict[str, str]:
    found = {top.code: "score" for top in scheme.tree} | {top.code: "side" for top in scheme.side}
    return found | {child.code: node.code for node in scheme.nodes() for child in node.children}


def _shares(scheme: Scheme) -> dict[str, str]:
    """The effective weight of each node in words, by group where groups differ; empty beside the tree."""
    weights = {group: effective_weights(scheme, group) for group in groups_of(scheme)}
    return {
        node.code: _share({group: found[node.code] for group, found in weights.items() if node.code in found}) for node in scheme.nodes()
    }


def _share(known: dict[str, float]) -> str:
    if not known:
        return ""
    if max(known.values()) - min(known.values()) < NOTICED:
        return f"{100 * next(iter(known.values())):.1f} %"
    return ", ".join(f"{group} {100 * share:.1f} %" for group, share in known.items())


def _of(share: str) -> str:
    return f" ({share} of the score)" if share else ""


def _first(share: str) -> str:
    return f"{share}; " if share else ""


def _kind(node: Node) -> str:
    return "branch" if node.children else "leaf"


def _what(node: Node) -> str:
    return method_words(node.normalise) if node.normalise else aggregate_words(node.aggregate)


def _named(node: Node) -> str:
    return node.code if node.label.zh == node.code else f"{node.label.zh} {node.code}"


def _both(text: Text) -> str:
    return f"{text.zh} {text.en}"
