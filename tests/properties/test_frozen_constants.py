"""Numbers that no id holds, most of which decide what results mean: changing one would silently change old results."""

from __future__ import annotations

import ast
import inspect
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType
from typing import Any

import pytest

import bench.accelerator
import supertickets.augmentations
import supertickets.data
import supertickets.detectors
import supertickets.own.kinds
import supertickets.supernet
import supertickets.tasks

pytestmark = pytest.mark.fast

PACKAGES = (
    bench.accelerator, supertickets.augmentations, supertickets.data, supertickets.detectors, supertickets.own.kinds,
    supertickets.supernet, supertickets.tasks,
)  # fmt: skip


def is_number(value: Any) -> bool:
    """Whether it consists of numbers alone."""
    if isinstance(value, dict):
        return all(map(is_number, value.values()))
    if isinstance(value, list | tuple):
        return all(map(is_number, value))
    return isinstance(value, int | float) and not isinstance(value, bool)


def constants(module: ModuleType) -> dict[str, Any]:
    """Name -> number, or numbers, of all that a module itself assigns."""
    found = {}
    for line in ast.parse(inspect.getsource(module)).body:
        targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
        for target in targets:
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            found.update({name.id: vars(module).get(name.id) for name in names if isinstance(name, ast.Name)})
    return {name: value for name, value in found.items() if is_number(value)}


MODULES = [
    import_module(found.name)
    for package in PACKAGES
    for found in walk_packages(package.__path__, f"{package.__name__}.")
    if not found.name.endswith(".__main__")
]
ELSEWHERE = {"supertickets.data.cache"}
"""How decoded data are kept is of no meaning to a result."""
FOUND = {module.__name__: own for module in MODULES if module.__name__ not in ELSEWHERE and (own := constants(module))}

FROZEN: dict[str, dict[str, Any]] = {
    "bench.accelerator.config": {"MOST_MULTIPLIERS": 2**20, "FASTEST_MHZ": 10_000},
    "bench.accelerator.parts.counted_ports": {"NOTHING": -1},
    "bench.accelerator.parts.likely": {"TOLERANCE": 0.04, "UNLIKELY": 0.01, "FEW": 16},
    "bench.accelerator.parts.output_bus": {"SETTLED": 6},
    "bench.accelerator.parts.read_ports": {"NEGLIGIBLE": 1e-6},
    "bench.accelerator.rules.sigma": {"ENGINE": 128},
    "bench.accelerator.rules.stonne": {"PIPELINE": 3},
    "supertickets.augmentations.classification": {"PROPORTIONS": (3 / 4, 4 / 3)},
    "supertickets.augmentations.persons": {"MARGIN": 2},
    "supertickets.data.coco_records": {"LARGEST_ID": 2**63 - 1, "LARGEST_SIDE": 2**16, "LARGEST_NUMBER": 1e9},
    "supertickets.data.crops": {"VERSION": 1, "BOX_MARGIN": 1.25, "CANVAS_RATIO": 1.7},
    "supertickets.data.files": {"LARGEST": 2**30, "LONGEST_NAME": 1000, "LARGEST_JSON": 2**29},
    "supertickets.data.keypoint_checks": {"SMALLEST_BOX": 1},
    "supertickets.data.own": {"HELD_OUT_EVERY": 5, "MOST_FAULTS": 20, "MEASURED": 200, "DECODER_VERSION": 1},
    "supertickets.data.own_joints": {"SIGMA": 0.08},
    "supertickets.data.own_masks": {"MOST_CLASSES": 255, "SCORED_SIDE": 512},
    "supertickets.data.pictures": {
        "MOST_PIXELS": 2**26, "QUARTER_TURNS": (5, 6, 7, 8), "_TAIL_BYTES": 64, "_STRETCH": {"L;2": 85, "L;4": 17},
    },
    "supertickets.data.splits": {"TUNE_EVERY": 8},
    "supertickets.data.strange_files": {"LOOKED_AT": 4096},
    "supertickets.detectors.heads": {"HIDDEN": 512},
    "supertickets.detectors.net": {
        "RATIOS": (0.5, 1.0, 2.0), "STRIDES": (4, 8, 16, 32), "CANONICAL_LEVEL": 4, "REGION": 7, "LARGE_REGION": 14,
    },
    "supertickets.detectors.resnet": {"BLOCKS": {"resnet18": (2, 2, 2, 2), "resnet50": (3, 4, 6, 3)}},
    "supertickets.own.kinds.classification": {"LARGEST_SIDE": 96, "GUESSES": 5},
    "supertickets.own.kinds.pose": {"AREA": 64 * 64, "NEAR": 0.1},
    "supertickets.own.kinds.segmentation": {"AREA": 96 * 128},
    "supertickets.supernet.config": {"MOST_BLOCKS": 1000, "LARGEST_GRID": 256},
    "supertickets.supernet.depthwise": {"FAST_WIDTH": 3},
    "supertickets.supernet.fused": {"PART_BYTES": 5 << 19, "PART_MULTIPLE": 32},
    "supertickets.supernet.transformer": {"DROPOUT": 0.1},
    "supertickets.supernet.weights": {"_EQUAL": {"heatmap": 0.001, "alike": 0.03}},
    "supertickets.tasks.base": {"MEAN": (0.485, 0.456, 0.406), "STD": (0.229, 0.224, 0.225)},
    "supertickets.tasks.classification": {"TOP": {"top1": 1, "top5": 5}},
    "supertickets.tasks.coco_ap": {"ALL_SIZES": {"all": (0.0, 1e10)}},
    "supertickets.tasks.data": {"IGNORE_LABEL": 255},
    "supertickets.tasks.detected_people": {"SURE": 0.2, "ALIKE": 0.9},
    "supertickets.tasks.detection": {"ON_AN_OBJECT": 0.5},
    "supertickets.tasks.heatmaps": {"STRIDE": 4},
    "supertickets.tasks.keypoint_ap": {"PERSON": 1, "_STATS": {"ap": 0, "ap_m": 3, "ap_l": 4, "ar": 5}},
    "supertickets.tasks.pose": {
        "UPPER_HALF": 0.6914624612740131, "WHOLE_BODY": 8, "HALF_EXTENT": 1.5, "TURNED": 0.6, "MOST_TURN": 2.0,
    },
    "supertickets.tasks.voc_ap": {"THRESHOLD": 0.5, "RECALL_STEPS": 10},
}  # fmt: skip
"""Numbers by module."""


@pytest.mark.parametrize("module", FROZEN)
def test_a_constant_stays(module: str) -> None:
    assert FOUND[module] == FROZEN[module]


def test_no_constant_is_forgotten() -> None:
    assert FOUND.keys() == FROZEN.keys()
