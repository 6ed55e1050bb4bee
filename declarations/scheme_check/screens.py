"""Screens: what they look at exists, and is not compared with itself."""

from declarations.scheme.screen import Bunching, Divergence, Identity, Jump, LowRegistration, Revision
from declarations.scheme_check.check import Check
from declarations.yaml_file import Path_, nearest


def check_screens(check: Check) -> None:
    """Look at each screen."""
    screens = check.scheme.screens
    check.repeated(("screens",), "code", [s.code for s in screens], "the code '{name}' stands twice.", "give each its own code.")
    for i, screen in enumerate(screens):
        path: Path_ = ("screens", i)
        if isinstance(screen, Divergence):
            for key in ("first", "second"):
                _node_or_indicator(check, (*path, key), getattr(screen, key))
            _differ(check, path, "second", screen.first, screen.second)
        elif isinstance(screen, Revision):
            check.known((*path, "first"), screen.first)
            check.known((*path, "revised"), screen.revised)
            _differ(check, path, "revised", screen.first, screen.revised)
        elif isinstance(screen, Identity):
            for key in ("left", "right"):
                check.expression((*path, key), getattr(screen, key), check.values())
            _differ(check, path, "right", screen.left.strip(), screen.right.strip())
        else:
            _one(check, path, screen)


def _one(check: Check, path: Path_, screen: Bunching | Jump | LowRegistration) -> None:
    check.known((*path, "indicator"), screen.indicator)
    if isinstance(screen, Bunching) and isinstance(screen.target, str):
        check.known((*path, "target"), screen.target)
        _differ(check, path, "target", screen.indicator, screen.target)
    if isinstance(screen, LowRegistration) and screen.per is not None:
        check.known((*path, "per"), screen.per)
        _differ(check, path, "per", screen.indicator, screen.per)


def _node_or_indicator(check: Check, path: Path_, name: str) -> None:
    names = check.values(*check.codes)
    if names is not None and name not in names:
        check.add(path, f"'{name}' is neither a node nor an indicator.", f"{nearest(name, sorted(names))}Correct it.")


def _differ(check: Check, path: Path_, key: str, first: str, second: str) -> None:
    if first == second:
        check.add((*path, key), f"'{second}' is compared with itself.", "name two different ones.")
