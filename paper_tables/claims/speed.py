"""The claim about speed, judged on Tab. 10 as printed: none of its tickets is published."""

from __future__ import annotations

from paper_tables.claims.claim import Claim
from paper_tables.claims.predicates import RatioWithin
from paper_tables.methods import name_of
from paper_tables.metrics import METRICS, SEGMENTATION
from paper_tables.roles import CITYSCAPES
from paper_tables.rows import row
from paper_tables.table import Column, Row, Table

_FPS, _ACCELERATOR = METRICS["gpu_fps"], METRICS["accelerator_ms"]
_METRICS = (SEGMENTATION[0], _FPS, _ACCELERATOR)
_TICKET = "pp_ir_s"
_NETWORKS = ("bisenet", "df1_seg_d8", "fasterseg", "squeezenas")

TABLE_10 = Table(
    name="latency",
    version=1,
    title="Speed of Tab. 10's networks",
    paper_ref="Tab. 10",
    columns=tuple(Column(CITYSCAPES, "segmentation", sparsity, _METRICS) for sparsity in (0, 50)),
    rows=(*(Row(key, name_of(key)) for key in _NETWORKS), row(_TICKET)),
)
"""Only for its printed numbers: what we measure and simulate is `paper_tables/written/latency.py`."""

_HALF_A_DIGIT = 0.05

CLAIMS = (
    Claim(
        id="speed",
        paper_ref="App. D, Tab. 10",
        sentence="SuperTickets run 1.8 to 2.9 times as fast as typical networks on a GPU, and 2.9 to 4.1 times as fast "
        "on a sparse accelerator.",
        scope="The factors with half a unit of their last digit to either side. Judged on the printed table only: the "
        "ticket is not published. What one constructed to the printed cost gains, simulated and measured, stands in "
        "docs/latency.md.",
        predicates=tuple(
            RatioWithin(
                table=TABLE_10.name,
                row=row,
                reference=reference,
                low=low - _HALF_A_DIGIT,
                high=high + _HALF_A_DIGIT,
                metrics=(metric.key,),
            )
            for network in _NETWORKS
            for row, reference, low, high, metric in (
                (_TICKET, network, 1.8, 2.9, _FPS),
                (network, _TICKET, 2.9, 4.1, _ACCELERATOR),
            )
        ),
    ),
)
