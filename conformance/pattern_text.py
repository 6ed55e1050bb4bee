"""A text that a regular expression matches, for made-up rows.

What is understood: literals, classes (``[A-Z]``, ``[^,]``, ``\\d \\w \\s`` and their opposites), ``.``, groups, alternatives, repeats
(greedy or not), anchors. What is not: look-ahead and look-behind, back-references, conditions.
"""

import random
import re
import re._constants as op  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from typing import Any

from declarations.problem import Problem

MOST_REPEATS = 3
_PRINTABLE = [chr(code) for code in range(33, 127)]
_CATEGORY = {op.CATEGORY_DIGIT: r"\d", op.CATEGORY_WORD: r"\w", op.CATEGORY_SPACE: r"\s"}
_OPPOSITE = {op.CATEGORY_NOT_DIGIT: r"\d", op.CATEGORY_NOT_WORD: r"\w", op.CATEGORY_NOT_SPACE: r"\s"}


def matching_text(pattern: str, chance: random.Random) -> str:
    """One text that the whole of ``pattern`` matches. Raises Problem where the pattern holds what is not understood."""
    try:
        text = "".join(_token(token, chance) for token in parser.parse(pattern))
    except (re.error, NotImplementedError) as error:
        what = f"no text can be made up for it ({error})."
        raise Problem(f"pattern '{pattern}'", what, "give sample rows of your own: run_conformance(…, samples=[…]).") from None
    return text


def _token(token: Any, chance: random.Random) -> str:
    kind, value = token
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        least, most, inner = value
        times = chance.randint(least, min(most, max(least, MOST_REPEATS)))
        return "".join(_token(part, chance) for _ in range(times) for part in inner)
    if kind == op.SUBPATTERN:
        return "".join(_token(part, chance) for part in value[-1])
    if kind == op.ATOMIC_GROUP:
        return "".join(_token(part, chance) for part in value)
    if kind == op.BRANCH:
        return "".join(_token(part, chance) for part in chance.choice(value[1]))
    if kind == op.AT:
        return ""
    return chance.choice(_choices(kind, value))


def _choices(kind: Any, value: Any) -> list[str]:
    """The characters that one place may hold."""
    if kind == op.LITERAL:
        return [chr(value)]
    if kind == op.NOT_LITERAL:
        return [c for c in _PRINTABLE if c != chr(value)]
    if kind == op.ANY:
        return _PRINTABLE
    if kind == op.RANGE:
        return [chr(code) for code in range(value[0], value[1] + 1)]
    if kind == op.CATEGORY:
        return _of_category(value)
    if kind == op.IN:
        negated = value[0][0] == op.NEGATE
        found = [c for part in value if part[0] != op.NEGATE for c in _choices(*part)]
        return [c for c in _PRINTABLE if c not in set(found)] if negated else found
    raise NotImplementedError(str(kind).lower().replace("_", "-"))


def _of_category(category: Any) -> list[str]:
    known = [*_PRINTABLE, " "]
    if category in _CATEGORY:
        return [c for c in known if re.match(_CATEGORY[category], c)]
    return [c for c in known if not re.match(_OPPOSITE[category], c)]
