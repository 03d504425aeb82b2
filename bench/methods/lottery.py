"""Tickets with other weights or another mask: RP, and RR / LT / ELT / LLT-Init (Tab. 7, Tab. 9)."""

from __future__ import annotations

from functools import partial

from bench.experiments import Step
from bench.methods import Condition
from bench.methods.two_in_one import two_in_one
from bench.steps.retrain import Retrain
from bench.steps.rewind import Rewind, State
from bench.steps.search import Search


def randomly_pruned(given: Condition) -> Search:
    """SuperTickets + RP: a SuperTicket whose masks are drawn at random."""
    return two_in_one(given, criterion="random")


def rewound(given: Condition, to: State) -> Step:
    """A SuperTicket's architecture and mask, its weights set back, then trained with the mask fixed."""
    return Retrain(Rewind(two_in_one(given), to), given.setting.retraining)


METHODS = {
    "st_rp": randomly_pruned,
    "rr_init": partial(rewound, to="random"),
    "lt_init": partial(rewound, to="initial"),
    "elt_init": partial(rewound, to="early"),
    "llt_init": partial(rewound, to="late"),
}
