"""The list of known contradictions has to match what the claims come to."""

from __future__ import annotations

from pathlib import Path

import pytest

from paper_tables.claims import known
from paper_tables.claims.verdict import Judgement, Verdict
from tests.fabricated_claims import (
    CONTRADICTED,
    NOT_ATTEMPTED,
    finding,
)

pytestmark = pytest.mark.fast


def test_known_contradictions_have_to_match(tmp_path: Path) -> None:
    file = tmp_path / "known.toml"
    entry = '[[contradiction]]\nclaim = "pp"\nprofile = "embedded"\nreason = "seen twice"\ncomparisons = ["a"]\n'
    file.write_text(entry)
    entries = known.load(file)
    for verdict in Verdict:
        judgement = Judgement("pp", "embedded", verdict, (finding("a", verdict),))
        assert bool(known.stale(entries.values(), [judgement])) == (verdict is not CONTRADICTED)
    [entry_a] = entries.values()
    both = Judgement("pp", "embedded", CONTRADICTED, (finding("a", CONTRADICTED), finding("b", CONTRADICTED)))
    assert known.unlisted(both, entry_a) == ["b"] and known.unlisted(both, None) == ["a", "b"]
    other = Judgement("pp", "embedded", CONTRADICTED, (finding("b", CONTRADICTED),))
    assert "'a', which does not contradict it" in known.stale(entries.values(), [other])[0]
    absent = Judgement("pp", "embedded", NOT_ATTEMPTED, ())
    assert not known.stale(entries.values(), [absent], with_results=())
    assert known.stale(entries.values(), [], with_results=())
    for broken in (
        entry + entry,
        entry.replace("reason", "because"),
        entry.replace("seen twice", ""),
        entry.replace('["a"]', "[]"),
        entry.replace('["a"]', '"a"'),
        entry.replace('["a"]', "[1]"),
        "claim = 1",
        "[",
    ):
        file.write_text(broken)
        with pytest.raises(ValueError, match=r"known\.toml"):
            known.load(file)
