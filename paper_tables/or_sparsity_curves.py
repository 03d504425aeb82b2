"""The numbers behind Figures 1 and 4 of the object-recognition paper: three ways to tickets over sparsities."""

from __future__ import annotations

from paper_tables.object_recognition import COSTS_AND_SPARSITIES, IMAGENET, PEOPLE, SCENES, column
from paper_tables.rows import OR_DENSE, OR_DENSE_AGAIN, OR_DIRECT, row
from paper_tables.table import Table

_SPARSITIES = (50, 80, 90)

TABLE = Table(
    name="or-sparsity-curves",
    version=1,
    title="Tickets found on the task against those of an ImageNet classifier, at many sparsities",
    paper_ref="Object recognition, Fig. 1, 4",
    columns=tuple(
        column(role, sparsity, source)
        for role in (SCENES, PEOPLE)
        for sparsity, source in (
            (0, None),
            *((sparsity, None) for sparsity in _SPARSITIES),
            *((sparsity, IMAGENET) for sparsity in _SPARSITIES),
        )
    ),
    rows=(
        OR_DENSE,
        OR_DENSE_AGAIN,
        OR_DIRECT,
        row("or_direct_equal"),
        row("or_ticket", transfer=True),
        row("or_mask", transfer=True),
    ),
    costs=COSTS_AND_SPARSITIES,
    seeds=3,
    note=(
        "The sparsity of a column is that of all prunable layers for tickets found on the task, that of the backbone "
        "for transferred ones. Tickets as sparse as transfers have as many zeros as these, in all prunable layers. "
        "The dense detector rewound is a row of our own: a ticket without zeros, rewound and trained as the others."
    ),
)
