"""What all declarations share: strictness, names, bilingual text, durations."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

NAME_PATTERN = r"^[a-z][a-z0-9_]*$"
Name = Annotated[str, Field(pattern=NAME_PATTERN, max_length=63)]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=63)]
Key = Annotated[str, Field(pattern=r"^[^\W\d_][\w.\-]*$", max_length=63)]
"""A name that a table of others may bring along: letters of any script, digits, ``_``, ``.``, ``-``."""

_DURATION = re.compile(r"([0-9]{1,12})([smhd])")
_LONGEST = timedelta(days=36_500)
_UNIT = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _check_duration(text: str) -> str:
    if not _DURATION.fullmatch(text):
        raise ValueError("expected a whole number and one of s, m, h, d, such as '3d' or '12h'")
    if to_timedelta(text) > _LONGEST:
        raise ValueError("expected a hundred years (36500d) at most")
    return text


Duration = Annotated[str, AfterValidator(_check_duration)]


def to_timedelta(duration: str) -> timedelta:
    """``'3d'`` → three days. Units: s, m, h, d."""
    match = _DURATION.fullmatch(duration)
    if match is None:
        raise ValueError(f"not a duration: {duration!r}")
    return timedelta(**{_UNIT[match[2]]: int(match[1])})


class Strict(BaseModel):
    """A declaration: unknown keys are refused, values never change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Strict):
    """A label in English with the Chinese term by which users know the thing."""

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)
