"""The numbers behind Figure 6 of the object-recognition paper: epochs to a validation loss that both nets reach."""

from __future__ import annotations

from paper_tables.metrics import CONVERGENCE
from paper_tables.object_recognition import COSTS_AND_SPARSITIES, PEOPLE, SCENES, measured
from paper_tables.rows import OR_DENSE, OR_DIRECT
from paper_tables.table import Table

TABLE = Table(
    name="or-convergence",
    version=1,
    title="Epochs until a dense detector, and a ticket with 20 % of its weights, come down to the same validation loss",
    paper_ref="Object recognition, Fig. 6",
    columns=tuple(measured(role, sparsity, CONVERGENCE) for role in (SCENES, PEOPLE) for sparsity in (0, 80)),
    rows=(OR_DENSE, OR_DIRECT),
    costs=COSTS_AND_SPARSITIES,
    measured="convergence",
    seeds=3,
    note=(
        "The paper draws losses and names no number. The common loss is the lowest that both nets reach, seed by seed. "
        "A ticket begins with weights that were trained for an epoch; the second number counts it."
    ),
)
