"""What is said of the stem, which one global threshold starves."""

from __future__ import annotations

from collections.abc import Iterator

from paper_tables.starved import STARVED
from tests.quotes.numbers import PEOPLE, STREETS, mean, seeds, weights_left, without
from tests.quotes.quote import Quote
from tests.quotes.said import (
    CURVE,
    STEM,
    TABLE_1,
    ahead,
    gradients_lose_the_stem,
    in_printed_order,
    lost_from,
    random_tickets_transfer_best,
    under_reading,
)

WEIGHTS, DENSITY = 216, 0.1
"""Of the stem's first convolution, and of tickets at 90 %."""
_FIVE = ", ".join(["{:.1f}"] * 5)


def stem() -> Iterator[Quote]:
    for row, name in (("two_in_one", "Two-in-one"), ("pp_ir_s", "SuperTickets")):
        yield Quote(
            f"| {name} | {{:.0f}}, {{:.0f}}, {{:.0f}}, {{:.0f}}, {{:.0f}} | {_FIVE} |",
            lambda row=row: [*left("ablation", row), *seeds("ablation", row, STREETS, 90)],
        )
    yield Quote(
        f"| Two-in-one + PP | {{:.0f}} or more each | {_FIVE} |",
        lambda: [1.0 + int(WEIGHTS * STARVED * DENSITY), *seeds("ablation", "pp", STREETS, 90)],
        lambda: not weights_left(STEM, "ablation", "pp", "Cityscapes at 90 %"),
    )
    yield Quote(
        "At 95 and 98 % all SuperTickets of streets have lost it, and have {:.1f} and {:.1f} mIoU; the three lowest of "
        "the table have {:.1f} to {:.1f}.",
        lambda: [
            *(mean("trade-off-curves", "pp_ir_s", STREETS, s) for s in (95, 98)),
            *sorted(one for row in ("two_in_one", "pp", "pp_ir_s") for one in seeds("ablation", row, STREETS, 90))[
                :3:2
            ],
        ],
        lambda: all(
            without(STEM, "trade-off-curves", "pp_ir_s", f"Cityscapes at {s} %") == [0, 1, 2] for s in (95, 98)
        ),
    )
    yield Quote(
        "On people, where all layers start alike, no ticket's stem starves.",
        holds=lambda: (
            not any(weights_left("stem.", "ablation", row, f"{PEOPLE} at 80 %") for row in TABLE_1)
            and not any(weights_left("stem.", "trade-off-curves", "pp_ir_s", f"{PEOPLE} at {s} %") for s in CURVE)
        ),
    )
    yield Quote("S+P (Mag.) loses the stem from 98 % on.", holds=lambda: lost_from(98, "sp_mag"))
    yield Quote(
        "S+P (Grad.) never does, and is ahead of S+P (Mag.) from 50 % on.",
        holds=lambda: (
            not any(gradients_lose_the_stem()) and ahead("trade-off-curves", "sp_grad", "sp_mag", STREETS, CURVE[2:])
        ),
    )
    yield Quote(
        "Randomly pruned tickets, which no threshold starves, transfer better than SuperTickets.",
        holds=random_tickets_transfer_best,
    )
    table, says = "| mIoU | as in all tables | `blocks_only` | |---|---|---|", list[float]()
    for row, name in TABLE_1.items():
        table += f" | {name} | {{:.1f}} | {{:.1f}} |"
        says += [under_reading(row, reading, STREETS) for reading in ("", "blocks_only")]
    yield Quote(table, lambda: says)
    yield Quote(
        "In the right column all seven methods stand in the order of the paper's Table 1. On people they do not: S+P "
        "that spares the classifier has {:.1f} AP there and {:.1f} after retraining, two-in-one {:.1f}, SuperTickets "
        "{:.1f}.",
        lambda: [under_reading(row, "blocks_only", PEOPLE) for row in ("sp_mag", "sp_mag_rt", "two_in_one", "pp_ir_s")],
        lambda: in_printed_order("blocks_only", STREETS) and not in_printed_order("blocks_only", PEOPLE),
    )


def left(table: str, row: str) -> list[int]:
    """Weights that every seed's ticket of streets at 90 % keeps of the stem's first convolution."""
    return [counts[0] for _, counts in sorted(weights_left(STEM, table, row, "Cityscapes at 90 %").items())]
