"""The three scales at which everything runs, and the sentence that no rendered number may go without."""

from __future__ import annotations

BANNERS: dict[str, str] = {
    "embedded": "embedded profile: miniature procedural data, NOT the paper's data",
    "small": "small profile: reduced data and schedules, NOT the paper's scale",
    "paper": "paper profile: the paper's data sets and settings",
}
"""Profile name -> what its numbers are, in the order in which ledgers list them."""
