"""The contradictions we have looked into, and the two ways in which their list can be wrong."""

from __future__ import annotations

import tomllib
from collections.abc import Container, Iterable
from dataclasses import dataclass
from pathlib import Path

from paper_tables.claims.verdict import Judgement, Verdict

FILE = Path(__file__).with_name("known_contradictions.toml")


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
        ValueError: naming the file, for TOML that is malformed, entries with other or empty fields, or a repeated one.
    """
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{file}: {error}") from error
    if content.keys() - {"contradiction"}:
        raise ValueError(f"{file}: only [[contradiction]] entries belong here")
    entries: dict[tuple[str, str], Known] = {}
    for fields in content.get("contradiction", []):
        listed = fields.get("comparisons")
        texts = [fields.get(name) for name in ("claim", "profile", "reason")] + (
            listed if isinstance(listed, list) else []
        )
        complete = len(fields) == 4 and listed and isinstance(listed, list)
        if not complete or not all(isinstance(text, str) and text.strip() for text in texts):
            raise ValueError(
                f"{file}: an entry has a claim, a profile, a reason and a list of comparisons, not {fields}"
            )
        known = Known(**{**fields, "comparisons": tuple(listed)})
        if (known.claim, known.profile) in entries:
            raise ValueError(f"{file}: {known.claim} / {known.profile} is listed twice")
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
