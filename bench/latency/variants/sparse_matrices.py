"""Unstructured sparsity as libraries offer it on a CPU: 1x1 convolutions as compressed-row (CSR) matrix products.

Torch hands them to MKL. All other convolutions stay dense: no library has a sparse kernel for them.
"""

from __future__ import annotations

import copy
import warnings

import torch
from torch import Tensor, nn

from bench.latency.variants import Call, Variant


class SparsePointwise(nn.Module):
    """A 1x1 convolution of one image whose weight is a CSR matrix: `(1, C_in, H, W) -> (1, C_out, H, W)`."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.in_channels, self.out_channels = conv.in_channels, conv.out_channels
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Sparse CSR tensor support")
            self.weight = conv.weight.detach().flatten(1).to_sparse_csr()
        self.bias = None if conv.bias is None else conv.bias.detach()[:, None]

    def forward(self, x: Tensor) -> Tensor:
        flat = x.reshape(self.in_channels, -1)
        y = self.weight @ flat if self.bias is None else self.weight @ flat + self.bias
        return y.view(1, self.out_channels, *x.shape[2:])


def with_sparse_products(net: nn.Module) -> nn.Module:
    """Copy of a net in which 1x1 convolutions of stride 1 and one group are sparse products."""
    net = copy.deepcopy(net)
    for parent in list(net.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.Conv2d) and _is_product(child):
                setattr(parent, name, SparsePointwise(child))
    return net


def _is_product(conv: nn.Conv2d) -> bool:
    plain = conv.kernel_size == conv.stride == (1, 1) and conv.padding == (0, 0)
    return plain and conv.groups == 1


def prepare(net: nn.Module, image: Tensor) -> Call:
    """A plain call of the net with sparse products."""
    net = with_sparse_products(net)

    @torch.inference_mode()
    def run() -> Tensor:
        output: Tensor = net(image)
        return output

    return run


def lacks() -> str | None:
    """Torch without MKL has its own, slower product, which would say nothing about the library."""
    return None if torch.backends.mkl.is_available() else "this torch has no MKL, whose sparse product is meant"


def with_zeros(_net: nn.Module, masked: bool) -> bool:
    """Nets without a mask have nothing to gain."""
    return masked


KEYS = ("cpu-sparse-csr-fp32",)
VARIANTS = (
    Variant(
        *KEYS, "torch, 1x1 convolutions as CSR products (MKL), fp32", "cpu", "fp32", "NCHW",
        prepare, lacks, with_zeros,
    ),
)  # fmt: skip
