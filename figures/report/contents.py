"""What the report consists of, gathered from the folders of results and rendered figures."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from figures.figure import Figure
from figures.reading import BANNERS, REMEDY, newest, read
from figures.report import claims, readings, tables, written
from figures.report.catalogue import CATALOGUE, Entry, entry
from figures.report.pictures import Picture, picture
from figures.report.summary import Count, Summary, count, summary
from supertickets.documents.sidecars import read_sidecar
from supertickets.documents.texts import DocumentError, present

PRINTED = "printed"
"""The ledger's name for the paper's own numbers."""

WITHOUT_DOWNLOAD = ("", "embedded")
"""Profiles whose commands need no folder with data, and the tables of none."""


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
        readings: what is different under a reading of the protocol -> verdicts of the claims that depend on it.
        sections: measured tables with results, in the paper's order.
        written: tables with columns of their own that have files.
        missing: tables of the paper without any.
    """

    name: str
    banner: str
    claims: Sequence[claims.Claim]
    readings: readings.Readings
    sections: Sequence[Section]
    written: Sequence[written.WrittenTable]
    missing: Sequence[Entry]


@dataclass(frozen=True)
class Opening:
    """The figure that the page opens with, and what its numbers are."""

    picture: Picture
    banner: str


@dataclass(frozen=True)
class Report:
    """The page's contents.

    Attributes:
        summaries: the answer in short, by profile; those with results first.
        opening: the figure beside it; None where none is drawn.
        profiles: those that have results.
        apart: tables of no profile.
        without: profile without results -> its banner.
        audit: the claims judged on the paper's own numbers.
        audited: how many came to which verdict.
    """

    summaries: Sequence[Summary]
    opening: Opening | None
    profiles: Sequence[Profile]
    apart: Sequence[written.WrittenTable]
    without: Mapping[str, str]
    audit: Sequence[claims.Claim]
    audited: Count


def gather(results: Path, rendered: Path, known: Mapping[str, Figure], wanted: str | None = None) -> Report:
    """Return the contents of the report.

    Args:
        results: folder with `claims.csv` and `<profile>/<table>.v<N>.{csv,json}`.
        rendered: folder with `<profile>/<figure>.svg`.
        known: figure name -> figure.
        wanted: only this profile; all when None.

    Raises:
        DocumentError: naming the file, for one that cannot be read, or when there is nothing to report.
    """
    ledger = claims.read(results / "claims.csv") if present(results / "claims.csv") else {}
    under = readings.read(results / "readings.csv") if present(results / "readings.csv") else {}
    names = [wanted] if wanted else list(BANNERS)
    folders = dict.fromkeys(figure.folder for figure in known.values() if figure.folder)
    apart = [shown for folder in folders for shown in _written(folder, folder, results, rendered, known)]
    elsewhere = {table.picture.name for table in apart}
    profiles = [
        _profile(name, results, rendered, known, ledger.get(name, []), under.get(name, {}), elsewhere) for name in names
    ]
    filled = [profile for profile in profiles if profile.sections]
    if not filled:
        raise DocumentError(results, f"no results of {' or '.join(names)}", "`python -m paper_tables` writes them")
    without = {profile.name: profile.banner for profile in profiles if not profile.sections}
    audit = ledger.get(PRINTED, [])
    return Report(
        summaries=[
            summary(profile.banner, profile.claims, profile.readings)
            for profile in sorted(profiles, key=lambda profile: not profile.sections)
        ],
        opening=_opening(filled),
        profiles=filled,
        apart=apart,
        without=without,
        audit=audit,
        audited=count(PRINTED, (claim.verdict for claim in audit)),
    )


def _opening(profiles: Sequence[Profile]) -> Opening | None:
    """The first picture of the first table: tables are in the paper's order, whose first is about the method itself."""
    for profile in profiles:
        for section in profile.sections:
            for drawn in section.pictures:
                if drawn.url:
                    return Opening(drawn, profile.banner)
    return None


def _written(
    folder: str, only: str, results: Path, rendered: Path, known: Mapping[str, Figure]
) -> Sequence[written.WrittenTable]:
    """The tables with columns of their own in `folder`: those of a profile (`only` empty) or of none."""
    found = []
    for figure in known.values():
        path = newest(results, folder, figure.name) if figure.read is not read and figure.folder == only else None
        if path is not None:
            own = {figure.name: figure.read(path)}
            shown = picture(figure, own, rendered, folder)
            command = _command(figure.name, "" if only else folder)
            grid = written.grid(own[figure.name].lines)
            record = path.with_suffix(".json").name
            found.append(written.WrittenTable(shown, grid, read_sidecar(path) or {}, record, command))
    return found


def _command(name: str, profile: str, seeds: int = 0) -> str:
    """Return what makes a table anew, as it is shown.

    Args:
        name: of the table.
        profile: empty for tables of none.
        seeds: how many; 0 to leave their number open.
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
    under: readings.Readings,
    elsewhere: Container[str],
) -> Profile:
    """Return everything of one scale; tables that lie `elsewhere`, with no profile, are not missing."""
    present = {path.name.partition(".v")[0] for path in (results / name).glob("*.v*.csv")}
    present -= {figure.name for figure in known.values() if figure.read is not read}
    listed = [one.table for one in CATALOGUE]
    order = [table for table in listed if table in present] + sorted(present - set(listed))
    paths = {table: path for table in order if (path := newest(results, name, table)) is not None}
    found = {table: tables.read(path) for table, path in paths.items()}
    cells = {table: own.cells for table, own in found.items()}
    for table, (first, *_) in cells.items():
        if first.profile != name:
            problem = f"results of the {first.profile} profile in the folder of {name}"
            raise DocumentError(paths[table], problem, REMEDY)
    sections = []
    for table, own in found.items():
        drawn = [
            figure for figure in known.values() if figure.needs[:1] == (table,) and set(figure.needs) <= set(cells)
        ]
        pictures = [
            picture(figure, {needed: cells[needed] for needed in figure.needs}, rendered, name) for figure in drawn
        ]
        command = _command(table, name, max(len(cell.seeds) for cell in own.cells))
        origin = read_sidecar(own.path) or {}
        sections.append(Section(entry(table, origin), own, pictures, origin, command))
    missing = [one for one in CATALOGUE if one.table not in found and one.table not in elsewhere]
    apart = _written(name, "", results, rendered, known)
    return Profile(name, BANNERS[name], ledger, under, sections, apart, missing)
