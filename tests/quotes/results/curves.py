"""What is said of the curves."""

from __future__ import annotations

from collections.abc import Iterator

from tests.quotes.numbers import INTERIORS, OBJECTS, PEOPLE, STREETS, cells, compared, lead, mean
from tests.quotes.quote import Quote
from tests.quotes.said import gradients_lead_on_people, kept, level, retrained_gradients_lead


def curves() -> Iterator[Quote]:
    yield Quote(
        "at 70 % it keeps {:.0f} % of its score at 10 % sparsity on streets and {:.0f} % on people, S+P (Mag.) {:.0f}"
        " % and {:.0f} %.",
        lambda: [
            kept("existence-curves", row, role, 70) for row in ("two_in_one", "sp_mag") for role in (STREETS, PEOPLE)
        ],
    )
    yield Quote(
        "S+P (Grad.) is ahead of two-in-one on people from 50 to 90 %, there by {:.1f} AP.",
        lambda: [lead("existence-curves", "sp_grad", "two_in_one", PEOPLE, 90).mean],
        gradients_lead_on_people,
    )
    yield Quote(
        "With retraining S+P (Grad.) is ahead of SuperTickets + retraining on streets and interiors from 50 % on "
        "({:.1f} against {:.1f} and {:.1f} against {:.1f} mIoU at 90 %), and on objects from 30 % on.",
        lambda: [
            mean("trade-off-curves", row, role, 90)
            for role in (STREETS, INTERIORS)
            for row in ("sp_grad_rt", "pp_ir_s_rt")
        ],
        retrained_gradients_lead,
    )
    yield Quote(
        "On objects SuperTickets are at chance ({:.1f} % top-1) from 95 % on, and near it at 90 % ({:.1f} %), as S+P "
        "(Mag.) is ({:.1f} %).",
        lambda: [100 / 12, *(mean("trade-off-curves", row, OBJECTS, 90) for row in ("pp_ir_s", "sp_mag"))],
        lambda: all(abs(mean("trade-off-curves", "pp_ir_s", OBJECTS, s) - 100 / 12) < 0.5 for s in (95, 98)),
    )
    yield Quote(
        "{:.1f} AP at 90 % and {:.1f} at 95 %, where S+P (Mag.) has nothing and S+P (Grad.) {:.1f} and {:.1f}.",
        lambda: [mean("trade-off-curves", row, PEOPLE, s) for row in ("pp_ir_s", "sp_grad") for s in (90, 95)],
        lambda: all(mean("trade-off-curves", "sp_mag", PEOPLE, s) == 0 for s in (90, 95)),
    )
    yield Quote(
        "are behind the target's own to 80 % (there by {:.1f} and {:.1f} mIoU).",
        lambda: [
            mean("transfer-curves", "pp_ir_s", role, 80) - mean("transfer-curves", "transfer_st", role, 80, source)
            for role, source in ((STREETS, INTERIORS), (INTERIORS, STREETS))
        ],
        lambda: all(
            mean("transfer-curves", "transfer_st", role, s, source) < mean("transfer-curves", "pp_ir_s", role, s)
            for role, source in ((STREETS, INTERIORS), (INTERIORS, STREETS))
            for s in (30, 80)
        ),
    )
    yield Quote(
        "From 95 % on they are within 2 points of them: both have at most two weights left of a layer of the stem.",
        holds=lambda: all(
            level("transfer_st", source, role, s)
            for role, source in ((STREETS, INTERIORS), (INTERIORS, STREETS))
            for s in (95, 98)
        ),
    )
    yield Quote(
        "At 30 % every transferred ticket is behind S+P, as the paper says.",
        holds=lambda: all(
            (cell.mean or 0) < min(mean("transfer-curves", row, role, 30) for row in ("sp_mag", "sp_grad"))
            for (row, role, _, sparsity), cell in cells("transfer-curves").items()
            if row == "transfer_st" and sparsity == 30
        ),
    )
    yield Quote(
        "Tickets of objects are {:.1f} mIoU ahead of those of streets on interiors at 90 %, as in the paper; with five "
        "seeds this is open.",
        lambda: [
            mean("transfer", "transfer_st", INTERIORS, 90, OBJECTS)
            - mean("transfer", "transfer_st", INTERIORS, 90, STREETS)
        ],
        lambda: (
            [
                line["verdict"]
                for line in compared("transfer-tasks", comparison=f"(transfer_st, {STREETS} -> {INTERIORS}")
            ]
            == ["inconclusive"]
        ),
    )
