"""Two-in-one training with and without progressive pruning (PP) and iterative reactivation (IR)."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from bench.experiments import Retrain, Search, Setting


def two_in_one(setting: Setting, progressive: bool, reactivation: Literal["search", "prune", "none"]) -> Search:
    """The profile's algorithm with the two switches of Tab. 1."""
    return Search(setting, replace(setting.algorithm, progressive=progressive, reactivation=reactivation))


METHODS = {
    "two_in_one": lambda setting: two_in_one(setting, progressive=False, reactivation="none"),
    "pp": lambda setting: two_in_one(setting, progressive=True, reactivation="none"),
    "pp_ir_p": lambda setting: two_in_one(setting, progressive=True, reactivation="prune"),
    "pp_ir_s": lambda setting: two_in_one(setting, progressive=True, reactivation="search"),
    "pp_ir_s_rt": lambda setting: Retrain(two_in_one(setting, progressive=True, reactivation="search")),
}
