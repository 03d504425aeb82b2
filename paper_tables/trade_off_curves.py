"""The numbers behind Figures 4 to 6: SuperTickets against search-then-prune, with and without retraining."""

from __future__ import annotations

from dataclasses import replace

from paper_tables.roles import ADE20K, CITYSCAPES, COCO, CURVE, IMAGENET, columns
from paper_tables.rows import SP_GRAD, SP_GRAD_RT, SP_MAG, SP_MAG_RT, SP_RAND, ST, ST_RT
from paper_tables.table import Table

TABLE = Table(
    name="trade-off-curves",
    version=2,
    title="SuperTickets against search-then-prune at many sparsities, with and without retraining",
    paper_ref="Fig. 4-6",
    columns=tuple(column for role in (IMAGENET, CITYSCAPES, ADE20K, COCO) for column in columns(role, *CURVE)),
    rows=(
        SP_RAND,
        SP_MAG,
        SP_GRAD,
        ST,
        SP_MAG_RT,
        replace(SP_GRAD_RT, roles=(IMAGENET, CITYSCAPES, ADE20K)),
        ST_RT,
    ),
    seeds=3,
    note="The paper draws S+P (Grad.) + retraining everywhere but on COCO keypoints.",
)
