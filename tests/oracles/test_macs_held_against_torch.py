"""Counts of nets that do not do what their layers' rules say: right, or refused by module and operation.

Each of these is counted as nothing, or too high, by a counter that looks at modules alone or trusts torch's formulas.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrizations, prune

from bench.accelerator.lowering import lower
from supertickets.costs import cost
from supertickets.operations import UNCOUNTED
from supertickets.products import ProductError, WeightProduct, products_of
from supertickets.tracing import net_products

pytestmark = pytest.mark.fast
SIZE = (4, 6)
"""Of pictures that are read as 12 tokens of 6 numbers."""


class Through(nn.Module):
    """Passes the tokens `(1, 12, 6)` through a function, beside a layer with a rule."""

    def __init__(self, function: Callable[[Tensor], Tensor], layer: nn.Module | None = None) -> None:
        super().__init__()
        self.function, self.layer = function, layer or nn.Linear(6, 6)

    def forward(self, x: Tensor) -> Tensor:
        return self.function(self.layer(x.flatten(1, 2)))


class Product(torch.autograd.Function):
    """A product that autograd knows as one function."""

    @staticmethod
    def forward(_context: object, x: Tensor) -> Tensor:
        return x @ x.mT


@torch.inference_mode()
def unseen(x: Tensor) -> Tensor:
    """In this mode the dispatcher is shown composite operations whole."""
    return torch.matmul(x, x.mT)


PRODUCTS: dict[str, tuple[Callable[[Tensor], Tensor], int, str]] = {
    # what is run, multiplications of 12 tokens of 6 numbers, operation that the dispatcher sees
    "mv": (lambda x: torch.mv(x[0], x[0, 0]), 72, "aten.mv"),
    "dot": (lambda x: torch.dot(x[0, 0], x[0, 1]), 6, "aten.dot"),
    "vdot": (lambda x: torch.vdot(x[0, 0], x[0, 1]), 6, "aten.vdot"),
    "addmv": (lambda x: torch.addmv(x[0, :, 0], x[0], x[0, 0]), 72, "aten.addmv"),
    "einsum": (lambda x: torch.einsum("bij,bkj->bik", x, x), 864, "aten.bmm"),
    "chain_matmul": (lambda x: torch.linalg.multi_dot([x[0], x[0].T, x[0]]), 2 * 432, "aten.mm"),
    "matrix_power": (lambda x: torch.linalg.matrix_power(x[:, :6], 3), 2 * 216, "aten.bmm"),
    "baddbmm": (lambda x: torch.baddbmm(x[:, :, :1], x, x.mT), 864, "aten.baddbmm"),
    "baddbmm in place": (lambda x: x.repeat(1, 1, 2).baddbmm_(x, x.mT), 864, "aten.baddbmm_"),
    "addbmm": (lambda x: torch.addbmm(x[0, :, :1], x, x.mT), 864, "aten.addbmm"),
    "attention": (lambda x: F.scaled_dot_product_attention(x, x, x), 2 * 864, "aten.bmm"),
    "tensordot": (lambda x: torch.tensordot(x, x, dims=([2], [2])), 864, "aten.mm"),
    "convolution": (lambda x: F.conv1d(x, x[:, :, :3].expand(5, 12, 3)), 4 * 5 * 36, "aten.convolution"),
    "autograd function": (Product.apply, 864, "aten.bmm"),
    "inference mode": (unseen, 864, "aten.bmm"),
}  # fmt: skip


@pytest.mark.parametrize("kind", PRODUCTS)
def test_products_without_a_module_are_refused_by_name_and_number(kind: str) -> None:
    function, macs, operation = PRODUCTS[kind]
    message = f"^1: Through multiplies {macs} times ({operation}.default), its rules count 0; register one with"
    with pytest.raises(ProductError, match=re.escape(message)[1:]):
        cost(nn.Sequential(nn.Identity(), Through(function)), SIZE)


UNKNOWN: dict[str, tuple[Callable[[Tensor], Tensor], str]] = {
    "bilinear": (lambda x: F.bilinear(x, x, x[0, :6, :6].expand(3, 6, 6)), "aten._trilinear"),
    "cdist": (lambda x: torch.cdist(x, x), "aten._cdist_forward"),
    "pdist": (lambda x: F.pdist(x[0]), "aten._pdist_forward"),
    "addr": (lambda x: torch.addr(x[0, :6, :6], x[0, 0], x[0, 1]), "aten.addr"),
    "fft": (torch.fft.fft, "aten._fft_r2c"),
    "solve": (lambda x: torch.linalg.solve(x[:, :6], x[:, :6]), "aten._linalg_solve_ex"),
    "inverse": (lambda x: torch.linalg.inv(x[:, :6]), "aten.linalg_inv_ex"),
    "lstsq, which no meta tensor passes": (lambda x: torch.linalg.lstsq(x, x).solution, "aten.linalg_lstsq"),
    "matrix exponential": (lambda x: torch.matrix_exp(x[:, :6]), "aten.linalg_matrix_exp"),
    "whole numbers": (lambda x: torch._int_mm(x[0].char(), x[0].char().T), "aten._int_mm"),
    "complex numbers": (lambda x: torch.complex(x, x) @ torch.complex(x, x).mT, "aten.bmm"),
    "a complex factor of a real one": (lambda x: torch.bmm(torch.complex(x, x), x.mT), "aten.bmm"),
}


@pytest.mark.parametrize("kind", UNKNOWN)
def test_operations_that_nobody_knows_are_refused_by_name(kind: str) -> None:
    function, operation = UNKNOWN[kind]
    with pytest.raises(ProductError, match=rf"^1: Through runs {operation}\.\w+, of which .*register_flop_formula"):
        cost(nn.Sequential(nn.Identity(), Through(function)), SIZE)


def test_a_refusal_is_not_lost_in_a_net_that_catches_errors() -> None:
    def careless(x: Tensor) -> Tensor:
        try:
            return torch.cdist(x, x)
        except ValueError:
            return x

    with pytest.raises(ProductError, match=r"Through runs aten\._cdist_forward"):
        cost(Through(careless), SIZE)


class Failing(nn.Module):
    """Multiplies, then fails."""

    def forward(self, x: Tensor) -> Tensor:
        raise KeyError((x @ x.mT).shape)


class Careful(nn.Module):
    """Goes on when its first part fails."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = Failing(), nn.Linear(6, 6)

    def forward(self, x: Tensor) -> Tensor:
        try:
            return self.first(x.flatten(1, 2))  # type: ignore[no-any-return]
        except KeyError:
            return self.second(x.flatten(1, 2))  # type: ignore[no-any-return]


def test_what_a_failed_call_has_multiplied_still_counts() -> None:
    with pytest.raises(ProductError, match=r"0\.first: Failing multiplies 864 times"):
        cost(nn.Sequential(Careful()), SIZE)


def test_what_meta_tensors_do_not_tell_is_refused() -> None:
    with pytest.raises(ProductError, match=r"Through runs aten\.equal\.default, whose output torch does not know"):
        cost(Through(lambda x: x if torch.equal(x, x) else -x), SIZE)


def test_only_products_of_matrices_count() -> None:
    """Elementwise products, outer ones among them, are left out by convention."""
    assert cost(Through(lambda x: torch.outer(x[0, 0], x[0, 1]) * 2), SIZE).macs_dense == 12 * 36
    assert {"mm", "bmm", "addmm", "convolution", "mul", "dot", "cumprod"}.isdisjoint(UNCOUNTED)
    assert all(hasattr(torch.ops.aten, name) for name in UNCOUNTED)


class Part(nn.Linear):
    """As layers of searched nets do it: a slice of the weight."""

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight[:2])


class SamePart(nn.Linear):
    """As often as all of the weight."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([F.linear(x, self.weight[:3]), F.linear(x, self.weight[:3])], dim=2)


class SameColumns(nn.Linear):
    """The same along the other dimension."""

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x[..., :3], self.weight[:, :3]) + F.linear(x[..., 3:], self.weight[:, :3])


class SamePartOfACopy(nn.Linear):
    """The part of something that was made of the weight."""

    def forward(self, x: Tensor) -> Tensor:
        weight = self.weight * 2
        return torch.cat([F.linear(x, weight[:3]), F.linear(x, weight[:3])], dim=2)


class TwoParts(nn.Linear):
    """All of the weight, in two steps."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([F.linear(x, self.weight[:2]), F.linear(x, self.weight[2:])], dim=2)


class More(nn.Linear):
    """And once more what came out."""

    def forward(self, x: Tensor) -> Tensor:
        y = super().forward(x)
        return y @ y.mT


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Part, "Part multiplies 144 times (aten.mm.default), its rules count 432; register another"),
        (More, "multiplies 1296 times (aten.addmm.default, aten.bmm.default), its rules count 432; register another"),
        (SamePart, "SamePart multiplies with another part of weight than its rules say (aten.mm.default); register"),
        (SameColumns, "SameColumns multiplies with another part of weight than its rules say"),
        (SamePartOfACopy, "SamePartOfACopy multiplies with another part of weight than its rules say"),
    ],
)
def test_a_subclass_that_does_not_do_what_its_base_does(kind: type[nn.Linear], message: str) -> None:
    with pytest.raises(ProductError, match=f"^layer: .*{re.escape(message)}"):
        cost(Through(lambda x: x, kind(6, 6)), SIZE)


def test_a_subclass_that_does_it_in_other_steps() -> None:
    assert cost(Through(lambda x: x, TwoParts(6, 6)), SIZE).macs_dense == 12 * 36


def test_a_rule_that_contradicts_what_is_run_is_refused() -> None:
    class Halved(nn.Linear):
        pass

    @products_of(Halved)
    def _halved(_module: Halved, inputs: tuple[Tensor, ...], _output: Tensor) -> list[WeightProduct]:
        return [WeightProduct("weight", inputs[0].numel() // 6 // 2)]

    with pytest.raises(ProductError, match=r"layer: Halved multiplies 432 times .*, its rules count 216"):
        cost(Through(lambda x: x, Halved(6, 6)), SIZE)


class TwoParents(nn.Module):
    """One convolution below two blocks."""

    def __init__(self) -> None:
        super().__init__()
        shared = nn.Conv2d(3, 3, 1)
        self.one, self.other = nn.Sequential(shared, nn.ReLU()), nn.Sequential(nn.ReLU(), shared)

    def forward(self, x: Tensor) -> Tensor:
        return self.other(self.one(x))  # type: ignore[no-any-return]


def test_a_module_below_two_parents_counts_at_both() -> None:
    found = cost(TwoParents(), SIZE)
    assert (found.macs_dense, found.params_total) == (2 * 24 * 9, 12)
    assert [product.name for product in net_products(TwoParents(), SIZE)] == ["one.0.weight"] * 2


def convolutions() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 1), nn.Conv2d(4, 4, 1))


def test_a_net_pruned_by_torch_is_under_its_masks() -> None:
    net = convolutions()
    prune.l1_unstructured(net[0], "weight", amount=0.5)
    prune.l1_unstructured(net[0], "weight", amount=0.5)  # half of what is left
    prune.random_unstructured(net[1], "bias", amount=1)
    net(torch.zeros(1, 3, *SIZE))  # leaves results of autograd in the modules, which cannot be copied
    before = {name: value.clone() for name, value in net.state_dict().items()}
    found = cost(net, SIZE)
    assert (found.macs_dense, found.macs_nonzero) == (24 * (12 + 16), 24 * (3 + 16))
    assert (found.params_total, found.params_nonzero) == (36, 36 - 9 - 1)
    assert [gemm.nonzeros for gemm in lower(net, SIZE)] == [3, 16]
    assert prune.is_pruned(net) and all(torch.equal(value, before[name]) for name, value in net.state_dict().items())

    given = torch.zeros(4, 3, 1, 1, dtype=torch.bool)
    given[0] = True
    both = int((given & net[0].weight_mask.bool()).sum())
    assert cost(net, SIZE, {"0.weight": given}).macs_nonzero == 24 * (both + 16)


COMPUTED = {
    "weight_norm": parametrizations.weight_norm,
    "spectral_norm": parametrizations.spectral_norm,
    "orthogonal": parametrizations.orthogonal,
    "weight_norm by a hook": nn.utils.weight_norm,
    "spectral_norm by a hook": nn.utils.spectral_norm,
}


@pytest.mark.filterwarnings("ignore:`torch.nn.utils.weight_norm` is deprecated")
@pytest.mark.parametrize("kind", COMPUTED)
def test_a_computed_weight_is_what_it_comes_to(kind: str) -> None:
    net, plain = convolutions(), cost(convolutions(), SIZE)
    COMPUTED[kind](net[0])
    mask = {"0.weight": torch.eye(4, 3, dtype=torch.bool)[..., None, None]}
    weight = net[0].weight.detach().clone()
    assert cost(net, SIZE) == plain
    assert torch.equal(net.eval()[0].weight, weight), "the net itself goes on computing it"
    assert cost(net, SIZE, mask) == cost(convolutions(), SIZE, mask)


@pytest.mark.filterwarnings("ignore:`torch.jit")
def test_a_scripted_net_is_refused() -> None:
    net = nn.Sequential(nn.ReLU(), torch.jit.trace(convolutions().eval(), torch.zeros(1, 3, *SIZE)))
    with pytest.raises(ProductError, match=r"^1 is of torch\.jit: count the module that it was made from"):
        cost(net, SIZE)


def test_a_product_of_functions_is_not_free() -> None:
    """It was for thop (Lyken17/pytorch-OpCounter#213) and ptflops (sovrasov/flops-counter.pytorch#78)."""
    for product in (lambda x: torch.matmul(x, x.transpose(-1, -2)), lambda x: torch.bmm(x, x.mT)):
        with pytest.raises(ProductError, match=r"multiplies 864 times \(aten\.bmm\.default\)"):
            cost(Through(product), SIZE)


@pytest.mark.parametrize("trained", [True, False])
def test_attention_is_not_free_either(trained: bool) -> None:
    """It was for thop (Lyken17/pytorch-OpCounter#197) and ptflops (sovrasov/flops-counter.pytorch#65).

    For ptflops still where no parameter needs a gradient, so that torch takes a fused path (#101 there).
    """
    layer = nn.TransformerEncoderLayer(6, 2, dim_feedforward=6, batch_first=True).requires_grad_(trained)
    assert cost(Through(lambda x: x, layer), SIZE).macs_dense == 12 * 36 * (4 + 2) + 2 * 12 * 12 * 6


def test_fused_attention_of_the_cpu_is_not_free() -> None:
    """pytorch/pytorch#195460: torch's counter saw no FLOPs in the kernel that CPUs take by default."""
    with pytest.raises(ProductError, match="multiplies 1728 times"):
        cost(Through(PRODUCTS["attention"][0]), SIZE)


def test_transposed_convolutions_count_their_inputs() -> None:
    """facebookresearch/fvcore#78: 81 instead of 32 x 9; sovrasov/flops-counter.pytorch#149: four times 48."""

    def alone(layer: nn.Module, channels: int) -> int:
        net = nn.Sequential(nn.Conv2d(3, channels, 1), layer)
        side = 1 if channels == 32 else 2
        return cost(net, (side, side)).macs_dense - 3 * channels * side * side

    assert alone(nn.ConvTranspose2d(32, 1, 3), 32) == 32 * 9
    assert alone(nn.ConvTranspose2d(3, 1, 2, stride=2), 3) == 3 * 4 * 4


def test_a_pruned_net_that_cannot_be_copied_is_counted() -> None:
    """pytorch/pytorch#37322: a result of autograd is in the place of the weight, beside `weight_orig`."""
    net = convolutions()
    prune.global_unstructured([(net[0], "weight"), (net[1], "weight")], prune.L1Unstructured, amount=0.5)
    with pytest.raises(RuntimeError, match="deepcopy protocol"):
        copy.deepcopy(net)
    assert cost(net, SIZE).macs_nonzero == 24 * 14
