"""Which schemes could as well have been declared: other comparing methods, other treatments of what is absent."""

from dataclasses import dataclass
from itertools import product

from declarations.problem import Problem
from declarations.scheme import COMPARING, Node, Normalise, Scheme
from declarations.scheme.prepare import Impute
from declarations.uncertainty import Comparing, Uncertainty

NORMALISATION = "normalisation"
IMPUTATION = "imputation"
_PLACE = "uncertainty"
_KEPT = ("peers", "minimum_peers", "fallback")


@dataclass(frozen=True)
class Choices:
    """The options of the discrete factors; the first of each is as declared. A factor with one option does not vary."""

    scheme: Scheme
    methods: list[Comparing | None]
    imputations: list[str | None]

    @property
    def factors(self) -> dict[str, int]:
        """Factor → number of options, of those that vary."""
        options = {NORMALISATION: len(self.methods), IMPUTATION: len(self.imputations)}
        return {name: count for name, count in options.items() if count > 1}

    def schemes(self) -> list[tuple[tuple[int, int], Scheme]]:
        """Every combination of options, by their numbers."""
        return [
            ((m, i), _varied(self.scheme, method, imputation))
            for (m, method), (i, imputation) in product(enumerate(self.methods), enumerate(self.imputations))
        ]


def find_choices(scheme: Scheme, options: Uncertainty) -> Choices:
    """What of the options applies to the scheme. Raises Problem where something is asked for that the scheme does not have."""
    comparing = any(method.method in COMPARING for leaf in scheme.leaves() for method in _methods(leaf))
    if options.normalisation and not comparing:
        what = f"'normalisation' names {len(options.normalisation)} methods, but no leaf of scheme {scheme.id} compares peers."
        raise Problem(_PLACE, what, f"leave 'normalisation' out; comparing methods are {', '.join(COMPARING)}.")
    steps = [step for step in scheme.prepare if isinstance(step, Impute)]
    if options.imputation and not steps:
        what = f"'imputation' lists {', '.join(options.imputation)}, but scheme {scheme.id} has no impute step."
        raise Problem(_PLACE, what, "leave 'imputation' out, or add an impute step to 'prepare'.")
    wanted = options.imputation if options.imputation is not None else ["none", "mean", "median"] if steps else []
    declared = {step.method for step in steps}
    others = [name for name in dict.fromkeys(wanted) if declared != {name}]
    return Choices(scheme, [None, *options.normalisation], [None, *others])


def _methods(leaf: Node) -> list[Normalise]:
    return [method for method in [leaf.normalise, *leaf.normalise_by_group.values()] if method is not None]


def _varied(scheme: Scheme, method: Comparing | None, imputation: str | None) -> Scheme:
    changed: dict[str, object] = {}
    if method is not None:
        changed["tree"] = [_with_method(node, method) for node in scheme.tree]
        changed["side"] = [_with_method(node, method) for node in scheme.side]
    if imputation is not None:
        steps = [_with_imputation(step, imputation) if isinstance(step, Impute) else step for step in scheme.prepare]
        changed["prepare"] = [step for step in steps if step is not None]
    return scheme.model_copy(update=changed)


def _with_method(node: Node, method: Comparing) -> Node:
    if node.children:
        return node.model_copy(update={"children": [_with_method(child, method) for child in node.children]})

    def other(one: Normalise | None) -> Normalise | None:
        if one is None or one.method not in COMPARING:
            return one
        return method.model_copy(update={name: getattr(one, name) for name in _KEPT})

    by_group = {group: other(one) for group, one in node.normalise_by_group.items()}
    return node.model_copy(update={"normalise": other(node.normalise), "normalise_by_group": by_group})


def _with_imputation(step: Impute, method: str) -> Impute | None:
    if method == "none":
        return None
    return step.model_copy(update={"method": method, "value": None, "periods": None})
