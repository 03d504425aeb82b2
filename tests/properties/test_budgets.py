"""Published budgets beside ours: the paper profile shortens nothing, and costs are told before anything is computed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench.budgets import (
    PUBLISHED,
    PUBLISHED_CLASSIFIER,
    PUBLISHED_DETECTORS,
    budget_of,
    classifier_budget_of,
    compared,
)
from bench.profiles import profile
from bench.readings import readings
from bench.step_times import COLUMNS
from paper_tables import registry
from paper_tables.forecast import forecast
from paper_tables.listing import plans_of
from supertickets.computing import Precision
from supertickets.documents.texts import DocumentError
from supertickets.files import write_csv

pytestmark = pytest.mark.fast
STEPS = {"ImageNet": 350 * 5004, "Cityscapes": 430 * 92, "ADE20K": 200 * 631, "COCO keypoints": 210 * 390}
"""Epochs times whole batches of an epoch."""


@pytest.mark.parametrize("role", PUBLISHED)
def test_nothing_is_shortened(role: str) -> None:
    ours, paper = budget_of(profile("paper").setting(role)), PUBLISHED[role]
    assert replace(ours, pictures=paper.pictures) == paper
    assert ours.steps == STEPS[role]


DETECTOR_STEPS = {"COCO instances": (90_000, 16, 7329), "COCO people": (90_000, 16, 3534), "VOC": (10_020, 12, 600)}
"""Steps, pictures of a step, and the step to which weights are rewound, of the object-recognition paper."""


@pytest.mark.parametrize("role", PUBLISHED_DETECTORS)
def test_no_detector_is_trained_for_less(role: str) -> None:
    setting = profile("paper").detectors[role]
    ours, paper = budget_of(setting), PUBLISHED_DETECTORS[role]
    steps, batch, rewound = DETECTOR_STEPS[role]
    assert (paper.steps, paper.batch, ours.batch) == (steps, batch, batch)
    assert steps <= ours.steps <= 1.02 * steps
    assert paper.retraining_epochs == paper.epochs and ours.retraining_epochs == ours.epochs
    assert rewound <= setting.rewind_epoch * setting.problem.recipe.steps_per_epoch <= 1.03 * rewound
    assert replace(classifier_budget_of(setting), pictures=PUBLISHED_CLASSIFIER.pictures) == PUBLISHED_CLASSIFIER


def test_budgets_stand_beside_each_other() -> None:
    lines = "\n".join(compared(profile("paper")))
    assert lines.count("ours sees 100.00% of its pictures") == 7 and "430 epochs, 39560 steps of 32" in lines
    assert "VOC (voc2007): 17 epochs, 10200 steps of 12" in lines and "ours sees 101.80% of its pictures" in lines
    assert "classifier that detectors begin with (imagenet): 90 epochs, 450360 steps of 256" in lines
    assert "ours sees 0.27% of its pictures" in "\n".join(compared(profile("embedded")))


def test_ade20k_is_searched_as_by_the_public_code_under_its_reading() -> None:
    for name, interval in (("paper", 25), ("embedded", 2)):
        found = readings()["public_code"].of(profile(name).setting("ADE20K")).algorithm
        assert (found.search_interval, found.final_ticket) == (interval, "last pruning")


def stored(place: Path, *changes: dict[str, str]) -> None:
    """Measured steps, as `bench.gpu` writes them."""
    usual = dict.fromkeys(COLUMNS, "0") | {
        "data_set": "cityscapes", "device": "An H200", "precision": "float32", "compiled": "no", "data": "streamed",
        "pictures": "files", "image_size": "512x1024", "batch": "32", "parts": "1", "torch": "2", "status": "measured",
    }  # fmt: skip
    write_csv(place / "devices" / "h200" / "steps-x.v1.csv", COLUMNS, [usual | change for change in changes])


@pytest.mark.slow
def test_a_forecast_needs_no_data_and_tells_what_it_does_not_know(tmp_path: Path) -> None:
    paper, table = profile("paper"), registry.every()["ablation"]
    plans = plans_of([table], paper, 3)

    def said(precision: Precision = "float32") -> list[str]:
        return forecast([table], plans, paper, tmp_path, 2, precision)

    lines = "\n".join(said())
    assert "hours on cityscapes at 512x1024 in batches of 32: not known" in lines
    assert "hours of " not in lines and "measured on" not in lines
    assert "ablation: " in lines and "disk: tickets at most" in lines and "cityscapes 11.5 GB" in lines

    streets = {"step_s": "0.5", "waiting_share": "0.25"}
    stored(tmp_path, {"step_s": "0.1", "data": "held"}, streets)
    lines = "\n".join(said())
    assert "steps of 0.5 s each, 25% of it waiting for pictures, measured on An H200" in lines
    assert "on coco_keypoints at 256x192 in batches of 384: not known" in lines and "hours of " not in lines
    assert "on cityscapes at 512x1024 in batches of 32: not known" in "\n".join(said("bfloat16"))

    people = {"data_set": "coco_keypoints", "image_size": "256x192", "batch": "384", "step_s": "0.25", "data": "held"}
    stored(tmp_path, streets, people)
    hours = [float(line.split(": ")[1].split()[0].rstrip(",")) for line in said() if line.startswith("hours o")]
    assert len(hours) == 3 and hours[2] == pytest.approx(hours[0] + hours[1], abs=0.11)
    count = next(int(line.split(", ")[1].split()[0]) for line in said() if line.startswith("hours on cityscapes"))
    assert hours[0] == pytest.approx(count * 0.5 / 3600, abs=0.06)

    stored(tmp_path, streets | {"batch": "16"}, {**people, "step_s": "not measured", "status": "failed: no memory"})
    assert "\n".join(said()).count("not known") == 2, "another batch, and no time"
    stored(tmp_path, streets | {"step_s": "soon"})
    with pytest.raises(DocumentError, match="step_s"):
        said()
