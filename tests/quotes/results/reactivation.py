"""What is said of reactivation at the search."""

from __future__ import annotations

from collections.abc import Iterator

from tests.quotes.numbers import PEOPLE, SPARSITY, STREETS, readings, seeds
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
        "every_search": "`every_search`: every search reactivates",
        "as_trained": "`as_trained`: statistics are not re-estimated",
    }
    for reading, title in titles.items():
        yield Quote(
            f"| {title} | {{:.1f}} | {{{':+.1f' if reading == 'everything' else ':.1f'}}} | {{}} |",
            lambda reading=reading: [
                difference(reading, STREETS),
                difference(reading, PEOPLE),
                readings()["ir-s"][reading or "own"].word,
            ],
        )
    yield Quote(
        "under seven [readings](READINGS.md) of the protocol, on the same three seeds",
        holds=lambda: (
            readings()["ir-s"].keys() == {reading or "own" for reading in titles}
            and {len(seeds("protocol", "pp_ir_s", role, SPARSITY[role])) for role in SPARSITY} == {3}
        ),
    )
    yield Quote(
        "No reading has a gain of more than 0.1 points.",
        holds=lambda: max(difference(reading, role) for reading in titles for role in SPARSITY) <= 0.1,
    )
