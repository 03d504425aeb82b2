"""Claims about what makes a ticket: its weights and its mask against random ones, and where its weights come from."""

from __future__ import annotations

from itertools import pairwise

from paper_tables.claims.claim import Claim
from paper_tables.claims.margins import EQUAL_POINTS
from paper_tables.claims.predicates import Close, NonInferior, Ordering

_EVERY = ("miou", "macc", "aacc")


def _chain(table: str, *rows: str) -> tuple[Ordering, ...]:
    """From best to worst, on every metric of every column."""
    return tuple(Ordering(table=table, better=better, worse=worse, metrics=_EVERY) for better, worse in pairwise(rows))


CLAIMS = (
    Claim(
        id="random-order",
        paper_ref="App. B, Tab. 7",
        sentence="SuperTickets beat the same tickets re-initialised at random, these beat randomly pruned ones, and "
        "these beat randomly pruned S+P, on every metric.",
        scope="The mean gaps that the text states are in the audit of its sentences.",
        predicates=_chain("random-baselines", "pp_ir_s", "rr_init", "st_rp", "sp_rand"),
    ),
    Claim(
        id="transfer-order",
        paper_ref="App. B, Tab. 8",
        sentence="The same order holds among transferred tickets: SuperTickets, re-initialised ones, randomly pruned "
        "ones.",
        scope="The mean gaps that the text states are in the audit of its sentences.",
        predicates=_chain("transfer-baselines", "transfer_st", "transfer_rr", "transfer_rp"),
    ),
    Claim(
        id="lth-order",
        paper_ref="App. C, Tab. 9",
        sentence="The later the state that a ticket's weights are set back to, the better it retrains: random, "
        "initial, early, late; set back late it is about as good as without retraining.",
        scope="Late is at least as good as early, and about equal means within one point of the primary metric.",
        predicates=(
            Ordering(table="lottery-init", better="lt_init", worse="rr_init"),
            Ordering(table="lottery-init", better="elt_init", worse="lt_init"),
            NonInferior(table="lottery-init", row="llt_init", reference="elt_init"),
            Close(table="lottery-init", row="llt_init", reference="pp_ir_s", margin=EQUAL_POINTS),
        ),
    ),
)
