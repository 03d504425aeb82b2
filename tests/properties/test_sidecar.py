"""What stands beside a CSV of results is JSON that people can read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.sidecar import REQUIRED, write_sidecar

pytestmark = pytest.mark.fast

NUMBERS = st.lists(st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans())
FACTS = st.dictionaries(st.text(), NUMBERS | st.text() | st.lists(st.text()) | st.lists(NUMBERS), max_size=4)


def written(folder: Path, facts: dict[str, Any]) -> str:
    write_sidecar(folder / "table.csv", dict.fromkeys(REQUIRED, "") | facts)
    return (folder / "table.json").read_text()


@given(facts=FACTS)
def test_whatever_is_said_is_read_back(tmp_path_factory: pytest.TempPathFactory, facts: dict[str, Any]) -> None:
    read = json.loads(written(tmp_path_factory.mktemp("results"), facts))
    assert {key: read[key] for key in facts} == facts


def test_a_list_of_numbers_takes_one_line_and_texts_stay_as_they_are(tmp_path: Path) -> None:
    lines = written(tmp_path, {"kept": [18, 2.5, None], "layers": ["[\n 1,\n 2\n]", "stem"]}).splitlines()
    assert '  "kept": [18, 2.5, null],' in lines
    assert lines[lines.index('  "layers": [') + 1 :][:3] == ['    "[\\n 1,\\n 2\\n]",', '    "stem"', "  ],"]


def test_facts_that_are_lacking_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"table\.csv: what is known of its origin lacks command, versions"):
        write_sidecar(tmp_path / "table.csv", {"code_ids": {}, "device": "cpu"})
