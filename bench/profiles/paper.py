"""The paper's data sets, supernets and recipes, as described in its Sec. 4.1; the public code where it says nothing."""

from __future__ import annotations

from dataclasses import replace

from bench.profiles import Profile
from bench.profiles.paper_detectors import DETECTORS, OF_TABLES
from bench.settings import Problem, Retraining, Setting
from supertickets.optimizers import Optimization
from supertickets.pruning import Pruning
from supertickets.recipe import Recipe
from supertickets.searching import Searching
from supertickets.supernet import ADE20K, CITYSCAPES, COCO_KEYPOINTS, IMAGENET
from supertickets.tasks import Augmentation
from supertickets.tasks.classification import Classification
from supertickets.tasks.pose import Pose
from supertickets.tasks.segmentation import Segmentation
from supertickets.two_in_one import TwoInOne

SEARCHING = Searching(rebuild_macs=1_000_000, cost_size=(224, 224))
ONE_SHOT = Pruning(prunable="convolutions", gradient_batches=101)
RETRAINING = Retraining(epochs=50)

CITYSCAPES_SETTING = Setting(
    Problem(
        data="cityscapes",
        task=Segmentation(19, scored_at="own size"),
        architecture=CITYSCAPES,
        recipe=Recipe(
            image_size=(512, 1024),
            batch_size=32,
            steps_per_epoch=2975 // 32,
            optimization=Optimization(optimizer="adamw", lr=0.04),
            augmentation=Augmentation(zoom=(0.5, 2.0), flip=True, photometric=0.5),
            rho=1.4e-4,
        ),
    ),
    TwoInOne(epochs=430, prune_interval=25, sparsity=None),
    RETRAINING,
    searching=SEARCHING,
    one_shot=ONE_SHOT,
    evaluation_batch=4,
)

ADE20K_SETTING = replace(
    CITYSCAPES_SETTING,
    problem=Problem(
        data="ade20k",
        task=Segmentation(150, scored_at="own size"),
        architecture=ADE20K,
        recipe=replace(CITYSCAPES_SETTING.problem.recipe, image_size=(512, 512), steps_per_epoch=20_210 // 32),
    ),
    # the public code searches every 25 epochs here; the paper says 10 for all data sets
    algorithm=TwoInOne(epochs=200, prune_interval=15, sparsity=None),
    evaluation_batch=1,  # its pictures have many sizes
)

IMAGENET_SETTING = Setting(
    Problem(
        data="imagenet",
        task=Classification(1000),
        architecture=IMAGENET,
        recipe=Recipe(
            image_size=(224, 224),
            batch_size=256,
            steps_per_epoch=1_281_167 // 256,
            optimization=Optimization(optimizer="rmsprop", lr=0.016, eps=1e-3, schedule="exponential", l2=1e-5),
            augmentation=Augmentation(zoom=(1.0, 3.5), flip=True, photometric=0.4),
            rho=1.8e-4,
        ),
    ),
    TwoInOne(epochs=350, prune_interval=25, sparsity=None),
    RETRAINING,
    searching=SEARCHING,
    one_shot=ONE_SHOT,
)

COCO_SETTING = Setting(
    Problem(
        data="coco_keypoints",
        task=Pose(17),
        architecture=COCO_KEYPOINTS,
        recipe=Recipe(
            image_size=(256, 192),
            batch_size=384,
            steps_per_epoch=149_813 // 384,
            optimization=Optimization(optimizer="adam", lr=1e-3, eps=1e-8, schedule="multistep", l2=1e-8),
            augmentation=Augmentation(scale=0.35, rotation=45, half_body=0.3, flip=True),
            rho=1e-6,
        ),
    ),
    TwoInOne(epochs=210, prune_interval=15, sparsity=None),
    RETRAINING,
    fine_tuning=Retraining(epochs=210),
    searching=SEARCHING,
    one_shot=ONE_SHOT,
)

BANNER = "paper profile: the paper's data sets and settings"
PROFILE = Profile(
    name="paper",
    banner=BANNER,
    settings={
        "ImageNet": IMAGENET_SETTING,
        "Cityscapes": CITYSCAPES_SETTING,
        "ADE20K": ADE20K_SETTING,
        "COCO keypoints": COCO_SETTING,
    },
    detectors=DETECTORS,
    of_tables=OF_TABLES,
)
