"""Real images at laptop scale: CamVid in the role of Cityscapes, LSP poses in the role of COCO keypoints."""

from __future__ import annotations

from bench.experiments import Setting, TaskConfig
from bench.profiles import Profile
from supertickets.optimizers import Optimization
from supertickets.supernet import Stage, miniature
from supertickets.tasks import Augmentation
from supertickets.training import Recipe
from supertickets.two_in_one import TwoInOne

STAGES = (Stage((1,), (8,)), Stage((1, 1), (8, 16)), Stage((1, 1, 1), (8, 16, 24)))

CAMVID = Setting(
    data="camvid",
    task=TaskConfig("segmentation", 11),
    supernet=miniature(11, stages=STAGES, last_channels=24),
    recipe=Recipe(
        image_size=(96, 128),
        batch_size=8,
        steps_per_epoch=20,
        optimization=Optimization(optimizer="adamw", lr=0.02),
        augmentation=Augmentation(scale=(0.8, 1.5), flip=True, photometric=0.3),
        rho=1e-3,
        rho_warmup=5,
    ),
    algorithm=TwoInOne(epochs=86, search_interval=2, prune_interval=5, sparsity=90, recalibration_batches=10),
    retrain_epochs=10,
)

LSP = Setting(
    data="lsp_pose",
    task=TaskConfig("pose", 14, sigma=1.5, decoding="parabola"),
    supernet=miniature(14, stages=STAGES, last_channels=24, bn_eps=1e-5, init="heatmap"),
    recipe=Recipe(
        image_size=(96, 72),
        batch_size=16,
        steps_per_epoch=40,
        optimization=Optimization(optimizer="adam", lr=0.03, eps=1e-8, l2=1e-8),
        augmentation=Augmentation(scale=(0.8, 1.25), rotation=20, flip=True, photometric=0.2),
        rho=4e-7,
        rho_warmup=5,
    ),
    algorithm=TwoInOne(epochs=42, search_interval=2, prune_interval=3, sparsity=80, recalibration_batches=10),
    retrain_epochs=10,
)

PROFILE = Profile(
    name="small",
    what="real images (CamVid, LSP) at low resolution and with a miniature supernet; not the paper's data or scale",
    settings={"Cityscapes": CAMVID, "COCO keypoints": LSP},
)
