"""Tasks a supernet is trained on; adding one is adding a file and naming it here."""

from supertickets.tasks.base import Augmentation, Task
from supertickets.tasks.data import IGNORE_LABEL, LabelledImages, PersonCrops
from supertickets.tasks.pose import Pose
from supertickets.tasks.segmentation import Segmentation

__all__ = ["IGNORE_LABEL", "Augmentation", "LabelledImages", "PersonCrops", "Pose", "Segmentation", "Task"]
