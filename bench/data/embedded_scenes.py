"""Scenes drawn by a program, six classes with boxes and masks: a detection set of the suite that needs no download.

In place of COCO's boxes and masks: one to four things per picture that hide each other in part, people among them, and
now and then a crowd. What it cannot show is how a number carries over to photographs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bench.data.annotated import Annotation
from bench.data.drawing.scene import PERSON, DrawnThing
from bench.data.drawn_things import DrawnThings, annotation


@dataclass(frozen=True)
class EmbeddedScenes(DrawnThings):
    """Everything is annotated, as in COCO's `instances` files; a crowd is one region that is ignored."""

    name = "embedded_scenes"
    role = "COCO instances"
    class_names = (PERSON, "bicycle", "car", "chair", "dog", "umbrella")
    drawn_names = class_names
    with_masks = True
    seeds: ClassVar[dict[str, int]] = {"train": 10501, "val": 10502}

    def _annotation(self, thing: DrawnThing) -> Annotation | None:
        return annotation(thing, 1 + self.class_names.index(thing.name), ignored=thing.crowd)


DATA_SET = EmbeddedScenes()
