"""Miniature procedural data and a miniature supernet: minutes on a laptop, no download."""

from __future__ import annotations

from bench.experiments import Setting
from bench.profiles import Profile
from supertickets.optimizers import Optimization
from supertickets.supernet import miniature
from supertickets.tasks import Augmentation
from supertickets.tasks.pose import Pose
from supertickets.tasks.segmentation import Segmentation
from supertickets.training import Recipe
from supertickets.two_in_one import TwoInOne

# t_s : t_p : t_max = 10 : 25 : 430 and 10 : 15 : 210, as in the paper, with epochs of a few steps;
# retraining keeps the paper's 50 epochs in the same unit.
STREETS = Setting(
    data="embedded_streets",
    task=Segmentation(9),
    supernet=miniature(9),
    recipe=Recipe(
        image_size=(48, 96),
        batch_size=8,
        steps_per_epoch=7,
        optimization=Optimization(optimizer="adamw", lr=0.02, eps=1e-8, div=5),
        augmentation=Augmentation(flip=True, photometric=0.2),
        rho=3e-4,
        rho_warmup=5,
    ),
    algorithm=TwoInOne(epochs=86, search_interval=2, prune_interval=5, sparsity=None, recalibration_batches=4),
    retrain_epochs=10,
)

PEOPLE = Setting(
    data="embedded_people",
    task=Pose(17, sigma=1.0, decoding="parabola"),
    supernet=miniature(17, bn_eps=1e-5, init="heatmap"),
    recipe=Recipe(
        image_size=(64, 48),
        batch_size=16,
        steps_per_epoch=11,
        optimization=Optimization(optimizer="adam", lr=0.005, eps=1e-8, beta2=0.95, div=5, l2=1e-8),
        augmentation=Augmentation(crop_scale=(0.9, 1.1), rotation=10, flip=True),
        rho=1e-6,
        rho_warmup=5,
    ),
    algorithm=TwoInOne(epochs=42, search_interval=2, prune_interval=3, sparsity=None, recalibration_batches=4),
    retrain_epochs=10,
)

PROFILE = Profile(
    name="embedded",
    what="miniature procedural images and a miniature supernet; not the paper's data, not the paper's scale",
    settings={"Cityscapes": STREETS, "COCO keypoints": PEOPLE},
)
