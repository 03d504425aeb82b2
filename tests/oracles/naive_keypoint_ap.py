"""COCO's keypoint AP and AR written down as loops: every detection takes the likest person that is still free."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SIZES = {"": (0.0, 1e10), "_m": (32.0**2, 96.0**2), "_l": (96.0**2, 1e10)}
THRESHOLDS = np.linspace(0.5, 0.95, 10)


@dataclass(frozen=True)
class Person:
    """Joints `(J, 2)`, flags `(J,)`, and area of somebody in image number `image`."""

    image: int
    joints: np.ndarray
    flags: np.ndarray
    area: float


@dataclass(frozen=True)
class Found:
    """Joints `(J, 2)` that were found in image number `image`."""

    image: int
    joints: np.ndarray
    score: float

    @property
    def area(self) -> float:
        """Of the box around the joints."""
        return float(np.prod(np.ptp(self.joints, axis=0)))


def likeness(person: Person, found: Found, sigmas: np.ndarray) -> float:
    """OKS over the labelled joints."""
    squared = ((person.joints - found.joints) ** 2).sum(1)
    terms = np.exp(-squared / (2 * person.area * (2 * sigmas) ** 2))
    return float(terms[person.flags > 0].mean())


def metrics(persons: list[Person], found: list[Found], sigmas: np.ndarray) -> dict[str, float]:
    """AP, AP^M, AP^L and AR in percent; a size that nobody has is left out."""
    numbers = {}
    for size, (least, most) in SIZES.items():
        ap, ar = [], []
        for threshold in THRESHOLDS:
            ranked: list[tuple[float, bool]] = []
            counted = 0
            for image in sorted({person.image for person in persons}):
                here = [person for person in persons if person.image == image]
                of_size = [least <= person.area <= most for person in here]
                counted += sum(of_size)
                free = set(range(len(here)))
                for one in sorted((one for one in found if one.image == image), key=lambda one: -one.score):
                    likely = {i: likeness(here[i], one, sigmas) for i in free}
                    good = [i for i in sorted(free) if likely[i] >= threshold]
                    # persons of this size come first, and of equals the later one
                    best = max(good, key=lambda i: (of_size[i], likely[i], i), default=None)
                    if best is not None:
                        free.remove(best)
                        if of_size[best]:
                            ranked.append((one.score, True))
                    elif least <= one.area <= most:
                        ranked.append((one.score, False))
            if not counted:
                continue
            hits = np.cumsum([hit for _, hit in sorted(ranked, key=lambda pair: -pair[0])])
            recalls = hits / counted
            precisions = hits / np.arange(1, len(hits) + 1)
            points = [max(precisions[recalls >= level], default=0.0) for level in np.linspace(0, 1, 101)]
            ap.append(np.mean(points))
            ar.append(recalls[-1] if len(recalls) else 0.0)
        if ap:
            numbers[f"ap{size}"] = 100 * float(np.mean(ap))
            if not size:
                numbers["ar"] = 100 * float(np.mean(ar))
    return numbers
