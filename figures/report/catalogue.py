"""The tables that the paper has, so that one without results is named and not passed over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Entry:
    """A table of the paper, or the numbers behind a figure of it.

    Attributes:
        table: name, as in `<table>.v<N>.csv`.
        title: what it shows.
        paper_ref: where the paper has it, or what of it the table is about.
    """

    table: str
    title: str
    paper_ref: str


CATALOGUE = (
    Entry("ablation", "Ablation of two-in-one training", "Tab. 1"),
    Entry("transfer", "Tickets transferred between data sets and tasks", "Tab. 2"),
    Entry("imagenet", "SuperTickets and other networks on ImageNet", "Tab. 3"),
    Entry("cityscapes", "SuperTickets and other networks on Cityscapes", "Tab. 4"),
    Entry("ade20k", "SuperTickets and other networks on ADE20K", "Tab. 5"),
    Entry("coco", "SuperTickets and other networks on COCO keypoints", "Tab. 6"),
    Entry("random-baselines", "Tickets against random pruning and re-initialisation", "Tab. 7"),
    Entry("transfer-baselines", "Transferred tickets against random pruning and re-initialisation", "Tab. 8"),
    Entry("lottery-init", "Tickets retrained from random, early and late weights", "Tab. 9"),
    Entry("latency", "Speed on a GPU and on a sparse accelerator", "Tab. 10"),
    Entry("existence-curves", "Two-in-one training against search-then-prune", "Fig. 2, 3"),
    Entry("trade-off-curves", "SuperTickets against search-then-prune", "Fig. 4-6"),
    Entry("ablation-curves", "Ablation of two-in-one training over sparsities", "Fig. 7"),
    Entry("transfer-curves", "Transferred tickets against search-then-prune on the target", "Fig. 8"),
)
"""In the paper's order. Tables of our own follow them; their results say what they show."""


def entry(table: str, origin: Mapping[str, Any]) -> Entry:
    """Return a table's entry: the paper's, or one made from what the JSON beside its results says, or from its name."""
    known = {one.table: one for one in CATALOGUE}
    title, paper_ref = origin.get("title", table.replace("-", " ")), origin.get("paper_ref", "not in the paper's list")
    return known.get(table, Entry(table, title, paper_ref))
