"""What the report consists of, gathered from the folders of results and rendered figures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from figures.figure import Figure
from figures.plate import plates, read_lines
from figures.reading import BANNERS, ResultsError, newest
from figures.report import claims, tables
from figures.report.catalogue import CATALOGUE, Entry, entry
from figures.report.pictures import Picture, picture, plate_picture

PRINTED = "printed"
"""The ledger's name for the paper's own numbers."""


@dataclass(frozen=True)
class Section:
    """A table with results: itself, its figures, its origin and the command that makes it anew."""

    entry: Entry
    table: tables.Table
    pictures: Sequence[Picture]
    origin: Mapping[str, Any]
    command: str


@dataclass(frozen=True)
class Profile:
    """Everything of one scale.

    Attributes:
        name: the profile.
        banner: what its numbers are.
        claims: the ledger's part; empty when the ledger has none of it.
        sections: tables with results, in the paper's order.
        plates: figures of exhibits, and where each comes from.
        missing: tables without any.
    """

    name: str
    banner: str
    claims: Sequence[claims.Claim]
    sections: Sequence[Section]
    plates: Sequence[tuple[Picture, Mapping[str, Any]]]
    missing: Sequence[Entry]


@dataclass(frozen=True)
class Report:
    """The page's contents: profiles that have results, plates of none, profiles without results, and the audit."""

    profiles: Sequence[Profile]
    apart: Sequence[tuple[Picture, Mapping[str, Any]]]
    without: Mapping[str, str]
    audit: Sequence[claims.Claim]


def gather(results: Path, rendered: Path, known: Mapping[str, Figure], wanted: str | None = None) -> Report:
    """Return the contents of the report.

    Args:
        results: folder with `claims.csv` and `<profile>/<table>.v<N>.{csv,json}`.
        rendered: folder with `<profile>/<figure>.{png,svg}`.
        known: figure name -> figure.
        wanted: only this profile; all when None.

    Raises:
        ResultsError: naming the file, for one that cannot be read, or when there is nothing to report.
    """
    ledger = claims.read(results / "claims.csv") if (results / "claims.csv").is_file() else {}
    names = [wanted] if wanted else list(BANNERS)
    profiles = [_profile(name, results, rendered, known, ledger.get(name, [])) for name in names]
    filled = [profile for profile in profiles if profile.sections]
    if not filled:
        raise ResultsError(f"{results}: no results of {' or '.join(names)}; `python -m paper_tables` writes them")
    without = {profile.name: profile.banner for profile in profiles if not profile.sections}
    folders = dict.fromkeys(plate.folder for plate in plates().values() if plate.folder)
    apart = [shown for folder in folders for shown in _plates(folder, folder, results, rendered)]
    return Report(filled, apart, without, ledger.get(PRINTED, []))


def _plates(folder: str, only: str, results: Path, rendered: Path) -> Sequence[tuple[Picture, Mapping[str, Any]]]:
    """Pictures of the exhibits in `folder` below the results: those of a profile (`only` empty) or of none."""
    own = [plate for plate in plates().values() if plate.folder == only]
    paths = [(plate, path) for plate in own if (path := newest(results, folder, plate.name)) is not None]
    return [(plate_picture(plate, read_lines(path), rendered, folder), _origin(path)) for plate, path in paths]


def _profile(
    name: str, results: Path, rendered: Path, known: Mapping[str, Figure], ledger: Sequence[claims.Claim]
) -> Profile:
    present = {path.name.partition(".v")[0] for path in (results / name).glob("*.v*.csv")} - set(plates())
    listed = [one.table for one in CATALOGUE]
    order = [table for table in listed if table in present] + sorted(present - set(listed))
    paths = {table: path for table in order if (path := newest(results, name, table)) is not None}
    read = {table: tables.read(path) for table, path in paths.items()}
    cells = {table: found.cells for table, found in read.items()}
    for table, own in cells.items():
        if own[0].profile != name:
            raise ResultsError(f"{paths[table]}: results of the {own[0].profile} profile in the folder of {name}")
    sections = []
    for table, found in read.items():
        drawn = [figure for figure in known.values() if figure.needs[0] == table and set(figure.needs) <= set(cells)]
        pictures = [
            picture(figure, {needed: cells[needed] for needed in figure.needs}, rendered, name) for figure in drawn
        ]
        command = f"nox -s tables -- --table {table} --profile {name}"
        sections.append(Section(entry(table), found, pictures, _origin(found.path), command))
    missing = [one for one in CATALOGUE if one.table not in read]
    return Profile(name, BANNERS[name], ledger, sections, _plates(name, "", results, rendered), missing)


def _origin(path: Path) -> Mapping[str, Any]:
    """Return what the JSON beside a CSV says; nothing when there is none."""
    sidecar = path.with_suffix(".json")
    if not sidecar.is_file():
        return {}
    try:
        found = json.loads(sidecar.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ResultsError(f"{sidecar}: {error}") from error
    if not isinstance(found, dict):
        raise ResultsError(f"{sidecar}: an object is needed, with the origin of {path.name}")
    return found
