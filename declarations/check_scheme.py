"""What a scheme's own model cannot see: names around it, weights by group, contradictions between its parts.

``check_scheme`` raises the first mistake; ``scheme_mistakes`` lists all of a file, those of the model among them.
"""

from collections.abc import Mapping
from pathlib import Path

from declarations.indicator import Indicator
from declarations.problem import Problem
from declarations.rules import RuleProfile
from declarations.scheme import Scheme
from declarations.scheme_check.adjustments import check_adjustments
from declarations.scheme_check.check import Around, Check, Mistake
from declarations.scheme_check.grades import check_grades
from declarations.scheme_check.leaves import check_leaves
from declarations.scheme_check.numbers import check_numbers
from declarations.scheme_check.prepare import check_prepare
from declarations.scheme_check.screens import check_screens
from declarations.scheme_check.tree import check_tree
from declarations.scheme_check.whole import check_whole
from declarations.yaml_file import Path_, line_of, read_or_mistakes, read_yaml

ALONE = Around()
_PARTS = (check_whole, check_numbers, check_prepare, check_tree, check_leaves, check_adjustments, check_grades, check_screens)


def check_scheme(
    file: Path,
    scheme: Scheme,
    indicators: Mapping[str, Indicator] | None = None,
    rules: Mapping[str, RuleProfile] | None = None,
    schemes: Mapping[str, Scheme] | None = None,
) -> None:
    """Raise Problem for the first contradiction, naming file, line, key, value and remedy.

    Without ``indicators`` the scheme stands alone: any indicator may be right, and neither year nor rule profile is asked for.
    """
    mistakes = contradictions(scheme, Around(indicators, rules, schemes))
    if mistakes:
        raise _told(file, read_yaml(file)[1] if file.exists() else {}, mistakes)[0]


def scheme_mistakes(file: Path, around: Around = ALONE) -> tuple[Scheme | None, list[Problem]]:
    """The scheme of a file, None where the model refuses it, and all its mistakes in the order of lines.

    Raises Problem where the file cannot be read at all.
    """
    scheme, problems, lines = read_or_mistakes(file, Scheme)
    return scheme, problems if scheme is None else _told(file, lines, contradictions(scheme, around))


def contradictions(scheme: Scheme, around: Around = ALONE) -> list[Mistake]:
    """All mistakes of a scheme that its model let pass."""
    check = Check(scheme, around)
    for part in _PARTS:
        part(check)
    return check.found


def _told(file: Path, lines: dict[Path_, int], mistakes: list[Mistake]) -> list[Problem]:
    placed = sorted(((line_of(lines, mistake.path), n, mistake) for n, mistake in enumerate(mistakes)), key=lambda one: one[:2])
    return [
        Problem(f"{file}:{line}: {'.'.join(map(str, one.path))}" if lines else f"{file}: {'.'.join(map(str, one.path))}", one.what, one.fix)
        for line, _, one in placed
    ]
