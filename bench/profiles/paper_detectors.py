"""The detectors of the object-recognition paper, for the `paper` profile.

Where the paper says nothing, numbers are those of its public code; where that says nothing, the defaults of what it
was built on: detectron2 for COCO, faster-rcnn.pytorch for VOC, torchvision's example of training on ImageNet for the
classifiers. docs/DEVIATIONS.md lists what those do and this suite does not.

Lengths are given there in steps and in epochs. A recipe has epochs of equally many steps, and tickets are rewound to
the end of the first one. So an epoch has about as many steps as the public code rewinds to, and all epochs together
have the length that is given, or up to two percent more.
"""

from __future__ import annotations

from dataclasses import replace

from bench.settings import DetectorSetting, Problem, Retraining
from supertickets.detectors.config import RCNN, Body, ResNet
from supertickets.evaluation import EvaluationProtocol
from supertickets.optimizers import Optimization
from supertickets.pruning import Pruning
from supertickets.recipe import Recipe
from supertickets.tasks import Augmentation
from supertickets.tasks.classification import Classification
from supertickets.tasks.detection import Detection, InstanceSegmentation, KeypointDetection
from supertickets.two_in_one import TwoInOne

CLASSIFIER_EPOCHS = 90


def _sgd(lr: float, milestones: tuple[float, ...], warmup_steps: int = 0) -> Optimization:
    return Optimization(
        optimizer="sgd", lr=lr, schedule="multistep", milestones=milestones, warmup_steps=warmup_steps, l2=1e-4,
        averaged=False,
    )  # fmt: skip


def _classifier(body: Body) -> Problem:
    return Problem(
        data="imagenet",
        task=Classification(1000, label_smoothing=0.0),
        architecture=ResNet(1000, body),
        recipe=Recipe(
            image_size=(224, 224),
            batch_size=256,
            steps_per_epoch=1_281_167 // 256,
            optimization=_sgd(0.1, (1 / 3, 2 / 3)),
            augmentation=Augmentation(zoom=(1.0, 3.5), flip=True),
        ),
    )


# Tab. 2 and all figures have ResNet-18, Tab. 1 has ResNet-50.
SCENES = DetectorSetting(
    Problem(
        data="coco",
        task=InstanceSegmentation(80),
        architecture=RCNN(80, predicts="mask", training_proposals=1000),
        recipe=Recipe(
            image_size=(800, 1333),
            batch_size=16,
            steps_per_epoch=7500,  # the public code rewinds to step 7329, an epoch of the pictures with objects
            optimization=_sgd(0.02, (60 / 90, 80 / 90), warmup_steps=2000),
            augmentation=Augmentation(flip=True),
        ),
    ),
    TwoInOne(epochs=12, sparsity=None),
    Retraining(epochs=12),
    pruning=Pruning(prunable="detector"),
    protocol=EvaluationProtocol(batch_norm="as trained"),
    early=1 / CLASSIFIER_EPOCHS,  # of every training the first epoch, so that all detectors share a classifier
    late=1.0,
    evaluation_batch=4,  # masks of the hundred objects of a picture take 0.4 GB
    classifier=_classifier("resnet18"),
    classifier_epochs=CLASSIFIER_EPOCHS,
)

PEOPLE = replace(
    SCENES,
    problem=replace(
        SCENES.problem,
        data="coco_joints",
        task=KeypointDetection(17),
        architecture=RCNN(17, predicts="joints", training_proposals=1500),
        recipe=replace(
            SCENES.problem.recipe,
            steps_per_epoch=3600,  # the public code rewinds to step 3534
            optimization=_sgd(0.015, (60 / 90, 80 / 90), warmup_steps=2000),
        ),
    ),
    algorithm=TwoInOne(epochs=25, sparsity=None),
    retraining=Retraining(epochs=25),
)


def _with_body(setting: DetectorSetting, body: Body) -> DetectorSetting:
    problem = setting.problem
    assert isinstance(problem.architecture, RCNN)
    return replace(
        setting,
        problem=replace(problem, architecture=replace(problem.architecture, body=body)),
        classifier=_classifier(body),
    )


VOC = replace(
    _with_body(SCENES, "resnet50"),
    problem=Problem(
        data="voc2007",
        task=Detection(20),
        # anchors of 64 to 512 pixels; of the regions that are proposed to it the head sees 256 in training, 300 in use
        architecture=RCNN(
            20, body="resnet50", features="c4", anchor_size=64, proposals_before_nms=6000, training_proposals=2000,
            proposals=300, samples=256,
        ),
        recipe=Recipe(
            image_size=(600, 1000),
            batch_size=12,
            steps_per_epoch=600,  # to which the public code rewinds, at the end of its warm-up
            optimization=_sgd(0.01, (10 / 12,), warmup_steps=600),
            augmentation=Augmentation(flip=True),
        ),
    ),
    # 12 epochs of 835 batches, as every picture comes once more mirrored
    algorithm=TwoInOne(epochs=17, sparsity=None),
    retraining=Retraining(epochs=17),
)  # fmt: skip

DETECTORS = {"COCO instances": SCENES, "COCO people": PEOPLE, "VOC": VOC}
OF_TABLES = {
    "or-mask-transfer": {
        "COCO instances": _with_body(SCENES, "resnet50"),
        "COCO people": _with_body(PEOPLE, "resnet50"),
    }
}
