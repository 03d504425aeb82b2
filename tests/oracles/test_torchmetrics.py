"""mIoU, mAcc, aAcc, top-1 and top-5 against torchmetrics, fed batch by batch."""

from __future__ import annotations

import pytest
import torch

from supertickets.tasks import IGNORE_LABEL, ClassifiedImages
from supertickets.tasks.classification import Classification
from supertickets.tasks.segmentation import confusion_matrix, segmentation_metrics
from tests.oracles.reciting import Recite, numbered_images

pytestmark = pytest.mark.slow  # importing torchmetrics takes seconds


def test_segmentation_metrics_are_torchmetrics() -> None:
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


def test_classification_metrics_are_torchmetrics() -> None:
    from torchmetrics.classification import MulticlassAccuracy

    random = torch.Generator().manual_seed(0)
    logits, labels = torch.randn(200, 12, generator=random), torch.randint(0, 12, (200,), generator=random)
    split = ClassifiedImages(numbered_images(200), labels, tuple("abcdefghijkl"))
    ours = Classification(12).evaluate(Recite(logits), split, (16, 16), 17, torch.device("cpu"))
    for name, guesses in (("top1", 1), ("top5", 5)):
        metric = MulticlassAccuracy(num_classes=12, top_k=guesses, average="micro")
        for shown, truth in zip(logits.split(17), labels.split(17), strict=True):
            metric.update(shown, truth)
        assert ours[name] == pytest.approx(100 * float(metric.compute()), rel=1e-6)
