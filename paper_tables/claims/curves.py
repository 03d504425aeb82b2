"""Claims about whole ranges of sparsity: that SuperTickets exist, and that they do not collapse."""

from __future__ import annotations

from math import inf

from paper_tables.claims.claim import Claim
from paper_tables.claims.margins import COLLAPSED, EQUAL_POINTS, NEARLY_DENSE
from paper_tables.claims.predicates import Keeps, NonInferior
from paper_tables.roles import CITYSCAPES, COCO

_CURVES = "existence-curves"


def _keeps(row: str, low: float = -inf, high: float = inf) -> Keeps:
    """What a row has at the pictures' high sparsities, as a share of what it has while nearly dense."""
    return Keeps(
        table="trade-off-curves",
        roles=(CITYSCAPES, COCO),
        sparsities=(90, 95),
        row=row,
        reference=NEARLY_DENSE,
        low=low,
        high=high,
    )


CLAIMS = (
    Claim(
        id="existence",
        paper_ref="Sec. 3.1, Fig. 2-3",
        sentence="Two-in-one training, without progressive pruning or reactivation, is at least as good as searching "
        "first and pruning then, at equal sparsity.",
        scope="Against random, magnitude and gradient pruning without retraining, at each of the curves' sparsities "
        "and at the ablation table's; at most one point behind counts as at least as good. Equal sparsity stands for "
        "the paper's comparable FLOPs.",
        predicates=(
            NonInferior(table="ablation", row="two_in_one", reference="sp_mag", margin=EQUAL_POINTS),
            *(
                NonInferior(table=_CURVES, row="two_in_one", reference=row, margin=EQUAL_POINTS)
                for row in ("sp_rand", "sp_mag", "sp_grad")
            ),
        ),
    ),
    Claim(
        id="collapse",
        paper_ref="App. E, F; Fig. 10-12",
        sentence="S+P (Mag.) without retraining collapses at 90 % sparsity and above, where SuperTickets still work.",
        scope="The paper shows pictures and gives no number. Here a net has collapsed when less than half of its own "
        "value at 10 % sparsity is left, judged at 90 and 95 %, the pictures' sparsities, on their two data sets.",
        predicates=(
            _keeps("sp_mag", high=COLLAPSED),
            _keeps("pp_ir_s", low=COLLAPSED),
        ),
    ),
)
