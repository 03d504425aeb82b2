"""What commands print is as wide as the terminal, and in a pipe a line stays a line."""

from __future__ import annotations

import sys

import pytest

from supertickets.command_parser import CommandParser
from supertickets.terminal import say

pytestmark = pytest.mark.fast

TEXT = """a heading
  a line that is set in and needs more than the forty columns that there are

a-word-of-more-than-forty-letters-is-broken-where-its-line-ends"""


def test_lines_are_wrapped_to_the_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    say(TEXT)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["a heading", "  a line that is set in and needs more"]
    assert lines[2] == "      than the forty columns that there"
    assert "".join(lines).replace(" ", "") == TEXT.replace("\n", "").replace(" ", "")
    assert max(map(len, lines)) <= 40


def test_in_a_pipe_a_line_stays_a_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    say(TEXT)
    assert capsys.readouterr().out == f"{TEXT}\n"


def parser(**more: str) -> CommandParser:
    found = CommandParser(prog="command", **more)
    found.add_argument("--table")
    return found


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--tabel", "x"], "--tabel x (did you mean --table?)"),
        (["--tabel=x"], "--tabel=x (did you mean --table?)"),
        (["--zzz"], "--zzz"),
    ],
)
def test_a_flag_that_is_none_is_told_with_the_one_that_was_meant(
    given: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(given)
    assert capsys.readouterr().err == f"error: unrecognized arguments: {told}; --help shows all arguments\n"


def test_paragraphs_of_help_stay_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    said = parser(epilog="one: a layout that takes more than a line\nof its source\n\ntwo: another").format_help()
    assert said.endswith("\none: a layout that takes more than a\nline of its source\ntwo: another\n")
