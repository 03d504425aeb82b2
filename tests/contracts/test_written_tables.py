"""Every written table writes files that its figure can draw, from tickets alone, and says the truth about them."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import paper_tables
from bench.context import load_samples
from bench.data import data_set
from bench.experiments import lineage
from bench.identity import Environment
from bench.profiles import Profile, ProfileError, profile
from bench.store import Result, Store
from figures.__main__ import main as figures_main
from figures.architecture import place
from figures.qualitative import FIGURE
from figures.style import style
from paper_tables.plan import Output
from paper_tables.planning import plan_all, plan_one
from paper_tables.records import RecordError
from paper_tables.registry import every
from paper_tables.written import WrittenTable, qualitative
from paper_tables.written.architecture import block_lines
from paper_tables.written.lines import write_lines
from paper_tables.written.qualitative import IMAGES, METHODS, SPARSITIES, bones, chosen, found
from supertickets.batches import Batches
from supertickets.criteria.random import random_scores
from supertickets.evaluation import reestimate_batch_norm
from supertickets.masks import global_masks
from supertickets.searching import remove_units, shape_of
from supertickets.seeding import derive_seed
from supertickets.supernet import CITYSCAPES, IMAGENET
from supertickets.tasks.base import MEAN, STD
from supertickets.ticket import Ticket
from supertickets.units import unit_groups
from tests.end_to_end.tiny_tables import tiny
from tests.layout import texts
from tests.net_masks import random_masks
from tests.properties.small import TINY

WRITTEN = {
    name: table
    for name, table in every().items()
    # those of detectors need numbers too: tests/end_to_end/test_detector_tables.py writes them from real runs
    if isinstance(table, WrittenTable) and not name.startswith("or-")
}
RESULTS = Path(paper_tables.__file__).parent / "results"


@pytest.fixture(scope="module")
def pretended(tmp_path_factory: pytest.TempPathFactory) -> tuple[Profile, Any]:
    """A profile of tiny nets, and a runner whose store holds a random ticket for every run that is asked for."""
    embedded = profile("embedded")
    small = replace(embedded, settings={role: tiny(setting) for role, setting in embedded.settings.items()})
    store = Store(Environment(tmp_path_factory.mktemp("cache"), None), print)
    runner = SimpleNamespace(store=store, stored=lambda _: None)
    for number, run in enumerate(dict.fromkeys(run for t in WRITTEN.values() for run in t.runs(small))):
        architecture = run.step.problem.architecture
        net = architecture.build(number)
        groups = unit_groups(net)
        remove_units(net, {name: torch.arange(group.units - 3) for name, group in groups.items()})
        ticket = Ticket.of(architecture, net, random_masks(net, 70, number))
        store.save(run, Result({}, {}, 0.0), {"ticket.safetensors": ticket.to_bytes()})
    return small, runner


def lines_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.array(image)


@pytest.mark.slow
@pytest.mark.parametrize("table", WRITTEN.values(), ids=WRITTEN)
def test_every_table_is_written_twice_alike_and_drawn(
    table: WrittenTable, pretended: tuple[Profile, Any], tmp_path: Path
) -> None:
    small, runner = pretended
    folder = table.folder or "embedded"
    committed = RESULTS / folder
    for name in ("one", "two"):
        (tmp_path / name / folder).mkdir(parents=True)
        if table.folder:  # what other commands left there
            shutil.copytree(committed, tmp_path / name / folder, dirs_exist_ok=True)
        table.write(table, small, runner, tmp_path / name / folder, committed)
    files = sorted(p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*") if p.is_file())
    assert files and all((tmp_path / "one" / f).read_bytes() == (tmp_path / "two" / f).read_bytes() for f in files)
    lines = lines_of(tmp_path / "one" / folder / table.file_name)
    assert {line["table"] for line in lines} == {table.name}
    assert {line.get("experiment_id", "none") for line in lines} - {"none"} == {run.id for run in table.runs(small)}
    for out in ("first", "second"):
        arguments = ["--figure", table.name, "--profile", "embedded", "--results", str(tmp_path / "one")]
        assert figures_main([*arguments, "--out", str(tmp_path / out)]) == 0
    first, second = (tmp_path / out / folder / f"{table.name}.svg" for out in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()
    assert b"fingerprint" in first.read_bytes()


@pytest.mark.slow
def test_the_architecture_counts_what_the_ticket_has(pretended: tuple[Profile, Any], tmp_path: Path) -> None:
    small, runner = pretended
    table = WRITTEN["architecture"]
    table.write(table, small, runner, tmp_path, tmp_path)
    lines = lines_of(tmp_path / table.file_name)
    for role, run in zip(small.settings, table.runs(small), strict=True):
        own = {line["module"]: line for line in lines if line["role"] == role}
        ticket = runner.store.ticket(run)
        supernet = ticket.architecture.build(0)
        whole = shape_of(supernet)
        assert {name: line["units"] for name, line in own.items()} == {
            n: ";".join(map(str, u)) for n, u in whole.items()
        }
        for name, line in own.items():
            assert line["units_left"] == ";".join(map(str, ticket.shape[name]))
            kept = sum(int(mask.sum()) for key, mask in ticket.masks.items() if key.startswith(f"{name}."))
            assert int(line["weights_left"]) == kept
        weights = {name: weight.numel() for name, weight in ticket.architecture.prunable(supernet, "all").items()}
        inside = [n for n in weights if any(n.startswith(f"{name}.") for name in own)]
        assert sum(int(line["weights"]) for line in own.values()) == sum(weights[n] for n in inside) > 0


@pytest.mark.slow
def test_a_transformer_that_no_mask_reaches_is_left_as_a_whole() -> None:
    config = replace(TINY, tokens=3)
    net = config.build(0)
    masks = global_masks(random_scores(config.prunable(net, "body"), 0), 70)
    lines = {line["module"]: line for line in block_lines(Ticket.of(config, net, masks))}
    transformers = {name for name in lines if name.endswith(".transformer")}
    assert len(transformers) == 3 == len(lines.keys() - transformers)
    for name, line in lines.items():
        weights = [key for key in config.prunable(net, "all") if key.startswith(f"{name}.")]
        own = [key for key in weights if name in transformers or ".transformer." not in key]
        kept = sum(int(masks[key].sum()) if key in masks else net.get_parameter(key).numel() for key in own)
        assert line["weights_left"] == kept and (line["weights"] == kept) == (name in transformers)


@pytest.mark.slow
def test_qualitative_shows_every_method_on_the_same_images(pretended: tuple[Profile, Any], tmp_path: Path) -> None:
    small, runner = pretended
    table = WRITTEN["qualitative"]
    table.write(table, small, runner, tmp_path, tmp_path)
    lines = lines_of(tmp_path / table.file_name)
    assert len(lines) == 3 * IMAGES * (1 + len(METHODS) * len(SPARSITIES))
    for line in lines:
        folder = (tmp_path / table.file_name).with_suffix("")
        assert pixels(folder / line["image"]).shape[2] == 3
        assert len(line["names"].split(";")) == (
            len(line["joints"].split(";")) if line["labels"] == "none" else 9 if line["role"] == "Cityscapes" else 15
        )
        assert (line["labels"] == "none") == (line["task"] == "pose") == (line["joints"] != "none")
        if line["labels"] != "none":
            labels = pixels(folder / line["labels"])
            assert labels.max() < 15 or line["method"] == "truth"
    pictures = {(folder / line["image"]).read_bytes() for line in lines}
    assert len(pictures) == 3 * IMAGES, "every sample is another picture"
    assert {line["role"]: line["paper_ref"] for line in lines} == {
        "COCO keypoints": "Fig. 10, 11", "Cityscapes": "Fig. 10, 12", "ADE20K": "not in the paper"
    }  # fmt: skip
    assert chosen(9) == [0, 3, 6] and chosen(100) == [0, 33, 66]


@pytest.mark.slow
def test_pictures_are_computed_by_as_many_threads_as_runs_are(
    pretended: tuple[Profile, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Statistics are estimated anew: with other threads some pixels get another class."""
    small, runner = pretended
    threads, seen = torch.get_num_threads(), []
    monkeypatch.setattr(qualitative, "prepare", lambda net, *_: seen.append(torch.get_num_threads()) or net.eval())
    torch.set_num_threads(2)
    try:
        WRITTEN["qualitative"].write(WRITTEN["qualitative"], small, runner, tmp_path, tmp_path)
        assert seen and set(seen) == {1} and torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)


@pytest.mark.slow
def test_a_flat_heatmap_is_no_joint() -> None:
    heatmaps = torch.zeros(1, 5, 4, 3)
    heatmaps[0, 1] = 0.3  # what a bias leaves when all weights of a classifier are pruned
    heatmaps[0, 2] = -0.3
    heatmaps[0, 3, 0, 0] = 0.2  # a joint in the corner is one
    heatmaps[0, 4, 2, 1] = -0.1  # higher than its surroundings, and still nothing
    heatmaps[0, 4] -= 0.2
    assert found(heatmaps).tolist() == [[False, False, False, True, False]]


@pytest.mark.slow
def test_predictions_are_those_of_the_nets_that_are_scored(pretended: tuple[Profile, Any], tmp_path: Path) -> None:
    """With statistics estimated anew; tickets hold those that training left."""
    small, runner = pretended
    table, environment = WRITTEN["qualitative"], runner.store.environment
    table.write(table, small, runner, tmp_path, tmp_path)
    setting = small.setting("Cityscapes")
    runs = {run.id: run for run in table.runs(small) if run.step.problem == setting.problem and run.step.sparsity == 90}
    own = next(line for line in lines_of(tmp_path / table.file_name) if line["experiment_id"] in runs)
    run, problem = runs[own["experiment_id"]], setting.problem
    sample = load_samples(problem, "val", environment).take(torch.tensor([int(own["sample"])]))
    images = sample.images.float() / 255
    images = (images - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)
    seen = []
    for anew in (True, False):
        net = runner.store.ticket(run).net()
        if anew:
            samples = load_samples(problem, problem.split, environment)
            seed = derive_seed(run.seed, "re-estimation")
            batches = Batches(problem.task, samples, problem.recipe, seed, torch.device("cpu"))
            reestimate_batch_norm(net, batches.inputs(range(setting.protocol.batches), "re-estimation"))
        with torch.no_grad():
            logits = torch.nn.functional.interpolate(net.eval()(images), images.shape[2:], mode="bilinear")
        seen.append(logits.argmax(1)[0].numpy())
    folder = (tmp_path / table.file_name).with_suffix("")
    shown = pixels(folder / own["labels"])
    assert (shown == seen[0]).mean() > 0.99 and (shown == seen[1]).mean() < 0.9


@pytest.mark.slow
def test_bones_join_joints_that_a_data_set_names() -> None:
    assert bones(("road", "wall")) == "none"
    assert bones(("left_knee", "nose", "left_ankle", "left_eye")) == "0-2;1-3"
    for name in ("embedded_people", "lsp_pose"):
        joints = data_set(name).class_names
        joined = {joints[int(end)] for bone in bones(joints).split(";") for end in bone.split("-")}
        assert joined == set(joints), "no joint floats"


@pytest.mark.slow
def test_a_net_without_a_classifier_finds_no_joint(pretended: tuple[Profile, Any], tmp_path: Path) -> None:
    small, runner = pretended
    table = WRITTEN["qualitative"]

    def emptied(run: Any) -> Ticket:
        ticket = runner.store.ticket(run)
        weight = f"{ticket.architecture.classifier}weight"
        return replace(ticket, weights={**ticket.weights, weight: torch.zeros_like(ticket.weights[weight])})

    store = SimpleNamespace(environment=runner.store.environment, ticket=emptied)
    table.write(table, small, SimpleNamespace(store=store), tmp_path, tmp_path)
    poses = [line for line in lines_of(tmp_path / table.file_name) if line["task"] == "pose"]
    assert poses and all(set(line["joints"].split(";")) == {"-"} for line in poses if line["method"] != "truth")
    (tmp_path / "embedded").mkdir()
    shutil.move(tmp_path / table.file_name, tmp_path / "embedded")
    shutil.move((tmp_path / table.file_name).with_suffix(""), tmp_path / "embedded")
    path = tmp_path / "embedded" / table.file_name
    with style():
        drawing = FIGURE.draw({"qualitative": FIGURE.read(path)}, "embedded")
    said = [text for text, _ in texts(drawing)]
    assert said.count("no joint") == IMAGES * len(METHODS) * len(SPARSITIES)
    assert any("Nets that answer every picture alike" in text for text in said)


@pytest.mark.slow
@pytest.mark.parametrize("table", WRITTEN.values(), ids=WRITTEN)
def test_a_raised_version_says_what_changed(table: WrittenTable) -> None:
    changelog = (RESULTS.parents[1] / "CHANGELOG.md").read_text(encoding="utf-8")
    for version in range(2, table.version + 1):
        assert f"`{table.name}` v{version}: " in changelog


@pytest.mark.slow
def test_every_block_has_its_place() -> None:
    for config in (CITYSCAPES, IMAGENET):
        blocks = {name: place(name) for name in shape_of(config.build(0)) if not name.endswith(".transformer")}
        assert len(blocks) >= 61 and {heading for _, _, heading in blocks.values()} == {"fusion", "parallel", "head"}
    with pytest.raises(ValueError, match=r"stem\.0 is no searching block"):
        place("stem.0")


@pytest.mark.slow
def test_lines_that_leave_something_blank_are_refused(tmp_path: Path) -> None:
    for lines in ([], [{"a": ""}], [{"a": 1}, {"b": 1}]):
        with pytest.raises(RecordError, match=r"nothing to write|does not fill"):
            write_lines(tmp_path / "x.csv", lines)  # type: ignore[arg-type]
    (tmp_path / "embedded").mkdir()
    (tmp_path / "embedded" / "architecture.v2.csv").write_text("table,version\narchitecture,\n")
    assert figures_main(["--figure", "architecture", "--profile", "embedded", "--results", str(tmp_path)]) == 2


@pytest.mark.slow
def test_a_written_table_is_finished_like_any_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def write(table: WrittenTable, _profile: Profile, _runner: Any, folder: Path, _present: Path) -> None:
        (folder / "pictures").mkdir()
        (folder / "pictures" / "a.png").write_bytes(b"picture")
        write_lines(folder / table.file_name, [{"table": table.name, "version": table.version}])

    embedded = profile("embedded")
    runs = WRITTEN["architecture"].runs(embedded)[:1]
    table = WrittenTable("scratch", 3, "A title", "Fig. 0", lambda _: runs, write)
    plan = plan_one(table, embedded)
    runner: Any = SimpleNamespace(
        store=SimpleNamespace(environment=Environment(tmp_path / "cache", None)), stored=lambda _: None
    )
    output, path = Output(tmp_path, check=False, command="the command"), tmp_path / "embedded" / "scratch.v3.csv"
    first = next(lineage(runs[0]))
    assert plan.finish(runner, {first: "it diverged"}, output) == 1
    assert f"scratch: not written, {first.label} failed" in capsys.readouterr().err
    assert not path.exists()
    assert plan.finish(runner, {}, output) == 0
    origin = json.loads(path.with_suffix(".json").read_text())
    assert (origin["title"], origin["command"], list(origin["computed_by"])) == ("A title", "the command", [runs[0].id])
    check = replace(output, check=True)
    assert plan.finish(runner, {}, check) == 0
    (path.parent / "pictures" / "a.png").unlink()
    path.write_text("other\n")
    capsys.readouterr()
    assert plan.finish(runner, {}, check) == 1
    told = capsys.readouterr().out
    assert f"{path} differs" in told and f"{path.parent / 'pictures' / 'a.png'} is missing" in told

    def nothing(_: Profile) -> list[Any]:
        raise ProfileError("nothing in the role of Mars")

    said: list[str] = []
    others = [replace(table, name="lacking", runs=nothing), table]
    assert [item.table for item in plan_all(others, embedded, None, None, said.append)] == [table]
    assert said == ["skipped: table lacking: nothing in the role of Mars"]
