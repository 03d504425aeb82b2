"""`SECURITY.md` promises what is there: every file, limit and test that it names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from supertickets import disk, json_values, reading, tensor_files
from supertickets.data import files, pictures
from supertickets.documents import texts, trees
from supertickets.supernet import config

pytestmark = pytest.mark.fast
ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "SECURITY.md").read_text()
LIMITS = {
    tensor_files.LARGEST_HEADER: "| header of a ticket or weight file | 16 MiB |",
    tensor_files.LARGEST_FILE: "| such a file, and tensors in it | 8 GiB, 100,000 |",
    tensor_files.MOST_DEEP: "| levels of JSON in it | 16 |",
    disk.MOST_ELEMENTS: "| a weight unpacked from non-zeros and gaps | 2^31 elements |",
    json_values.LARGEST: "| a whole number, a list, a list of names and a text in an architecture or purpose "
    "| 65,536, 256, 65,536 and 256 |",
    pictures.MOST_PIXELS: "| pixels of a picture | 2^26 |",
    files.LARGEST: "| bytes of a data file, of its annotations | 2^30, 2^29 |",
    texts.MOST_BYTES: "| a CSV, JSON or TOML file, levels in it | 32 MiB, 16 |",
}
"""What the code has -> the line of the table that says so."""


def test_the_limits_are_those_of_the_code() -> None:
    expected = [16 << 20, 8 << 30, 16, 2**31, 65_536, 2**26, 2**30, 32 << 20]
    assert list(LIMITS) == expected
    assert tensor_files.MOST_TENSORS == 100_000 and json_values.LONGEST == 256 and files.LARGEST_JSON == 2**29
    assert trees.MOST_DEEP == 16 and reading.MOST_BYTES == 1 << 30
    assert (config.MOST_BLOCKS, config.LARGEST_GRID) == (1000, 256)
    for line in LIMITS.values():
        assert line in TEXT, line


def test_every_file_and_test_that_is_named_exists() -> None:
    named = re.findall(r"`((?:tests|bench|supertickets)/[\w/.]+)`", TEXT)
    assert len([name for name in named if name.startswith("tests/")]) >= 12
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_promise_names_its_tests() -> None:
    promised = TEXT.partition("## What is promised")[2].partition("## What is not")[0]
    for promise in re.split(r"^\* ", promised, flags=re.MULTILINE)[1:]:
        assert "`tests/" in promise, promise.splitlines()[0]
