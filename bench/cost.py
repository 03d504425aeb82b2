"""What a net costs: parameters, MACs, disk space, time on the simulated accelerator and, when asked, here.

`python -m bench.cost --model ticket.safetensors`, or `report("bisenet")` from Python.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from inspect import signature
from pathlib import Path

from torch import nn

from bench.accelerator import SIGMA, STONNE, Accelerator, AcceleratorError, simulate
from bench.latency import LatencyError, Plan, Row, Subject, known_variants, measure, settle, shrink
from bench.latency.variants import Variant
from bench.networks import NetworkError, network, networks
from bench.sizes import image_size
from supertickets.costs import cost
from supertickets.disk import stored_size
from supertickets.masks import Masks
from supertickets.ticket import Ticket, TicketError

ACCELERATORS = {"sigma": SIGMA, "stonne": STONNE}
ASSUMPTIONS = (
    "one image; layers one after another, nothing shared; zeros of the weights are skipped, activations count as "
    "dense; normalisation, activation and resizing take no time; memory keeps up"
)
TICKET_SIZES = {"dense": (512, 1024), "classification": (224, 224)}
"""Image size of a ticket for which none is given, by the supernet's head: that of Cityscapes and of ImageNet."""

OTHER_SIZE = (224, 224)


class ModelError(ValueError):
    """A model that cannot be found or counted; the message names it and the remedy."""


@dataclass(frozen=True)
class Model:
    """A net under masks (none: dense) and the image size it is meant for."""

    name: str
    net: nn.Module
    masks: Masks
    image_size: tuple[int, int]
    ticket: Ticket | None = None


@dataclass(frozen=True)
class SimulatedTime:
    """Time of one image on an accelerator.

    Attributes:
        accelerator: rules, array, bandwidths and clock.
        latency_ms, fps: milliseconds per image and images per second; None where it cannot be simulated.
        not_simulated: why not; None where it was.
    """

    accelerator: Accelerator
    latency_ms: float | None
    fps: float | None
    not_simulated: str | None = None


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
    """Everything there is to know of a net's cost.

    Args:
        name: see `find`.
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
    except (RuntimeError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(
            f"cannot count {name} for a {size[0]}x{size[1]} image, try another --size: {_first_line(error)}"
        ) from error
    disk = stored_size(model.net.state_dict())
    return CostReport(
        name, size, counted.params_total, counted.params_nonzero, counted.macs_dense, counted.macs_nonzero,
        counted.macs_official, disk.dense_bytes, disk.sparse_bytes,
        tuple(_simulated(model, size, accelerator) for accelerator in accelerators),
        tuple(_measured(model, size, plan)) if plan else (),
    )  # fmt: skip


def find(name: str) -> Model:
    """The net called `name`.

    Args:
        name: a ticket's file, a network of `bench.networks`, `torchvision:NAME`, or `package.module:callable` whose
            call without arguments gives a `torch.nn.Module`.

    Raises:
        ModelError: when there is none.
    """
    if name.endswith(".safetensors") or Path(name).is_file():
        return _ticket(name)
    if name.startswith("torchvision:"):
        return Model(name, _torchvision(name.partition(":")[2]), {}, OTHER_SIZE)
    if ":" in name:
        return Model(name, _called(name), {}, OTHER_SIZE)
    try:
        known = network(name)
        return Model(name, known.build(), {}, known.input_size)
    except NetworkError as error:
        if name in networks():
            raise ModelError(str(error)) from error
        raise ModelError(
            f"{name!r} is no model: give a ticket's .safetensors file, torchvision:NAME, package.module:callable, "
            f"or one of {', '.join(networks())}"
        ) from error


def _ticket(name: str) -> Model:
    try:
        ticket = Ticket.load(Path(name))
        return Model(name, ticket.net(), ticket.masks, TICKET_SIZES[ticket.config.head], ticket)
    except TicketError as error:
        raise ModelError(str(error) if Path(name).exists() else f"no ticket file {name}; check the path") from error


def _torchvision(name: str) -> nn.Module:
    from torchvision import models

    try:
        builder = models.get_model_builder(name)
    except ValueError as error:
        near = difflib.get_close_matches(name, models.list_models(), cutoff=0.0)
        raise ModelError(f"torchvision has no model {name!r}; the nearest are {', '.join(near)}") from error
    backbone = {"weights_backbone": None} if "weights_backbone" in signature(builder).parameters else {}
    net: nn.Module = builder(weights=None, **backbone)
    return net


def _called(name: str) -> nn.Module:
    module, _, path = name.partition(":")
    try:
        found = importlib.import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
        net = found()  # type: ignore[operator]
    except Exception as error:  # whatever the user's code throws
        raise ModelError(f"cannot call {name}: {type(error).__name__}: {_first_line(error)}") from error
    if not isinstance(net, nn.Module):
        raise ModelError(f"{name} gave a {type(net).__name__}: a call without arguments has to give a torch.nn.Module")
    return net


def _simulated(model: Model, size: tuple[int, int], accelerator: Accelerator) -> SimulatedTime:
    try:
        found = simulate(model.net, size, model.masks, accelerator)
    except AcceleratorError as error:
        return SimulatedTime(accelerator, None, None, str(error))
    return SimulatedTime(accelerator, found.latency_ms, found.fps)


def _measured(model: Model, size: tuple[int, int], plan: Plan) -> list[Row]:
    """The net as it is; a ticket also without the channels that its mask has made constant."""
    if model.ticket is None:
        subjects = [Subject("as it is", "untrained", settle(model.net))]
    else:
        smaller = shrink(model.ticket)
        subjects = [
            Subject("masked", "ticket", model.net.eval(), masked=bool(model.masks)),
            Subject("shrunk", "ticket", smaller.net().eval(), masked=bool(smaller.masks)),
        ]
    here: list[Variant] = [variant for variant in known_variants().values() if variant.missing() is None]
    return measure(subjects, here, Plan(size, plan.rounds, plan.warmup, plan.threads), lambda _progress: None)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "")


def lines(found: CostReport) -> Iterator[str]:
    """A report as text."""
    yield f"{found.model}, one {found.image_size[0]}x{found.image_size[1]} image"
    yield f"params_total     {found.params_total:>16,}"
    yield f"params_nonzero   {found.params_nonzero:>16,}"
    yield f"macs_dense       {found.macs_dense:>16,}   one multiplication with its addition; FLOPs would be twice that"
    yield f"macs_nonzero     {found.macs_nonzero:>16,}"
    yield f"macs_official    {found.macs_official:>16,.0f}   macs_dense x params_nonzero / params_total"
    yield f"disk, dense      {found.disk_dense_bytes:>16,}   bytes, all weights and statistics"
    yield f"disk, sparse     {found.disk_sparse_bytes:>16,}   bytes, non-zero values and the gaps between them"
    for time in found.simulated:
        array = time.accelerator
        reduction = "unlimited" if array.reduction_bandwidth is None else array.reduction_bandwidth
        what = (
            f"{array.rules} rules, {array.multipliers} multipliers, {array.distribution_bandwidth} values in and "
            f"{reduction} out per cycle, {array.clock_mhz:g} MHz"
        )
        if time.latency_ms is None:
            yield f"accelerator      not simulated: {time.not_simulated} ({what})"
        else:
            yield f"accelerator      {time.latency_ms:>13,.3f} ms   {time.fps:,.1f} frames per second ({what})"
    if found.simulated:
        yield f"  assumed: {ASSUMPTIONS}"
    for row in found.measured:
        if row.metric == "latency_ms":
            spread = f"[{row.iqr_low}, {row.iqr_high}] ms over {row.rounds} rounds, {row.threads} threads, {row.device}"
            told = row.status if row.median == "not run" else f"{row.median:>13} ms   {spread}"
            yield f"{row.network}, {row.variant}: {told}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a report; returns 0, or 2 for a model that cannot be found or counted."""
    options = _parser().parse_args(arguments)
    accelerators = [ACCELERATORS[options.rules]] if options.rules else list(ACCELERATORS.values())
    plan = Plan(rounds=options.rounds, threads=options.threads) if options.measure else None
    try:
        found = report(options.model, options.size, accelerators, plan)
    except (ModelError, LatencyError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(asdict(found), indent=2))
    else:
        print("\n".join(lines(found)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.cost", description="Parameters, MACs, disk space and time of a net or a ticket."
    )
    parser.add_argument(
        "--model",
        required=True,
        help="ticket.safetensors, a baseline network, torchvision:NAME or package.module:callable",
    )
    parser.add_argument("--size", type=image_size, metavar="HxW", help="image size (default: the one it is meant for)")
    parser.add_argument("--rules", choices=list(ACCELERATORS), help="accelerator rules (default: both)")
    parser.add_argument("--measure", action="store_true", help="measure the latency on this machine, too")
    parser.add_argument("--rounds", type=int, default=20, help="timed rounds with --measure")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads with --measure")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
