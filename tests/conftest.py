"""Settings all tests share: one thread, and the hypothesis profiles `fast` (default) and `thorough`."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
import torch
from hypothesis import HealthCheck, settings

torch.set_num_threads(1)

COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
settings.register_profile("fast", derandomize=True, max_examples=10, stateful_step_count=12, database=None, **COMMON)
settings.register_profile("thorough", max_examples=300, stateful_step_count=40, print_blob=True, **COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


@pytest.hookimpl(tryfirst=True)  # before `-m` deselects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test or a parameter that is itself marked `slow` is not `fast`, whatever the rest of its module or test is."""
    modules = {module for item in items if (module := item.getparent(pytest.Module))}
    for item in items:
        if any(mark.name == "slow" for mark in item.own_markers):
            item.own_markers = [mark for mark in item.own_markers if mark.name != "fast"]
        elif item.get_closest_marker("fast"):
            item.add_marker("fast")
    for module in modules:
        module.own_markers = [mark for mark in module.own_markers if mark.name != "fast"]
