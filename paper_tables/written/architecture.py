"""Figure 9: the supernet as the live module has it and, beside it, a found ticket block by block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.experiments import Run
from bench.methods import Condition, step_for
from bench.profiles import Profile
from bench.runner import Runner
from paper_tables.written import WrittenTable
from paper_tables.written.lines import write_lines
from supertickets.supernet.block import SearchingBlock
from supertickets.supernet.transformer import TokenTransformer
from supertickets.ticket import Ticket

SPARSITY = {"ImageNet": 90, "Cityscapes": 90, "ADE20K": 90, "COCO keypoints": 80}
"""Whole percent, as in the paper's tables of tickets."""


def runs(profile: Profile) -> list[Run]:
    """SuperTickets of seed 0, one per role."""
    return [
        Run(step_for("pp_ir_s", Condition(setting, SPARSITY[role])), 0) for role, setting in profile.settings.items()
    ]


def block_lines(ticket: Ticket) -> Iterator[dict[str, Any]]:
    """Every searching block and transformer of the supernet that `ticket` was drawn from, with what is left of it.

    `units` and `units_left` are counts per kernel path (blocks: one per kernel size; transformers: tokens), joined by
    semicolons; a group without units has zeros. `weights` counts convolution and linear weights of the supernet,
    `weights_left` those that the search and the mask have left; a weight without a mask is left as a whole.
    """
    architecture = ticket.architecture
    supernet, net = architecture.build(0), ticket.net()
    whole, weights = architecture.shape(supernet), architecture.prunable(supernet, "all")
    kept = {
        name: int(ticket.masks[name].sum()) if name in ticket.masks else weight.numel()
        for name, weight in architecture.prunable(net, "all").items()
    }
    for name, module in supernet.named_modules():
        if not isinstance(module, SearchingBlock | TokenTransformer):
            continue
        kind = "block" if isinstance(module, SearchingBlock) else "transformer"
        left = ticket.shape[name] or [0] * len(whole[name])
        yield {
            "module": name,
            "kind": kind,
            "inputs": module.inputs if isinstance(module, SearchingBlock) else module.channels,
            "outputs": module.outputs if isinstance(module, SearchingBlock) else module.channels,
            "stride": module.stride if isinstance(module, SearchingBlock) else 1,
            "kernels": ";".join(map(str, module.depthwise.kernels)) if isinstance(module, SearchingBlock) else "none",
            "units": ";".join(map(str, whole[name])),
            "units_left": ";".join(map(str, left)),
            "weights": sum(weight.numel() for key, weight in weights.items() if _owner(key, name, kind)),
            "weights_left": sum(count for key, count in kept.items() if _owner(key, name, kind)),
        }


def _owner(key: str, name: str, kind: str) -> bool:
    """Whether tensor `key` belongs to module `name` itself; a block does not own its transformer."""
    return key.startswith(f"{name}.") and (kind == "transformer" or not key.startswith(f"{name}.transformer."))


def write(table: WrittenTable, profile: Profile, runner: Runner, folder: Path, _present: Path) -> None:
    """Write one line per block and role."""
    lines: list[dict[str, Any]] = []
    wanted: Sequence[Run] = runs(profile)
    for role, run in zip(profile.settings, wanted, strict=True):
        ticket = runner.store.ticket(run)
        about = {
            "table": table.name, "version": table.version, "profile": profile.name, "role": role,
            "data_set": run.step.problem.data, "sparsity": f"{run.step.sparsity / 100:.4f}", "seed": run.seed,
            "experiment_id": run.id,
        }  # fmt: skip
        lines += [{**about, **line} for line in block_lines(ticket)]
    write_lines(folder / table.file_name, lines)


TABLE = WrittenTable("architecture", 2, "The supernet and a ticket found in it", "Fig. 9", runs, write)
