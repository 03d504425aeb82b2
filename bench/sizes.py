"""Image sizes on command lines."""

from __future__ import annotations

import argparse
import re


def image_size(text: str) -> tuple[int, int]:
    """`512x1024` -> (height, width) in pixels.

    Raises:
        argparse.ArgumentTypeError: for anything else.
    """
    found = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no image size: give height x width in pixels, as in 512x1024")
    return int(found[1]), int(found[2])
