"""Detectors on a few pictures of COCO itself: crowds, people without joints, objects of a few pixels."""

from __future__ import annotations

from paper_tables.object_recognition import COSTS_AND_SPARSITIES, FEW, FEW_PEOPLE, column
from paper_tables.rows import OR_DENSE, OR_DIRECT
from paper_tables.table import Table

TABLE = Table(
    name="or-few-pictures",
    version=1,
    title="Detectors and their tickets on a few pictures of COCO",
    paper_ref="Object recognition, Sec. 4",
    columns=tuple(column(role, sparsity) for role in (FEW, FEW_PEOPLE) for sparsity in (0, 80)),
    rows=(OR_DENSE, OR_DIRECT),
    costs=COSTS_AND_SPARSITIES,
    seeds=1,
    note=(
        "A look at the pipeline: 160 pictures teach a detector next to nothing, so that its numbers compare nothing."
    ),
)
