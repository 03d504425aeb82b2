"""Our own table: the ablation under every reading of the protocol."""

from __future__ import annotations

from paper_tables.metrics import POSE, SEGMENTATION
from paper_tables.readings import under_readings
from paper_tables.roles import CITYSCAPES, COCO, columns
from paper_tables.rows import SP_GRAD, SP_MAG, SP_MAG_RT, SP_RAND, ST, ST_RT, TWO_IN_ONE, row
from paper_tables.table import Table

TABLE = Table(
    name="protocol",
    version=1,
    title="Two-in-one training and search-then-prune under other readings of the protocol",
    paper_ref="Alg. 1 and public code",
    columns=columns(CITYSCAPES, 90, metrics=SEGMENTATION[:1]) + columns(COCO, 80, metrics=POSE[:1]),
    rows=under_readings(
        (
            SP_RAND,
            SP_MAG,
            SP_GRAD,
            SP_MAG_RT,
            TWO_IN_ONE,
            row("pp"),
            row("pp_ir_p"),
            ST,
            ST_RT,
        )
    ),
    seeds=3,
    note="Not a table of the paper: paper and public code leave open, or contradict each other in, how its numbers "
    "were made. Each reading is a module of bench/readings.",
)
