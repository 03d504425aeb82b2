"""Predictions in bands, which large pictures need, are those of whole pictures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from supertickets import bands
from supertickets.data.pictures import pixels_of
from supertickets.own.kinds import colours, kind
from supertickets.predicting import classes_of_pixels, predicted
from supertickets.tasks.windows import whole_images
from tests.properties.test_api import ticket_for

pytestmark = pytest.mark.fast

LAYOUTS: dict[str, Callable[[Tensor], Tensor]] = {
    "contiguous": Tensor.contiguous,
    "channels last": lambda tensor: tensor.contiguous(memory_format=torch.channels_last),
}


@pytest.fixture(autouse=True)
def small_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a few rows, so that small pictures have many."""
    monkeypatch.setattr(bands, "AT_ONCE", 1500)


class Sees(nn.Module):
    """Keeps what it is shown."""

    def forward(self, inputs: Tensor) -> Tensor:
        self.inputs = inputs
        return inputs.mean(dim=(2, 3))


def random_picture(height: int, width: int) -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(pixels)


def test_bands_are_all_rows_in_turn() -> None:
    for rows, row_values in ((1, 1), (7, 1500), (7, 9000), (1000, 700), (3001, 1)):
        found = list(bands.bands(rows, row_values))
        assert [row for part in found for row in range(rows)[part]] == list(range(rows))
        assert all((part.stop - part.start) * row_values <= max(1500, row_values) for part in found)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("size", [(16, 24), (16, 50), (33, 24), (3, 5), (201, 77), (90, 2000), (1, 1)])
def test_nets_see_the_bits_of_the_whole_picture(size: tuple[int, int], layout: str) -> None:
    ticket, net = ticket_for("classification"), Sees()
    assert ticket.purpose is not None
    random = torch.Generator().manual_seed(1)
    images = LAYOUTS[layout](torch.randint(0, 256, (2, 3, *size), generator=random, dtype=torch.uint8))
    predicted(ticket, images, net)
    expected = whole_images(images, (16, 24), torch.device("cpu"), ticket.purpose.mean, ticket.purpose.std)
    assert torch.equal(net.inputs, expected) and net.inputs.stride() == expected.stride()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("classes", [1, 3, 20, 300])
@pytest.mark.parametrize("size", [(101, 77), (5, 3), (64, 300)])
def test_classes_of_pixels_are_those_of_the_whole_picture(size: tuple[int, int], classes: int, layout: str) -> None:
    logits = LAYOUTS[layout](torch.randn(2, classes, 9, 13, generator=torch.Generator().manual_seed(classes)))
    full = F.interpolate(logits, size, mode="bilinear", align_corners=False)
    found = classes_of_pixels(logits, size)
    assert found.shape == (2, *size) and found.dtype == (torch.uint8 if classes <= 256 else torch.int64)
    answered = full.gather(1, found[:, None].long())[:, 0]
    assert bool((answered >= full.amax(dim=1) - 1e-5).all()), "others only where two are equal but for rounding"


def test_classes_of_pixels_that_fit_are_exactly_those_of_the_whole_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bands, "AT_ONCE", 2**22)
    logits = 1 + 1e-6 * torch.randn(2, 20, 9, 13, generator=torch.Generator().manual_seed(0))  # rounding decides
    expected = F.interpolate(logits, (101, 77), mode="bilinear", align_corners=False).argmax(dim=1)
    assert torch.equal(classes_of_pixels(logits, (101, 77)).long(), expected)


def test_pixels_are_those_of_the_picture() -> None:
    picture = random_picture(61, 43)
    assert np.array_equal(pixels_of(picture), np.asarray(picture))


def test_an_overlay_is_that_of_the_whole_picture() -> None:
    picture, names = random_picture(61, 43), ("a", "b", "c")
    classes = torch.randint(0, 3, (61, 43), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    palette = np.array(colours(3), np.uint8)
    expected = Image.blend(picture, Image.fromarray(palette[classes.numpy()]), 0.5)
    found = kind("segmentation").overlay(picture, classes, names)
    assert np.array_equal(np.asarray(found), np.asarray(expected))
    assert np.array_equal(np.asarray(picture), np.asarray(random_picture(61, 43))), "the picture stays as it is"
