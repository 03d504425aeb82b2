"""Recorded golden runs: what is wrong with them now, and what may be recorded in their place.

`golden.json` holds per case the kind of step, its version then, and the summary of its result.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.experiments import Step
from tests.golden.kinds import source, step_kinds
from tests.golden.summary import differences

PATH = Path(__file__).with_name("golden.json")
COMMAND = "python -m tests.golden"

Records = dict[str, dict[str, Any]]
"""Case -> `step`, `version`, `result`."""


def load(path: Path = PATH) -> Records:
    """What is recorded; nothing where there is no file."""
    found: Records = json.loads(path.read_text()) if path.is_file() else {}
    return found


def record(step: Step, result: Mapping[str, Any]) -> dict[str, Any]:
    return {"step": type(step).__name__, "version": step.version, "result": result}


def kinds_without(cases: Mapping[str, Step]) -> Iterator[str]:
    """A complaint for every kind of step that no case runs."""
    for kind in step_kinds():
        if not any(type(step) is kind for step in cases.values()):
            yield f"{kind.__name__} in {source(kind)} has no golden run: add a case of it to tests/golden/cases.py"


def complaints(case: str, step: Step, result: Mapping[str, Any], recorded: Records) -> Iterator[str]:
    """What is wrong with a case, with the remedy; nothing when its result is the recorded one."""
    kind = type(step)
    if case not in recorded:
        yield f"{case}: nothing is recorded; record it with `{COMMAND}`"
        return
    old = recorded[case]
    if old["step"] != kind.__name__:
        yield f"{case}: recorded as {old['step']}; a case that is to be another one gets another name"
    elif old["version"] != kind.version:
        yield (
            f"{case}: {kind.__name__} in {source(kind)} has version {kind.version}, recorded is version "
            f"{old['version']}: record anew with `{COMMAND}`"
        )
    elif changes := list(differences(old["result"], result)):
        yield (
            f"{case}: its result changed ({'; '.join(changes[:4])}); if it should have, raise the version of "
            f"{kind.__name__} in {source(kind)} and record anew with `{COMMAND}`"
        )


def renewed(recorded: Records, cases: Mapping[str, Step], results: Mapping[str, Any]) -> tuple[Records, list[str]]:
    """What is to be recorded now, and why some of it may not: a result that changed under a version that did not rise.

    Equal results stay as they were recorded, to the last digit.
    """
    new: Records = {}
    refused = list(kinds_without(cases))
    for case, step in cases.items():
        old = recorded.get(case)
        if old is None or (old["step"] == type(step).__name__ and old["version"] < step.version):
            new[case] = record(step, results[case])
        else:
            new[case] = old
            refused += complaints(case, step, results[case], recorded)
    return new, refused
