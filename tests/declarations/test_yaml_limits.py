"""What YAML can do that a declaration must not: each is told with file and line, none ends the process."""

from pathlib import Path

import pytest

from declarations.feed.contract import Cadence
from declarations.problem import Problem
from declarations.yaml_file import read_yaml, refuse_deep


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\nb: 2020-13-45\n", r"x.yaml:2: b: '2020-13-45' is no timestamp"),
        ("a: " + "9" * 5000, r"x.yaml:1: a: '9{40}' is no int"),
        ("a: !!int abc", r"a: 'abc' is no int"),
        ("a: !!float abc", r"a: 'abc' is no float"),
        ("a: !!bool abc", r"a: 'abc' is no bool"),
        ("a: !!timestamp abc", r"a: 'abc' is no timestamp"),
        ("a: 1\n? [a, b]\n: c", r"x.yaml:2: : a key is a list or a mapping"),
        ("a:\n  ? {a: b}\n  : c", r"x.yaml:2: a: a key is a list or a mapping"),
        ("2020-13-45: a", r"x.yaml:1: '2020-13-45' is no timestamp"),
        ("a: " + "[" * 400_000, r"x.yaml: is nested over 40 deep"),
        ("- " * 400_000, r"x.yaml: is nested over 40 deep"),
        ("{a: " * 41 + "1" + "}" * 41, r"x.yaml: is nested over 40 deep"),
        (
            "a: !!python/object/apply:os.getcwd []\n? !!python/name:os.getcwd\n: 1",
            r"x.yaml:2: is not YAML: could not determine a constructor",
        ),
        (
            "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
            + "".join(f"{y}: &{y} [{', '.join([f'*{x}'] * 9)}]\n" for x, y in zip("abcdef", "bcdefg", strict=True)),
            r"holds over 200000 values",
        ),
    ],
)
def test_odd_yaml_is_refused_in_words(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Problem, match=told):
        read_yaml(file)


def test_a_description_of_others_may_be_deeper_but_not_without_end() -> None:
    refuse_deep("openapi.yaml", "[" * 100 + "]" * 100)
    with pytest.raises(Problem, match="is nested over 200 deep"):
        refuse_deep("openapi.yaml", "[" * 201)


@pytest.mark.parametrize("cron", ["99 99 * * *", "0 0 31 2 *", "", "nightly", "0 2 * * * 7", "0 0 * * 8"])
def test_a_cron_line_that_never_comes_is_refused(cron: str) -> None:
    with pytest.raises(ValueError, match="no cron line of a time that comes"):
        Cadence(cron=cron)


@pytest.mark.parametrize("deadline", ["99999999999999999999d", "36501d", "٣d", "3d\n"])
def test_a_span_that_no_calendar_holds_is_refused(deadline: str) -> None:
    with pytest.raises(ValueError, match="expected a"):
        Cadence(deadline=deadline)


def test_usual_times_are_taken() -> None:
    for cron in ("0 2 * * *", "*/15 8-18 * * 1-5", "0 0 29 2 *", "@daily"):
        assert Cadence(cron=cron, deadline="36500d").cron == cron
