"""Places of the sparse engine's buffers: none is taken before it is free, and the smallest that is large enough is."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supertickets.engine.tensors import HALO, LINE, SLACK, Buffer, Form, Memory, Tensor

pytestmark = pytest.mark.fast

FORMS = (Form(5, 7), Form(3, 40), Form(6, 9, separated=True))


class Using:
    """An operation on some tensors."""

    def __init__(self, *tensors: Tensor) -> None:
        self._tensors = tensors

    def tensors(self) -> tuple[Tensor, ...]:
        return self._tensors


def reach(tensor: Tensor, channels: int) -> range:
    """All floats of a tensor's pixels and of the zeros around them that may be read."""
    form, first = tensor.form, tensor.buffer.offset
    return range(first - LINE, first + channels * form.channel + SLACK - LINE)


@given(st.data())
def test_buffers_that_are_in_use_at_a_time_are_apart(data: st.DataObject) -> None:
    tensors = [Tensor.new(data.draw(st.integers(1, 9)), data.draw(st.sampled_from(FORMS))) for _ in range(8)]
    channels = [tensor.channels for tensor in tensors]
    uses = data.draw(st.lists(st.sets(st.integers(0, 7), min_size=1, max_size=3), min_size=1, max_size=10))
    fixed = data.draw(st.sets(st.integers(0, 7), max_size=2))
    memory = Memory()
    memory.place([Using(*(tensors[i] for i in use)) for use in uses], [tensors[i].buffer for i in fixed])
    living = {
        i: range(len(uses)) if i in fixed else range(min(times), max(times) + 1)
        for i in range(8)
        if (times := [number for number, use in enumerate(uses) if i in use]) or i in fixed
    }
    places = {i: reach(tensors[i], channels[i]) for i in living}
    assert all(place.start >= 0 and place.stop <= memory.floats for place in places.values())
    for (i, one), (j, other) in combinations(places.items(), 2):
        if living[i].start < living[j].stop and living[j].start < living[i].stop:
            assert one.stop <= other.start or other.stop <= one.start


def test_the_smallest_free_place_that_is_large_enough_is_taken() -> None:
    small, large, other, last = (Tensor.new(count, FORMS[0]) for count in (3, 8, 2, 5))
    wide = Tensor.new(2, FORMS[1])
    memory = Memory()
    memory.place([Using(large), Using(small, large), Using(other), Using(other, wide), Using(last)])
    assert other.buffer.offset == small.buffer.offset and last.buffer.offset == large.buffer.offset
    assert wide.buffer.offset not in (small.buffer.offset, large.buffer.offset), "zeros lie elsewhere in other forms"
    assert memory.floats == SLACK + sum(
        count * form.channel + LINE + SLACK for count, form in ((8, FORMS[0]), (3, FORMS[0]), (2, FORMS[1]))
    )
    fresh = Tensor.new(9, FORMS[0])
    memory.place([Using(fresh)])
    assert fresh.buffer.offset > wide.buffer.offset, "no free one is large enough"


@pytest.mark.parametrize(
    ("form", "row", "part", "channel", "odd"),
    [
        # 13 columns and 3 zeros are a cache line; 11 rows of it are an odd number of lines already
        (Form(5, 13), 16, 11 * 16, 11 * 16, 0),
        (Form(5, 14), 32, 23 * 16, 23 * 16, 0),
        (Form(5, 26, separated=True), 16, 11 * 16, 23 * 16, 11 * 16),
        (Form(6, 27, separated=True), 32, 25 * 16, 51 * 16, 25 * 16),
    ],
)
def test_planes_are_whole_cache_lines_of_an_odd_number(form: Form, row: int, part: int, channel: int, odd: int) -> None:
    assert (form.row, form.part, form.channel, form.odd) == (row, part, channel, odd)


def test_a_part_of_a_tensor_begins_with_its_first_channel() -> None:
    tensor = Tensor(Buffer(FORMS[0], 9, offset=100), 2, 6)
    part = tensor.part(3, 2)
    assert (part.first, part.channels, part.form) == (5, 2, FORMS[0])
    assert part.offset - tensor.offset == 3 * FORMS[0].channel
    assert tensor.offset == 100 + HALO * FORMS[0].row + LINE + 2 * FORMS[0].channel
