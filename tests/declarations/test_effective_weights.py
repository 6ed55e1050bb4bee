"""How much each node really counts; worked by hand."""

import pytest

from declarations.scheme import Scheme
from declarations.scheme.effective import effective_weights, nominal_weights


def leaf(code: str, **more: object) -> dict[str, object]:
    return {"code": code, "indicator": code, "normalise": {"method": "as_is"}, **more}


def scheme(**parts: object) -> Scheme:
    return Scheme.model_validate({"id": "s", "title": {"en": "s", "zh": "s"}, **parts})


def test_weights_multiply_down_the_tree() -> None:
    tree = [leaf("a", weight=0.4), {"code": "b", "weight": 0.6, "children": [leaf("c", weight=0.25), leaf("d", weight=0.75)]}]
    assert effective_weights(scheme(tree=tree)) == pytest.approx({"a": 0.4, "b": 0.6, "c": 0.15, "d": 0.45})
    assert nominal_weights(scheme(tree=tree)) == {"a": 0.4, "b": 0.6, "c": 0.25, "d": 0.75}


def test_relative_weights_become_shares() -> None:
    tree = [leaf("a", weight=1), leaf("b", weight=3)]
    assert effective_weights(scheme(weights="relative", tree=tree)) == {"a": 0.25, "b": 0.75}


def test_what_does_not_apply_hands_its_part_to_its_siblings() -> None:
    tree = [
        leaf("a", weight={"north": 0.5, "south": 0.2}),
        {"code": "b", "weight": {"north": 0.5, "south": 0.8}, "children": [leaf("c", weight=1, not_applicable_to=["south"])]},
    ]
    made = scheme(groups={"north": {"en": "n", "zh": "n"}, "south": {"en": "s", "zh": "s"}}, tree=tree)
    assert effective_weights(made, "north") == {"a": 0.5, "b": 0.5, "c": 0.5}
    assert effective_weights(made, "south") == {"a": 1.0, "b": 0.0, "c": 0.0}


def test_under_a_sum_weights_count_as_declared() -> None:
    tree = [{"code": "b", "weight": 1, "aggregate": "sum", "children": [leaf("c"), leaf("d", weight=2)]}]
    assert effective_weights(scheme(tree=tree)) == {"b": 1.0, "c": 1.0, "d": 2.0}
