"""Tasks a supernet is trained on; adding one is adding a file and naming it here."""

from supertickets.tasks.base import Augmentation, Task
from supertickets.tasks.classification import Classification
from supertickets.tasks.data import IGNORE_LABEL, ClassifiedImages, LabelledImages, PersonCrops, Split
from supertickets.tasks.pose import Pose
from supertickets.tasks.segmentation import Segmentation

__all__ = [
    "IGNORE_LABEL",
    "Augmentation",
    "Classification",
    "ClassifiedImages",
    "LabelledImages",
    "PersonCrops",
    "Pose",
    "Segmentation",
    "Split",
    "Task",
]
