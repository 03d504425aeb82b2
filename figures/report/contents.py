"""What the report consists of, gathered from the folders of results and rendered figures."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from figures.figure import Figure
from figures.plate import plates, read_lines
from figures.reading import BANNERS, ResultsError, newest
from figures.report import claims, exhibits, tables
from figures.report.catalogue import CATALOGUE, Entry, entry
from figures.report.pictures import Picture, picture, plate_picture

PRINTED = "printed"
"""The ledger's name for the paper's own numbers."""

WITHOUT_DOWNLOAD = ("", "embedded")
"""Profiles whose commands need no folder with data, and the exhibits of none."""


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
        exhibits: those that have files.
        missing: tables of the paper without any.
    """

    name: str
    banner: str
    claims: Sequence[claims.Claim]
    sections: Sequence[Section]
    exhibits: Sequence[exhibits.Exhibit]
    missing: Sequence[Entry]


@dataclass(frozen=True)
class Report:
    """The page's contents: profiles that have results, exhibits of none, profiles without results, and the audit."""

    profiles: Sequence[Profile]
    apart: Sequence[exhibits.Exhibit]
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
    folders = dict.fromkeys(plate.folder for plate in plates().values() if plate.folder)
    apart = [shown for folder in folders for shown in _exhibits(folder, folder, results, rendered)]
    elsewhere = {exhibit.picture.name for exhibit in apart}
    profiles = [_profile(name, results, rendered, known, ledger.get(name, []), elsewhere) for name in names]
    filled = [profile for profile in profiles if profile.sections]
    if not filled:
        raise ResultsError(f"{results}: no results of {' or '.join(names)}; `python -m paper_tables` writes them")
    without = {profile.name: profile.banner for profile in profiles if not profile.sections}
    return Report(filled, apart, without, ledger.get(PRINTED, []))


def _exhibits(folder: str, only: str, results: Path, rendered: Path) -> Sequence[exhibits.Exhibit]:
    """The exhibits in `folder` below the results: those of a profile (`only` empty) or of none."""
    found = []
    for plate in plates().values():
        path = newest(results, folder, plate.name) if plate.folder == only else None
        if path is not None:
            lines = read_lines(path)
            shown = plate_picture(plate, lines, rendered, folder)
            command = _command(plate.name, "" if only else folder)
            found.append(exhibits.Exhibit(shown, exhibits.grid(lines), _origin(path), command))
    return found


def _command(name: str, profile: str, seeds: int = 0) -> str:
    """Return what makes a table or an exhibit anew, as it is shown.

    Args:
        name: of the table or exhibit.
        profile: empty for exhibits of none.
        seeds: of the table; 0 to leave their number open.
    """
    options = [f"--profile {profile}"] * bool(profile) + [f"--seeds {seeds}"] * bool(seeds)
    data = ["--data-root DIR"] * (profile not in WITHOUT_DOWNLOAD)
    return " ".join([f"nox -s tables -- --table {name}", *options, *data])


def _profile(
    name: str,
    results: Path,
    rendered: Path,
    known: Mapping[str, Figure],
    ledger: Sequence[claims.Claim],
    elsewhere: Container[str],
) -> Profile:
    """Return everything of one scale; tables that lie `elsewhere`, with no profile, are not missing."""
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
        command = _command(table, name, max(len(cell.seeds) for cell in found.cells))
        origin = _origin(found.path)
        sections.append(Section(entry(table, origin), found, pictures, origin, command))
    missing = [one for one in CATALOGUE if one.table not in read and one.table not in elsewhere]
    return Profile(name, BANNERS[name], ledger, sections, _exhibits(name, "", results, rendered), missing)


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
