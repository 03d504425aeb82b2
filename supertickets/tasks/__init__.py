"""Tasks a supernet is trained on, one file each; a task is imported from its own file."""

from supertickets.tasks.base import Augmentation, Task
from supertickets.tasks.data import IGNORE_LABEL, ClassifiedImages, LabelledImages, PersonCrops

__all__ = ["IGNORE_LABEL", "Augmentation", "ClassifiedImages", "LabelledImages", "PersonCrops", "Task"]
