"""The curve of several sparsities shows every ticket, and what an answer without looking has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from supertickets.own.chart import Point, draw_curve

pytestmark = pytest.mark.fast


def test_a_curve_has_every_ticket_and_names_the_constant(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from matplotlib.figure import Figure  # takes long to load, and other tests need none

    drawn: list[Figure] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_args, **_named: drawn.append(figure))
    points = [Point(20, 81.0, 33.3, 4000, 400, 900), Point(60, 79.5, 33.3, 2000, 200, 700)]
    assert draw_curve(tmp_path / "curve.png", points, "top1") == f"wrote {tmp_path / 'curve.png'}"
    [figure] = drawn
    left, right = figure.axes
    for axes, places in ((left, [20, 60]), (right, [4000, 2000])):
        scores, constant = axes.lines
        assert _values(scores.get_xydata()) == [[places[0], 81.0], [places[1], 79.5]]
        assert _values(constant.get_ydata()) == [33.3, 33.3]
    legend = left.get_legend()
    assert legend is not None and [text.get_text() for text in legend.get_texts()] == ["a constant"]
    assert (left.get_xlabel(), left.get_ylabel()) == ("sparsity in %", "top1 in %, held out")
    assert right.get_xscale() == "log" and right.get_xlabel() == "multiply-accumulates without those with 0"
    assert [label.get_text() for label in right.get_xticklabels()] == ["4.0k", "2.0k"], "each has room"
    assert not right.get_xticks(minor=True).size


def _values(array: Any) -> list[Any]:
    return [list(row) if hasattr(row, "__len__") else row for row in array]
