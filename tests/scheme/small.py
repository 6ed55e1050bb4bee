"""Small schemes for tests of what looks at schemes."""

from typing import Any

from declarations.scheme import Scheme

TITLE = {"en": "T", "zh": "T"}


def leaf(code: str, method: dict[str, Any] | str = "as_is", **more: Any) -> dict[str, Any]:
    """A leaf of the indicator of its own name."""
    normalise = {"method": method} if isinstance(method, str) else method
    return {"code": code, "indicator": code, "normalise": normalise, **more}


def scheme(*tree: dict[str, Any], **parts: Any) -> Scheme:
    """A scheme with relative weights, so that tests say only what they are about."""
    groups = {group: TITLE for group in parts.pop("groups", [])}
    return Scheme.model_validate({"id": "small", "title": TITLE, "weights": "relative", "groups": groups, "tree": list(tree), **parts})


def grade(name: str, **cut: Any) -> dict[str, Any]:
    """A grade of the table."""
    return {"grade": name, "title": TITLE, **cut}


def event(code: str, kind: str, **more: Any) -> dict[str, Any]:
    """A bonus or a deduction by decisions of its own name."""
    return {"code": code, "title": TITLE, "kind": kind, "decision_type": code, **more}
