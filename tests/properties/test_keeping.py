"""Where results are kept when nothing says so, and what is said when something cannot be kept."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.experiments import Run
from bench.methods import Condition, step_for
from bench.profiles import profile
from bench.runner import Runner
from supertickets.user_cache import user_cache

pytestmark = pytest.mark.fast

RUN = Run(step_for("sp_mag", Condition(profile("embedded").setting("Cityscapes"), 80)), 0)


@pytest.mark.parametrize("empty", [False, True])
def test_without_any_variable_the_cache_is_below_home(
    empty: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("SUPERTICKETS_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, "") if empty else monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert user_cache() == tmp_path / ".cache" / "supertickets"


@pytest.mark.parametrize(
    ("reason", "kept", "told"),
    [
        ("it diverged", Path("a/failure.txt"), "it diverged"),
        ("it diverged\nat epoch 3", Path("a/failure.txt"), "it diverged (details in a/failure.txt)"),
        ("it diverged", OSError(28, "No space left"), "it diverged (its details could not be kept: No space left)"),
        ("it diverged\nat 3", OSError(13, "No rights"), "it diverged (its details could not be kept: No rights)"),
    ],
)
def test_a_failure_is_told_also_where_it_cannot_be_kept(reason: str, kept: Path | OSError, told: str) -> None:
    def save_failure(_run: Run, _reason: str) -> Path:
        if isinstance(kept, OSError):
            raise kept
        return kept

    said: list[tuple[Run, str]] = []
    store: Any = SimpleNamespace(save_failure=save_failure)
    watcher: Any = SimpleNamespace(fail=lambda run, words: said.append((run, words)))
    failures: dict[Run, str] = {}
    Runner(store, lambda: None, watcher)._failed(RUN, reason, failures)  # type: ignore[arg-type, return-value]
    assert said == [(RUN, told)] and failures == {RUN: reason}
