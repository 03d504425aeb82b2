"""Computing what an exhibit needs, then writing or checking its files."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.experiments import Run
from bench.profiles import Profile
from bench.provenance import commit, versions
from bench.runner import Failures, Runner
from bench.stages.compute import origin
from paper_tables.exhibits import Exhibit
from paper_tables.gather import ancestry
from paper_tables.sidecar import write_sidecar


def complete(
    exhibit: Exhibit,
    wanted: Sequence[Run],
    profile: Profile,
    runner: Runner,
    results: Path,
    check: bool,
    command: str,
    failures: Failures,
) -> int:
    """Write an exhibit whose runs are over, or compare with what is there; returns the exit code.

    Args:
        wanted: the runs whose tickets it is made of.
        results: the folder to write below.
    """
    lost = [step for run in wanted for step in ancestry(run) if step in failures]
    if lost:
        print(f"{exhibit.name}: not written, {lost[0].label} failed", file=sys.stderr)
        return 1
    folder = results / (exhibit.folder or profile.name)
    with tempfile.TemporaryDirectory() as name:
        fresh = exhibit.write(exhibit, profile, runner, Path(name), folder)
        if check:
            lines = _differences(fresh.parent, folder)
            print("\n".join(lines) if lines else f"{exhibit.path(folder)} is what the present code and data give")
            return 1 if lines else 0
        folder.mkdir(parents=True, exist_ok=True)
        # pictures first, the list of them last: a list never names a picture that is not there
        for file in sorted(
            (file for file in fresh.parent.rglob("*") if file.is_file()), key=lambda file: file == fresh
        ):
            target = folder / file.relative_to(fresh.parent)
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(file, target)
    root = runner.place.data_root
    facts = [result.provenance for run in wanted if (result := runner.stored(run))]
    write_sidecar(
        exhibit.path(folder),
        {
            **commit(),
            "command": command,
            "recipes": {run.id: run.stage.name for run in wanted},
            "code_ids": {run.label: origin(run.stage, root).code_id for run in wanted},
            "data_ids": {run.label: origin(run.stage, root).data_id for run in wanted},
            "device": sorted({fact["device"] for fact in facts}) or "none: nothing was run for it",
            "versions": facts[0]["versions"] if facts else versions(),
        },
    )
    print(f"wrote {exhibit.path(folder)} and .json")
    return 0


def _differences(fresh: Path, stored: Path) -> list[str]:
    """Files that are not byte for byte as stored."""
    files = sorted(file.relative_to(fresh) for file in fresh.rglob("*") if file.is_file())
    return [
        f"{stored / file} {'differs' if (stored / file).exists() else 'is missing'}"
        for file in files
        if not (stored / file).exists() or (stored / file).read_bytes() != (fresh / file).read_bytes()
    ]
