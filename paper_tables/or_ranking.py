"""Does one ranking of all layers empty the head of the boxes? Tickets ranked over all layers, and within each."""

from __future__ import annotations

from paper_tables.object_recognition import COSTS_AND_SPARSITIES, PEOPLE, SCENES, column
from paper_tables.rows import OR_DIRECT, row
from paper_tables.table import Table

TABLE = Table(
    name="or-ranking",
    version=1,
    title="Tickets whose weights are compared across all layers, and within each layer",
    paper_ref="Object recognition, Sec. 3",
    columns=tuple(column(role, sparsity) for role in (SCENES, PEOPLE) for sparsity in (80, 90)),
    rows=(OR_DIRECT, row("or_direct_layers")),
    costs=COSTS_AND_SPARSITIES,
    seeds=3,
    note=(
        "A question of our own: the paper compares all weights at once. Layers that are emptied or nearly so are named "
        "in the table's .json, and the share of zeros of every layer is in or-layer-sparsities."
    ),
)
