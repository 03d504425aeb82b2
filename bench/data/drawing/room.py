"""One indoor scene: what stands where, in which light, and through which camera."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bench.data.drawing import furniture, wall_objects
from bench.data.drawing.carpenter import Carpenter, Place, Span
from bench.data.drawing.painter import SUPERSAMPLING, Painter, average_down, camera, smooth_noise
from bench.data.drawing.palettes import pick, shaded
from bench.data.drawing.room_classes import CEILING, FLOOR, FLOORS, SURFACES, WALL, WALLS
from bench.data.drawing.room_view import Corners, RoomView

Paint = Callable[[np.random.Generator, Carpenter, Place], None]

GRAIN = np.array([0.03, 0.05, 0.02, 0.02, 0.03, 0.04, 0.06, 0.06, 0.04, 0.04, 0.02, 0.05, 0.12, 0.06, 0.14], np.float32)
"""Relative contrast of the fine texture per class: rugs and leaves are rough, ceilings and glass are smooth."""

SIZES: dict[Paint, tuple[float, float, float, float]] = {
    furniture.bed: (0.9, 1.8, 1.9, 2.1),
    furniture.cabinet: (0.5, 1.8, 0.35, 0.6),
    furniture.chair: (0.4, 0.5, 0.4, 0.5),
    furniture.clutter: (0.2, 0.6, 0.2, 0.5),
    furniture.floor_lamp: (0.3, 0.4, 0.3, 0.4),
    furniture.plant: (0.3, 0.5, 0.3, 0.5),
    furniture.sofa: (0.8, 2.2, 0.8, 1.0),
    furniture.table: (0.6, 1.6, 0.5, 1.0),
}
"""Least and largest width, least and largest depth, metres."""

WHITE = (235, 235, 230)
"""Most ceilings."""

ROOMS: tuple[tuple[tuple[Paint, float], ...], ...] = (
    (
        (furniture.bed, 1.0),
        (furniture.cabinet, 1.6),
        (furniture.table, 0.4),
        (furniture.chair, 0.5),
        (furniture.sofa, 0.15),
    ),
    ((furniture.sofa, 1.5), (furniture.table, 1.0), (furniture.cabinet, 1.0), (furniture.chair, 0.4)),
    ((furniture.table, 1.2), (furniture.chair, 3.5), (furniture.cabinet, 1.0), (furniture.sofa, 0.15)),
)
"""Bedroom, living room, dining room or office: expected number of each piece, the largest first."""
EVERYWHERE = ((furniture.floor_lamp, 0.5), (furniture.plant, 0.6), (furniture.clutter, 0.5))

MOVABLE = (furniture.table, furniture.chair, furniture.clutter)
"""What mostly stands away from the walls, turned any way."""

NEAREST_PIECE = 0.7
"""Metres of floor ahead of the camera that stay free."""

ATTEMPTS = 12
"""Tries to find a free place for a piece; after them the room does without it."""


def room(rng: np.random.Generator, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Draw one scene of `size` = (H, W) pixels.

    Returns:
        uint8 `(H, W, 3)` picture and uint8 `(H, W)` labels: an index into `CLASS_NAMES`, or 255 for what belongs to
        no class (boxes and bags).
    """
    height, width = size
    view = RoomView.random(rng, height * SUPERSAMPLING, width * SUPERSAMPLING)
    build = Carpenter(Painter(height, width), view, rng.uniform(0, 2 * np.pi))
    _shell(rng, build)
    if rng.random() < 0.55:
        x, z = view.room[0] * rng.uniform(0.35, 0.65), view.room[2] * rng.uniform(0.6, 0.9)
        furniture.rug(rng, build, Place(x, z, rng.normal(0, 0.2), rng.uniform(1.2, 2.6), rng.uniform(1.0, 2.0)))
    _decorate(rng, build)
    _furnish(rng, build)
    return _photograph(rng, *build.painter.arrays())


def _shell(rng: np.random.Generator, build: Carpenter) -> None:
    """Floor, ceiling and walls, each wall in its own light, with boards or tiles and skirting."""
    across, high, deep = build.view.room
    behind = -1.0  # The room goes on behind the camera.
    floor, paint = pick(rng, FLOORS), pick(rng, WALLS)
    build.flat([(0, 0, behind), (across, 0, behind), (across, 0, deep), (0, 0, deep)], floor, FLOOR)
    if rng.random() < 0.6:
        step, along = rng.uniform(0.15, 0.6), rng.random() < 0.5
        for number, start in enumerate(np.arange(0, across if along else deep, step)):
            if number % 2:
                end = start + step
                x, z = ((start, end), (behind, deep)) if along else ((0.0, across), (start, end))
                board = [(x[0], 0, z[0]), (x[1], 0, z[0]), (x[1], 0, z[1]), (x[0], 0, z[1])]
                build.flat(board, shaded(floor, 0.9), None)
    ceiling = pick(rng, WALLS) if rng.random() < 0.3 else shaded(WHITE, rng.uniform(0.7, 1.0))
    build.flat([(0, high, behind), (across, high, behind), (across, high, deep), (0, high, deep)], ceiling, CEILING)
    striped, skirting = rng.random() < 0.25, pick(rng, SURFACES)
    for wall in ((0, behind, 0, deep), (0, deep, across, deep), (across, behind, across, deep)):
        light = rng.uniform(0.85, 1.1)
        build.flat(_upright(wall, (0, 1), (0, high)), shaded(paint, light), WALL)
        if striped:
            for share in np.arange(0, 1, 0.08):
                build.flat(_upright(wall, (share, share + 0.04), (0, high)), shaded(paint, 0.92 * light), None)
        build.flat(_upright(wall, (0, 1), (0, 0.1)), shaded(skirting, light), None)


def _upright(wall: tuple[float, float, float, float], along: Span, up: Span) -> Corners:
    """Part of a wall that runs from `(x, z)` to `(x, z)`: shares of its length, and heights in metres."""
    ax, az, bx, bz = wall
    (x, z), (u, w) = ((ax + share * (bx - ax), az + share * (bz - az)) for share in along)
    low, high = up
    return [(x, low, z), (u, low, w), (u, high, w), (x, high, z)]


def _wall_places(build: Carpenter) -> list[tuple[float, Callable[[float], Place]]]:
    """Length of each wall, and the place with its back to that wall at some distance from the wall's start."""
    across, _, deep = build.view.room
    return [
        (across, lambda at: Place(at, deep, 0.0)),
        (deep, lambda at: Place(0.0, at, np.pi / 2)),
        (deep, lambda at: Place(across, at, -np.pi / 2)),
    ]


def _decorate(rng: np.random.Generator, build: Carpenter) -> None:
    """Windows, doors and pictures, next to each other along the walls."""
    for length, place in _wall_places(build):
        at = rng.uniform(0.5, 1.2)
        while at < length - 0.5:
            kind = rng.random()
            if kind < 0.7:
                item = (
                    wall_objects.window if kind < 0.27 else wall_objects.door if kind < 0.42 else wall_objects.picture
                )
                item(rng, build, place(at))
            at += rng.uniform(1.3, 2.2)


def _furnish(rng: np.random.Generator, build: Carpenter) -> None:
    """Find free places for everything, then paint it from far to near."""
    across, _, deep = build.view.room
    taken: list[tuple[float, float, float]] = []
    placed: list[tuple[float, Paint, Place]] = []
    for item, expected in (*ROOMS[rng.integers(len(ROOMS))], *EVERYWHERE):
        for _ in range(int(expected + rng.random())):
            place = _free_place(rng, build, item, taken)
            if place is not None:
                placed.append((build.view.distance(*taken[-1][:2]), item, place))
    if rng.random() < 0.5:
        x, z = across * rng.uniform(0.3, 0.7), deep * rng.uniform(0.35, 0.8)
        placed.append((build.view.distance(x, z), furniture.ceiling_lamp, Place(x, z, 0.0)))
    for _, item, place in sorted(placed, key=lambda one: -one[0]):
        item(rng, build, place)


def _free_place(
    rng: np.random.Generator, build: Carpenter, item: Paint, taken: list[tuple[float, float, float]]
) -> Place | None:
    """Somewhere along a wall or amid the room where the piece touches nothing, or None.

    `taken` holds x, z and radius of the discs on the floor that are in use; the new one is added.
    """
    across, _, deep = build.view.room
    narrow, wide, shallow, far = SIZES[item]
    width, depth = rng.uniform(narrow, wide), rng.uniform(shallow, far)
    # Less than the half diagonal, or nothing could stand beside a long piece; corners may overlap a little.
    reach = 0.5 * max(min(width, depth), 0.7 * max(width, depth))
    walls = _wall_places(build)
    for _ in range(ATTEMPTS):
        if item in MOVABLE and rng.random() < 0.7:
            spot = Place(rng.uniform(0.6, across - 0.6), rng.uniform(1.4, deep - 0.6), rng.uniform(-np.pi, np.pi))
        else:
            length, along = walls[rng.integers(len(walls))]
            spot = along(rng.uniform(width / 2, max(length - width / 2, width / 2 + 0.1)))
        x, _, z = spot.at(0, 0, depth / 2)
        free = all(np.hypot(x - other_x, z - other_z) > reach + other for other_x, other_z, other in taken)
        if free and 0 < x < across and z - reach > NEAREST_PIECE:
            taken.append((x, z, reach))
            return Place(spot.x, spot.z, spot.turn, width, depth)
    return None


def _photograph(rng: np.random.Generator, picture: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Texture, light and camera for a double-size painting; the picture is averaged down, the labels sampled."""
    shape = labels.shape
    grain = np.append(GRAIN, np.zeros(256 - len(GRAIN), np.float32))[labels]
    texture = 1 + grain * rng.standard_normal(shape, dtype=np.float32)
    texture += np.float32(0.08) * smooth_noise(rng, shape, (4, 6))
    return camera(rng, average_down(picture * texture[..., None]), (1, 4)), labels[
        ::SUPERSAMPLING, ::SUPERSAMPLING
    ].copy()
