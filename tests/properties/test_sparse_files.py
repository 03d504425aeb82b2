"""Sparse weight files whose parts contradict each other: one error that names file and weight."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save
from torch import Tensor

from supertickets.disk import read_weights
from supertickets.ticket import TicketError

pytestmark = pytest.mark.fast


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ticket.safetensors"


FIRST = {"values/w": torch.ones(1), "gaps/w": torch.zeros(1, dtype=torch.uint8)}
SPARSE: dict[str, tuple[dict[str, Tensor], dict[str, str], str]] = {
    "gaps that lead out": (
        {"values/w": torch.ones(2), "gaps/w": torch.tensor([1, 2], dtype=torch.uint8)}, {"w": "[4]"},
        "lead beyond its 4",
    ),
    "gaps that wrap": (
        {"values/w": torch.ones(2), "gaps/w": torch.tensor([2**63, 2**63], dtype=torch.uint64)}, {"w": "[4]"},
        "lead beyond its 4",
    ),
    "gaps whose sum wraps": (
        {"values/w": torch.ones(2), "gaps/w": torch.tensor([2**62, 2**62], dtype=torch.uint64)}, {"w": "[4]"},
        "lead beyond its 4",
    ),
    "signed gaps": (FIRST | {"gaps/w": torch.tensor([-1])}, {"w": "[4]"}, "gaps of w are torch.int64"),
    "fewer gaps": (
        {"values/w": torch.ones(2), "gaps/w": torch.zeros(1, dtype=torch.uint8)}, {"w": "[4]"}, "differ in number",
    ),
    "gaps and bits": (FIRST | {"bits/w": torch.tensor([128], dtype=torch.uint8)}, {"w": "[1]"}, "its gaps or bits"),
    "too few bits": (
        {"values/w": torch.ones(1), "bits/w": torch.tensor([128], dtype=torch.uint8)}, {"w": "[9]"},
        "differ in number",
    ),
    "bits of no value": (
        {"values/w": torch.ones(1), "bits/w": torch.tensor([192], dtype=torch.uint8)}, {"w": "[4]"},
        "bits of w mark 2 of its 4 elements for 1 values",
    ),
    "bits beyond the end": (
        {"values/w": torch.ones(1), "bits/w": torch.tensor([1], dtype=torch.uint8)}, {"w": "[4]"},
        "bits of w mark 1 of its 4 elements for 1 values",
    ),
    "no gaps": ({"values/w": torch.ones(2)}, {"w": "[4]"}, "w lacks its values, its gaps or bits, or a shape"),
    "no shape": (FIRST, {}, "w lacks its values, its gaps or bits, or a shape"),
    "bomb": (
        FIRST, {"w": "[1000000,1000000]"},
        "a shape of at most 2147483648 elements",
    ),
    "shape of text": (
        FIRST, {"w": '["a"]'}, "or a shape of at most",
    ),
    "shape is no JSON": (
        FIRST, {"w": "["}, "Expecting value",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", SPARSE)
def test_odd_sparse_files(path: Path, kind: str) -> None:
    tensors, shapes, message = SPARSE[kind]
    path.write_bytes(save(tensors, metadata=shapes))
    with pytest.raises(TicketError, match=f"^cannot read weights {path}: .*{message}"):
        read_weights(path)
