"""Measured times of training steps as a CSV in long form, written by `bench.gpu` and read by `--plan`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

from supertickets.documents import cells
from supertickets.documents.sheets import Schema, read_sheet

MEASURED, FAILED = "measured", "failed"
NOT_MEASURED = "not measured"

DEVICES = "devices"
"""Folder, among the results, of what was measured on whole devices; each has one of its own below it."""

FILES = "steps-*.v1.csv"


@dataclass(frozen=True)
class StepTime:
    """Time of one training step of a supernet.

    Attributes:
        data_set: whose recipe it is.
        device: the processor's own name.
        precision: of products.
        compiled: `yes` where `torch.compile` made the kernels, else `no`.
        data: `streamed`, pictures are decoded meanwhile; `held`, the same batch is there again and again.
        pictures: `files` of a data set, or `made up`, which are decoded faster than photographs.
        workers: processes that decode.
        image_size: `HxW` of the net's input.
        batch: pictures of a step.
        parts: of a batch that were computed one after the other, because memory is short.
        rounds: timed epochs of `steps` steps each.
        steps: see `rounds`.
        step_s, iqr_low, iqr_high: seconds of a step, median and quartiles over the rounds.
        images_per_s: `batch / step_s`.
        waiting_share: of the time, until decoded pictures were there; 0..1.
        memory_gb: the most that tensors took on a GPU, 10^9 bytes.
        torch: version.
        status: `measured`, or `failed: <reason>`; then the numbers are `not measured`.
    """

    data_set: str
    device: str
    precision: str
    compiled: str
    data: str
    pictures: str
    workers: str
    image_size: str
    batch: str
    parts: str
    rounds: str
    steps: str
    step_s: str
    iqr_low: str
    iqr_high: str
    images_per_s: str
    waiting_share: str
    memory_gb: str
    torch: str
    status: str


COLUMNS = tuple(field.name for field in fields(StepTime))
_NUMBERS = ("step_s", "iqr_low", "iqr_high", "images_per_s", "waiting_share", "memory_gb")
SCHEMA = Schema(
    {
        **dict.fromkeys(COLUMNS, cells.text),
        "compiled": cells.one_of(("yes", "no")),
        "data": cells.one_of(("streamed", "held")),
        "image_size": cells.matching("[1-9][0-9]{0,4}x[1-9][0-9]{0,4}", "image size, as in 512x1024"),
        **dict.fromkeys(("batch", "parts"), cells.whole(1)),
        **dict.fromkeys(("workers", "rounds", "steps"), cells.whole()),
        **dict.fromkeys(_NUMBERS, cells.unless((NOT_MEASURED,), cells.number(0))),
    },
    remedy="remove the file, or measure again with `nox -s gpu`",
    key=("data_set", "device", "precision", "compiled", "data"),
)


def read_step_times(results: Path) -> list[StepTime]:
    """All that were measured on any device, with a time; `results` is the folder above that of the devices.

    Raises:
        DocumentError: naming file and line, for a file that is none of these.
    """
    lines = [line for path in sorted((results / DEVICES).glob(f"*/{FILES}")) for line in read_sheet(path, SCHEMA)]
    return [StepTime(**line.texts) for line in lines if line.values["step_s"] is not None]
