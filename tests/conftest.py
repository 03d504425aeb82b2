"""Settings all tests share: one thread, and the hypothesis profiles `fast` (default) and `thorough`."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Load torch and hypothesis, and set them; not in the process that only hands tests out to others."""
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        return
    import torch
    from hypothesis import HealthCheck, settings

    torch.set_num_threads(1)
    # Optimizers tell the tracer of torch.compile to leave them alone, for which they load it: seconds in every process.
    for method in vars(torch.optim.Optimizer).values():
        if getattr(getattr(method, "__code__", None), "co_filename", "") == torch._compile.__file__:
            method.__wrapped__.__dynamo_disable = method.__wrapped__
    common = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
    settings.register_profile(
        "fast", derandomize=True, max_examples=10, stateful_step_count=12, database=None, **common
    )
    settings.register_profile("thorough", max_examples=300, stateful_step_count=40, print_blob=True, **common)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even load files without a fast test for `-m fast`."""
    named = collection_path.name.startswith("test_") and collection_path.suffix == ".py"
    if config.option.markexpr == "fast" and named and "mark.fast" not in collection_path.read_text(encoding="utf-8"):
        return True
    return None


@pytest.hookimpl(tryfirst=True)  # before `-m` deselects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say what is `fast`: nothing that is itself marked `slow`, whatever its module is, and few cases of a `few`."""
    modules = {module for item in items if (module := item.getparent(pytest.Module))}
    fast = {item.nodeid for item in items if item.get_closest_marker("fast")} - _left_out(items)
    for holder in (*modules, *items):
        holder.own_markers = [mark for mark in holder.own_markers if mark.name != "fast"]
    for item in items:
        if item.nodeid in fast and not any(mark.name == "slow" for mark in item.own_markers):
            item.add_marker("fast")


def _left_out(items: list[pytest.Item]) -> set[str]:
    """Cases of tests marked `few` that show no value of a parameter that the others do not."""
    cases: defaultdict[str, dict[str, set[tuple[str, str]]]] = defaultdict(dict)
    for item in items:
        if item.get_closest_marker("few"):
            assert isinstance(item, pytest.Function)
            cases[item.nodeid.partition("[")[0]][item.nodeid] = {
                (name, repr(value)) for name, value in item.callspec.params.items()
            }
    left_out = set()
    for shown in cases.values():
        unseen = set().union(*shown.values())
        while unseen:
            chosen = max(sorted(shown), key=lambda case: len(shown[case] & unseen))
            unseen -= shown.pop(chosen)
        left_out |= shown.keys()
    return left_out
