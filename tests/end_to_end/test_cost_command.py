"""`python -m bench.cost`, from the arguments to what they print and write."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from bench import cost as command
from bench import cost_report
from bench.accelerator.lowering import lower
from bench.latency import __main__ as latency
from bench.model import find
from supertickets.costs import cost
from supertickets.disk import disk_size
from supertickets.ticket import Ticket
from tests.properties.small import TINY

pytestmark = pytest.mark.slow
SIZE = (32, 64)


def convolution() -> nn.Module:
    """What `--model tests...:convolution` calls: 3 x 5 x 9 weights and 5 biases."""
    return nn.Sequential(nn.Conv2d(3, 5, 3, padding=1), nn.ReLU())


class Odd(nn.Module):
    """Owns weights but has no rule."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.weight.sum()


class Gate(nn.Module):
    """As torchvision's segmenters: BatchNorm, a dict of outputs, and one size of images alone."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm, self.second = nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Conv2d(8, 4, 1)

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        y = self.norm(self.first(x)).view(x.shape[0], 8, 14, 14)
        return {"aux": y, "out": self.second(y)}


class Nested(Gate):
    """The tensor lies deeper."""

    def forward(self, x: torch.Tensor) -> Any:
        return [{"maps": (super().forward(x)["out"],)}]


class NoNorm(nn.Module):
    """Without BatchNorm, and not made for training."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        assert not self.training
        return self.conv(x)


class Picky(nn.Module):
    """Counts, but refuses real images."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 1)

    def forward(self, x: torch.Tensor) -> Any:
        if not x.is_meta:
            raise KeyError
        return self.conv(x)


class Mute(NoNorm):
    """Gives nothing that could be compared."""

    def forward(self, x: torch.Tensor) -> Any:
        return {"out": str(super().forward(x).shape)}


class Shift(nn.Module):
    """Has a parameter and multiplies nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.by = nn.Parameter(torch.ones(3, 1, 1)[:, 0, 0])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.by[:, None, None]


class Fussy(Shift):
    """Asserts."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        assert x.shape[2] > 8, "wants images\nof more than 8 rows"
        return super().forward(x)


def test_a_report_holds_what_the_counters_count(ticket: Ticket, path: Path) -> None:
    found = cost_report.report(str(path), SIZE)
    counted = cost(ticket.net(), SIZE, ticket.masks)
    for name in ("params_total", "params_nonzero", "macs_dense", "macs_nonzero", "macs_official"):
        assert getattr(found, name) == getattr(counted, name)
    assert found.macs_nonzero < found.macs_dense and found.params_nonzero < found.params_total
    stored = disk_size(ticket.weights)
    assert (found.disk_dense_bytes, found.disk_sparse_bytes) == (stored.dense_bytes, stored.sparse_bytes)
    assert [time.accelerator.rules for time in found.simulated] == ["sigma", "stonne"]
    assert all(time.fps == pytest.approx(1e3 / time.latency_ms) for time in found.simulated if time.latency_ms)
    assert found.measured == ()


def test_the_command_prints_every_number(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--model", str(path), "--image-size", "32x64"]) == 0
    text = capsys.readouterr().out
    found = cost_report.report(str(path), SIZE)
    for number in (found.params_total, found.params_nonzero, found.macs_dense, found.macs_nonzero):
        assert f" {number:,}" in text
    assert "sigma rules, 16384 multipliers, 128 values in and unlimited out per cycle, 500 MHz" in text
    assert "stonne rules, 256 multipliers" in text and "assumed: one image" in text


def test_json_and_one_rule_set(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--model", str(path), "--image-size", "32x64", "--rules", "stonne", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [time["accelerator"]["rules"] for time in found["simulated"]] == ["stonne"]
    assert found["image_size"] == [32, 64] and found["measured"] == []


def test_a_net_is_lowered_once_for_all_accelerators(monkeypatch: pytest.MonkeyPatch) -> None:
    lowered: list[object] = []

    def counted(*arguments: object) -> object:
        lowered.append(arguments)
        return lower(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(cost_report, "lower", counted)
    found = cost_report.report(f"{__name__}:convolution", (8, 8))
    assert len(lowered) == 1 and len({time.latency_ms for time in found.simulated}) == 2


def test_another_array_layer_by_layer(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--model", f"{__name__}:Gate", "--image-size", "16x16", "--multipliers", "64", "--bandwidth", "16"]
    assert command.main([*arguments, "--clock", "250", "--layers", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    arrays = [time["accelerator"] for time in content["simulated"]]
    assert [(a["multipliers"], a["distribution_bandwidth"], a["clock_mhz"]) for a in arrays] == [(64, 16, 250.0)] * 2
    assert [array["reduction_bandwidth"] for array in arrays] == [None, 16]
    for time in content["simulated"]:
        assert [layer["name"] for layer in time["layers"]] == ["first.weight", "second.weight"]
        assert sum(layer["cycles"] for layer in time["layers"]) == pytest.approx(time["latency_ms"] * 250e3)
        for layer in time["layers"]:
            shares = [layer[f"{part}_share"] for part in ("loading", "streaming", "reduction")]
            assert sum(shares) == pytest.approx(1) and min(shares) > 0
            assert 0 < layer["utilisation"] <= 1 and layer["folds"] > 0 and layer["macs"] > 0
    assert command.main([*arguments, "--layers"]) == 0
    text = capsys.readouterr().out
    layer = content["simulated"][0]["layers"][1]
    assert re.search(
        rf"^ +{layer['cycles']:,} .* {layer['streaming_share']:.1%} .* second\.weight$", text, re.MULTILINE
    )
    assert command.main(arguments) == 0
    assert "second.weight" not in capsys.readouterr().out


def test_what_has_nothing_to_run_has_no_frames_per_second(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--model", f"{__name__}:Shift", "--image-size", "8x8", "--json"]) == 0
    text = capsys.readouterr().out
    assert "Infinity" not in text and {time["fps"] for time in json.loads(text)["simulated"]} == {None}
    assert command.main(["--model", f"{__name__}:Shift", "--image-size", "8x8"]) == 0
    assert "0.000 ms   nothing has to run" in capsys.readouterr().out


@pytest.mark.parametrize("model", ["Gate", "Nested", "NoNorm"])
def test_measuring_any_output_at_the_size_asked_for(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--model", f"{__name__}:{model}", "--image-size", "16x16", "--measure", "--rounds", "2"]
    assert command.main([*arguments, "--rules", "sigma"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "cpu-torch-fp32-nchw" in line]
    assert line.startswith("as it is") and " ms " in line


@pytest.mark.parametrize(("model", "why"), [("Picky", "KeyError"), ("Mute", "the net gives no tensor")])
def test_what_cannot_be_measured_is_told_in_one_line(model: str, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--model", f"{__name__}:{model}", "--image-size", "8x8", "--measure", "--rounds", "2"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and f"cannot measure {__name__}:{model} for a 8x8 image: " in error and why in error


@pytest.mark.parametrize(
    ("changes", "size"),
    [
        ({}, (512, 1024)),
        ({"init": "heatmap"}, (256, 192)),
        ({"head_kind": "classification", "branch_channels": (8,)}, (224, 224)),
    ],
)
def test_a_tickets_task_decides_its_image_size(changes: dict[str, Any], size: tuple[int, int], tmp_path: Path) -> None:
    file = tmp_path / "tiny.safetensors"
    config = replace(TINY, **changes)
    file.write_bytes(Ticket.of(config, config.build(0), {}).to_bytes())
    assert find(str(file)).image_size == size


def test_measuring_tells_masked_from_shrunk(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--model", str(path), "--image-size", "32x64", "--measure", "--rounds", "2"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "cpu-torch-fp32-nchw" in line]
    assert [line.partition(",")[0] for line in lines] == ["masked", "shrunk"]
    assert all(" ms " in line and "over 2 rounds" in line for line in lines)


@pytest.mark.parametrize(
    ("model", "params"),
    [
        ("bisenet", 1_541_963),
        ("torchvision:shufflenet_v2_x0_5", 1_366_792),
        (f"{__name__}:convolution", 3 * 5 * 9 + 5),
    ],
)
def test_every_kind_of_model(model: str, params: int) -> None:
    found = cost_report.report(model, (64, 128), accelerators=())
    assert found.params_total == found.params_nonzero == params
    assert found.macs_dense == found.macs_nonzero == found.macs_official > 0


class Gram(nn.Module):
    """A product without a module of its own, beside a layer that has a rule."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.conv(x).flatten(2)
        return y @ y.transpose(1, 2)


def test_a_product_without_a_rule_is_not_counted_as_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--model", f"{__name__}:Gram", "--image-size", "8x8"]) == 2
    assert "Gram multiplies 1024 times (aten.bmm.default), its rules count 0; register one" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "nowhere.safetensors"], "no ticket file nowhere.safetensors; check the path"),
        (["--model", "bisenets"], "'bisenets' is no model: give a ticket's .safetensors file, .*bisenet"),
        (["--model", "torchvision:resnet19"], "torchvision has no model 'resnet19'; the nearest are resnet1"),
        (["--model", "torch.nn:Nothing"], "cannot call torch.nn:Nothing: AttributeError"),
        (["--model", "no.such.module:net"], "cannot call no.such.module:net: ModuleNotFoundError"),
        (["--model", "torch.nn:Linear"], "cannot call torch.nn:Linear: TypeError"),
        (["--model", "builtins:dict"], "builtins:dict gave a dict: a call without arguments has to give"),
        (["--model", "torch.nn:Identity"], "torch.nn:Identity has no parameter"),
        (["--model", f"{__name__}:Odd"], "Odd owns weights but has no rule"),
        (["--model", f"{__name__}:Fussy", "--image-size", "8x8"], "try another --image-size: wants images$"),
        (["--model", f"{__name__}:Shift", "--multipliers", "384"], "384: the adder tree of the rules 'stonne' needs"),
        (["--model", "torchvision:alexnet", "--image-size", "8x8"], "for a 8x8 image, try another --image-size"),
    ],
)
def test_what_cannot_be_counted_is_told_in_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(arguments) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and error.startswith("error: ")
    assert re.search(message, error)


@pytest.mark.parametrize("size", ["512", "0x4", "4x4x4", "-1x3", "a x b", "512X1024"])
@pytest.mark.parametrize("main", [command.main, latency.main], ids=["cost", "latency"])
def test_sizes_that_are_none(main: object, size: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([f"--image-size={size}", "--model=x"] if main is command.main else [f"--image-size={size}"])  # type: ignore[operator]
    assert stopped.value.code == 2
    assert "is no image size: give height x width in pixels, as in 512x1024" in capsys.readouterr().err


def test_a_file_that_is_no_ticket(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "odd.safetensors"
    file.write_bytes(b"no tensors")
    assert command.main(["--model", str(file)]) == 2
    assert capsys.readouterr().err.startswith(f"error: cannot read ticket {file}")


@pytest.mark.parametrize(
    ("option", "number", "message"),
    [("--threads", "0", "1 to "), ("--multipliers", "7", "8 to "), ("--clock", "0", "above 0, at most ")],
)
def test_numbers_out_of_bounds(option: str, number: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        command.main(["--model", "bisenet", option, number])
    assert stopped.value.code == 2
    assert re.search(f"argument {option}: '{number}': give .*{message}", capsys.readouterr().err)
