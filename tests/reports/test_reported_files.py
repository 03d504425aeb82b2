"""Faults that users of Pillow and numpy have reported with files from elsewhere, each shown not to be here."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from bench.data import DataError
from supertickets.data.cache import cached_arrays
from supertickets.data.pictures import decode_rgb, read_picture

pytestmark = pytest.mark.fast


def shown(path: Path) -> np.ndarray:
    return np.asarray(decode_rgb(read_picture(path), path))


def test_16_bits_of_grey_are_not_clipped(tmp_path: Path) -> None:
    """github.com/python-pillow/Pillow/issues/2574, /3011 and /5991: everything above 255 became white."""
    path = tmp_path / "ramp.png"
    Image.fromarray(np.arange(0, 65536, 256, dtype=np.uint16).reshape(16, 16)).save(path)
    assert np.array_equal(shown(path)[..., 0].ravel(), np.arange(256))


def test_long_texts_are_one_error(tmp_path: Path) -> None:
    """github.com/python-pillow/Pillow/issues/8363 and /2445: a ValueError where an OSError is caught."""
    path = tmp_path / "talkative.png"
    text = PngImagePlugin.PngInfo()
    text.add_itxt("comment", "a" * 2**21, zip=True)
    Image.new("RGB", (4, 4)).save(path, pnginfo=text)
    with pytest.raises(DataError, match=r"talkative.png is not a readable image.*MAX_TEXT_CHUNK"):
        shown(path)


def test_a_bomb_is_one_error_and_no_warning(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    """github.com/facebookresearch/detectron2/issues/1221, junyanz/pytorch-CycleGAN-and-pix2pix/issues/1592."""
    path = tmp_path / "bomb.png"
    Image.new("1", (10, 10)).save(path)
    told = {9500: "has 9500x9500 pixels, at most 67108864 are decoded", 60000: "is not a readable image .*bomb"}
    for side, message in told.items():  # of which Pillow warns, and which it refuses
        raw = bytearray(path.read_bytes())
        raw[16:24] = struct.pack(">II", side, side)
        raw[29:33] = struct.pack(">I", zlib.crc32(raw[12:29]))
        path.write_bytes(raw)
        with pytest.raises(DataError, match=rf"bomb.png {message}"):
            shown(path)
    assert not recwarn.list


def test_a_cut_bitmap_is_found(tmp_path: Path) -> None:
    """github.com/python-pillow/Pillow/issues/1347: `verify` says nothing."""
    path = tmp_path / "cut.bmp"
    Image.new("RGB", (50, 50), "red").save(path)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(DataError, match=r"cut.bmp cannot be decoded.*copy it again"):
        shown(path)


def test_arrays_have_their_space_before_they_are_filled(tmp_path: Path) -> None:
    """github.com/numpy/numpy/issues/21964, bloomberg/memray/issues/116: a bus error where the disk is full."""

    def build(create: object) -> None:
        array = create("values", (2**20,), np.uint8)  # type: ignore[operator]
        status = Path(array.filename).stat()
        assert status.st_blocks * 512 >= status.st_size >= 2**20, "a hole"

    cached_arrays(tmp_path / "set", build)
