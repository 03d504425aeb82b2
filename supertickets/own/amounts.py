"""Numbers as people write them."""

from __future__ import annotations

import re

_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}


def amount(text: str, unit: str = "") -> int:
    """A positive whole number of `300M`, `1.5G`, `500kB` and the like; `unit` may follow.

    Raises:
        ValueError: for anything else.
    """
    found = re.fullmatch(rf"(\d{{1,15}}(?:\.\d{{1,9}})?)([kKMG]?)(?:{unit})?", text)
    number = round(float(found[1]) * _UNITS[found[2].replace("K", "k")]) if found else 0
    if number < 1:
        raise ValueError(f"{text!r} is no amount: write it like 300M{unit} or 500k{unit}")
    return number
