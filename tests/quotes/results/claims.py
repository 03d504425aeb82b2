"""What is said of every claim."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import inf

from paper_tables.claims.verdict import Verdict
from tests.quotes.numbers import (
    INTERIORS,
    OBJECTS,
    PEOPLE,
    SPARSITY,
    STREETS,
    cells,
    compared,
    lead,
    mean,
    verdicts,
)
from tests.quotes.quote import Quote, Said
from tests.quotes.results.detector_tasks import PLACES, score
from tests.quotes.results.detectors import SCENES, WALKERS
from tests.quotes.said import (
    ablation,
    ahead,
    decided,
    gain,
    gradients_lead_on_people,
    kept,
    level,
    random_tickets_transfer_best,
)


def claim_by_claim() -> Iterator[Quote]:
    told = set()

    def row(
        claim: str,
        words: str,
        says: Callable[[], Sequence[Said]] = tuple,
        holds: Callable[[], bool] = lambda: True,
    ) -> Quote:
        told.add(claim)
        return Quote(f"| {claim} | {{}} | {words} |", lambda: [emphasised(claim), *says()], holds)

    yield row(
        "pp",
        "{:+.1f} mIoU on streets and {:+.1f} AP on people",
        lambda: [gain("pp", "two_in_one", role).mean for role in SPARSITY],
    )
    yield row(
        "ir-s",
        "{:+.1f} mIoU on streets, where the stem starves; {:+.1f} with the stem spared; no difference on people",
        lambda: [
            gain("pp_ir_s", "pp", STREETS).mean,
            lead("protocol", "pp_ir_s.blocks_only", "pp.blocks_only", STREETS, 90).mean,
        ],
        lambda: abs(gain("pp_ir_s", "pp", PEOPLE).mean) < 0.1,
    )
    yield row(
        "existence",
        "{:.0f} of {:.0f} comparisons are decided, all for it. S+P (Grad.) is ahead on people from 50 to 90 %",
        lambda: [float(len(decided("existence"))), float(len(compared("existence")))],
        lambda: {*decided("existence")} == {"reproduced"} and gradients_lead_on_people(),
    )
    yield row(
        "ir-p-hurts",
        "{:+.1f} mIoU on streets and {:+.1f} AP on people",
        lambda: [gain("pp_ir_p", "two_in_one", role).mean for role in SPARSITY],
    )
    yield row(
        "no-retrain-needed",
        "{:+.1f} mIoU on streets; on people S+P + retraining has {:.1f} AP",
        lambda: [gain("pp_ir_s", "sp_mag_rt", STREETS).mean, ablation("sp_mag_rt", PEOPLE)],
    )
    yield row(
        "retrain-gain",
        "{:+.1f} mIoU and {:+.1f} AP; {:.0f} and {:.0f} seeds would decide",
        lambda: [
            *(gain("pp_ir_s_rt", "pp_ir_s", role).mean for role in SPARSITY),
            *(float(line["seeds_needed"]) for line in compared("retrain-gain")),
        ],
    )
    yield row(
        "random-order",
        "the means have the paper's order in all {:.0f} comparisons, {:.0f} of which are decided",
        lambda: [float(len(compared("random-order"))), float(len(decided("random-order")))],
        lambda: all(float(line["effect"]) > 0 for line in compared("random-order")),
    )
    yield row(
        "lth-order",
        "the means have the paper's order: random, initial, early, late; late rewinding is {:.1f} and {:.1f} mIoU "
        "above no retraining",
        lambda: [lead("lottery-init", "llt_init", "pp_ir_s", role, 90).mean for role in (STREETS, INTERIORS)],
        lambda: all(
            ahead("lottery-init", later, earlier, role, [90])
            for role in (STREETS, INTERIORS)
            for earlier, later in (("rr_init", "lt_init"), ("lt_init", "elt_init"), ("elt_init", "llt_init"))
        ),
    )
    yield row(
        "transfer-datasets",
        "ahead of S+P (Mag.) from 80 % on; behind S+P (Grad.) only on streets at 80 %, by {:.1f} mIoU",
        lambda: [
            mean("transfer-curves", "sp_grad", STREETS, 80)
            - mean("transfer-curves", "transfer_st", STREETS, 80, INTERIORS)
        ],
        lambda: (
            leading("transfer-datasets", "S+P (Mag.), ")
            and [float(line["effect"]) > 0 for line in compared("transfer-datasets", name="S+P (Grad.), ")].count(False)
            == 1
        ),
    )
    yield row(
        "transfer-tasks",
        "ahead of S+P (Mag.) from 80 % on; behind S+P (Grad.) at 80 % on streets by {:.1f} mIoU, and on people by "
        "{:.1f} AP at 80 % and {:.1f} at 90 %",
        lambda: [
            mean("transfer-curves", "sp_grad", role, s) - mean("transfer-curves", "transfer_st", role, s, OBJECTS)
            for role, s in ((STREETS, 80), (PEOPLE, 80), (PEOPLE, 90))
        ],
        lambda: (
            leading("transfer-tasks", "S+P (Mag.), ")
            and [float(line["effect"]) > 0 for line in compared("transfer-tasks", name="S+P (Grad.), ")].count(False)
            == 3
        ),
    )
    yield row(
        "transfer-order",
        "transferred randomly pruned tickets are ahead of re-initialised ones and of SuperTickets",
        holds=random_tickets_transfer_best,
    )
    yield row(
        "transfer-limit",
        "behind the target's own tickets to 80 %, on people to 95 %; within 2 points of them on the others from 95 % "
        "on",
        holds=lambda: all(
            level("transfer_st", source, role, sparsity)
            if sparsity >= 95 and role != PEOPLE
            else (cell.mean or inf) < mean("transfer-curves", "pp_ir_s", role, sparsity)
            for (row, role, source, sparsity), cell in cells("transfer-curves").items()
            if row == "transfer_st" and ((sparsity < 98) if role == PEOPLE else (sparsity != 90))
        ),
    )
    yield row(
        "collapse",
        "S+P (Mag.) collapses; SuperTickets keep {:.0f} and {:.0f} % of their score at 90 %, {:.0f} and {:.0f} % at "
        "95 % (streets and people)",
        lambda: [kept("trade-off-curves", "pp_ir_s", role, s) for s in (90, 95) for role in (STREETS, PEOPLE)],
        lambda: all(kept("trade-off-curves", "sp_mag", role, 90) < 50 for role in (STREETS, PEOPLE)),
    )
    yield row(
        "sota",
        "behind S+P (Grad.) by {:.1f} points of top-1 on objects, within 2 points of S+P on the others",
        lambda: [-lead("imagenet", "pp_ir_s", "sp_grad", OBJECTS, 50).mean],
        lambda: all(
            abs(float(line["effect"])) < 2
            for line in compared("sota")
            if line["effect"] != "none" and "ImageNet" not in line["name"]
        ),
    )
    yield row(
        "or-mask-monotone",
        "detectors under a classifier's mask: the means fall in all {:.0f} steps, {:.0f} of which is decided",
        lambda: [float(len(compared("or-mask-monotone"))), float(len(decided("or-mask-monotone")))],
        lambda: all(float(line["effect"]) > 0 for line in compared("or-mask-monotone")),
    )
    yield row(
        "or-mask-like-ticket",
        "the mask alone is {:.1f} to {:.1f} points behind in the means, and three seeds spread further",
        lambda: [-effect for effect in reversed(extremes("or-mask-like-ticket"))],
        lambda: extremes("or-mask-like-ticket")[1] < 0,
    )
    yield row(
        "or-direct-wins",
        "own tickets are ahead in the means of all {:.0f} comparisons, {:.0f} of which are decided",
        lambda: [float(len(compared("or-direct-wins"))), float(len(decided("or-direct-wins")))],
        lambda: extremes("or-direct-wins")[0] > 0,
    )
    yield row(
        "or-equal-after",
        "the ticket is {:.1f} AP of boxes better than the dense detector, not equal",
        lambda: [extremes("or-equal-after")[1]],
    )
    yield row("or-disk", "{:.1f} to {:.1f} MB less at each step", lambda: extremes("or-disk"))
    yield row(
        "or-macs-slower",
        "{:.0f} to {:.0f} points more of the multiply-accumulates are kept than of the bytes",
        lambda: extremes("or-macs-slower"),
    )
    yield row(
        "or-faster",
        "tickets come down to the common loss {:.1f} to {:.1f} epochs earlier",
        lambda: extremes("or-faster"),
    )
    yield row(
        "or-seg-shift",
        "errors of location cost the sparse net {:.1f} AP of masks more, not less",
        lambda: [-min(float(line["effect"]) for line in compared("or-seg-shift"))],
    )
    yield row(
        "or-errors-det",
        "each type of error of boxes costs the same within {:.1f} points in the means",
        lambda: [largest("or-errors-det")],
    )
    yield row(
        "or-errors-seg",
        "of masks within {:.1f} points",
        lambda: [largest("or-errors-seg")],
    )
    yield row(
        "or-errors-kp",
        "of joints within {:.1f} points; three seeds spread further",
        lambda: [largest("or-errors-kp")],
    )
    yield row(
        "or-task-own-best",
        "own tickets are ahead on boxes and masks, by {:.1f} to {:.1f} points, and behind on joints, by {:.1f} and "
        "{:.1f}",
        lambda: [
            *(pick(leads("or-task-own-best", f"(or_direct, {SCENES}")) for pick in (min, max)),
            *(-lead for lead in reversed(leads("or-task-own-best", f"(or_direct, {WALKERS}"))),
        ],
        lambda: leads("or-task-own-best", f"(or_direct, {SCENES}")[0] > 0,
    )
    yield row(
        "or-task-asymmetry",
        "tickets of joints keep {:.0f} % of what own tickets have on boxes and {:.0f} % on masks, those of boxes and "
        "masks {:.0f} % on joints",
        lambda: [100 * score("or_task", *place) / score("or_direct", *place) for place in PLACES],
    )
    yield row("speed", "measured and simulated times stand in [latency.md](latency.md)")
    yield Quote(
        "| claim | verdict | in short |",
        holds=lambda: {claim for claim, verdict in verdicts().items() if verdict is not Verdict.NOT_ATTEMPTED} <= told,
    )


def extremes(claim: str) -> list[float]:
    """The smallest and the largest effect of its comparisons."""
    return [pick(float(line["effect"]) for line in compared(claim)) for pick in (min, max)]


def largest(claim: str) -> float:
    """The largest difference of a claim, whichever side it is on."""
    return max(abs(float(line["effect"])) for line in compared(claim))


def leads(claim: str, comparison: str) -> list[float]:
    """By how much the first of a comparison is ahead, from the least to the most."""
    return sorted(float(line["effect"]) for line in compared(claim, comparison=comparison))


def leading(claim: str, other: str) -> bool:
    """Whether all effects against another method are above 0."""
    found = compared(claim, name=other)
    return bool(found) and all(float(line["effect"]) > 0 for line in found)


def emphasised(claim: str) -> str:
    word = verdicts()[claim].word
    return f"**{word}**" if verdicts()[claim] in (Verdict.REPRODUCED, Verdict.CONTRADICTED) else word
