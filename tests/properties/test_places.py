"""Packed places of kept weights: every mask comes back, in the smaller of both forms, and odd ones are refused."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from supertickets.places import FORMS, packed, packed_size, unpacked
from supertickets.tensor_files import TicketError

pytestmark = pytest.mark.fast


@st.composite
def masks(draw: st.DrawFn) -> Tensor:
    """Of any density, from none to all, with runs of any length."""
    runs = draw(st.lists(st.tuples(st.integers(0, 700), st.booleans()), max_size=12))
    flat = torch.cat([torch.zeros(0, dtype=torch.bool), *(torch.full((n,), kept) for n, kept in runs)])
    noise = draw(st.sampled_from((0.0, 0.01, 0.5)))
    flips = torch.rand(len(flat), generator=torch.Generator().manual_seed(draw(st.integers(0, 99)))) < noise
    return flat ^ flips


@given(masks())
def test_every_mask_comes_back_from_the_smaller_form(mask: Tensor) -> None:
    form, content = packed(mask)
    kept, elements = int(mask.sum()), len(mask)
    assert content.dtype == torch.uint8 and len(content) == packed_size(form, kept, elements)
    assert torch.equal(unpacked(form, content, kept, elements, "w")[0], mask)
    places = np.flatnonzero(mask.numpy())
    gaps = np.diff(places, prepend=-1) - 1
    fitting = [f"uint{8 * size}" for size in (1, 2, 4) if not kept or gaps.max() < 256**size]
    assert len(content) == min(packed_size(each, kept, elements) for each in ("bits", *fitting))


@pytest.mark.parametrize(("zeros", "form"), [(255, "uint8"), (256, "uint16"), (65_536, "uint32")])
def test_gaps_take_the_smallest_type(zeros: int, form: str) -> None:
    mask = torch.zeros(zeros + 1000, dtype=torch.bool)
    mask[zeros] = True
    assert packed(mask)[0] == form


def test_a_byte_holds_eight_places_the_first_in_its_lowest_bit() -> None:
    mask = torch.tensor([1, 0, 0, 0, 0, 0, 0, 0, 0, 1]).bool()
    form, content = packed(mask)
    assert (form, content.tolist()) == ("bits", [1, 2])


@given(st.sampled_from(FORMS), st.lists(st.integers(0, 255), max_size=64), st.integers(0, 500))
def test_any_bytes_are_a_mask_of_that_number_or_an_error(form: str, content: list[int], elements: int) -> None:
    size = packed_size(form, 1, elements)
    if form == "bits":
        content = (content * (size + 1) or [1] * size)[:size]
        kept = sum(byte.bit_count() for byte in content)
    else:
        kept = len(content) // size
    try:
        held = torch.tensor(content[: packed_size(form, kept, elements)]).byte()
        mask, places = unpacked(form, held, kept, elements, "w")
    except TicketError as error:
        told = str(error)
    else:
        told = f"w {elements}"
        assert mask.dtype == torch.bool and mask.shape == (elements,) and int(mask.sum()) == kept
        assert torch.equal(places, mask.nonzero().squeeze(1))
    assert "w" in told.split() and str(elements) in told


@given(st.integers(1, 300), st.integers(-3, 3))
def test_another_number_of_bits_is_refused(elements: int, more: int) -> None:
    content = torch.from_numpy(np.packbits(np.ones(elements, bool), bitorder="little"))
    if more:
        with pytest.raises(TicketError, match=f"the mask of w has not {elements + more} bits set"):
            unpacked("bits", content, elements + more, elements, "w")
    else:
        assert unpacked("bits", content, elements, elements, "w")[0].all()
