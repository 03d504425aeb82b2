"""Drawing in an object's own coordinates: shapes pass through an affine map before they are painted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.data.drawing.painter import Colour, Painter, Point

CORNERS = 20
"""Corners of the polygon that stands for a disc."""


class Brush:
    """Paints one object, given in a square from -1 to 1 (x to the right, y down), with one label.

    Attributes:
        main, second, dark: colours of the object's body, of its parts, and of tyres, eyes and gaps.
    """

    def __init__(
        self,
        painter: Painter,
        matrix: np.ndarray,
        centre: Point,
        colours: tuple[Colour, Colour, Colour],
        label: int,
    ) -> None:
        """`matrix` `(2, 2)` takes object coordinates to pixels of the double-size picture around `centre`."""
        self.main, self.second, self.dark = colours
        self._painter, self._matrix, self._centre, self._label = painter, matrix, np.asarray(centre), label

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        """Fill a polygon."""
        placed = np.asarray(points) @ self._matrix.T + self._centre
        self._painter.polygon([(x, y) for x, y in placed.tolist()], colour, self._label)

    def disc(self, centre: Point, radii: Point, colour: Colour, angle: float = 0.0) -> None:
        """Fill an ellipse turned by `angle`, radians."""
        self.polygon(_ellipse(centre, radii, angle, 0, 2 * np.pi), colour)

    def segment(self, centre: Point, radii: Point, colour: Colour, first: float, last: float) -> None:
        """Fill what a chord cuts off an ellipse, between two angles measured from the right through below."""
        self.polygon(_ellipse(centre, radii, 0.0, first, last), colour)

    def bar(self, start: Point, end: Point, width: float, colour: Colour) -> None:
        """Fill a straight bar with square ends."""
        self.limb(start, end, (width, width), colour)

    def limb(self, start: Point, end: Point, widths: Point, colour: Colour) -> None:
        """Fill a bar that tapers from one width to another."""
        (ax, ay), (bx, by) = start, end
        length = max(float(np.hypot(bx - ax, by - ay)), 1e-6)
        nx, ny = -(by - ay) / length / 2, (bx - ax) / length / 2
        r, s = widths
        corners = [(ax + r * nx, ay + r * ny), (bx + s * nx, by + s * ny)]
        self.polygon([*corners, (bx - s * nx, by - s * ny), (ax - r * nx, ay - r * ny)], colour)

    def ring(self, centre: Point, radii: Point, width: float, colour: Colour) -> None:
        """Draw the outline of an ellipse; what is inside stays."""
        corners = _ellipse(centre, radii, 0.0, 0, 2 * np.pi)
        for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
            self.bar(start, end, width, colour)


def _ellipse(centre: Point, radii: Point, angle: float, first: float, last: float) -> list[Point]:
    turns = np.linspace(first, last, CORNERS)
    x, y = radii[0] * np.cos(turns), radii[1] * np.sin(turns)
    cos, sin = np.cos(angle), np.sin(angle)
    return list(zip((centre[0] + cos * x - sin * y).tolist(), (centre[1] + sin * x + cos * y).tolist(), strict=True))
