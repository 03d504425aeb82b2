"""Claims about tickets that are found on one data set or task and used on another."""

from __future__ import annotations

from paper_tables.claims.claim import Claim
from paper_tables.claims.margins import EQUAL_POINTS
from paper_tables.claims.predicates import BetterSource, NonInferior, Ordering
from paper_tables.roles import ADE20K, CITYSCAPES, IMAGENET

_HIGH = (80, 90, 95, 98)
_CURVES = "transfer-curves"


def _against_target(*sources: str) -> tuple[NonInferior, ...]:
    """Transferred tickets are at least as good as S+P trained on the target, in the table and along the curves."""
    return tuple(
        NonInferior(
            table=table,
            row="transfer_st",
            reference=reference,
            sources=sources,
            sparsities=sparsities,
            margin=EQUAL_POINTS,
        )
        for table, sparsities, references in (
            ("transfer", (), ("sp_grad", "sp_mag", "sp_mag_rt")),
            (_CURVES, _HIGH, ("sp_grad", "sp_mag")),
        )
        for reference in references
    )


CLAIMS = (
    Claim(
        id="transfer-datasets",
        paper_ref="Sec. 3.3, 4.3.2; Tab. 2, Fig. 8",
        sentence="SuperTickets of Cityscapes and ADE20K, fine-tuned on the other, are at least as good as S+P trained "
        "there, at 80 % sparsity and above.",
        scope="At most one point behind counts as at least as good. Against S+P (Mag.) with retraining only where the "
        "paper has it, on Cityscapes at 90 %.",
        predicates=_against_target(CITYSCAPES, ADE20K),
    ),
    Claim(
        id="transfer-tasks",
        paper_ref="Sec. 3.3, 4.3.2; Tab. 2, Fig. 8",
        sentence="SuperTickets of ImageNet classification, fine-tuned on segmentation and pose, are at least as good "
        "as S+P trained there, at 80 % sparsity and above; on ADE20K they beat those of Cityscapes.",
        scope="At most one point behind counts as at least as good. Against S+P (Mag.) with retraining only where the "
        "paper has it, on Cityscapes at 90 %.",
        predicates=(
            *_against_target(IMAGENET),
            BetterSource(table="transfer", row="transfer_st", better=IMAGENET, worse=CITYSCAPES, roles=(ADE20K,)),
        ),
    ),
    Claim(
        id="transfer-limit",
        paper_ref="App. E",
        sentence="A transferred SuperTicket does not surpass the one found on the target, and at 30 % sparsity it is "
        "behind S+P too.",
        scope="By one point or less is not surpassed. The second half against S+P (Mag.). The paper's only example of "
        "a low sparsity is 30 %.",
        predicates=(
            NonInferior(table=_CURVES, row="pp_ir_s", reference="transfer_st", margin=EQUAL_POINTS),
            Ordering(table=_CURVES, better="sp_mag", worse="transfer_st", sparsities=(30,)),
        ),
    ),
)
