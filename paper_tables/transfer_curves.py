"""The numbers behind Figure 8, and at 30 % behind what the supplement says of its limits: transferred tickets."""

from __future__ import annotations

from paper_tables.roles import ADE20K, CITYSCAPES, COCO, IMAGENET, columns
from paper_tables.rows import SP_GRAD, SP_MAG, ST, TRANSFERRED
from paper_tables.table import Table

_SPARSITIES = (30, 80, 90, 95, 98)

TABLE = Table(
    name="transfer-curves",
    version=2,
    title="Transferred tickets against tickets of the target at many sparsities",
    paper_ref="Fig. 8",
    columns=(
        *columns(CITYSCAPES, *_SPARSITIES),
        *columns(ADE20K, *_SPARSITIES),
        *columns(COCO, *_SPARSITIES),
        *columns(ADE20K, *_SPARSITIES, source=CITYSCAPES),
        *columns(CITYSCAPES, *_SPARSITIES, source=ADE20K),
        *columns(ADE20K, *_SPARSITIES, source=IMAGENET),
        *columns(CITYSCAPES, *_SPARSITIES, source=IMAGENET),
        *columns(COCO, *_SPARSITIES, source=IMAGENET),
    ),
    rows=(SP_MAG, SP_GRAD, ST, TRANSFERRED),
    seeds=3,
    note="The figure starts at 80 %; 30 % and the tickets found on the target belong to the supplement's Sec. E.",
)
