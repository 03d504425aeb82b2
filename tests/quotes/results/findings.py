"""What the findings say."""

from __future__ import annotations

from collections.abc import Iterator

from paper_tables.claims.verdict import Verdict
from tests.quotes.numbers import PEOPLE, STREETS, readings, under, verdicts, without
from tests.quotes.quote import Quote
from tests.quotes.said import STEM, WORDS, gain, lost_from, retrained_gradients_lead, under_reading, with_interval


def findings() -> Iterator[Quote]:
    yield Quote(
        "{:+.1f} mIoU on streets ({:.1f} to {:.1f}) and {:+.1f} AP on people ({:.1f} to {:.1f})",
        lambda: [
            *with_interval(gain("pp", "two_in_one", STREETS)),
            *with_interval(gain("pp", "two_in_one", PEOPLE)),
        ],
        lambda: verdicts()["pp"] is Verdict.REPRODUCED,
    )
    yield Quote(
        "{:+.1f} mIoU on streets ({:.1f} to {:.1f}) and no difference on people. {} of {} readings of the protocol "
        "contradict the claim.",
        lambda: [
            *with_interval(gain("pp_ir_s", "pp", STREETS)),
            WORDS[len(under("ir-s", Verdict.CONTRADICTED))].capitalize(),
            WORDS[len(readings()["ir-s"])],
        ],
        lambda: abs(gain("pp_ir_s", "pp", PEOPLE).mean) < 0.1,
    )
    yield Quote(
        "at 90 % sparsity {} of five two-in-one nets of streets have no weight of it left, at 95 % every SuperTicket.",
        lambda: [WORDS[len(without(STEM, "ablation", "two_in_one", "Cityscapes at 90 %"))]],
        lambda: lost_from(95, "pp_ir_s"),
    )
    yield Quote(
        "with old BatchNorm statistics S+P (Mag.) has {:.1f} mIoU on streets instead of {:.1f}, and S+P that spares "
        "the classifier has {:.1f} AP on people instead of {:.1f}.",
        lambda: [
            under_reading("sp_mag", "as_trained", STREETS),
            under_reading("sp_mag", "", STREETS),
            under_reading("sp_mag", "same_set", PEOPLE),
            under_reading("sp_mag", "", PEOPLE),
        ],
    )
    yield Quote(
        "retrained S+P (Grad.) is ahead of SuperTickets + retraining on streets from 70 % on, and on objects at every"
        " sparsity.",
        holds=retrained_gradients_lead,
    )
