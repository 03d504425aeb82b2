"""The people of the drawn scenes, with 17 joints: a detection set of the suite that needs no download.

In place of COCO's keypoints, for nets that find people and their joints by themselves: the pictures are those of
`embedded_scenes`, of which everything but people is background, as in COCO's `person_keypoints` files.
"""

from __future__ import annotations

from dataclasses import dataclass

from bench.data.annotated import Annotation
from bench.data.drawing.scene import PERSON, DrawnThing
from bench.data.drawn_things import DrawnThings, annotation
from bench.data.embedded_people import EmbeddedPeople
from bench.data.embedded_scenes import EmbeddedScenes


@dataclass(frozen=True)
class EmbeddedScenePeople(DrawnThings):
    """Joints, their order, flip pairs and OKS constants are those of `embedded_people`."""

    name = "embedded_scene_people"
    role = "COCO people"
    class_names = (PERSON,)
    drawn_names = EmbeddedScenes.drawn_names
    with_masks = True
    seeds = EmbeddedScenes.seeds
    joint_names = EmbeddedPeople.class_names
    flip_pairs = EmbeddedPeople.flip_pairs
    sigmas = EmbeddedPeople.sigmas

    def _annotation(self, thing: DrawnThing) -> Annotation | None:
        return annotation(thing, 1, ignored=thing.crowd) if thing.name == PERSON else None


DATA_SET = EmbeddedScenePeople()
