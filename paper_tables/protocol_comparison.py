"""Our own table: tickets against search-then-prune on all data sets under every reading."""

from __future__ import annotations

from dataclasses import replace

from paper_tables.metrics import CLASSIFICATION, POSE, SEGMENTATION
from paper_tables.readings import under_readings
from paper_tables.roles import ADE20K, CITYSCAPES, COCO, IMAGENET, columns
from paper_tables.rows import SP_GRAD, SP_GRAD_RT, SP_MAG, SP_MAG_RT, ST
from paper_tables.table import Table

TABLE = Table(
    name="protocol-comparison",
    version=1,
    title="SuperTickets against search-then-prune on all data sets under other readings of the protocol",
    paper_ref="Alg. 1 and public code",
    columns=columns(IMAGENET, 50, metrics=CLASSIFICATION[:1])
    + columns(CITYSCAPES, 50, metrics=SEGMENTATION[:1])
    + columns(ADE20K, 50, metrics=SEGMENTATION[:1])
    + columns(COCO, 20, metrics=POSE[:1]),
    rows=under_readings(
        (
            replace(SP_GRAD, roles=(IMAGENET, ADE20K)),
            replace(SP_MAG, roles=(IMAGENET, ADE20K, COCO)),
            replace(SP_GRAD_RT, roles=(CITYSCAPES,)),
            replace(SP_MAG_RT, roles=(CITYSCAPES,)),
            ST,
        )
    ),
    seeds=3,
    note="Not a table of the paper: the measured rows of its Tab. 3 to 6, at their sparsities.",
)
