"""Tab. 10 as the paper prints it, digits untouched; the parameters and MACs it prints are in `bench.networks`."""

from __future__ import annotations

from dataclasses import dataclass

PAPER_REF = "Tab. 10"
IMAGE_SIZE = (512, 1024)
"""(H, W) in pixels of the only image that the table prints speeds of."""

OURS = "supertickets"
"""Network key of the row "SuperTickets"."""


@dataclass(frozen=True)
class Printed:
    """One row: frames per second on a GPU, milliseconds on the sparse accelerator."""

    name: str
    gpu_fps: str
    accelerator_ms: str


TABLE_10 = {
    "bisenet": Printed("BiSeNet", "105.8", "180.8"),
    "df1_seg_d8": Printed("DF1-Seg-d8", "136.9", "181.7"),
    "fasterseg": Printed("FasterSeg", "163.9", "142.4"),
    "squeezenas": Printed("SqueezeNAS", "117.2", "198.5"),
    OURS: Printed("SuperTickets", "310.7", "48.3"),
}

BASELINES = tuple(key for key in TABLE_10 if key != OURS)
"""Keys of the networks that Tab. 10 compares with, in its order."""

SPEEDUPS = {"bisenet": "3.74", "df1_seg_d8": "3.76", "fasterseg": "2.95", "squeezenas": "4.11"}
"""Accelerator speed-ups of the ticket that the text prints beside the table."""
