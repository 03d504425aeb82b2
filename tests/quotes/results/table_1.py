"""What is said of Table 1, drawn and on real images."""

from __future__ import annotations

from collections.abc import Iterator

from tests.quotes.numbers import PEOPLE, STREETS, mean, without
from tests.quotes.quote import Quote
from tests.quotes.said import CLASSIFIER, STEM, TABLE_1, ablation


def undone(role: str, profile: str) -> bool:
    """Whether PP gains, and IR-P loses more."""
    return ablation("pp_ir_p", role, profile) < ablation("two_in_one", role, profile) < ablation("pp", role, profile)


def table_1() -> Iterator[Quote]:
    for profile, columns in (("embedded", "people at 80 %, AP |"), ("small", "LSP at 80 %, AP |")):
        table = columns + " |---|---|---|"
        says = []
        for row, name in TABLE_1.items():
            table += f" | {name} | {{:.1f}} | {{:.1f}} |"
            says += [ablation(row, STREETS, profile), ablation(row, PEOPLE, profile)]
        yield Quote(table, lambda says=says: says)
    yield Quote(
        "As in the paper, PP improves two-in-one training, IR-P undoes it, and retraining adds a little. Two things "
        "are not as in the paper: SuperTickets are not ahead of two-in-one + PP, and on streets two-in-one alone is "
        "level with S+P (Mag.) + retraining.",
        holds=lambda: (
            all(
                undone(role, "embedded")
                and ablation("pp_ir_s", role) < ablation("pp_ir_s_rt", role)
                and ablation("pp_ir_s", role) <= ablation("pp", role)
                for role in (STREETS, PEOPLE)
            )
            and abs(ablation("two_in_one", STREETS) - ablation("sp_mag_rt", STREETS)) < 0.5
        ),
    )
    yield Quote(
        "As in the paper, PP improves two-in-one training and IR-P undoes it, and on LSP SuperTickets + retraining are "
        "best.",
        holds=lambda: (
            all(undone(role, "small") for role in (STREETS, PEOPLE))
            and max(TABLE_1, key=lambda row: ablation(row, PEOPLE, "small")) == "pp_ir_s_rt"
        ),
    )
    yield Quote(
        "On CamVid SuperTickets have lost their stem and are {:.1f} mIoU behind two-in-one + PP; two-in-one alone is "
        "behind S+P (Mag.) + retraining. S+P lost its classifier on LSP again.",
        lambda: [ablation("pp", STREETS, "small") - ablation("pp_ir_s", STREETS, "small")],
        lambda: (
            without(STEM, "ablation", "pp_ir_s", "Cityscapes at 90 %", "small") == [0]
            and ablation("two_in_one", STREETS, "small") < ablation("sp_mag_rt", STREETS, "small")
            and without(CLASSIFIER, "ablation", "sp_mag", "COCO keypoints at 80 %", "small") == [0]
        ),
    )
    yield Quote(
        "SuperTickets of CamVid are smaller than S+P's net, with {:.0f} % of its parameters.",
        lambda: [
            100
            * mean("ablation", "pp_ir_s", STREETS, 90, profile="small", metric="params_total")
            / mean("ablation", "sp_mag", STREETS, 90, profile="small", metric="params_total")
        ],
    )
