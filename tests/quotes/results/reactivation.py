"""What is said of reactivation at the search."""

from __future__ import annotations

from collections.abc import Iterator

from paper_tables.claims.verdict import Verdict
from tests.quotes.numbers import PEOPLE, SPARSITY, STREETS, cells, readings, seeds
from tests.quotes.quote import Quote
from tests.quotes.said import under_reading


def reactivation() -> Iterator[Quote]:
    def difference(reading: str, role: str) -> float:
        return under_reading("pp_ir_s", reading, role) - under_reading("pp", reading, role)

    titles = {
        "": "`own`: as in all tables",
        "public_code": "`public_code`: every option of the public code",
        "to_the_letter": "`to_the_letter`: Algorithm 1 to the letter",
        "same_set": "`same_set`: S+P spares the classifier",
        "everything": "`everything`: everything can be pruned",
        "blocks_only": "`blocks_only`: stem and shortcuts are spared",
        "every_search": "`every_search`: every search reactivates",
        "as_trained": "`as_trained`: statistics are not re-estimated",
    }
    for reading, title in titles.items():
        yield Quote(
            f"| {title} | {{:+.1f}} | {{:+.1f}} | {{}} |",
            lambda reading=reading: [
                difference(reading, STREETS),
                difference(reading, PEOPLE),
                readings()["ir-s"][reading or "own"].word,
            ],
        )
    yield Quote(
        "under eight [readings](READINGS.md) of the protocol, on the same three seeds",
        holds=lambda: (
            readings()["ir-s"].keys() == {reading or "own" for reading in titles}
            and {len(seeds("protocol", "pp_ir_s", role, SPARSITY[role])) for role in SPARSITY} == {3}
        ),
    )
    yield Quote(
        "On streets reactivation costs accuracy wherever the stem can starve. It costs nothing where the stem is "
        "spared (`blocks_only`), or gets its weights back, too (`to_the_letter`).",
        holds=lambda: all(
            (difference(reading, STREETS) >= 0) == (reading in ("blocks_only", "to_the_letter")) for reading in titles
        ),
    )
    yield Quote(
        "and SuperTickets are two-in-one + PP. Under `blocks_only` that is so in every seed, and no difference at all "
        "counts against the claim.",
        holds=lambda: (
            seeds("protocol", "pp_ir_s.blocks_only", PEOPLE, 80) == seeds("protocol", "pp.blocks_only", PEOPLE, 80)
            and readings()["ir-s"]["blocks_only"] is Verdict.CONTRADICTED
        ),
    )
    yield Quote(
        "With the stem spared SuperTickets are ahead in each of the three seeds, by {:.1f} to {:.1f} mIoU. The paper "
        "has them ahead by {:.1f}.",
        lambda: [
            min(gains := gains_where_spared()),
            max(gains),
            printed("pp_ir_s") - printed("pp"),
        ],
        lambda: min(gains_where_spared()) > 0,
    )


def gains_where_spared() -> list[float]:
    ours, theirs = (seeds("protocol", f"{row}.blocks_only", STREETS, 90) for row in ("pp_ir_s", "pp"))
    return [one - other for one, other in zip(ours, theirs, strict=True)]


def printed(row: str) -> float:
    found = cells("ablation")[row, STREETS, "", 90].printed
    assert found is not None
    return found
