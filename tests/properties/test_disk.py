"""Sizes on disk: every bit comes back, the size is the file's, and zeros cost next to nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load, save
from torch import Tensor

from supertickets.disk import disk_size, read_weights, write_dense, write_sparse
from supertickets.masks import global_masks
from supertickets.supernet import SupernetConfig
from supertickets.ticket import Ticket, TicketError
from tests.properties.small import TWO_BRANCHES, randomise
from tests.strategies import FEW, percentages, small_configs, weight_trees

pytestmark = pytest.mark.fast
WRITERS = (write_dense, write_sparse)


def ticket_of(config: SupernetConfig, percent: int) -> Ticket:
    net = config.build(0)
    randomise(net, 0)
    scores = {name: weight.detach().abs() for name, weight in config.prunable(net, "all").items()}
    return Ticket.of(config, net, global_masks(scores, percent))


def bits(tensor: Tensor) -> bytes:
    return tensor.contiguous().view(-1).view(torch.uint8).numpy().tobytes()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("disk") / "weights.safetensors"


@pytest.mark.parametrize("write", WRITERS)
@given(weights=weight_trees(), percent=percentages(), dtype=st.sampled_from((torch.float32, torch.float64, torch.half)))
def test_every_bit_comes_back(
    path: Path, write: type, weights: dict[str, Tensor], percent: int, dtype: torch.dtype
) -> None:
    masks = global_masks({name: weight.abs() for name, weight in weights.items()}, percent)
    stored = {name: weight.masked_fill(~masks[name], 0.0).to(dtype) for name, weight in weights.items()}
    size = write(stored, path)
    assert size == len(path.read_bytes())
    again = read_weights(path)
    assert again.keys() == stored.keys()
    for name, weight in stored.items():
        assert again[name].shape == weight.shape and again[name].dtype == weight.dtype
        assert bits(again[name]) == bits(weight)


@pytest.mark.parametrize(
    "values", [[], [0.0], [-0.0, 0.0, float("nan"), float("inf"), 1e-45], [1, 0, 0], [True, False]]
)
@pytest.mark.parametrize("write", WRITERS)
def test_odd_values_come_back(path: Path, write: type, values: list[float]) -> None:
    odd = torch.tensor(values)
    # among so many zeros that they are stored without them
    rare = torch.cat([odd, torch.zeros(1000, dtype=odd.dtype)])
    weights = {"odd": odd, "rare": rare, "scalar": torch.tensor(7), "zeros": torch.zeros(100, 3)}
    write(weights, path)
    assert {name: bits(value) for name, value in read_weights(path).items()} == {
        name: bits(value) for name, value in weights.items()
    }


@pytest.mark.parametrize(("zeros", "gap_bytes"), [(0, 1), (255, 1), (256, 2), (65_535, 2), (65_536, 4)])
def test_gaps_take_the_smallest_type_that_holds_them(path: Path, zeros: int, gap_bytes: int) -> None:
    weight = torch.cat([torch.zeros(zeros), torch.ones(1), torch.zeros(2000)])
    write_sparse({"w": weight}, path)
    assert torch.equal(read_weights(path)["w"], weight)
    assert f'"U{8 * gap_bytes}"'.encode() in path.read_bytes()


@pytest.mark.slow
@FEW
@given(small_configs(), percentages())
def test_the_sparse_file_of_a_ticket_is_never_the_larger_one(config: SupernetConfig, percent: int) -> None:
    found = disk_size(ticket_of(config, percent).weights)
    payload = sum(weight.numel() * weight.itemsize for weight in ticket_of(config, percent).weights.values())
    assert payload < found.dense_bytes
    assert 0 < found.sparse_bytes <= found.dense_bytes


def test_at_nine_tenths_a_non_zero_weight_costs_five_bytes() -> None:
    net = torch.nn.Conv2d(256, 256, 3)
    weight = net.weight.detach()
    mask = global_masks({"w": weight.abs()}, 90)["w"]
    found = disk_size({"w": weight.masked_fill(~mask, 0.0)})
    assert abs(found.dense_bytes - 4 * weight.numel()) < 200
    assert abs(found.sparse_bytes - 5 * int(mask.sum())) < 300


def test_at_one_half_a_bit_says_where_each_weight_stands(path: Path) -> None:
    weight = torch.randn(64, 250)
    halved = weight.masked_fill(~global_masks({"w": weight.abs()}, 50)["w"], 0.0)
    assert write_sparse({"w": halved}, path) < 4 * 8000 + 16_000 / 8 + 200
    tensors = load(path.read_bytes())
    assert tensors.keys() == {"values/w", "bits/w"} and len(tensors["bits/w"]) == 2000
    assert torch.equal(read_weights(path)["w"], halved)


def test_two_names_for_one_tensor_are_stored_twice(path: Path) -> None:
    weight = torch.randn(50)
    for write in WRITERS:
        assert write({"a": weight, "b": weight}, path) > 2 * 4 * 50
        assert torch.equal(read_weights(path)["b"], weight)


def test_a_file_of_something_else_is_refused(path: Path) -> None:
    path.write_bytes(b"no weights")
    with pytest.raises(TicketError, match=r"cannot read weights .*weights\.safetensors: .*write the file again"):
        read_weights(path)
    path.write_bytes(save({"classifier": torch.zeros(2)}))
    with pytest.raises(TicketError, match="holds 'classifier', no part of a weight file"):
        read_weights(path)
    path.write_bytes(save({"values/w": torch.zeros(2)}))
    with pytest.raises(TicketError, match="cannot read weights"):
        read_weights(path)


def test_a_lossy_file_is_no_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    def rounded(weights: dict[str, Tensor], path: Path) -> int:
        return write_dense({name: weight.half().to(weight.dtype) for name, weight in weights.items()}, path)

    monkeypatch.setattr("supertickets.disk.write_sparse", rounded)
    with pytest.raises(TicketError, match="changed in the sparse file"):
        disk_size(ticket_of(TWO_BRANCHES, 50).weights)


def test_without_values_there_are_gaps_of_the_smallest_type(path: Path) -> None:
    write_sparse({"w": torch.zeros(10_000)}, path)
    tensors = load(path.read_bytes())
    assert tensors["gaps/w"].dtype == torch.uint8 and not tensors["gaps/w"].numel() and not tensors["values/w"].numel()
    assert torch.equal(read_weights(path)["w"], torch.zeros(10_000))


def test_gaps_are_zeros_since_the_value_before(path: Path) -> None:
    weight = torch.zeros(4000)
    weight[[3, 4, 300, 1000]] = torch.tensor([1.0, 2.0, 3.0, 4.0])
    write_sparse({"w": weight.view(40, 100)}, path)
    tensors = load(path.read_bytes())
    assert tensors["gaps/w"].dtype == torch.uint16 and tensors["gaps/w"].tolist() == [3, 0, 295, 699]
    assert tensors["values/w"].tolist() == [1, 2, 3, 4]
