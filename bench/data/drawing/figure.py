"""Painting a posed person, part by part from the back to the front, each part with its own label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.data.drawing.body import INDEX, Body
from bench.data.drawing.painter import Colour, Painter
from bench.data.drawing.palettes import CLOTHES, HAIRS, METALS, SIGNS, SKIN, pick, shaded

PARTS = (
    "head", "torso", "left_upper_arm", "left_forearm", "right_upper_arm", "right_forearm", "left_thigh", "left_shank",
    "right_thigh", "right_shank",
)  # fmt: skip
PARTS_PER_PERSON = len(PARTS)

SHOWN_BY = {
    "shoulder": ("upper_arm", "torso"), "elbow": ("upper_arm", "forearm"), "wrist": ("forearm",),
    "hip": ("thigh", "torso"), "knee": ("thigh", "shank"), "ankle": ("shank",),
}  # fmt: skip
"""A joint is visible where one of these parts (of its own side) is the foremost thing."""

BONES = {
    "upper_arm": ("shoulder", "elbow", 0.040, 0.031), "forearm": ("elbow", "wrist", 0.031, 0.022),
    "thigh": ("hip", "knee", 0.058, 0.041), "shank": ("knee", "ankle", 0.041, 0.025),
}  # fmt: skip
"""Part -> joints at its ends, and its half thickness there in body heights."""


@dataclass(frozen=True)
class Figure:
    """A person in the picture.

    Attributes:
        body: the posture.
        joints: float64 `(17, 2)`, x and y in pixels of the double-size picture, pixel centres at integers.
        head: `(2,)`, the same for the middle of the head.
        scale: pixels of the double-size picture per body height.
        first_label: label of `PARTS[0]`; the other parts follow.
    """

    body: Body
    joints: np.ndarray
    head: np.ndarray
    scale: float
    first_label: int

    @classmethod
    def place(cls, body: Body, centre: tuple[float, float], scale: float, first_label: int) -> Figure:
        """The person with the middle of its joints' extent at `centre`."""
        flat = body.joints[:, :2]
        middle = 0.5 * (flat.min(axis=0) + flat.max(axis=0))
        place = np.asarray(centre) - scale * middle
        return cls(body, scale * flat + place, scale * body.head[:2] + place, scale, first_label)

    def label(self, part: str) -> int:
        """Label of a part in the label map."""
        return self.first_label + PARTS.index(part)

    def showing(self, joint: str) -> tuple[int, ...]:
        """Labels whose presence at the joint's place means that the joint can be seen."""
        side, _, kind = joint.rpartition("_")
        if kind not in SHOWN_BY:
            return (self.label("head"),)
        return tuple(self.label("torso" if part == "torso" else f"{side}_{part}") for part in SHOWN_BY[kind])


def paint_figure(rng: np.random.Generator, painter: Painter, figure: Figure) -> None:
    """Paint the person in random clothes. Left and right differ in nothing but the view: face or back of the head."""
    body, scale = figure.body, figure.scale
    depth = body.joints[:, 2]
    shirt, trousers, skin, hair = pick(rng, CLOTHES), pick(rng, CLOTHES), pick(rng, SKIN, 10), pick(rng, HAIRS, 10)
    bare_arms, bare_legs = rng.random() < 0.45, rng.random() < 0.25
    colours = {
        "upper_arm": shirt, "forearm": skin if bare_arms else shirt,
        "thigh": trousers, "shank": skin if bare_legs else trousers,
    }  # fmt: skip
    order: list[tuple[float, str]] = [
        (float(np.mean(depth[[5, 6, 11, 12]])), "torso"),
        (float(body.head[2]) + 0.02, "head"),
    ]
    for side in ("left", "right"):
        for part, (upper, lower, _, _) in BONES.items():
            order.append((0.5 * (depth[INDEX[f"{side}_{upper}"]] + depth[INDEX[f"{side}_{lower}"]]), f"{side}_{part}"))
    shoe = pick(rng, [(35, 35, 38), (200, 200, 200), (120, 80, 50)])
    for _, part in sorted(order):
        if part == "torso":
            _torso(rng, painter, figure, shirt, skin)
        elif part == "head":
            _head(painter, figure, skin, hair)
        else:
            side, _, kind = part.partition("_")
            upper, lower, thick, thin = BONES[kind]
            start, end = figure.joints[INDEX[f"{side}_{upper}"]], figure.joints[INDEX[f"{side}_{lower}"]]
            radii = (thick * scale * body.breadth, thin * scale * body.breadth)
            colour = shaded(colours[kind], rng.uniform(0.78, 1.08))
            # A dark outline: without it an arm in front of a shirt of its own colour could not be seen at all.
            outline = (radii[0] + 0.007 * scale, radii[1] + 0.007 * scale)
            painter.capsule(tuple(start), tuple(end), outline, shaded(colour, 0.55), figure.label(part))
            painter.capsule(tuple(start), tuple(end), radii, colour, figure.label(part))
            if kind in ("forearm", "shank"):  # Hands and shoes.
                tip = skin if kind == "forearm" else shoe
                beyond = end + 0.035 * scale * (end - start) / max(float(np.hypot(*(end - start))), 1e-6)
                painter.ellipse(tuple(beyond), (0.03 * scale, 0.03 * scale), tip, figure.label(part))


def _torso(rng: np.random.Generator, painter: Painter, figure: Figure, shirt: Colour, skin: Colour) -> None:
    joints, scale, label = figure.joints, figure.scale, figure.label("torso")
    shoulders = joints[INDEX["left_shoulder"]], joints[INDEX["right_shoulder"]]
    hips = joints[INDEX["left_hip"]], joints[INDEX["right_hip"]]
    neck = 0.5 * (shoulders[0] + shoulders[1])
    thick = 0.042 * scale * figure.body.breadth
    painter.capsule(tuple(neck), tuple(figure.head), (0.032 * scale, 0.032 * scale), skin, label)
    corners = [*shoulders, hips[1], hips[0]]
    painter.polygon([tuple(corner) for corner in corners], shirt, label)
    # Rounding every edge also gives a side view, where the four corners fall on a line, its thickness.
    for first, second in zip(corners, corners[1:] + corners[:1], strict=True):
        painter.capsule(tuple(first), tuple(second), (thick, thick), shirt, label)
    if rng.random() < 0.5:  # Stripes across the shirt.
        stripe, count = pick(rng, CLOTHES), int(rng.integers(2, 6))
        for step in range(count):
            low, high = (step + 0.2) / count, (step + 0.65) / count
            band = [
                shoulders[0] + low * (hips[0] - shoulders[0]), shoulders[1] + low * (hips[1] - shoulders[1]),
                shoulders[1] + high * (hips[1] - shoulders[1]), shoulders[0] + high * (hips[0] - shoulders[0]),
            ]  # fmt: skip
            painter.polygon([tuple(corner) for corner in band], stripe, None)
    if figure.body.facing > 0.3:  # A neckline: one more sign of a front view.
        below = neck + 0.22 * (0.5 * (hips[0] + hips[1]) - neck)
        collar = [neck + 0.3 * (shoulders[0] - neck), neck + 0.3 * (shoulders[1] - neck), below]
        painter.polygon([tuple(corner) for corner in collar], skin, None)


def _head(painter: Painter, figure: Figure, skin: Colour, hair: Colour) -> None:
    scale, label, joints = figure.scale, figure.label("head"), figure.joints
    centre = tuple(figure.head)
    painter.ellipse(centre, (0.060 * scale, 0.068 * scale), hair, label)
    if not figure.body.faces_away("nose"):
        # The face is where the nose is: off the middle in a half profile, so hair shows at the back.
        towards = figure.head + 0.45 * (joints[INDEX["nose"]] - figure.head)
        painter.ellipse(tuple(towards), (0.046 * scale, 0.054 * scale), skin, label)
        painter.ellipse(tuple(joints[INDEX["nose"]]), (0.011 * scale, 0.011 * scale), shaded(skin, 0.7), label)
        for name in ("left_eye", "right_eye"):
            if not figure.body.faces_away(name):
                painter.ellipse(tuple(joints[INDEX[name]]), (0.010 * scale, 0.010 * scale), (30, 30, 32), label)
    for name in ("left_ear", "right_ear"):
        if not figure.body.faces_away(name):
            painter.ellipse(tuple(joints[INDEX[name]]), (0.013 * scale, 0.018 * scale), shaded(skin, 0.85), label)


def paint_clutter(rng: np.random.Generator, painter: Painter, count: int, label: int | None, size: float = 0.5) -> None:
    """Random bars, boxes and blobs; many are limb-like and in the colours of skin and clothes.

    Args:
        count: number of shapes.
        label: label they get, None to leave the labels as they are.
        size: longest extent, as a fraction of the picture's height.
    """
    palette = CLOTHES + SKIN + METALS + SIGNS
    for _ in range(count):
        x, y = rng.uniform(0, painter.width), rng.uniform(0, painter.height)
        dx, dy = rng.uniform(-size, size, 2) * painter.height
        thick, colour, kind = rng.uniform(0.005, 0.05) * painter.height, pick(rng, palette, 30), rng.random()
        if kind < 0.5:
            painter.capsule((x, y), (x + dx, y + dy), (thick, thick * rng.uniform(0.5, 1)), colour, label)
        elif kind < 0.8:
            box = [(x, y), (x + dx, y), (x + dx, y + dy), (x, y + dy)]
            painter.polygon(box, colour, label)
        else:
            painter.ellipse((x, y), (abs(dx) / 4, abs(dy) / 4), colour, label)
