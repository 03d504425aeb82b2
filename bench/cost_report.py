"""Everything there is to know of a net's cost: counts, disk space, simulated time, and measured latency on demand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor, nn

from bench.accelerator.config import SIGMA, STONNE, Accelerator
from bench.accelerator.lowering import lower
from bench.accelerator.report import Simulation
from bench.accelerator.simulate import run
from bench.latency.measure import Plan, measure
from bench.latency.rows import Row
from bench.latency.shrink import shrink
from bench.latency.subjects import Subject, estimate_batch_norm
from bench.latency.variants import Variant, known_variants
from bench.model import Model, find, first_line
from bench.model_names import ModelError
from supertickets.costs import cost
from supertickets.disk import disk_size
from supertickets.masks import MaskError
from supertickets.plain import plain
from supertickets.products import ProductError
from supertickets.rounds import LatencyError
from supertickets.tensor_files import TicketError


@dataclass(frozen=True)
class LayerTime:
    """One matrix product on an accelerator.

    Attributes:
        name, kind: see `bench.accelerator.Gemm`.
        macs, cycles, folds: multiplications served, their cycles, and refills of the array.
        utilisation: share of the multipliers that did one of these MACs in an average cycle, 0..1.
        loading_share, streaming_share, reduction_share: of the cycles, 0..1 each; all 0 where nothing runs.
        stationary: the operand held on the multipliers.
    """

    name: str
    kind: str
    macs: int
    cycles: int
    folds: int
    utilisation: float
    loading_share: float
    streaming_share: float
    reduction_share: float
    stationary: str


@dataclass(frozen=True)
class SimulatedTime:
    """Time of one image on an accelerator.

    Attributes:
        accelerator: rules, array, bandwidths and clock.
        latency_ms: milliseconds per image.
        fps: images per second; None where nothing has to run.
        layers: the latency layer by layer.
    """

    accelerator: Accelerator
    latency_ms: float
    fps: float | None
    layers: tuple[LayerTime, ...]


@dataclass(frozen=True)
class CostReport:
    """Cost of a net for one image.

    Attributes:
        model: as it was asked for.
        image_size: (H, W) in pixels.
        params_total, params_nonzero: every parameter, and those that the mask leaves.
        macs_dense, macs_nonzero: multiply-accumulates, and those with weights that the mask leaves.
        macs_official: the public code's count, dense MACs times the share of parameters left.
        disk_dense_bytes, disk_sparse_bytes: files with all weights, and with non-zero values and their gaps.
        simulated: one time per accelerator.
        measured: rows of `bench.latency`, when asked for.
    """

    model: str
    image_size: tuple[int, int]
    params_total: int
    params_nonzero: int
    macs_dense: int
    macs_nonzero: int
    macs_official: float
    disk_dense_bytes: int
    disk_sparse_bytes: int
    simulated: tuple[SimulatedTime, ...]
    measured: tuple[Row, ...] = ()


def report(
    name: str,
    size: tuple[int, int] | None = None,
    accelerators: Sequence[Accelerator] = (SIGMA, STONNE),
    plan: Plan | None = None,
) -> CostReport:
    """Count, simulate and, with a plan, measure a net.

    Args:
        name: see `bench.model.find`.
        size: (H, W) in pixels; None is the size that the net is meant for.
        accelerators: to simulate.
        plan: how to measure; its size does not count. None: nothing is measured.

    Raises:
        ModelError: when there is no such net, or no image of that size passes it.
        LatencyError: for too few rounds.
    """
    model = find(name)
    if not any(True for _ in model.net.parameters()):
        raise ModelError(f"{name} has no parameter: there is nothing to count")
    size = size or model.image_size
    try:
        counted = cost(model.net, size, model.masks)
    except (ProductError, MaskError) as error:
        raise ModelError(f"cannot count {name}: {error}") from error
    except Exception as error:  # whatever a stranger's net throws
        raise ModelError(
            f"cannot count {name} for a {size[0]}x{size[1]} image, try another --image-size: {first_line(error)}"
        ) from error
    try:
        disk = disk_size(plain(model.net).net.state_dict())
    except TicketError as error:
        raise ModelError(f"cannot count {name}: {error}") from error
    return CostReport(
        name, size, counted.params_total, counted.params_nonzero, counted.macs_dense, counted.macs_nonzero,
        counted.macs_official, disk.dense_bytes, disk.sparse_bytes, tuple(_simulated(model, size, accelerators)),
        tuple(_measured(model, size, plan)) if plan else (),
    )  # fmt: skip


def _simulated(model: Model, size: tuple[int, int], accelerators: Sequence[Accelerator]) -> Iterator[SimulatedTime]:
    if not accelerators:
        return
    gemms = lower(model.net, size, model.masks)
    for accelerator in accelerators:
        found = run(gemms, accelerator)
        yield SimulatedTime(accelerator, found.latency_ms, found.fps if found.cycles else None, tuple(_layers(found)))


def _layers(found: Simulation) -> Iterator[LayerTime]:
    for layer in found.layers:
        timing, cycles = layer.timing, max(layer.cycles, 1)
        yield LayerTime(
            name=layer.name,
            kind=layer.kind,
            macs=layer.macs,
            cycles=layer.cycles,
            folds=timing.folds,
            utilisation=layer.utilisation,
            loading_share=timing.loading / cycles,
            streaming_share=timing.streaming / cycles,
            reduction_share=timing.reduction / cycles,
            stationary=timing.stationary,
        )


class _FirstTensor(nn.Module):
    """A net whose output is one tensor: of a dict the one called `out`, as in torchvision, else the first there is."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> Tensor:
        found = _first_tensor(self.net(x))
        if found is None:
            raise TypeError("the net gives no tensor")
        return found


def _first_tensor(output: Any) -> Tensor | None:
    if isinstance(output, Tensor):
        return output
    if isinstance(output, dict):
        output = [output["out"]] if "out" in output else output.values()
    elif not isinstance(output, list | tuple):
        return None
    return next((found for one in output if (found := _first_tensor(one)) is not None), None)


def _measured(model: Model, size: tuple[int, int], plan: Plan) -> list[Row]:
    """The net as it is; a ticket also without the channels that its mask has made constant."""
    here: list[Variant] = [variant for variant in known_variants().values() if variant.missing() is None]
    try:
        return measure(_subjects(model, size), here, replace(plan, image_size=size), lambda _progress: None)
    except LatencyError:
        raise
    except Exception as error:  # whatever a stranger's net throws
        raise ModelError(f"cannot measure {model.name} for a {size[0]}x{size[1]} image: {first_line(error)}") from error


def _subjects(model: Model, size: tuple[int, int]) -> Iterator[Subject]:
    if model.ticket is None:
        yield Subject("as it is", "untrained", estimate_batch_norm(_FirstTensor(model.net), size))
        return
    smaller = shrink(model.ticket)
    yield Subject("masked", "ticket", model.net.eval(), masked=bool(model.masks))
    yield Subject("shrunk", "ticket", smaller.net().eval(), masked=bool(smaller.masks))
