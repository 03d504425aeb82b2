"""What commands on tickets print and write, and what they ask of the code behind them; nothing is trained."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from supertickets.__main__ import main
from supertickets.commands import say_scores
from supertickets.costs import cost
from supertickets.own import chart, runtimes, training
from supertickets.own.request import Request, Trained
from supertickets.own.target import Target
from supertickets.purpose import Purpose
from supertickets.tasks.base import MEAN, STD
from supertickets.ticket import Ticket
from tests.net_masks import random_masks
from tests.own_data import class_folders
from tests.properties.small import TINY

pytestmark = pytest.mark.fast

NAMES = ("blue", "green", "red")


def ticket_of(shape: dict[str, Any] | None = None, tokens: int = 0) -> Ticket:
    """For segmentation at 16x32; attention multiplies tokens by each other, which has no weights."""
    config = replace(TINY, tokens=tokens)
    net = config.build(0) if shape is None else config.shaped(shape)
    purpose = Purpose("segmentation", NAMES, (16, 32), MEAN, STD)
    found = Ticket.of(config, net, random_masks(net, 70))
    return replace(found, purpose=purpose, provenance={"made by": "a test", "seed": "7"})


def written(path: Path, ticket: Ticket) -> str:
    path.write_bytes(ticket.to_bytes())
    return str(path)


@pytest.mark.parametrize("size", [None, (32, 48)])
def test_info_tells_what_a_ticket_is_and_costs(
    size: tuple[int, int] | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shape = {**TINY.shape(TINY.build(0)), "head.block": [8, 3]}
    ticket = ticket_of(shape)
    path = written(tmp_path / "some.st", ticket)
    counted = cost(ticket.net(), size or (16, 32), ticket.masks)
    asked = ["info", path, *(["--image-size", f"{size[0]}x{size[1]}"] if size else [])]
    assert main([*asked, "--json"]) == 0
    about = json.loads(capsys.readouterr().out)
    assert about["purpose"]["names"] == list(NAMES) and about["provenance"] == {"made by": "a test", "seed": "7"}
    assert about["cost"] == {
        "file bytes": Path(path).stat().st_size,
        "sparsity": f"{100 * ticket.sparsity:.2f}% of the weights that were compared",
        "params_total": counted.params_total, "params_nonzero": counted.params_nonzero,
        "macs_dense": counted.macs_dense, "macs_nonzero": counted.macs_nonzero,
    }  # fmt: skip
    assert about["search"] == "43 of 48 search units left"
    for layer, own in zip(about["layers"], counted.layers, strict=True):
        assert (layer["weights"], layer["kept"], layer["macs"]) == (
            own.params_total, own.params_nonzero, own.macs_nonzero,
        )  # fmt: skip
        assert str(layer["sparsity"]) == str(round(1 - layer["kept"] / layer["weights"], 4)), "in four digits"


def test_info_is_a_table_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ticket = ticket_of(tokens=2)
    path = written(tmp_path / "some.st", ticket)
    assert main(["info", path]) == 0
    lines = capsys.readouterr().out.splitlines()
    counted = cost(ticket.net(), (16, 32), ticket.masks)
    assert [line for line in lines if not line.startswith(" ")][:4] == ["purpose", "provenance", "cost", "architecture"]
    assert f"  {'macs_nonzero':15} {counted.macs_nonzero:,}" in lines and f"  {'made by':15} a test" in lines
    head = next(number for number, line in enumerate(lines) if line.startswith("layer"))
    assert lines[head].split() == ["layer", "weights", "kept", "sparsity", "MACs"]
    assert len({len(line) for line in lines[head:]}) == 1, "columns are below each other"
    for line, layer in zip(lines[head + 1 :], counted.layers, strict=True):
        share = [f"{100 * (1 - layer.params_nonzero / layer.params_total):.1f}%"] if layer.params_total else []
        rest = [f"{layer.params_total:,}", f"{layer.params_nonzero:,}", *share, f"{layer.macs_nonzero:,}"]
        assert line.split() == [*layer.name.split(), *rest], "a product without weights has no sparsity"
    assert any(not layer.params_total for layer in counted.layers)


def test_scores_are_told_and_of_the_first_what_a_constant_has(capsys: pytest.CaptureFixture[str]) -> None:
    say_scores({"top1": 85.26, "other": 100.0}, (33.33, "always 'a'"))
    say_scores({"top1": 5.0})
    assert capsys.readouterr().out.splitlines() == [
        "top1      85.3 %   (always 'a': 33.3)", "other    100.0 %", "top1       5.0 %",
    ]  # fmt: skip


class Trains:
    """In place of a training, of which no pictures are drawn: keeps what it is asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[Any, ...]] = []
        for name in ("draw", "train_on"):
            monkeypatch.setattr(training, name, self)
        for name in ("draw_training", "draw_curve"):
            monkeypatch.setattr(chart, name, lambda path, drawn, metric: f"{path} of {len(drawn)} and {metric}")

    def __call__(self, *given: Any) -> Trained:
        self.asked.append(given)
        history = [{"epoch": 1, "loss": 1.0, "top1": 50.0, "sparsity": 0.1}]
        return Trained(ticket_of(), {"top1": 80.126, "miou": 80.126}, (33.333, "always 'a'"), history)


@pytest.fixture
def trains(monkeypatch: pytest.MonkeyPatch) -> Trains:
    return Trains(monkeypatch)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return class_folders(tmp_path_factory.mktemp("own") / "data", 5)


def draw(data: Path, *words: str) -> int:
    return main(["draw", str(data), "--task", "classification", *words])


@pytest.mark.parametrize(
    ("words", "target", "request_"),
    [
        ([], Target("sparsity", 90), Request(20.0)),
        (["--macs", "3M"], Target("macs", 3_000_000), Request(20.0)),
        (["--size", "40kB"], Target("size", 40_000), Request(20.0)),
        (
            ["--sparsity", "70", "--minutes", "5", "--seed", "3", "--image-size", "32x48", "--steps=9", "--rate=2"],
            Target("sparsity", 70), Request(5.0, 3, (32, 48), 9, 2.0),
        ),
    ],
)  # fmt: skip
def test_draw_asks_for_one_ticket(
    words: Sequence[str], target: Target, request_: Request, trains: Trains, data: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    out = tmp_path / "some.safetensors"
    assert draw(data, *words, "--out", str(out)) == 0
    [(given, *asked, _)] = trains.asked
    assert given.root == data and given.task == "classification" and asked == [target, request_]
    image = ticket_of().to_bytes()
    assert out.read_bytes() == image
    assert list(tmp_path.iterdir()) == [out]
    assert capsys.readouterr().out.splitlines() == [
        "top1      80.1 %   (always 'a': 33.3)", "miou      80.1 %",
        f"wrote {out}, {len(image):,} bytes, sparsity {ticket_of().sparsity:.1%}",
        f"{tmp_path / 'some.training.png'} of 1 and top1",
    ]  # fmt: skip


def test_draw_shares_the_minutes_among_several_sparsities_and_writes_their_curve(
    trains: Trains, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert draw(data, "--sparsity", "50", "80", "--minutes", "30", "--out", str(tmp_path / "c.st")) == 0
    assert [(target.amount, request.minutes) for _, target, request, _ in trains.asked] == [(50, 15.0), (80, 15.0)]
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"c-50.st", "c-80.st", "c.curve.csv"}
    assert capsys.readouterr().out.endswith(f"{tmp_path / 'c.curve.png'} of 2 and top1\n")
    counted = cost(ticket_of().net(), (16, 32), ticket_of().masks)
    with (tmp_path / "c.curve.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    expected = {
        "score": "80.13", "constant": "33.33", "macs_nonzero": str(counted.macs_nonzero),
        "params_nonzero": str(counted.params_nonzero), "file_bytes": str(len(ticket_of().to_bytes())), "metric": "top1",
    }  # fmt: skip
    assert rows == [{"sparsity": "50", **expected}, {"sparsity": "80", **expected}]


@pytest.mark.parametrize(
    ("words", "how"), [([], "transfer"), (["--same-names"], "retrain"), (["--minutes", "3", "--seed", "5"], "transfer")]
)
def test_transfer_keeps_the_classifier_where_the_names_are_the_same(
    words: Sequence[str], how: str, trains: Trains, data: Path, tmp_path: Path
) -> None:
    ticket = ticket_of()
    assert ticket.purpose is not None
    ticket = replace(ticket, purpose=replace(ticket.purpose, task="classification"))
    path = written(tmp_path / "some.st", ticket)
    assert main(["transfer", path, str(data), *words, "--out", str(tmp_path / "other.st")]) == 0
    [(given, own, request, asked, _)] = trains.asked
    assert (given.to_bytes(), own.task, asked) == (ticket.to_bytes(), "classification", how), "the ticket's own task"
    assert request == (Request(3.0, 5) if words and words[0] == "--minutes" else Request(20.0))
    assert (tmp_path / "other.st").is_file()


def test_bench_tells_medians_and_quartiles_and_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[tuple[int, ...]] = []

    def found(_ticket: Ticket, image: Any, threads: int) -> Any:
        shown.append((*image.shape, threads))
        return {"torch": lambda: None, "sparse engine": lambda: None}, {"ONNX Runtime": "not installed"}

    monkeypatch.setattr(runtimes, "runtimes", found)
    path = written(tmp_path / "some.st", ticket_of())
    assert main(["bench", path, "--rounds", "3", "--csv", str(tmp_path / "times.csv")]) == 0
    assert shown == [(1, 3, 16, 32, 1)], "one picture of the ticket's own size on one thread"
    title, *lines, missing = capsys.readouterr().out.splitlines()
    assert title == "one picture of 16x32, 1 thread(s), 3 rounds in turns"
    assert missing == "ONNX Runtime   not run: not installed"
    with (tmp_path / "times.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["runtime"] for row in rows] == ["torch", "sparse engine"]
    for row, line in zip(rows, lines, strict=True):
        assert float(row["q1_ms"]) <= float(row["median_ms"]) <= float(row["q3_ms"])
        expected = f"{row['runtime']} {row['median_ms']} ms quartiles {row['q1_ms']} to {row['q3_ms']}"
        assert line.split() == expected.split()


def test_predict_writes_an_answer_per_picture_to_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path, pictures = written(tmp_path / "some.st", ticket_of()), tmp_path / "pictures"
    pictures.mkdir()
    for name in ("b.png", "a.BMP"):
        Image.new("RGB", (20, 10), (200, 0, 0)).save(pictures / name)
    (pictures / "notes.txt").touch()
    assert main(["predict", path, str(pictures)]) == 0
    assert capsys.readouterr() == ("wrote 2 overlays, predictions.json and predictions.csv to predictions\n", "")
    answers = json.loads(Path("predictions/predictions.json").read_text())
    assert list(answers) == ["a.BMP", "b.png"]
    assert Path("predictions/predictions.json").read_text() == json.dumps(answers, indent=1), "a line per number"
    with Path("predictions/predictions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["picture"], row["class"]) for row in rows] == [(name, one) for name in answers for one in NAMES]
    for name, found in answers.items():
        assert [row["class"] for row in found] == list(NAMES) and sum(row["share"] for row in found) == pytest.approx(1)
        overlay = np.asarray(Image.open(Path("predictions", f"{name}.overlay.png")))
        assert overlay.shape == (10, 20, 3) and (overlay != (200, 0, 0)).any(), "of its size"
