"""The pinhole camera inside a room: what it sees of flat shapes in space, near edges cut off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.data.drawing.painter import Point

NEAREST = 0.15
"""Metres ahead of the camera; what is closer is not seen."""

Corners = Sequence[tuple[float, float, float]]


@dataclass(frozen=True)
class RoomView:
    """Where the camera stands and looks; lengths in metres, pixels of the double-size picture.

    Axes of the room: x from the left wall to the right, y up from the floor, z from the camera to the back wall.

    Attributes:
        height, width: picture size, pixels.
        focal: focal length, pixels.
        eye: place of the camera.
        yaw, pitch: it looks this far to the right and downwards, radians.
        room: `(width, height, depth)` of the room; the left wall is at x = 0, the back wall at z = depth.
    """

    height: int
    width: int
    focal: float
    eye: tuple[float, float, float]
    yaw: float
    pitch: float
    room: tuple[float, float, float]

    @classmethod
    def random(cls, rng: np.random.Generator, height: int, width: int) -> RoomView:
        """A room seen from one of its ends, more or less straight on."""
        room = (rng.uniform(2.8, 5.5), rng.uniform(2.3, 2.9), rng.uniform(3.2, 6.0))
        eye = (room[0] * rng.uniform(0.25, 0.75), rng.uniform(1.2, 1.75), 0.0)
        # From the left half of the room one rather looks to the right.
        yaw = 0.5 * (0.5 - eye[0] / room[0]) + rng.normal(0, 0.15)
        return cls(height, width, width * rng.uniform(0.55, 0.8), eye, yaw, rng.uniform(0.0, 0.25), room)

    def seen(self, corners: Corners) -> list[Point]:
        """Pixels of a flat shape's corners, cut where it comes too near; empty if none of it is ahead."""
        x, y, z = (np.asarray(corners) - self.eye).T
        x, z = x * np.cos(self.yaw) - z * np.sin(self.yaw), x * np.sin(self.yaw) + z * np.cos(self.yaw)
        y, z = y * np.cos(self.pitch) + z * np.sin(self.pitch), z * np.cos(self.pitch) - y * np.sin(self.pitch)
        points = list(zip(x.tolist(), y.tolist(), z.tolist(), strict=True))
        ahead: list[tuple[float, float, float]] = []
        for here, there in zip(points, points[1:] + points[:1], strict=True):
            if here[2] >= NEAREST:
                ahead.append(here)
            if (here[2] >= NEAREST) != (there[2] >= NEAREST):
                share = (NEAREST - here[2]) / (there[2] - here[2])
                ahead.append((here[0] + share * (there[0] - here[0]), here[1] + share * (there[1] - here[1]), NEAREST))
        u, v = 0.5 * self.width, 0.5 * self.height
        return [(u + self.focal * x / z, v - self.focal * y / z) for x, y, z in ahead]

    def distance(self, x: float, z: float) -> float:
        """From the camera to a place on the floor, metres."""
        return float(np.hypot(x - self.eye[0], z - self.eye[2]))
