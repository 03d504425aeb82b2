"""Pictures of a training and of several sparsities; matplotlib draws them, where it is installed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from supertickets.costs import cost
from supertickets.files import write_atomically, write_csv
from supertickets.own.session import SCORED

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from supertickets.own.request import Trained

WITHOUT = "no picture of it: matplotlib is not installed (pip install 'supertickets[charts]')"


@dataclass(frozen=True)
class Point:
    """A ticket of a curve: sparsity in percent, score in percent, and what it costs."""

    sparsity: int
    score: float
    constant: float
    macs_nonzero: int
    params_nonzero: int
    file_bytes: int

    @classmethod
    def of(cls, sparsity: int, trained: Trained, metric: str) -> Point:
        """The point of a ticket."""
        ticket = trained.ticket
        assert ticket.purpose is not None
        counted = cost(ticket.net(), ticket.purpose.image_size, ticket.masks)
        size = len(ticket.to_bytes())
        score, constant = round(trained.scores[metric], 2), round(trained.constant[0], 2)
        return cls(sparsity, score, constant, counted.macs_nonzero, counted.params_nonzero, size)


def draw_training(path: Path, history: Sequence[dict[str, Any]], metric: str) -> str:
    """Draw loss, score and sparsity over the epochs; what was written, or why nothing was."""
    if find_spec("matplotlib") is None:
        return WITHOUT
    figure = _figure(7, 6)
    loss, score, zeros = figure.subplots(3, 1, sharex=True)
    epochs = [one["epoch"] for one in history]
    loss.plot(epochs, [one["loss"] for one in history], color="#333333")
    for axes, key, scale in ((score, metric, 1), (zeros, "sparsity", 100)):
        noted = [one for one in history if key in one]
        style = "steps-post" if key == "sparsity" else "default"
        axes.plot(
            [one["epoch"] for one in noted], [scale * one[key] for one in noted], marker="o", ms=3, drawstyle=style
        )
    for axes, label in (
        (loss, "loss"),
        (score, f"{metric} in %, at most\n{SCORED} held out"),
        (zeros, "sparsity in %"),
    ):
        axes.set_ylabel(label)
        axes.grid(alpha=0.3)
    zeros.set_xlabel("epoch")
    return _written(figure, path)


def write_curve(path: Path, points: Sequence[Point], metric: str) -> str:
    """Write the points as CSV; what was written."""
    rows = [{**asdict(point), "score": f"{point.score:.2f}", "metric": metric} for point in points]
    write_csv(path, list(rows[0]), rows)
    return f"wrote {path}"


def draw_curve(path: Path, points: Sequence[Point], metric: str) -> str:
    """Draw the scores over sparsity and over what the tickets cost; what was written, or why nothing was."""
    if find_spec("matplotlib") is None:
        return WITHOUT
    from matplotlib.ticker import EngFormatter

    figure = _figure(9, 3.5)
    left, right = figure.subplots(1, 2, sharey=True)
    scores = [point.score for point in points]
    left.plot([point.sparsity for point in points], scores, marker="o")
    left.set_xlabel("sparsity in %")
    left.set_ylabel(f"{metric} in %, held out")
    macs = [point.macs_nonzero for point in points]
    right.plot(macs, scores, marker="o")
    right.set_xscale("log")
    # powers of ten alone may have no tick between the points, and ticks in between have no room for their labels
    right.set_xticks(macs)
    right.minorticks_off()
    right.xaxis.set_major_formatter(EngFormatter(places=1, sep=""))
    right.tick_params(axis="x", rotation=45)
    right.set_xlabel("multiply-accumulates without those with 0")
    for axes in (left, right):
        axes.axhline(points[0].constant, color="#888888", linestyle=":", label="a constant")
        axes.grid(alpha=0.3)
    left.legend(frameon=False)
    return _written(figure, path)


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _written(figure: Figure, path: Path) -> str:
    image = io.BytesIO()
    figure.savefig(image, format="png", dpi=120)
    write_atomically(path, image.getvalue())
    return f"wrote {path}"
