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
    """A contradiction with the reason why it stands; `profile` may also be "printed"."""

    claim: str
    profile: str
    reason: str


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
        texts = all(isinstance(text, str) and text.strip() for text in fields.values())
        if set(fields) != {"claim", "profile", "reason"} or not texts:
            raise ValueError(f"{file}: an entry has a claim, a profile and a reason, not {fields}")
        known = Known(**fields)
        if (known.claim, known.profile) in entries:
            raise ValueError(f"{file}: {known.claim} / {known.profile} is listed twice")
        entries[known.claim, known.profile] = known
    return entries


def stale(
    entries: Iterable[Known], judgements: Iterable[Judgement], with_results: Container[str] | None = None
) -> list[str]:
    """Return a complaint for every entry that matches no contradicted claim.

    Args:
        entries: the list.
        judgements: all claims on all sources.
        with_results: the sources that have results at all; entries for others pass, because without results nothing
            can confirm them. None holds every entry to account.
    """
    verdicts = {(judgement.claim, judgement.source): judgement.verdict for judgement in judgements}
    complaints = []
    for known in entries:
        verdict = verdicts.get((known.claim, known.profile))
        name = f"{known.claim} / {known.profile}"
        if verdict is None:
            complaints.append(f"{name} is listed as a known contradiction, but there is no such claim or profile")
        elif verdict is not Verdict.CONTRADICTED and (with_results is None or known.profile in with_results):
            complaints.append(f"{name} is listed as a known contradiction, but is {verdict.value}")
    return complaints
