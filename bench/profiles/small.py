"""Real images at laptop scale: CIFAR-10, CamVid, MSRC v2 and LSP for ImageNet, Cityscapes, ADE20K, COCO keypoints."""

from __future__ import annotations

from dataclasses import replace

from bench.profiles import Profile
from bench.settings import DetectorSetting, Problem, Retraining, Setting
from supertickets.detectors import miniature_classifier, miniature_detector
from supertickets.evaluation import EvaluationProtocol
from supertickets.optimizers import Optimization
from supertickets.pruning import Pruning
from supertickets.recipe import Recipe
from supertickets.supernet import Stage, miniature
from supertickets.tasks import Augmentation
from supertickets.tasks.classification import Classification
from supertickets.tasks.detection import Detection, InstanceSegmentation, KeypointDetection
from supertickets.tasks.pose import Pose
from supertickets.tasks.segmentation import Segmentation
from supertickets.two_in_one import TwoInOne

STAGES = (Stage((1,), (8,)), Stage((1, 1), (8, 16)), Stage((1, 1, 1), (8, 16, 24)))

CAMVID = Setting(
    Problem(
        data="camvid",
        task=Segmentation(11),
        architecture=miniature(11, stages=STAGES, last_channels=24),
        recipe=Recipe(
            image_size=(96, 128),
            batch_size=8,
            steps_per_epoch=12,
            optimization=Optimization(optimizer="adamw", lr=0.02, eps=1e-8, div=5),
            augmentation=Augmentation(zoom=(0.8, 1.5), flip=True, photometric=0.3),
            rho=3e-4,
            rho_warmup=5,
        ),
    ),
    TwoInOne(epochs=86, search_interval=2, prune_interval=5, sparsity=None),
    Retraining(epochs=10),
)

MSRC = replace(
    CAMVID,
    problem=Problem(
        data="msrc_v2",
        task=Segmentation(21),
        architecture=miniature(21, stages=STAGES, last_channels=24),
        recipe=replace(CAMVID.problem.recipe, image_size=(80, 112), steps_per_epoch=26),
    ),
    algorithm=TwoInOne(epochs=40, search_interval=2, prune_interval=3, sparsity=None),
)

CIFAR10 = Setting(
    Problem(
        data="cifar10",
        task=Classification(10),
        architecture=miniature(
            10, stages=STAGES, head_kind="classification", branch_channels=(16, 32, 48), last_channels=96
        ),
        recipe=Recipe(
            image_size=(32, 32),
            batch_size=64,
            steps_per_epoch=20,
            optimization=Optimization(optimizer="adamw", lr=0.01, eps=1e-8, div=5),
            augmentation=Augmentation(zoom=(0.9, 1.25), flip=True, photometric=0.2),
            rho=4e-4,
            rho_warmup=5,
        ),
    ),
    TwoInOne(epochs=70, search_interval=2, prune_interval=5, sparsity=None),
    Retraining(epochs=10),
    evaluation_batch=128,
)

LSP = Setting(
    Problem(
        data="lsp_pose",
        task=Pose(14, sigma=1.0, decoding="parabola"),
        architecture=miniature(14, stages=STAGES, last_channels=24, bn_eps=1e-5, init="heatmap"),
        recipe=Recipe(
            image_size=(64, 48),
            batch_size=16,
            steps_per_epoch=42,
            # at 0.005 the filters in front of a BatchNorm outgrow the classifier, which has none: pruning empties it
            optimization=Optimization(optimizer="adam", lr=0.002, eps=1e-8, beta2=0.95, div=5, l2=1e-8),
            augmentation=Augmentation(scale=0.1, rotation=15, flip=True),
            rho=1e-6,
            rho_warmup=5,
        ),
    ),
    TwoInOne(epochs=42, search_interval=2, prune_interval=3, sparsity=None),
    Retraining(epochs=10),
)

SAMPLED = {"proposals_before_nms": 100, "training_proposals": 100, "samples": 32}
# The object-recognition paper's nets: twelve epochs, rewound to the first, about five minutes of one core each.
BODY = Problem(
    data="cifar10",
    task=Classification(10),
    architecture=miniature_classifier(10),
    recipe=Recipe(
        image_size=(48, 48),  # at 32 nothing but a pixel is left of the last map
        batch_size=64,
        steps_per_epoch=100,
        optimization=Optimization(optimizer="adamw", lr=0.005, eps=1e-8, div=5, averaged=False),
        augmentation=Augmentation(zoom=(0.9, 1.25), flip=True, photometric=0.2),
    ),
)
THINGS = DetectorSetting(
    Problem(
        data="msrc_instances",
        task=InstanceSegmentation(16),
        architecture=miniature_detector(16, predicts="mask", **SAMPLED),
        recipe=Recipe(
            image_size=(160, 160),
            batch_size=8,
            steps_per_epoch=120,
            optimization=Optimization(
                optimizer="adamw", lr=0.002, eps=1e-8, div=10, l2=1e-4, averaged=False, cycle_momentum=False
            ),
            augmentation=Augmentation(flip=True, photometric=0.2),
        ),
    ),
    TwoInOne(epochs=12, sparsity=None),
    Retraining(epochs=12),
    pruning=Pruning(prunable="detector"),
    protocol=EvaluationProtocol(batch_norm="as trained"),
    early=1 / 12,
    late=1.0,
    classifier=BODY,
    classifier_epochs=24,
)
PEOPLE = replace(
    THINGS,
    problem=replace(
        THINGS.problem,
        data="lsp_people",
        task=KeypointDetection(14),
        architecture=miniature_detector(14, predicts="joints", **SAMPLED),
        recipe=replace(THINGS.problem.recipe, image_size=(128, 128)),
    ),
)
CELLS = replace(
    THINGS,
    problem=replace(
        THINGS.problem,
        data="bccd",
        task=Detection(3),
        # a picture has some fourteen cells, where the other sets have one to three objects
        architecture=miniature_detector(3, proposals_before_nms=200, training_proposals=200, proposals=200, samples=64),
        recipe=replace(THINGS.problem.recipe, image_size=(120, 160)),
    ),
)
FEW = replace(
    THINGS,
    problem=replace(
        THINGS.problem,
        data="coco_few",
        task=InstanceSegmentation(12),
        architecture=miniature_detector(12, predicts="mask", **SAMPLED),
        recipe=replace(THINGS.problem.recipe, image_size=(192, 192), steps_per_epoch=60),
    ),
)
FEW_PEOPLE = replace(
    FEW,
    problem=replace(
        FEW.problem,
        data="coco_few_people",
        task=KeypointDetection(17),
        architecture=miniature_detector(17, predicts="joints", **SAMPLED),
    ),
)

BANNER = "small profile: reduced data and schedules, NOT the paper's scale"
PROFILE = Profile(
    name="small",
    banner=BANNER,
    settings={"ImageNet": CIFAR10, "Cityscapes": CAMVID, "ADE20K": MSRC, "COCO keypoints": LSP},
    detectors={
        "COCO instances": THINGS,
        "COCO people": PEOPLE,
        "VOC": CELLS,
        "few COCO instances": FEW,
        "few COCO people": FEW_PEOPLE,
    },
)
