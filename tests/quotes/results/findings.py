"""What the findings say."""

from __future__ import annotations

from collections.abc import Iterator

from paper_tables.claims.verdict import Verdict
from tests.quotes.numbers import PEOPLE, STREETS, lead, verdicts, weights_left
from tests.quotes.quote import Quote
from tests.quotes.said import (
    STEM,
    gain,
    gradients_lose_the_stem,
    in_printed_order,
    retrained_gradients_lead,
    under_reading,
    with_interval,
)


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
        "at 90 % SuperTickets of streets keep at most {:.0f} of 216 weights of the stem and have {:.1f} mIoU on three "
        "seeds. Where only searching blocks are pruned they have {:.1f}, and all methods stand in the paper's order.",
        lambda: [
            float(
                max(max(counts) for counts in weights_left(STEM, "ablation", "pp_ir_s", "Cityscapes at 90 %").values())
            ),
            under_reading("pp_ir_s", "", STREETS),
            under_reading("pp_ir_s", "blocks_only", STREETS),
        ],
        lambda: in_printed_order("blocks_only", STREETS),
    )
    yield Quote(
        "{:+.1f} mIoU on streets ({:.1f} to {:.1f}) and no difference on people. With the stem spared it gains {:.1f} "
        "mIoU ({:.1f} to {:.1f}).",
        lambda: [
            *with_interval(gain("pp_ir_s", "pp", STREETS)),
            *with_interval(lead("protocol", "pp_ir_s.blocks_only", "pp.blocks_only", STREETS, 90)),
        ],
        lambda: abs(gain("pp_ir_s", "pp", PEOPLE).mean) < 0.1,
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
        "retrained S+P (Grad.) is ahead of SuperTickets + retraining on streets and interiors from 50 % on, and on "
        "objects from 30 % on. Its nets keep their stem.",
        holds=lambda: retrained_gradients_lead() and not any(gradients_lose_the_stem()),
    )
