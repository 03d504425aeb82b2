"""`import supertickets`: light, and a ticket can be loaded, asked, counted and exported by what its file says."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
import torch
from torch import nn

import supertickets
from supertickets import ExportError, Purpose, Ticket, TicketError
from supertickets.costs import cost
from supertickets.supernet import SupernetConfig
from supertickets.tasks.heatmaps import draw_heatmaps
from tests.net_masks import random_masks
from tests.properties.small import TINY, TWO_BRANCHES, randomise

pytestmark = pytest.mark.fast

Task = Literal["classification", "segmentation", "pose"]


def ticket_for(task: Task, config: SupernetConfig = TINY) -> Ticket:
    if task == "classification":
        config = replace(TWO_BRANCHES, head_kind="classification", branch_channels=(6, 8))
    net = config.build(0)
    randomise(net)
    purpose = Purpose(task, ("a", "b", "c"), (16, 24), (0.5, 0.4, 0.3), (0.2, 0.25, 0.5))
    return replace(Ticket.of(config, net, random_masks(net, 50)), purpose=purpose)


def images(height: int = 16, width: int = 24) -> torch.Tensor:
    return torch.randint(0, 256, (2, 3, height, width), generator=torch.Generator().manual_seed(1)).byte()


@pytest.mark.slow
def test_importing_it_imports_nothing_heavy(tmp_path: Path) -> None:
    file = tmp_path / "ticket.safetensors"
    file.write_bytes(ticket_for("segmentation").to_bytes())
    code = (
        "import sys, supertickets\n"
        "heavy = {'torch', 'numpy', 'torchvision', 'onnx', 'pandas', 'matplotlib', 'torch.utils.flop_counter'}\n"
        "print(sorted(heavy & sys.modules.keys()))\n"
        f"ticket = supertickets.load({str(file)!r})\n"
        "print(ticket.purpose.task, sorted(heavy & sys.modules.keys() - {'torch', 'numpy'}))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("[]\nsegmentation []\n", 0), done.stderr


def test_every_name_is_there_and_no_other() -> None:
    assert all(getattr(supertickets, name) is not None for name in supertickets.__all__)
    assert set(supertickets.__all__) <= set(dir(supertickets))
    with pytest.raises(AttributeError, match="has no attribute 'drawn'"):
        supertickets.drawn  # noqa: B018


def test_pixels_are_normalised_as_the_ticket_says() -> None:
    ticket, shown = ticket_for("classification"), images()
    mean, std = torch.tensor([0.5, 0.4, 0.3]), torch.tensor([0.2, 0.25, 0.5])
    inputs = (shown / 255 - mean[:, None, None]) / std[:, None, None]
    with torch.no_grad():
        expected = ticket.net().eval()(inputs)
    assert torch.allclose(supertickets.predict(ticket, shown), expected, atol=1e-4)


def test_classes_of_pixels_have_the_size_of_the_picture() -> None:
    ticket = ticket_for("segmentation")
    found = supertickets.predict(ticket, images(33, 50))
    assert found.shape == (2, 33, 50) and found.dtype == torch.int64 and set(found.unique().tolist()) <= {0, 1, 2}
    net = ticket.net().eval()
    assert torch.equal(supertickets.predict(ticket, images(33, 50), net), found)


class Shows(nn.Module):
    """Heatmaps of fixed joints."""

    def __init__(self, joints: torch.Tensor) -> None:
        super().__init__()
        self.joints = joints

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return draw_heatmaps(self.joints, (x.shape[2] // 4, x.shape[3] // 4), 1.0)


def test_joints_are_in_pixels_of_the_picture() -> None:
    """Twice as high and three times as wide as what the net sees; the middle of a pixel stays the middle."""
    ticket = ticket_for("pose")
    joints = torch.tensor([[[1.5, 5.5], [9.5, 1.5], [13.5, 9.5]]]).expand(2, -1, -1)  # middles of heatmap pixels
    found = supertickets.predict(ticket, images(32, 72), Shows(joints))
    assert found.shape == (2, 3, 3)
    assert torch.allclose(found[..., :2], (joints + 0.5) * torch.tensor([3.0, 2.0]) - 0.5, atol=1e-4)
    assert torch.allclose(found[..., 2], torch.ones(2, 3))


@pytest.mark.parametrize("odd", [images().float(), images()[0], images()[:, :2], images()[:, :, :0], images()[:, :, 0]])
def test_other_images_are_refused(odd: torch.Tensor) -> None:
    with pytest.raises(TicketError, match=r"give uint8 of shape \(B, 3, h, w\)"):
        supertickets.predict(ticket_for("segmentation"), odd)


@pytest.mark.slow  # counting loads torch's compiler, which takes seconds
def test_costs_are_those_of_the_masks_at_the_size_of_the_training() -> None:
    ticket = ticket_for("segmentation")
    assert supertickets.cost(ticket) == cost(ticket.net(), (16, 24), ticket.masks)
    assert supertickets.cost(ticket, (32, 32)) == cost(ticket.net(), (32, 32), ticket.masks)


def test_without_a_purpose_the_remedy_is_told(tmp_path: Path) -> None:
    ticket = replace(ticket_for("segmentation"), purpose=None)
    for ask in (
        lambda: supertickets.predict(ticket, images()),
        lambda: supertickets.cost(ticket),
        lambda: supertickets.export(ticket, tmp_path / "net.onnx"),
    ):
        with pytest.raises(TicketError, match="does not say what it is for: set its task"):
            ask()


def test_the_ending_says_what_is_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket, seen = ticket_for("segmentation"), []
    for kind in ("write_onnx", "write_program"):
        monkeypatch.setattr(f"supertickets.api.{kind}", lambda *given, kind=kind: seen.append((kind, *given[1:])))
    supertickets.export(ticket, str(tmp_path / "net.onnx"))
    supertickets.export(ticket, tmp_path / "net.onnx", (32, 48), dynamic=True)
    supertickets.export(ticket, tmp_path / "net.pt2")
    assert seen == [
        ("write_onnx", tmp_path / "net.onnx", (16, 24), False),
        ("write_onnx", tmp_path / "net.onnx", (32, 48), True),
        ("write_program", tmp_path / "net.pt2", (16, 24)),
    ]
    with pytest.raises(ExportError, match=r"net.bin: end it in \.onnx or \.pt2"):
        supertickets.export(ticket, tmp_path / "net.bin")
    with pytest.raises(ExportError, match="have one size: drop dynamic"):
        supertickets.export(ticket, tmp_path / "net.pt2", dynamic=True)
