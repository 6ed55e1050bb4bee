"""The columns of scheme_leaf: one for every scalar field of every normalisation method, found from the models."""

import typing
from typing import Any, get_args

from declarations.scheme.normalise import Normalise

_KEYS = (
    "group_no int, node_no int, is_fallback boolean, indicator_no int, method varchar, direction varchar, applicable boolean, "
    "minimum_n int, peers_by varchar, minimum_peers int"
)
_APART = {"method", "peers", "minimum_peers", "fallback", "steps", "corners", "sql", "parameters"}


def _kind(annotation: Any) -> str:
    flat = str(annotation)
    if "float" in flat or annotation in (int, float):
        return "double"
    return "boolean" if annotation is bool else "varchar"


def _scalars() -> dict[str, str]:
    found: dict[str, str] = {}
    for model in get_args(get_args(Normalise)[0]):
        for name, field in model.model_fields.items():
            if name not in _APART:
                kind = _kind(field.annotation)
                assert found.setdefault(name, kind) == kind, f"{model.__name__}.{name} is a {kind} here and a {found[name]} elsewhere"
    return dict(sorted(found.items()))


LEAF_SCALARS: typing.Final = _scalars()
"""Parameter name → column type."""

NUMBERS = [name for name, kind in LEAF_SCALARS.items() if kind == "double"]
LEAF_COLUMNS = ", ".join([_KEYS, *(f'"{name}" {kind}' for name, kind in LEAF_SCALARS.items())])
