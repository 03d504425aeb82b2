"""Building furniture from boards and posts inside a room, each with one label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.data.drawing.painter import Colour, Painter
from bench.data.drawing.palettes import shaded
from bench.data.drawing.room_view import Corners, RoomView

Span = tuple[float, float]
"""From, to, in metres."""


@dataclass(frozen=True)
class Place:
    """Where a piece of furniture stands: its own x runs to its right, its own z away from its back, y up.

    Attributes:
        x, z: the middle of its back edge on the floor, in the room.
        turn: 0 for a back towards the room's back wall; radians.
        width, depth: room that the piece takes on the floor; 0 for what hangs or stands on something.
    """

    x: float
    z: float
    turn: float
    width: float = 0.0
    depth: float = 0.0

    def at(self, x: float, y: float, z: float) -> tuple[float, float, float]:
        """A point of the piece in the axes of the room."""
        cos, sin = float(np.cos(self.turn)), float(np.sin(self.turn))
        return self.x + x * cos + z * sin, y, self.z + x * sin - z * cos


@dataclass(frozen=True)
class Carpenter:
    """Paints into the picture of one room.

    Attributes:
        light: direction in which the light falls along the floor, radians.
    """

    painter: Painter
    view: RoomView
    light: float

    def flat(self, corners: Corners, colour: Colour, label: int | None) -> None:
        """Fill a flat shape given by its corners in the room."""
        points = self.view.seen(corners)
        if len(points) > 2:
            self.painter.polygon(points, colour, label)

    def box(self, place: Place, across: Span, up: Span, ahead: Span, colour: Colour, label: int | None) -> None:
        """A cuboid: the sides that the camera sees, each in its own light, then the top if it is below the eye."""
        (left, right), (low, high), (back, front) = across, up, ahead
        ring = [(left, back), (right, back), (right, front), (left, front)]
        middle_x, _, middle_z = place.at(0.5 * (left + right), 0, 0.5 * (back + front))
        faces = []
        for (ax, az), (bx, bz) in zip(ring, ring[1:] + ring[:1], strict=True):
            x, _, z = place.at(0.5 * (ax + bx), 0, 0.5 * (az + bz))
            outward = float(np.arctan2(z - middle_z, x - middle_x))
            towards_eye = (self.view.eye[0] - x) * (x - middle_x) + (self.view.eye[2] - z) * (z - middle_z)
            if towards_eye > 0:
                side = [place.at(ax, low, az), place.at(bx, low, bz), place.at(bx, high, bz), place.at(ax, high, az)]
                faces.append((self.view.distance(x, z), side, shaded(colour, 0.8 + 0.2 * np.cos(outward - self.light))))
        for _, side, paint in sorted(faces, key=lambda face: -face[0]):
            self.flat(side, paint, label)
        if high < self.view.eye[1]:
            self.flat([place.at(x, high, z) for x, z in ring], shaded(colour, 1.12), label)
        elif low > self.view.eye[1]:
            self.flat([place.at(x, low, z) for x, z in ring], shaded(colour, 0.7), label)

    def pane(self, place: Place, across: Span, up: Span, ahead: float, colour: Colour, label: int | None) -> None:
        """An upright rectangle parallel to the back of a piece, `ahead` of it."""
        (left, right), (low, high) = across, up
        corners = [(left, low), (right, low), (right, high), (left, high)]
        self.flat([place.at(x, y, ahead) for x, y in corners], colour, label)

    def disc(self, place: Place, centre: tuple[float, float, float], radii: Span, colour: Colour, label: int) -> None:
        """A round thing, which looks the same from all sides; `radii` across and up."""
        x, y, z = place.at(*centre)
        # A square that faces the camera; its corners tell where the ellipse goes.
        cos, sin = np.cos(self.view.yaw), np.sin(self.view.yaw)
        a, b = radii
        square = [(x + dx * a * cos, y + dy * b, z - dx * a * sin) for dx, dy in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        points = np.asarray(self.view.seen(square))
        if len(points) == 4:
            middle, extent = points.mean(axis=0), 0.5 * np.ptp(points, axis=0)
            self.painter.ellipse((middle[0], middle[1]), (extent[0], extent[1]), colour, label)
