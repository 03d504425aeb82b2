"""Our own table: reactivation at every search, as Algorithm 1 says, against the public code's rule."""

from __future__ import annotations

from paper_tables.roles import CITYSCAPES, COCO, columns
from paper_tables.rows import row
from paper_tables.table import Table

TABLE = Table(
    name="reactivation",
    version=1,
    title="When a search reactivates pruned weights: always (Algorithm 1), or only when it removed units (public code)",
    paper_ref="Alg. 1 l.7",
    columns=columns(CITYSCAPES, 90) + columns(COCO, 80),
    rows=(
        row("pp", "Two-in-one + PP"),
        row("pp_ir_s", "+ IR-S at every search"),
        row("pp_ir_s_code", "+ IR-S when units were removed"),
    ),
    note="Not a table of the paper: it separates the two readings of IR-S. The paper's number stands beside the "
    "first reading; which of the two it was measured with is not said.",
)
