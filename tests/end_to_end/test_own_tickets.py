"""From a folder of pictures to predictions: drawing, scoring, training on, exporting and looking at tickets."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch
from PIL import Image

import supertickets
from supertickets.__main__ import main
from supertickets.checkpoint import saved_state
from supertickets.data.own import open_data
from supertickets.exports import ExportError
from supertickets.own.errors import DrawError
from supertickets.own.kinds import kind
from supertickets.own.request import Request
from supertickets.own.state import State
from supertickets.own.target import Target
from supertickets.own.training import _within, draw, require_names
from supertickets.own.watching import Unwatched
from supertickets.pruning import Pruning
from supertickets.ticket import Ticket
from supertickets.trainer import Trainer
from tests.own_data import COLOURS, WRITERS, class_folders, mask_folders, shorten
from tests.properties.small import trainer

pytestmark = pytest.mark.slow

RATES = {"classification": 0.02, "segmentation": 0.03, "pose": 0.01}
METRICS = {"classification": "top1", "segmentation": "miou", "pose": "pck"}
SPARSITY, STEPS = 40, 4


@pytest.fixture(scope="module", autouse=True)
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        shorten(patch)
        patch.setenv("SUPERTICKETS_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data of each task in a folder of its name, and a ticket of each."""
    root = tmp_path_factory.mktemp("own")
    for task, write in WRITERS.items():
        write(root / task)
        words = ["draw", str(root / task), "--task", task, "--sparsity", str(SPARSITY), "--steps", str(STEPS)]
        code = main([*words, "--rate", str(RATES[task]), "--out", str(root / f"{task}.safetensors")])
        assert code == 0
    return root


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def pixels_of(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.array(image)


def score(ticket: Ticket, name: str) -> float:
    return float(dict(part.split() for part in ticket.provenance["scores"].split(", "))[name])


@pytest.mark.parametrize("task", WRITERS)
def test_a_ticket_has_learned_something_and_says_where_it_comes_from(task: str, folder: Path) -> None:
    ticket = supertickets.load(folder / f"{task}.safetensors")
    assert ticket.purpose is not None and ticket.purpose.task == task
    assert abs(ticket.sparsity - SPARSITY / 100) < 1e-3
    constant = float(ticket.provenance["constant"].split()[1].rstrip(","))
    assert score(ticket, METRICS[task]) > constant + 5
    assert ticket.provenance["asked for"] == f"sparsity {SPARSITY}"
    again = supertickets.evaluate(ticket, folder / task)
    assert again[METRICS[task]] == pytest.approx(score(ticket, METRICS[task]), abs=0.01)
    assert (folder / f"{task}.training.png").stat().st_size > 1000


@pytest.mark.parametrize("task", WRITERS)
def test_predictions_are_written_as_overlays_json_and_csv(task: str, folder: Path, tmp_path: Path) -> None:
    pictures = folder / task / ("red" if task == "classification" else "images")
    assert main(["predict", str(folder / f"{task}.safetensors"), str(pictures), "--out", str(tmp_path)]) == 0
    found = json.loads((tmp_path / "predictions.json").read_text())
    paths = sorted(pictures.iterdir())
    assert list(found) == [path.name for path in paths]
    rows = rows_of(tmp_path / "predictions.csv")
    assert len(rows) == sum(map(len, found.values()))
    for path in paths:
        overlay, picture = pixels_of(tmp_path / f"{path.name}.overlay.png"), pixels_of(path)
        assert overlay.shape == picture.shape and not np.array_equal(overlay, picture)


class Stops(Unwatched):
    """Stops a training after an epoch of a stage, and hears what is said."""

    def __init__(self, stage: str, epoch: int) -> None:
        self.stage, self.epoch, self.stages, self.said = stage, epoch, list[str](), list[str]()

    def begin(self, stage: str, total: int) -> None:
        self.stages.append(stage)

    def advance(self, done: int, note: str = "") -> None:
        if (self.stages[-1], done) == (self.stage, self.epoch):
            raise KeyboardInterrupt

    def say(self, line: str) -> None:
        self.said.append(line)


def test_a_stopped_draw_goes_on(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = {"sparsity": SPARSITY, "steps": 2, "rate": 0.02}
    data = folder / "classification"
    expected = supertickets.draw(data, "classification", **given)  # type: ignore[arg-type]
    monkeypatch.setenv("SUPERTICKETS_CACHE", str(tmp_path))
    for stage, epoch in (("search", 5), ("search", 12), ("training", 2)):
        with pytest.raises(KeyboardInterrupt):
            supertickets.draw(data, "classification", watch=Stops(stage, epoch), **given)  # type: ignore[arg-type]
    watch = Stops("", 0)
    found = supertickets.draw(data, "classification", watch=watch, **given)  # type: ignore[arg-type]
    assert found.to_bytes() == expected.to_bytes()
    assert "checking pictures" not in watch.stages
    watch = Stops("", 0)
    supertickets.draw(data, "classification", watch=watch, **given)  # type: ignore[arg-type]
    assert watch.stages == [], "a met request is not met again"


@pytest.mark.parametrize(("stage", "epoch"), [("search", 5), ("training", 2)])
def test_a_stored_training_that_cannot_be_gone_on_from_is_kept_and_begun_anew(
    stage: str, epoch: int, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A whole one of another net, as another version of the program may have left it."""
    given = {"sparsity": SPARSITY, "steps": 2, "rate": 0.02}
    data = folder / "classification"
    expected = supertickets.draw(data, "classification", **given)  # type: ignore[arg-type]
    monkeypatch.setenv("SUPERTICKETS_CACHE", str(tmp_path))
    with pytest.raises(KeyboardInterrupt):
        supertickets.draw(data, "classification", watch=Stops(stage, epoch), **given)  # type: ignore[arg-type]
    [stored] = tmp_path.rglob(f"{stage}.state")
    State(stored.parent, print).write(stored.name, saved_state(trainer()))
    watch = Stops("", 0)
    found = supertickets.draw(data, "classification", watch=watch, **given)  # type: ignore[arg-type]
    assert found.to_bytes() == expected.to_bytes()
    warned = [line for line in watch.said if line.startswith("warning: ")]
    assert len(warned) == 1 and "cannot be gone on from (it is of another net" in warned[0]
    assert (stored.parent / "damaged" / stored.name).is_file()


def amount(ticket: Ticket, what: str) -> int:
    return supertickets.cost(ticket).macs_nonzero if what == "macs" else len(ticket.to_bytes())


@pytest.mark.parametrize("what", ["macs", "size"])
def test_a_ticket_is_as_small_as_asked_for(what: Literal["macs", "size"], folder: Path) -> None:
    most = round(1.1 * amount(supertickets.load(folder / "classification.safetensors"), what))
    asked = {what: most}
    ticket = supertickets.draw(folder / "classification", "classification", steps=2, rate=0.02, **asked)  # type: ignore[arg-type]
    assert 0.85 * most < amount(ticket, what) <= most


@pytest.mark.parametrize("what", ["macs", "size"])
def test_what_a_search_left_too_large_is_pruned_further(what: Literal["macs", "size"], folder: Path) -> None:
    ticket = supertickets.load(folder / "classification.safetensors")
    most = amount(ticket, what) * 2 // 3
    smaller = _within(Target(what, most), ticket, Pruning(), (32, 32))
    found = Target(what, most).amount_of(smaller, (32, 32))
    assert 0.9 * most < found <= most
    assert all(not bool((kept & ~ticket.masks[name]).any()) for name, kept in smaller.masks.items()), "zeros stay"


def test_what_cannot_be_that_small_is_refused_before_training(folder: Path) -> None:
    with pytest.raises(DrawError, match=r"macs 10 cannot be kept: at 99 % sparsity the net still has \d+; give more"):
        supertickets.draw(folder / "classification", "classification", macs=10)


def test_names_that_no_ticket_holds_are_refused_before_training(tmp_path: Path) -> None:
    data = mask_folders(tmp_path / "data", names=f"ground\nred\n{'b' * 257}\n")
    with pytest.raises(DrawError, match=r"data: no ticket can hold its names: Purpose.names has 'bbb.*give texts of"):
        supertickets.draw(data, "segmentation", steps=2, rate=0.02)


def test_too_little_time_is_told_with_what_is_needed(folder: Path) -> None:
    with pytest.raises(DrawError, match=r"minutes are too few on this machine: grant at least [\d.]+, or give fewer"):
        supertickets.draw(folder / "classification", "classification", sparsity=SPARSITY, minutes=1e-4)


def test_time_decides_the_steps_and_a_range_test_the_rate(folder: Path) -> None:
    said: list[str] = []

    class Hears(Unwatched):
        def say(self, line: str) -> None:
            said.append(line)

    ticket = supertickets.draw(folder / "classification", "classification", sparsity=30, minutes=0.25, watch=Hears())
    assert any(line.startswith(f"learning rate: {kind('classification').rates[0]} leaves a loss of") for line in said)
    assert float(ticket.provenance["learning rate"]) in kind("classification").rates


def test_a_net_that_learns_nothing_is_given_up_early(tmp_path: Path) -> None:
    """Pictures that have nothing to do with their classes."""
    rng = np.random.default_rng(5)
    for name in ("a", "b"):
        (tmp_path / "data" / name).mkdir(parents=True)
        for number in range(20):
            noise = rng.integers(0, 256, (32, 32, 3)).astype(np.uint8)
            Image.fromarray(noise).save(tmp_path / "data" / name / f"{number:02}.png")
    with pytest.raises(DrawError, match=r"not better than a constant: after \d+ of 12 epochs .* 'a' has 50"):
        supertickets.draw(tmp_path / "data", "classification", sparsity=30, steps=1, rate=1e-9)


@pytest.mark.parametrize("task", WRITERS)
def test_a_training_that_diverges_is_one_line(
    task: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The largest float32 is a weight too many: sums of it are infinite."""
    train_epoch = Trainer.train_epoch

    def diverging(trainer: Trainer, epoch: int) -> None:
        if epoch == 3:
            with torch.no_grad():
                for parameter in trainer.net.parameters():
                    parameter.fill_(3e38)
        train_epoch(trainer, epoch)

    monkeypatch.setattr(Trainer, "train_epoch", diverging)
    words = ["draw", str(folder / task), "--task", task, "--sparsity", str(SPARSITY), "--steps", str(STEPS)]
    assert main([*words, "--rate", "0.015", "--out", str(folder / "diverged.safetensors")]) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[-1] == "error: training diverged in epoch 3: give a --rate below 0.015"
    assert not (folder / "diverged.safetensors").exists()


def test_training_on_keeps_mask_and_names(folder: Path) -> None:
    ticket = supertickets.load(folder / "classification.safetensors")
    trained = supertickets.retrain(ticket, folder / "classification", steps=2, rate=0.001)
    assert trained.purpose == ticket.purpose
    assert all(torch.equal(mask, ticket.masks[name]) for name, mask in trained.masks.items())
    assert trained.provenance["made by"] == "supertickets retrain"
    other = open_data(folder / "segmentation", "segmentation")
    with pytest.raises(DrawError, match="the ticket is for classification, the data for segmentation"):
        require_names(ticket, other)


def test_transfer_gives_other_names_a_classifier(folder: Path, tmp_path: Path) -> None:
    data = class_folders(tmp_path / "data")
    for name in COLOURS:
        (data / name).rename(data / f"{name}ish")
    ticket = supertickets.load(folder / "classification.safetensors")
    with pytest.raises(
        DrawError, match=r"differ: only the ticket has 'blue', 'green', 'red'; only .*data has 'blueish', "
    ):
        supertickets.retrain(ticket, data, steps=2, rate=0.001)
    moved = supertickets.transfer(ticket, data, steps=4, rate=0.01)
    assert moved.purpose is not None and moved.purpose.names == ("blueish", "greenish", "redish")
    kept = [name for name in ticket.masks if not name.startswith(ticket.architecture.classifier)]
    assert kept and all(torch.equal(moved.masks[name], ticket.masks[name]) for name in kept)
    with pytest.raises(DrawError, match="tickets move among classifications"):
        supertickets.transfer(ticket, folder / "segmentation", "segmentation", steps=2, rate=0.001)


def test_info_export_and_bench(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(folder / "segmentation.safetensors")
    assert main(["info", path, "--json"]) == 0
    printed = capsys.readouterr().out
    about = json.loads(printed)
    assert printed.startswith('{\n "'), "for people, too"
    ticket: Ticket = supertickets.load(path)
    assert about["cost"]["macs_nonzero"] == supertickets.cost(ticket).macs_nonzero
    assert sum(layer["macs"] for layer in about["layers"]) == about["cost"]["macs_nonzero"]
    assert about["provenance"]["made by"] == "supertickets draw"
    assert main(["info", path]) == 0
    printed = capsys.readouterr().out
    assert "search units left" in printed and printed.count("MACs") == 1, "a column for those of each layer"
    assert main(["export", path, "--onnx", str(tmp_path / "net.onnx")]) == 0 and (tmp_path / "net.onnx").exists()
    assert main(["export", path, "--engine"]) == 0
    assert main(["bench", path, "--rounds", "3", "--csv", str(tmp_path / "times.csv")]) == 0
    rows = rows_of(tmp_path / "times.csv")
    assert {row["runtime"] for row in rows} >= {"torch"} and all(float(row["median_ms"]) > 0 for row in rows)


def test_several_sparsities_draw_a_curve(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "curve.safetensors"
    given = ["--task", "classification", "--sparsity", "20", "40", "--steps", "2", "--rate", "0.005"]
    assert main(["draw", str(folder / "classification"), *given, "--out", str(out)]) == 0
    rows = rows_of(tmp_path / "curve.curve.csv")
    assert [row["sparsity"] for row in rows] == ["20", "40"]
    assert int(rows[0]["macs_nonzero"]) > int(rows[1]["macs_nonzero"])
    assert (tmp_path / "curve.curve.png").exists() and (tmp_path / "curve-20.safetensors").exists()


def test_tickets_of_a_curve_are_trained_alike_on_data_that_are_checked_once(tmp_path: Path) -> None:
    """The second was stopped."""
    data = open_data(class_folders(tmp_path / "data"), "classification")
    request, targets = Request(steps=4), (Target("sparsity", 20), Target("sparsity", 40))
    watch = Stops("", 0)
    first = draw(data, targets[0], request, watch, tickets=2)
    assert "checking pictures" in watch.stages and "finding the learning rate" in watch.stages
    with pytest.raises(KeyboardInterrupt):
        draw(data, targets[1], request, Stops("search", 3), tickets=2, like=first.plan)
    assert draw(data, targets[0], request, tickets=2).plan == first.plan, "a met request has its plan"
    watch = Stops("", 0)
    second = draw(data, targets[1], request, watch, tickets=2, like=first.plan)
    assert watch.stages == ["search", "training", "scoring"]
    assert second.plan == first.plan
    for what in ("training", "learning rate"):
        assert second.ticket.provenance[what] == first.ticket.provenance[what]


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        (["export", "{ticket}", "--program", "net.onnx"], ExportError, "cannot export to net.onnx: end it in .pt2"),
        (["export", "{ticket}", "--onnx", "net.pt2"], ExportError, "cannot export to net.pt2: end it in .onnx"),
        (["export", "{ticket}", "--engine", "--dynamic"], ExportError, "--dynamic is for ONNX alone"),
        (["export", "{ticket}", "--onnx", "folder.onnx"], OSError, "it is a folder: give the name of a file: 'folder"),
        (["bench", "{ticket}", "--csv", "folder.onnx"], OSError, "it is a folder: give the name of a file"),
        (["draw", "{data}", "--task", "classification", "--out", "folder.onnx"], OSError, "it is a folder: give"),
        (["draw", "{data}", "--task", "classification", "--out", ""], OSError, "it is a folder: give the name"),
        (["transfer", "{ticket}", "{data}", "--out", "folder.onnx"], OSError, "it is a folder: give the name"),
    ],
)
def test_what_cannot_be_written_is_told_before_anything_is_computed(
    words: list[str], error: type[Exception], said: str, folder: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    """One that knows nothing of the system is told by `main`, the system's own by what starts it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.onnx").mkdir()
    given = [
        word.format(data=folder / "classification", ticket=folder / "classification.safetensors") for word in words
    ]
    if error is OSError:
        with pytest.raises(OSError, match=said):
            main(given)
    else:
        assert main(given) == 2 and said in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["folder.onnx"]


def test_pictures_whose_names_differ_in_their_endings_have_an_overlay_each(folder: Path, tmp_path: Path) -> None:
    for ending in ("png", "bmp"):
        Image.new("RGB", (32, 32)).save(tmp_path / f"one.{ending}")
    ticket = str(folder / "classification.safetensors")
    assert main(["predict", ticket, str(tmp_path), "--out", str(tmp_path / "found")]) == 0
    found = {path.name for path in (tmp_path / "found").glob("*.png")}
    assert found == {"one.png.overlay.png", "one.bmp.overlay.png"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["draw", "{data}/red", "--task", "classification", "--out", "x.safetensors"], "needs a folder per class"),
        (["evaluate", "{data}/none.safetensors", "{data}"], "no ticket file"),
        (["draw", "{data}", "--task", "classification", "--out", "x", "--image-size", "30x30"], "multiples of 16"),
    ],
)
def test_what_cannot_be_used_is_one_line_a_fault(
    words: list[str], said: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main([word.format(data=folder / "classification") for word in words]) == 2
    error = capsys.readouterr().err
    assert said in error and all(line.startswith("error: ") for line in error.splitlines())
