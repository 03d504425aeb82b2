"""Settings all tests share: one thread, and the hypothesis profiles `fast` (default) and `thorough`."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from hypothesis import HealthCheck, settings

torch.set_num_threads(1)

COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
settings.register_profile("fast", derandomize=True, max_examples=10, stateful_step_count=12, database=None, **COMMON)
settings.register_profile("thorough", max_examples=300, stateful_step_count=40, print_blob=True, **COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))
