"""Our own table: reactivation when a search removed units, as in the public code, against every search (Algorithm 1)."""

from __future__ import annotations

from paper_tables.roles import CITYSCAPES, COCO, columns
from paper_tables.rows import row
from paper_tables.table import Table

TABLE = Table(
    name="reactivation",
    version=2,
    title="When a search reactivates pruned weights: only if it removed units (public code), or always (Algorithm 1)",
    paper_ref="Alg. 1 l.7",
    columns=columns(CITYSCAPES, 90) + columns(COCO, 80),
    rows=(
        row("pp", "Two-in-one + PP"),
        row("pp_ir_s", "+ IR-S when units were removed"),
        row("pp_ir_s_every", "+ IR-S at every search"),
    ),
    note="Not a table of the paper: it separates the two readings of IR-S. The paper's number stands beside the "
    "first reading, which all other tables have; which of the two it was measured with is not said.",
)
