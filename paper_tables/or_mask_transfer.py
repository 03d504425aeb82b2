"""Table 1 of the object-recognition paper: detectors under the mask of a classifier's largest weights."""

from __future__ import annotations

from paper_tables.object_recognition import COSTS_AND_SPARSITIES, IMAGENET, PEOPLE, SCENES, VOC, column
from paper_tables.rows import OR_DENSE, row
from paper_tables.table import Table

TABLE = Table(
    name="or-mask-transfer",
    version=1,
    title="Detectors whose backbone is masked as a pruned ImageNet classifier's, against dense ones",
    paper_ref="Object recognition, Tab. 1",
    columns=tuple(
        column(role, sparsity, IMAGENET if sparsity else None)
        for role in (SCENES, PEOPLE, VOC)
        for sparsity in (90, 80, 50, 0)
    ),
    rows=(
        row("or_mask", transfer=True),
        OR_DENSE,
    ),
    costs=COSTS_AND_SPARSITIES,
    seeds=3,
    note=(
        "The sparsity of a column is that of the backbone, as in the text. The paper prints that of the network; it "
        "prints no AP50 for VOC, which is scored as in VOC 2007."
    ),
)
