"""Published budgets beside ours: the paper profile shortens nothing, and costs are told before anything is computed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench.budgets import PUBLISHED, budget_of, compared
from bench.profiles import profile
from bench.readings import readings
from paper_tables import registry
from paper_tables.forecast import STEP_TIMES, forecast
from paper_tables.listing import plans_of
from supertickets.documents.texts import DocumentError

pytestmark = pytest.mark.fast
STEPS = {"ImageNet": 350 * 5004, "Cityscapes": 430 * 92, "ADE20K": 200 * 631, "COCO keypoints": 210 * 390}
"""Epochs times whole batches of an epoch."""


@pytest.mark.parametrize("role", PUBLISHED)
def test_nothing_is_shortened(role: str) -> None:
    ours, paper = budget_of(profile("paper").setting(role)), PUBLISHED[role]
    assert replace(ours, pictures=paper.pictures) == paper
    assert ours.steps == STEPS[role]


def test_budgets_stand_beside_each_other() -> None:
    lines = "\n".join(compared(profile("paper").settings))
    assert lines.count("ours sees 100.00% of its pictures") == 4 and "430 epochs, 39560 steps of 32" in lines
    assert "ours sees 0.27% of its pictures" in "\n".join(compared(profile("embedded").settings))


def test_ade20k_is_searched_as_by_the_public_code_under_its_reading() -> None:
    for name, interval in (("paper", 25), ("embedded", 2)):
        found = readings()["public_code"].of(profile(name).setting("ADE20K")).algorithm
        assert (found.search_interval, found.final_ticket) == (interval, "last pruning")


@pytest.mark.slow
def test_a_forecast_needs_no_data_and_tells_what_it_does_not_know(tmp_path: Path) -> None:
    paper, table = profile("paper"), registry.every()["ablation"]
    plans = plans_of([table], paper, 3)
    said = "\n".join(forecast([table], plans, paper, tmp_path, 2))
    assert "GPU-hours on cityscapes: not known" in said and "GPU-hours: " not in said
    assert "ablation: " in said and "disk: tickets at most" in said and "cityscapes 11.5 GB" in said
    place = tmp_path / "paper" / STEP_TIMES
    place.parent.mkdir()
    place.write_text("data_set,device,step_s\ncityscapes,H200,0.5\n")
    said = "\n".join(forecast([table], plans, paper, tmp_path, 2))
    assert "steps of 0.5 s each, measured on H200" in said and "on coco_keypoints: not known" in said
    place.write_text("data_set,device,step_s\ncityscapes,H200,0.5\ncoco_keypoints,H200,0.25\n")
    said = forecast([table], plans, paper, tmp_path, 2)
    hours = [line for line in said if line.startswith("GPU-hours")]
    parts = [float(line.split(": ")[1].split(",")[0]) for line in hours]
    assert len(hours) == 3 and parts[2] == pytest.approx(parts[0] + parts[1], abs=0.11)
    place.write_text("data_set,device,step_s\ncityscapes,H200,soon\n")
    with pytest.raises(DocumentError, match="step_s"):
        forecast([table], plans, paper, tmp_path, 2)
