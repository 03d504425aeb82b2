"""Our own table: what is left at high sparsities under every reading of the protocol."""

from __future__ import annotations

from paper_tables.metrics import POSE, SEGMENTATION
from paper_tables.readings import under_readings
from paper_tables.roles import CITYSCAPES, COCO, columns
from paper_tables.rows import SP_MAG, ST
from paper_tables.table import Table

TABLE = Table(
    name="protocol-collapse",
    version=1,
    title="What is left at high sparsities under other readings of the protocol",
    paper_ref="Alg. 1 and public code",
    columns=columns(CITYSCAPES, 10, 90, 95, metrics=SEGMENTATION[:1]) + columns(COCO, 10, 90, 95, metrics=POSE[:1]),
    rows=under_readings((SP_MAG, ST)),
    seeds=3,
    note="Not a table of the paper: the cells of trade-off-curves that its claim of a collapse rests on.",
)
