"""Defaults of descriptions: left out of ids, so that changing one would silently change what old ids mean."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from bench.settings import Problem, Retraining
from bench.steps.analyse import Analyse
from bench.steps.converge import Converge
from bench.steps.evaluate import Evaluate
from bench.steps.mask_transfer import MaskTransfer
from bench.steps.prune_trained import PruneTrained
from bench.steps.retrain import Retrain
from bench.steps.search import Search
from bench.steps.task_transfer import TaskTransfer
from bench.steps.train import Train
from bench.steps.transfer import Transfer
from supertickets.detectors.config import RCNN, ResNet
from supertickets.detectors.families import miniature_detector
from supertickets.evaluation import EvaluationProtocol
from supertickets.optimizers import Optimization
from supertickets.pruning import Pruning
from supertickets.recipe import Recipe
from supertickets.searching import Searching
from supertickets.supernet import Stage, SupernetConfig
from supertickets.tasks import Augmentation
from supertickets.tasks.classification import Classification
from supertickets.tasks.detection import KeypointDetection
from supertickets.tasks.pose import Pose
from supertickets.tasks.segmentation import Segmentation
from supertickets.two_in_one import TwoInOne
from tests.described import defaults, described

pytestmark = pytest.mark.fast

FROZEN: dict[type, dict[str, Any]] = {
    TwoInOne: {
        "search_interval": 10, "prune_interval": 25, "drop_threshold": 0.001, "sparsity": 90, "progressive": True,
        "reactivation": "search", "coincidence": "both", "reactivate_when": "units removed",
        "final_ticket": "last mask",
    },
    Searching: {
        "rebuild_macs": 0, "cost_size": None, "counter": "exact", "reactivated": "blocks", "correct_shift": False,
        "recalibration_batches": 10,
    },
    Pruning: {
        "prunable": "body", "criterion": "magnitude", "counting": "exact", "stored_value": "kept",
        "gradient_batches": 10, "ranking": "global",
    },
    SupernetConfig: {
        "head_kind": "dense", "stem": (24, 24), "kernels": (3, 5, 7), "expansion": 4, "last_channels": 90,
        "branch_channels": (36, 72, 144, 320), "tokens": 64, "token_grid": 8, "bn_momentum": 0.01, "bn_eps": 0.001,
        "init": "fan_out",
        "stages": (
            Stage((1,), (24,)), Stage((2, 2), (18, 36)), Stage((2, 2, 3), (18, 36, 72)),
            Stage((2, 2, 3, 4), (18, 36, 72, 144)), Stage((2, 2, 3, 4), (18, 36, 72, 144)),
        ),
    },
    ResNet: {"body": "resnet18", "width": 64},
    RCNN: {
        "predicts": "box", "body": "resnet18", "width": 64, "features": "fpn", "pyramid_width": 256, "box_width": 1024,
        "mask_width": 256, "joint_width": 512, "anchor_size": 32, "canonical_size": 224.0,
        "proposals_before_nms": 1000, "training_proposals": 2000, "proposals": 1000, "proposal_samples": 256,
        "samples": 512, "detections": 100,
    },
    Optimization: {
        "optimizer": "adamw", "lr": 0.04, "eps": 0.001, "beta2": 0.999, "schedule": "onecycle", "div": 25.0,
        "milestones": (170 / 210, 200 / 210), "cycle_momentum": True,
        "warmup_steps": 0, "l2": 1e-5, "averaged": True,
    },
    Augmentation: {
        "zoom": (1.0, 1.0), "scale": 0.0, "rotation": 0.0, "half_body": 0.0, "flip": False, "photometric": 0.0,
    },
    Recipe: {"optimization": Optimization(), "augmentation": Augmentation(), "rho": 0.0, "rho_warmup": 25.0},
    Segmentation: {"scored_at": "training size"},
    Pose: {"sigma": 2.0, "decoding": "quarter"},
    Classification: {"label_smoothing": 0.1},
    KeypointDetection: {"person": 1},
    Problem: {"split": "train"},
    Retraining: {"lr": 1.0, "stored_value": "kept"},
    EvaluationProtocol: {"batch_norm": "re-estimated", "batches": 10},
    Search: {"searching": Searching(), "pruning": Pruning(), "kept": ()},
    Train: {"start": None, "kept": (), "validated_on": None},
    Retrain: {"validated_on": None},
    Analyse: {"split": "val", "batch_size": 16},
    Converge: {"before": 0},
    PruneTrained: {"as_many_as": None},
    Evaluate: {"split": "val", "batch_size": 16},
    Transfer: {"head": None},
    MaskTransfer: {"ranked": "backbone", "ranking": "global"},
    TaskTransfer: {"values": "source"},
}  # fmt: skip
"""Every description with a default."""


@pytest.mark.parametrize("kind", FROZEN, ids=lambda kind: kind.__name__)
def test_a_default_stays(kind: type) -> None:
    assert defaults(kind) == FROZEN[kind]


def test_a_miniature_differs_from_the_papers_detector_in_these_fields() -> None:
    assert asdict(miniature_detector(3)) == FROZEN[RCNN] | {
        "outputs": 3, "width": 16, "pyramid_width": 32, "box_width": 256, "mask_width": 32, "joint_width": 64,
        "anchor_size": 8, "canonical_size": 36.0, "proposals_before_nms": 200, "training_proposals": 200,
        "proposals": 100, "proposal_samples": 64, "samples": 48,
    }  # fmt: skip


def test_no_description_is_forgotten() -> None:
    assert {Pose, Search, SupernetConfig, Stage} <= described()
    with_defaults = {kind for kind in described() if defaults(kind)}
    assert with_defaults == FROZEN.keys()
