"""The dictionary ``words.yaml``: Chinese words of headers to parts of our names, English ones to Chinese labels."""

from functools import cache
from pathlib import Path

import yaml

DATE_PARTS = {"日期": "on", "时间": "at"}


@cache
def _words() -> dict[str, dict[str, str]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, dict[str, str]] = yaml.load(Path(__file__).with_name("words.yaml").read_text(encoding="utf-8"), Loader=loader)
    return found


def from_chinese() -> dict[str, str]:
    """Chinese word → part of our name."""
    return _words()["zh"]


def to_chinese() -> dict[str, str]:
    """English word → Chinese label."""
    return _words()["en"]
