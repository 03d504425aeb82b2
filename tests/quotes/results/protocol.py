"""What is said of the protocol."""

from __future__ import annotations

from collections.abc import Iterator

from paper_tables.claims.verdict import Verdict
from tests.quotes.numbers import PEOPLE, SPARSITY, readings, under, without
from tests.quotes.quote import Quote
from tests.quotes.said import CLASSIFIER, WORDS, under_reading


def protocol() -> Iterator[Quote]:
    for row, name in (("sp_mag", "S+P (Mag.)"), ("pp", "Two-in-one + PP"), ("pp_ir_p", "Two-in-one + PP + IR-P")):
        yield Quote(
            f"| {name} | {{:.1f}} to {{:.1f}} | {{:.1f}} to {{:.1f}} |",
            lambda row=row: [under_reading(row, reading, role) for role in SPARSITY for reading in ("", "as_trained")],
        )
    yield Quote(
        "(`same_set`) has {:.1f} AP on people instead of {:.1f}, and {:.1f} after retraining, as much as SuperTickets"
        " + retraining.",
        lambda: [
            under_reading("sp_mag", "same_set", PEOPLE),
            under_reading("sp_mag", "", PEOPLE),
            under_reading("sp_mag_rt", "same_set", PEOPLE),
        ],
        lambda: (
            abs(under_reading("sp_mag_rt", "same_set", PEOPLE) - under_reading("pp_ir_s_rt", "same_set", PEOPLE)) < 0.5
        ),
    )
    yield Quote(
        "all in {} of five seeds.",
        lambda: [WORDS[len(without(CLASSIFIER, "ablation", "sp_mag", "COCO keypoints at 80 %"))]],
    )
    yield Quote(
        "No claim holds under all readings with three seeds.",
        holds=lambda: all(set(its.values()) != {Verdict.REPRODUCED} for its in readings().values()),
    )
    held, lost = Verdict.REPRODUCED, Verdict.CONTRADICTED
    why = "where tickets of people lose their classifier at 95 %"
    told: tuple[tuple[str, str, dict[Verdict, set[str]]], ...] = (
        (
            "ir-s",
            "does not hold under `public_code`, `every_search`, `to_the_letter` and `blocks_only`",
            {lost: {"public_code", "every_search", "to_the_letter", "blocks_only"}, held: set()},
        ),
        (
            "no-retrain-needed",
            "holds under `public_code` and `to_the_letter`; does not hold under `blocks_only`",
            {held: {"public_code", "to_the_letter"}, lost: {"blocks_only"}},
        ),
        ("retrain-gain", "holds under `to_the_letter` only", {held: {"to_the_letter"}, lost: set()}),
        (
            "ir-p-hurts",
            "holds under `as_trained` and `everything`",
            {held: {"as_trained", "everything"}, lost: set()},
        ),
        (
            "collapse",
            f"does not hold under `as_trained`, and under `everything`, {why}",
            {lost: {"as_trained", "everything"}, held: set()},
        ),
    )
    for claim, words, wanted in told:
        yield Quote(
            f"| {claim} | {words} |",
            holds=lambda claim=claim, wanted=wanted: all(
                under(claim, verdict) == those for verdict, those in wanted.items()
            ),
        )
    yield Quote(
        why,
        holds=lambda: without(CLASSIFIER, "protocol-collapse", "pp_ir_s.everything", f"{PEOPLE} at 95 %") == [0, 1, 2],
    )
