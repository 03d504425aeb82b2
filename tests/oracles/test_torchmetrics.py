"""mIoU, mAcc and aAcc against torchmetrics, fed batch by batch."""

from __future__ import annotations

import pytest
import torch

from supertickets.tasks import IGNORE_LABEL
from supertickets.tasks.segmentation import confusion_matrix, segmentation_metrics

pytestmark = pytest.mark.slow  # importing torchmetrics takes seconds


def test_metrics_are_torchmetrics() -> None:
    from torchmetrics.classification import MulticlassAccuracy, MulticlassJaccardIndex

    random = torch.Generator().manual_seed(0)
    options = {"num_classes": 5, "ignore_index": IGNORE_LABEL, "average": None}
    jaccard, recall = MulticlassJaccardIndex(**options), MulticlassAccuracy(**options)
    accuracy = MulticlassAccuracy(num_classes=5, ignore_index=IGNORE_LABEL, average="micro")
    confusion = torch.zeros(5, 5, dtype=torch.int64)
    for number in range(6):
        labels = torch.randint(0, 5, (2, 9, 9), generator=random)
        labels[torch.rand(labels.shape, generator=random) < 0.1 * number] = IGNORE_LABEL
        guesses = torch.randint(0, 5 - number % 2, (2, 9, 9), generator=random)
        confusion += confusion_matrix(guesses, labels, 5)
        for metric in (jaccard, recall, accuracy):
            metric.update(guesses, labels)
    theirs = [100 * float(metric.compute().double().mean()) for metric in (jaccard, recall, accuracy)]
    assert list(segmentation_metrics(confusion).values()) == pytest.approx(theirs, rel=1e-5)
