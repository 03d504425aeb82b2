"""Every option as the public code has it, where the suite's own default differs (docs/DEVIATIONS.md)."""

from __future__ import annotations

from dataclasses import replace

from bench.readings import Reading
from bench.settings import Setting

REBUILD_MACS = 1_000_000
COST_SIZE = (224, 224)
ADE20K_SEARCH_INTERVAL = 25
GRADIENT_BATCHES = 101
"""Training batches that gradient scores are summed over."""


def public_code(setting: Setting) -> Setting:
    """Rebuilding, counting, stored values and the final ticket as that code has them.

    Blocks are rebuilt once dead units hold a million MACs at 224x224 by its own counter, masks come from a threshold,
    L2 and moments go on moving pruned weights, and the ticket is the state right after the last pruning. ADE20K itself
    is searched less often.
    """
    searching = replace(
        setting.searching, rebuild_macs=REBUILD_MACS, cost_size=COST_SIZE, counter="public code",
        recalibration_batches=10,
    )  # fmt: skip
    algorithm = replace(setting.algorithm, final_ticket="last pruning")
    if setting.data == "ade20k":  # other data in its role have other lengths
        algorithm = replace(algorithm, search_interval=ADE20K_SEARCH_INTERVAL)
    return replace(
        setting,
        algorithm=algorithm,
        searching=searching,
        pruning=replace(setting.pruning, counting="threshold", stored_value="moving"),
        one_shot=replace(setting.one_shot, counting="threshold", gradient_batches=GRADIENT_BATCHES),
        retraining=replace(setting.retraining, stored_value="moving"),
    )


TITLE = "every option as in the public code"
READING = Reading(TITLE, public_code)
