"""A person as a tree of bones: random posture in three dimensions, seen from one side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

JOINTS = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle",
)  # fmt: skip
INDEX = {name: index for index, name in enumerate(JOINTS)}

POSTURES = {"stand": 0.28, "walk": 0.28, "sit": 0.14, "arms_up": 0.18, "crouch": 0.05, "sprawl": 0.07}
"""Probability of each posture."""


@dataclass(frozen=True)
class Body:
    """One posed person.

    Attributes:
        joints: float64 `(17, 3)`, body heights: x to the right in the image, y down, z towards the camera.
        head: `(3,)` centre of the head in the same axes.
        tilt: rotation of the whole body in the image, radians; 0 is upright.
        facing: cosine of the angle between the body's front and the camera: 1 front view, -1 back view.
        breadth: thickness of the limbs relative to an average build.
    """

    joints: np.ndarray
    head: np.ndarray
    tilt: float
    facing: float
    breadth: float

    def faces_away(self, joint: str) -> bool:
        """Whether nose, an eye or an ear lies on the far side of the head."""
        return bool(self.joints[INDEX[joint], 2] < self.head[2] - 0.015)


def _limb(spread: float, swing: float) -> np.ndarray:
    """Unit vector of a limb that hangs down, lifted by `spread` to the person's left and by `swing` to the front."""
    return np.array([np.sin(spread), -np.cos(spread) * np.cos(swing), np.cos(spread) * np.sin(swing)])


def _angles(rng: np.random.Generator, posture: str) -> dict[str, np.ndarray]:
    """Angles in radians for (left, right): arm and leg spread and swing, elbow and knee bend."""
    normal = rng.normal
    angles = {
        "arm_spread": np.abs(normal(0.2, 0.2, 2)),
        "arm_swing": normal(0.1, 0.35, 2),
        "elbow": np.abs(normal(0.3, 0.45, 2)),
        "leg_spread": np.abs(normal(0.07, 0.08, 2)),
        "leg_swing": normal(0.0, 0.12, 2),
        "knee": np.abs(normal(0.0, 0.12, 2)),
    }
    if posture == "walk":
        stride = rng.uniform(0.25, 0.8) * rng.choice([-1, 1])
        angles["leg_swing"] = np.array([stride, -stride]) + normal(0, 0.1, 2)
        angles["knee"] = np.abs(normal(0.2, 0.3, 2)) + 0.6 * np.maximum(-angles["leg_swing"], 0)
        angles["arm_swing"] = np.array([-stride, stride]) + normal(0, 0.25, 2)
        angles["elbow"] = rng.uniform(0.1, 1.5, 2)
    elif posture == "sit":
        angles["leg_swing"] = rng.uniform(1.1, 1.6, 2)
        angles["leg_spread"] = rng.uniform(0.05, 0.45, 2)
        angles["knee"] = rng.uniform(0.9, 1.7, 2)
        angles["arm_swing"] = rng.uniform(0.1, 0.9, 2)
        angles["elbow"] = rng.uniform(0.2, 1.6, 2)
    elif posture == "arms_up":
        raised = rng.random(2) < 0.75
        angles["arm_spread"] = np.where(raised, rng.uniform(1.2, 2.9, 2), angles["arm_spread"])
        angles["elbow"] = np.where(raised, rng.uniform(0, 1.2, 2), angles["elbow"])
        angles["leg_spread"] = np.abs(normal(0.15, 0.2, 2))
    elif posture == "crouch":
        angles["leg_swing"] = rng.uniform(0.8, 2.0, 2)
        angles["knee"] = rng.uniform(1.2, 2.3, 2)
        angles["leg_spread"] = rng.uniform(0.1, 0.6, 2)
        angles["arm_swing"] = rng.uniform(0.0, 1.5, 2)
    elif posture == "sprawl":
        angles = {name: rng.uniform(0, 1.3, 2) for name in angles} | {"arm_spread": rng.uniform(0, 2.8, 2)}
    return angles


def pose(rng: np.random.Generator) -> Body:
    """A random person of height 1 when standing upright."""
    posture = rng.choice(list(POSTURES), p=list(POSTURES.values()))
    angles = _angles(rng, posture)
    # Body axes while the tree is built: x to the person's left, y up, z to the person's front; origin between the hips.
    shoulder, hip = rng.uniform(0.105, 0.135), rng.uniform(0.055, 0.08)
    torso, neck = rng.uniform(0.27, 0.32), rng.uniform(0.13, 0.15)
    upper_arm, forearm = rng.uniform(0.155, 0.19), rng.uniform(0.14, 0.17)
    thigh, shank = rng.uniform(0.23, 0.27), rng.uniform(0.22, 0.26)
    lean, bow = rng.normal(0.05, 0.15), rng.normal(0, 0.1)
    spine = np.array([np.sin(bow), np.cos(lean) * np.cos(bow), np.sin(lean)])
    chest = torso * spine
    head = chest + neck * (spine + np.array([rng.normal(0, 0.2), 0, 0.1]))
    turn = rng.normal(0, 0.3)
    points = np.zeros((len(JOINTS), 3))
    ahead, aside = np.array([np.sin(turn), 0, np.cos(turn)]), np.array([np.cos(turn), 0, -np.sin(turn)])
    points[INDEX["nose"]] = head + 0.062 * ahead + [0, -0.008, 0]
    for name, side in (("left", 1), ("right", -1)):
        which = 0 if side == 1 else 1
        points[INDEX[f"{name}_eye"]] = head + 0.05 * ahead + side * 0.024 * aside + [0, 0.014, 0]
        points[INDEX[f"{name}_ear"]] = head + side * 0.05 * aside
        out = np.array([side, 1, 1])
        start = chest + side * shoulder * np.array([np.cos(bow), -np.sin(bow), 0])
        spread, swing = angles["arm_spread"][which], angles["arm_swing"][which]
        elbow = start + upper_arm * out * _limb(spread, swing)
        wrist = elbow + forearm * out * _limb(spread * rng.uniform(0.4, 1.1), swing + angles["elbow"][which])
        base = np.array([side * hip, 0, 0])
        spread, swing = angles["leg_spread"][which], angles["leg_swing"][which]
        knee = base + thigh * out * _limb(spread, swing)
        ankle = knee + shank * out * _limb(spread * rng.uniform(0.2, 1), swing - angles["knee"][which])
        for joint, point in zip(
            ("shoulder", "elbow", "wrist", "hip", "knee", "ankle"),
            (start, elbow, wrist, base, knee, ankle),
            strict=True,
        ):
            points[INDEX[f"{name}_{joint}"]] = point
    # Mostly from the front or from behind, sometimes from the side.
    yaw = (0.0 if rng.random() < 0.7 else np.pi) + rng.normal(0, 0.45)
    tilt = rng.normal(0, 0.12)
    if rng.random() < (0.7 if posture == "sprawl" else 0.06):
        tilt += rng.choice([-1, 1]) * rng.uniform(0.9, 1.9)
    seen = _view(np.vstack([points, head[None]]), yaw, tilt)
    return Body(seen[:-1], seen[-1], tilt, float(np.cos(yaw)), rng.uniform(0.85, 1.3))


def _view(points: np.ndarray, yaw: float, tilt: float) -> np.ndarray:
    """Turn body axes into image axes: a person who faces the camera has the left hand at the right of the image."""
    x = points[:, 0] * np.cos(yaw) + points[:, 2] * np.sin(yaw)
    z = points[:, 2] * np.cos(yaw) - points[:, 0] * np.sin(yaw)
    y = -points[:, 1]
    cos, sin = np.cos(tilt), np.sin(tilt)
    return np.stack([x * cos - y * sin, x * sin + y * cos, z], axis=1)
