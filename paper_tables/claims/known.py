"""The contradictions we have looked into, and the two ways in which their list can be wrong."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paper_tables.claims.verdict import Judgement, Verdict
from supertickets.documents.texts import DocumentError
from supertickets.documents.trees import is_list_of, is_map_of, is_text, read_toml

FILE = Path(__file__).with_name("known_contradictions.toml")
_REMEDY = "the head of the file shows what an entry looks like"
_FIELDS = {"claim", "profile", "reason", "comparisons"}


def _is_filled(value: Any) -> bool:
    """Text, or a list with texts in it."""
    return is_text(value) or (is_list_of(is_text)(value) and value != [])


@dataclass(frozen=True)
class Known:
    """A contradiction with the reason why it stands; `profile` may also be "printed".

    Attributes:
        comparisons: exactly the deciding comparisons that contradict the claim, as the ledger words them.
    """

    claim: str
    profile: str
    reason: str
    comparisons: tuple[str, ...]


def load(file: Path = FILE) -> dict[tuple[str, str], Known]:
    """Return (claim id, profile) -> entry.

    Raises:
        DocumentError: naming the file, for TOML that is malformed, entries with other or empty fields, or a repeated
            one.
    """
    content = read_toml(file, {"contradiction": (is_list_of(is_map_of(_is_filled)), "entries of texts")}, _REMEDY)
    if foreign := content.keys() - {"contradiction"}:
        raise DocumentError(file, "only [[contradiction]] entries belong here", _REMEDY, place=f"entry {min(foreign)}")
    entries: dict[tuple[str, str], Known] = {}
    for number, given in enumerate(content.get("contradiction", []), 1):
        place = f"entry {number}"
        if given.keys() != _FIELDS or [name for name in given if isinstance(given[name], list)] != ["comparisons"]:
            problem = f"has a claim, a profile, a reason and a list of comparisons, not {', '.join(given) or 'nothing'}"
            raise DocumentError(file, problem, _REMEDY, place=place)
        known = Known(**{**given, "comparisons": tuple(given["comparisons"])})
        if (known.claim, known.profile) in entries:
            raise DocumentError(file, f"{known.claim} / {known.profile} is listed twice", _REMEDY, place=place)
        entries[known.claim, known.profile] = known
    return entries


def unlisted(judgement: Judgement, entry: Known | None) -> list[str]:
    """Return the comparisons that contradict a claim without being in its entry."""
    return [name for name in judgement.contradicting if entry is None or name not in entry.comparisons]


def stale(
    entries: Iterable[Known], judgements: Iterable[Judgement], with_results: Container[str] | None = None
) -> list[str]:
    """Return a complaint for every entry that does not match a contradicted claim, comparison by comparison.

    Args:
        entries: the list.
        judgements: all claims on all sources.
        with_results: the sources that have results at all; entries for others pass, because without results nothing
            can confirm them. None holds every entry to account.
    """
    found = {(judgement.claim, judgement.source): judgement for judgement in judgements}
    complaints = []
    for known in entries:
        judgement = found.get((known.claim, known.profile))
        name = f"{known.claim} / {known.profile}"
        if judgement is None:
            complaints.append(f"{name} is listed as a known contradiction, but there is no such claim or profile")
        elif with_results is not None and known.profile not in with_results:
            continue
        elif judgement.verdict is not Verdict.CONTRADICTED:
            complaints.append(f"{name} is listed as a known contradiction, but is {judgement.verdict.value}")
        else:
            complaints += [
                f"{name} is listed as contradicted by {comparison!r}, which does not contradict it"
                for comparison in known.comparisons
                if comparison not in judgement.contradicting
            ]
    return complaints
