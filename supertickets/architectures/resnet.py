"""The classifiers that detectors begin with."""

from supertickets.detectors.config import ResNet

ARCHITECTURE = ResNet
"""ResNet-18 and ResNet-50 of any width."""
