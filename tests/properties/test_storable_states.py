"""What no ticket file can hold is refused by name before anything is written or counted."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch
from torch import nn

from bench.cost_report import report
from bench.model_names import ModelError
from supertickets.disk import disk_size
from supertickets.memory import outlined
from supertickets.supernet import CITYSCAPES
from supertickets.tensor_files import check_storable
from supertickets.ticket import TicketError
from tests.properties.small import TINY

pytestmark = pytest.mark.fast


class WithExtraState(nn.Conv2d):
    """As layers of quantised nets have it."""

    def get_extra_state(self) -> dict[str, int]:
        return {"scale": 3}


ODD_STATES: dict[str, tuple[Any, str]] = {
    "extra state": ({"scale": 3}, r"a dict, no tensor \(an extra state\?\)"),
    "complex": (torch.ones(2, dtype=torch.complex64), r"of type torch\.complex64, and none of BOOL"),
    "sparse": (torch.eye(2).to_sparse(), r"of layout torch\.sparse_coo: make it dense"),
    "meta": (torch.empty(2, device="meta"), "on the meta device and has no values"),
    "lazy": (nn.LazyLinear(3).weight, "of a lazy module that no input has passed: run the net once"),
    "quarter precision": (torch.ones(2).to(torch.float8_e4m3fn), r"of type torch\.float8_e4m3fn"),
}


@pytest.mark.parametrize("kind", ODD_STATES)
def test_what_no_file_holds_is_refused_by_name(kind: str) -> None:
    value, message = ODD_STATES[kind]
    for refuse in (check_storable, disk_size):
        with pytest.raises(TicketError, match=f"^cannot store a.b: it is .*{message}"):
            refuse({"fine": torch.ones(1), "a.b": value})


@pytest.mark.slow
def test_a_fake_tensor_is_refused() -> None:
    from torch._subclasses.fake_tensor import FakeTensorMode

    fake = FakeTensorMode().from_tensor(torch.ones(2))
    with pytest.raises(TicketError, match=r"^cannot store a.b: it is on the meta device and has no values"):
        check_storable({"a.b": fake})


@pytest.mark.parametrize("name", [3, None, ("a",), "\ud800"])
def test_names_that_no_file_holds_are_refused(name: Any) -> None:
    with pytest.raises(TicketError, match=f"^cannot store {re.escape(repr(name))}: a name has to be a text"):
        disk_size({name: torch.ones(1)})


def lazy() -> nn.Module:
    return nn.Sequential(nn.LazyConv2d(3, 1))


def test_a_lazy_net_is_told_as_such() -> None:
    with pytest.raises(ModelError, match=r":lazy has lazy modules that no image has passed: run the net once"):
        report(f"{__name__}:lazy", (4, 4))


@pytest.mark.slow
def test_a_net_with_an_extra_state_has_no_ticket_and_no_report() -> None:
    with pytest.raises(ModelError, match=r"cannot count .*: cannot store _extra_state: it is a dict"):
        report(f"{__name__}:stateful", (4, 4))


def stateful() -> nn.Module:
    return WithExtraState(3, 4, 1)


def test_an_outlined_net_has_the_form_of_a_real_one() -> None:
    with outlined():
        outline = CITYSCAPES.build(0)
    largest = max(outline.parameters(), key=lambda weight: weight.numel())
    assert largest.is_meta
    real = TINY.build(0)
    with outlined():
        same = TINY.shaped(TINY.shape(real))
    assert {name: (value.shape, value.dtype) for name, value in same.state_dict().items()} == {
        name: (value.shape, value.dtype) for name, value in real.state_dict().items()
    }
    assert not any(value.is_meta for value in TINY.build(0).state_dict().values())
