"""Faster, Mask and Keypoint R-CNN on ResNets, made of torchvision's parts, and the classifiers that begin them.

torchvision takes seconds to import, so it is imported where a net is built and nowhere else.
"""

from supertickets.detectors.config import RCNN, ResNet
from supertickets.detectors.families import miniature_classifier, miniature_detector

__all__ = ["RCNN", "ResNet", "miniature_classifier", "miniature_detector"]
