"""What is said of the stem, which one global threshold starves."""

from __future__ import annotations

from collections.abc import Iterator

from tests.quotes.numbers import STREETS, mean, seeds, without
from tests.quotes.quote import Quote
from tests.quotes.said import CURVE, STEM, WORDS, ahead, listed, lost_from, random_tickets_transfer_best


def stem() -> Iterator[Quote]:
    for row, name in (("two_in_one", "Two-in-one"), ("pp", "Two-in-one + PP"), ("pp_ir_s", "SuperTickets")):
        yield Quote(
            f"| {name} | {{}} | {{:.1f}}, {{:.1f}}, {{:.1f}}, {{:.1f}}, {{:.1f}} |",
            lambda row=row: [
                listed(without(STEM, "ablation", row, "Cityscapes at 90 %")),
                *seeds("ablation", row, STREETS, 90),
            ],
        )

    def blind() -> list[float]:
        return [
            seeds("ablation", row, STREETS, 90)[seed]
            for row in ("two_in_one", "pp", "pp_ir_s")
            for seed in without(STEM, "ablation", row, "Cityscapes at 90 %")
        ]

    yield Quote(
        "the {} of the table have {:.1f} to {:.1f} mIoU.",
        lambda: [WORDS[len(blind())], min(blind()), max(blind())],
    )
    yield Quote(
        "At 95 and 98 % all SuperTickets of streets have lost it, and have {:.1f} and {:.1f}.",
        lambda: [mean("trade-off-curves", "pp_ir_s", STREETS, s) for s in (95, 98)],
        lambda: all(
            without(STEM, "trade-off-curves", "pp_ir_s", f"Cityscapes at {s} %") == [0, 1, 2] for s in (95, 98)
        ),
    )
    yield Quote("S+P (Mag.) loses the stem from 95 % on.", holds=lambda: lost_from(95, "sp_mag"))
    yield Quote(
        "S+P (Grad.) never loses it and is the strongest baseline here.",
        holds=lambda: (
            not any(without("stem.", "trade-off-curves", "sp_grad", f"Cityscapes at {s} %") for s in CURVE)
            and all(ahead("trade-off-curves", "sp_grad", other, STREETS, CURVE) for other in ("sp_mag", "sp_rand"))
        ),
    )
    yield Quote(
        "Randomly pruned tickets, which no threshold starves, transfer better than SuperTickets.",
        holds=random_tickets_transfer_best,
    )
    yield Quote(
        "without seed 4 its differences to PP are {:.1f}, {:.1f}, {:.1f} and {:.1f}.",
        lambda: [
            a - b
            for seed, (a, b) in enumerate(
                zip(seeds("ablation", "pp_ir_s", STREETS, 90), seeds("ablation", "pp", STREETS, 90), strict=True)
            )
            if seed not in without(STEM, "ablation", "pp_ir_s", "Cityscapes at 90 %")
        ],
    )
