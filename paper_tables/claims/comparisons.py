"""Claims against other works' networks: accuracy at given costs."""

from __future__ import annotations

from paper_tables.claims.claim import Claim
from paper_tables.claims.predicates import Ordering

_COMPARED = {
    "imagenet": ("sp_grad", "sp_mag", "condensenet", "shufflenet_v1", "shufflenet_v2", "mobilenet_v2", "fbnet"),
    "cityscapes": (
        "sp_grad_rt", "sp_mag_rt", "bisenet", "mobilenet_v3", "shufflenet_v2", "auto_deeplab", "squeezenas",
    ),
    "ade20k": ("sp_grad", "sp_mag", "mobilenet_v2", "mobilenet_v3"),
    "coco": ("sp_mag", "shufflenet_v1", "shufflenet_v2", "mobilenet_v2"),
}  # fmt: skip

CLAIMS = (
    Claim(
        id="sota",
        paper_ref="Sec. 4.2, Tab. 3-6",
        sentence="SuperTickets are more accurate than S+P tickets and than typical networks of similar cost, on each "
        "of the four data sets.",
        scope="Compares accuracies at the tables' sparsity, not costs. S+P is measured; the other networks are not "
        "trained here, so our numbers can contradict the claim but at best leave it inconclusive.",
        predicates=tuple(
            Ordering(table=table, better="pp_ir_s", worse=row) for table, rows in _COMPARED.items() for row in rows
        ),
    ),
)
