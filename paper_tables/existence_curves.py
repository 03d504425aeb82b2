"""The numbers behind Figures 2 and 3: vanilla two-in-one training against search-then-prune at many sparsities."""

from __future__ import annotations

from paper_tables.roles import CITYSCAPES, COCO, CURVE, columns
from paper_tables.rows import SP_GRAD, SP_MAG, SP_RAND, TWO_IN_ONE
from paper_tables.table import Table

TABLE = Table(
    name="existence-curves",
    version=2,
    title="Vanilla two-in-one training against search-then-prune at many sparsities",
    paper_ref="Fig. 2, 3",
    columns=columns(CITYSCAPES, *CURVE) + columns(COCO, *CURVE),
    rows=(SP_RAND, SP_MAG, SP_GRAD, TWO_IN_ONE),
    seeds=3,
)
