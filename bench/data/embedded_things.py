"""Scenes drawn by a program, seven classes with boxes alone: a detection set of the suite that needs no download.

In place of PASCAL VOC: other classes than `embedded_scenes` has, and difficult objects. What it cannot show is how a
number carries over to photographs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from bench.data.annotated import Annotation
from bench.data.drawing.scene import DrawnThing
from bench.data.drawn_things import DrawnThings, annotation

DIFFICULT = 0.75
"""A thing of which less is seen is difficult: ignored, as in VOC."""


@dataclass(frozen=True)
class EmbeddedThings(DrawnThings):
    """One to four things per picture that hide each other in part; scored as in VOC 2007."""

    name = "embedded_things"
    role = "VOC"
    class_names = ("aeroplane", "bird", "boat", "cup", "fish", "flower", "house")
    drawn_names = class_names
    with_masks = False
    seeds: ClassVar[dict[str, int]] = {"train": 11601, "val": 11602}

    def _annotation(self, thing: DrawnThing) -> Annotation | None:
        whole = annotation(thing, 1 + self.class_names.index(thing.name), ignored=thing.seen < DIFFICULT)
        return replace(whole, mask=None, joints=None)


DATA_SET = EmbeddedThings()
