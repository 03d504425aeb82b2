"""What is wrong with each joint of a detection, and where it would be right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.errors.crews import Crews, Matching
from bench.errors.entries import Floats
from bench.errors.matching import Pairs
from bench.errors.oks import similarity, squared_distances
from bench.errors.problem import Ints

MATCHED = 0.1
"""OKS from which on a detection is taken for a person, however wrong its joints are."""
GOOD, NEAR = 0.85, 0.5

GOOD_JOINT = "good"
MISS, SWAP, INVERSION, JITTER = REPAIRS = ("miss", "swap", "inversion", "jitter")
"""Types of errors of a joint, in the order in which they are repaired."""
LABELS = (GOOD_JOINT, JITTER, INVERSION, SWAP, MISS)


@dataclass(frozen=True)
class JointLabels:
    """Joints of N detections.

    Attributes:
        taken, overlap: `(N,)`, the person that each detection is taken for, -1 for none, and its OKS.
        kind: `(N, J)` texts: one of `LABELS`; empty where the person has no such joint, or there is no person.
        corrected: `(N, J, 2)`, joints with all errors repaired.
    """

    taken: Ints
    overlap: Floats
    kind: NDArray[np.str_]
    corrected: Floats

    def repaired(self, joints: Floats, *types: str) -> Floats:
        """Joints with the errors of some types repaired."""
        return np.where(np.isin(self.kind, types)[..., None], self.corrected, joints)


def label_joints(given: Crews) -> JointLabels:
    """Compare each joint with that joint, and its partner, of the matched person and of everybody else in the image."""
    matching = Matching(given)
    taken = matching.taken(MATCHED)
    pairs = given.similarities()
    own = pairs.target == taken[pairs.detection]
    overlap = np.zeros(len(taken))
    overlap[pairs.detection[own]] = pairs.overlap[own]
    nearest, best = _nearest(given, pairs, own, len(taken))
    people = given.people
    known = (taken >= 0)[:, None] & (people.labelled[taken] if len(people.labelled) else False)
    kind = np.select(
        [~known, best < NEAR, (nearest == 1) | (nearest == 3), nearest == 2, best > GOOD],
        ["", MISS, SWAP, INVERSION, GOOD_JOINT],
        JITTER,
    )
    return JointLabels(taken, overlap, kind, _corrected(given, taken, kind, best))


def _nearest(given: Crews, pairs: Pairs, own: NDArray[np.bool_], detections: int) -> tuple[Ints, Floats]:
    """`(N, J)` each: whose joint is most similar, and how similar, -1 where nobody has one.

    0 is the matched person's own joint, 1 that of another one, 2 and 3 their partner joints; of equal ones the first.
    """
    people = given.people
    joints = given.joints[pairs.detection]
    found = []
    for of in (np.arange(len(people.sigmas)), people.partner):
        squared = squared_distances(joints, people.joints[pairs.target][:, of])
        alike = similarity(squared, people.area[pairs.target], people.sigmas)
        alike[~people.labelled[pairs.target][:, of]] = -1
        for which in (own, ~own):
            most = np.full((detections, len(people.sigmas)), -1.0)
            np.maximum.at(most, pairs.detection[which], alike[which])
            found.append(most)
    stacked = np.stack(found)
    return stacked.argmax(axis=0), stacked.max(axis=0)


def _corrected(given: Crews, taken: Ints, kind: NDArray[np.str_], best: Floats) -> Floats:
    """Beside the true joint, as far as the label says that it may be.

    The distance takes sigma where similarity takes twice that: so did the tool that the figures were drawn with, and
    a corrected joint is therefore nearer, at p^(1/4).
    """
    people = given.people
    corrected = given.joints.copy()
    row, joint = np.nonzero(np.isin(kind, REPAIRS))
    person, label = taken[row], kind[row, joint]
    allowed = np.select([label == JITTER, label == MISS], [GOOD, NEAR], best[row, joint])
    distance = np.sqrt(-2 * people.area[person] * people.sigmas[joint] ** 2 * np.log(allowed))
    corrected[row, joint] = people.joints[person, joint]
    corrected[row, joint, 0] += distance
    return corrected
