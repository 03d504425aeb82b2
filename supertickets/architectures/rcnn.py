"""Faster, Mask and Keypoint R-CNN."""

from supertickets.detectors.config import RCNN

ARCHITECTURE = RCNN
"""Two-stage detectors on a ResNet with a feature pyramid, or on its third stage."""
