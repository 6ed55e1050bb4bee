"""What a source or a person wrote never steers the terminal that shows it."""

import pytest

from cli import screen
from declarations.problem import Problem


def test_signs_that_steer_a_terminal_are_shown_as_replacements(capsys: pytest.CaptureFixture[str]) -> None:
    screen.tell("why: \x1b[31mred \u202eturned")
    screen.results.print(screen.paragraph(Problem("p", "'\udcff\x1b]0;title\x07' is no date.", "write it.")), soft_wrap=True)
    said = capsys.readouterr().out
    assert said.startswith("why: \ufffd[31mred \ufffdturned")
    assert "'\ufffd\ufffd]0;title\ufffd' is no date." in said
