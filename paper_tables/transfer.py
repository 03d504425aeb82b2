"""Table 2: tickets found on one data set or task, fine-tuned on another, against tickets searched and pruned there."""

from __future__ import annotations

from dataclasses import replace

from paper_tables.roles import ADE20K, CITYSCAPES, IMAGENET, columns
from paper_tables.rows import SP_GRAD, SP_MAG, SP_MAG_RT, TRANSFERRED
from paper_tables.table import Table

TABLE = Table(
    name="transfer",
    version=2,
    title="Tickets of one data set on another",
    paper_ref="Tab. 2",
    columns=(
        *columns(CITYSCAPES, 90),
        *columns(CITYSCAPES, 90, source=ADE20K),
        *columns(CITYSCAPES, 90, source=IMAGENET),
        *columns(ADE20K, 90),
        *columns(ADE20K, 90, source=CITYSCAPES),
        *columns(ADE20K, 90, source=IMAGENET),
    ),
    rows=(SP_GRAD, SP_MAG, replace(SP_MAG_RT, roles=(CITYSCAPES,)), TRANSFERRED),
    note="The paper prints S+P (Mag.) + retraining for Cityscapes only.",
)
