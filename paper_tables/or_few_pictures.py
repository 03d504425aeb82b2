"""Detectors on a few pictures of COCO itself: crowds, people without joints, objects of a few pixels."""

from __future__ import annotations

from paper_tables.methods import name_of
from paper_tables.object_recognition import COSTS_AND_SPARSITIES, FEW, FEW_PEOPLE, column
from paper_tables.rows import row
from paper_tables.table import Row, Table

TABLE = Table(
    name="or-few-pictures",
    version=1,
    title="Detectors and their tickets on a few pictures of COCO",
    paper_ref="Object recognition, Sec. 4",
    columns=tuple(column(role, sparsity) for role in (FEW, FEW_PEOPLE) for sparsity in (0, 80)),
    rows=(Row("or_dense", name_of("or_dense"), computed_by="or_dense", dense=True), row("or_direct")),
    costs=COSTS_AND_SPARSITIES,
    seeds=1,
    note=(
        "A look at the pipeline: 160 pictures teach a detector next to nothing, so that its numbers compare nothing."
    ),
)
