"""What people see of a training: few lines in a file, a bar on a terminal, and how much time is left."""

from __future__ import annotations

import io
import sys

import pytest

from supertickets.own import watching
from supertickets.own.watching import Bar, Lines, in_words, watch

pytestmark = pytest.mark.fast


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Its one value is the time in seconds."""
    now = [100.0]
    monkeypatch.setattr(watching.time, "monotonic", lambda: now[0])
    return now


def lines_of(clock: list[float], done: range, total: int, seconds: float, note: str = "") -> list[str]:
    """What is written of a stage of which so many parts are done one after another, each of which takes so long."""
    stream = io.StringIO()
    lines = Lines(stream)
    lines.begin("search", total)
    for part in done:
        clock[0] += seconds
        lines.advance(part, note)
    lines.end()
    return stream.getvalue().splitlines()


def test_a_line_is_written_per_tenth_of_a_stage(clock: list[float]) -> None:
    found = lines_of(clock, range(1, 41), 40, 1.0)
    assert [line.split(",")[0] for line in found] == [f"search: {percent}%" for percent in range(10, 101, 10)]
    assert len(lines_of(clock, range(1, 3), 2, 1.0)) == 2 and len(lines_of(clock, range(1, 401), 400, 1.0)) <= 11


def test_the_time_left_follows_from_the_parts_that_were_done_here(clock: list[float]) -> None:
    assert lines_of(clock, range(1, 41), 40, 30.0)[:2] == ["search: 10%, 18 min left", "search: 20%, 16 min left"]
    # twenty by an earlier process; of the first that is told nobody knows when it was begun
    assert lines_of(clock, range(21, 41), 40, 30.0)[:2] == ["search: 52%", "search: 60%, 8 min left"]
    assert lines_of(clock, range(1, 3), 2, 1.0) == ["search: 50%", "search: 100%"]


def test_a_note_is_the_end_of_a_line(clock: list[float]) -> None:
    assert lines_of(clock, range(1, 2), 1, 1.0, "loss 0.5") == ["search: 100%, loss 0.5"]
    assert lines_of(clock, range(1), 0, 1.0) == ["search: 100%"], "of nothing everything is done"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"), (89.4, "89 s"), (90, "2 min"), (600, "10 min"), (5399, "90 min"), (5400, "1.5 h"),
        (36000, "10.0 h"),
    ],
)  # fmt: skip
def test_times_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


def test_sentences_are_written_at_once_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    Lines().say("40 to train on")
    assert capsys.readouterr() == ("", "40 to train on\n")
    raw = io.BytesIO()
    kept_back = io.TextIOWrapper(raw)
    Lines(kept_back).say("40 to train on")
    assert raw.getvalue() == b"40 to train on\n"


def test_a_stage_of_a_bar_is_full_when_the_next_begins(capsys: pytest.CaptureFixture[str]) -> None:
    bar = Bar()
    bar.begin("search", 40)
    bar.advance(4, "loss 0.5")
    bar.advance(7)
    [search] = bar._progress.tasks
    assert (search.description, search.completed, search.total, search.fields["note"]) == ("search", 7, 40, "loss 0.5")
    bar.say("[bold]data[/bold]")
    bar.begin("training", 10)
    _, training = bar._progress.tasks
    assert search.finished and (training.completed, training.total) == (0, 10)
    bar.end()
    out, error = capsys.readouterr()
    assert out == "" and "[bold]data[/bold]" in error, "folders may be called as markup is"


def test_a_bar_is_for_terminals_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(watch(), Lines)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    found = watch()
    found.end()
    assert isinstance(found, Bar)
