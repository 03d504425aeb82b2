"""What written tables of the object-recognition paper share: detectors of a profile by role, method and sparsity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bench.experiments import Run, Step
from bench.methods import Condition, step_for
from bench.profiles import Profile
from bench.settings import Setting
from paper_tables.object_recognition import PEOPLE, SCENES
from paper_tables.written import WrittenTable

ROLES = (SCENES, PEOPLE)
DENSE_AND_SPARSE = (("or_dense", 0), ("or_direct", 80))
"""The two nets that the paper's error analysis and training curves compare: the ticket keeps 20 % of the weights."""


@dataclass(frozen=True)
class Shown:
    """A detector that a table shows: its place, its setting and the step that makes it."""

    role: str
    method: str
    setting: Setting
    step: Step

    def line(self, table: WrittenTable, profile: Profile, run: Run) -> dict[str, Any]:
        """The columns that every table begins with."""
        return {
            "table": table.name, "version": table.version, "profile": profile.name, "paper_ref": table.paper_ref,
            "role": self.role, "data_set": self.setting.data, "method": self.method,
            "sparsity": f"{self.step.sparsity / 100:.4f}", "seed": run.seed, "experiment_id": run.id,
        }  # fmt: skip


def detectors(profile: Profile, methods: Sequence[tuple[str, int]], roles: Sequence[str] = ROLES) -> Iterator[Shown]:
    """Every method at its sparsity, percent, on every data set.

    Raises:
        ProfileError: for a role that the profile does not have.
    """
    for role in roles:
        setting = profile.setting(role)
        for method, sparsity in methods:
            yield Shown(role, method, setting, step_for(method, Condition(setting, sparsity)))


def series(values: Sequence[float], digits: int) -> str:
    """Numbers in one cell."""
    return ";".join(f"{value:.{digits}f}" for value in values)
