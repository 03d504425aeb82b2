"""Pictures of every mode and make: the right pixels, the exact ids, or one error that names file and remedy."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from bench.data import DataError
from supertickets.data.pictures import (
    decode_ids,
    decode_labelled_rgb,
    decode_rgb,
    open_picture,
    parse_picture,
    read_picture,
    require_upright,
)

pytestmark = pytest.mark.fast
NAME = Path("data/picture.png")


def packed(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def rgb(raw: bytes) -> np.ndarray:
    return np.asarray(decode_rgb(parse_picture(raw, NAME), NAME))


def ids(raw: bytes) -> np.ndarray:
    return decode_ids(parse_picture(raw, NAME), NAME)


def grey_png(values: np.ndarray, bits: int) -> bytes:
    """A PNG of one channel with any number of bits, written by hand: Pillow writes few of them."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = []
    for row in values.tolist():
        text = "".join(f"{value:0{bits}b}" for value in row)
        text += "0" * (-len(text) % 8)
        rows.append(bytes([0]) + int(text, 2).to_bytes(len(text) // 8, "big"))
    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], bits, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"".join(rows)))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


@given(st.sampled_from((1, 2, 4, 8, 16)), st.integers(1, 9), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_ids_are_those_that_were_stored(bits: int, width: int, height: int, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 2**bits, (height, width))
    assert np.array_equal(ids(grey_png(values, bits)), values)
    if bits < 16:
        shown = (values * 255 // (2**bits - 1)).astype(np.uint8)
        assert np.array_equal(rgb(grey_png(values, bits)), shown[..., None].repeat(3, axis=2))
    else:
        assert np.array_equal(rgb(grey_png(values, bits))[..., 1], values >> 8)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_palette_indices_are_the_ids_whatever_the_colours(bits: int) -> None:
    values = np.arange(8).reshape(2, 4) % 2**bits
    picture = Image.fromarray(values.astype(np.uint8)).convert("P")
    picture.putpalette([255, 0, 0] * 256)
    assert np.array_equal(ids(packed(picture, bits=bits, transparency=0)), values)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA"])
def test_labels_of_several_channels_are_refused(mode: str) -> None:
    with pytest.raises(DataError, match=rf"picture.png has mode {mode}, not one class index per pixel"):
        ids(packed(Image.new(mode, (4, 4))))


def test_labels_that_are_not_kept_exactly_are_refused() -> None:
    """A JPEG under the name of a PNG."""
    with pytest.raises(DataError, match=r"picture.png is a JPEG file, which does not keep ids exactly: save .* as PNG"):
        ids(packed(Image.new("L", (8, 8), 3), "JPEG"))


@pytest.mark.parametrize(("mode", "colour", "shown"), [
    ("1", 1, 255), ("L", 7, 7), ("CMYK", (0, 0, 0, 255), 0), ("RGBA", (9, 9, 9, 255), 9), ("LA", (8, 255), 8),
    ("I;16", 7 * 256 + 200, 7), ("P", 5, 5),
])  # fmt: skip
def test_colours_of_every_mode(mode: str, colour: object, shown: int) -> None:
    picture = Image.new(mode, (6, 6), colour)
    kind = "JPEG" if mode == "CMYK" else "PNG"
    if mode == "P":
        picture.putpalette([value for level in range(256) for value in (level, level, level)])
    assert (rgb(packed(picture, kind)) == shown).all()


@pytest.mark.parametrize(("mode", "colour"), [("RGBA", (9, 9, 9, 254)), ("LA", (8, 0))])
def test_transparent_pictures_are_refused(mode: str, colour: tuple[int, ...]) -> None:
    picture = Image.new(mode, (6, 6), (255,) * len(colour))
    picture.putpixel((3, 2), colour)
    with pytest.raises(DataError, match=r"picture.png is transparent in parts: save it on the background"):
        rgb(packed(picture))


@pytest.mark.parametrize("transparency", [5, bytes([255, 128])])
def test_transparent_palettes_are_refused_where_they_are_used(transparency: int | bytes) -> None:
    picture = Image.fromarray(np.array([[0, 1], [2, 5]], np.uint8)).convert("P")
    with pytest.raises(DataError, match="transparent in parts"):
        rgb(packed(picture, transparency=transparency))


@pytest.mark.parametrize("turned", range(1, 9))
def test_pictures_are_seen_upright_and_labelled_ones_have_to_be(turned: int) -> None:
    """Columns red, green, blue from left to right of the picture that viewers show."""
    upright = np.zeros((2, 3, 3), np.uint8)
    upright[:, range(3), range(3)] = 255
    upright[1] //= 2
    stored = {
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1],
        5: upright.swapaxes(0, 1), 6: upright.swapaxes(0, 1)[::-1],
        7: upright.swapaxes(0, 1)[::-1, ::-1], 8: upright.swapaxes(0, 1)[:, ::-1],
    }[turned]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = turned
    raw = packed(Image.fromarray(np.ascontiguousarray(stored)), exif=exif)
    assert np.array_equal(rgb(raw), upright)
    if turned == 1:
        require_upright(parse_picture(raw, NAME), NAME)
    else:
        with pytest.raises(
            DataError, match=rf"picture.png is stored turned \(EXIF orientation {turned}\).*save it upri"
        ):
            require_upright(parse_picture(raw, NAME), NAME)


@pytest.mark.parametrize("turned", range(1, 9))
@pytest.mark.parametrize("meant", ["as it is stored", "upright", "another size"])
def test_the_size_of_labels_tells_whether_they_mean_a_picture_turned(turned: int, meant: str) -> None:
    """Tools that label turn a picture by its EXIF tag, or do not; only quarter turns exchange its sides."""
    stored = Image.fromarray(np.arange(18, dtype=np.uint8).reshape(2, 3, 3))
    exif = Image.Exif()
    exif[0x0112] = turned
    raw = packed(stored, exif=exif)
    size = {"as it is stored": (3, 2), "upright": (2, 3), "another size": (6, 4)}[meant]
    if turned != 1 and (turned < 5 or meant == "another size"):
        with pytest.raises(DataError, match=r"is stored turned .EXIF orientation \d., and its labels may mean either"):
            decode_labelled_rgb(parse_picture(raw, NAME), NAME, size)
        as_stored = decode_labelled_rgb(parse_picture(raw, NAME), NAME, size, "as stored")
        assert np.array_equal(np.asarray(as_stored), np.asarray(stored))
        return
    found = decode_labelled_rgb(parse_picture(raw, NAME), NAME, size)
    kept = turned == 1 or meant == "as it is stored"
    assert np.array_equal(np.asarray(found), np.asarray(stored) if kept else rgb(raw))


def test_labels_of_a_turned_square_may_mean_either_way() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    with pytest.raises(DataError, match="its labels may mean either way: save it upright"):
        decode_labelled_rgb(parse_picture(packed(Image.new("RGB", (4, 4)), exif=exif), NAME), NAME, (4, 4))


OTHER_KINDS = {
    "GIF": "it holds GIF, whatever its name says.: store it as PNG, or remove it",
    "TIFF": "it holds TIFF, whatever its name says.: store it as PNG, or remove it",
    "WEBP": "it holds WebP, whatever its name says.: store it as PNG, or remove it",
    "JPEG2000": "it holds JPEG 2000, whatever its name says.: store it as PNG, or remove it",
    "PDF": "it holds PDF, whatever its name says.: store it as PNG, or remove it",
    "EPS": "it holds PostScript, whatever its name says.: store it as PNG, or remove it",
    "PPM": "no whole JPEG, PNG or BMP.: copy it again",
}
"""Kind that Pillow writes -> what is said of such a file."""


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_other_kinds_of_pictures_are_not_tried(kind: str) -> None:
    with pytest.raises(DataError, match=rf"picture.png is not a readable image .{OTHER_KINDS[kind]}$"):
        rgb(packed(Image.new("RGB", (4, 4)), kind))


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "it is empty"), (b"a note\r\n", "it holds text"), (2000 * "\u00fc".encode() + b"\n", "it holds text"),
        (b"x" + 3000 * "\u20ac".encode(), "it holds text"), (b"\0\0\0 ftypheic\0\0", "it holds HEIC"),
        (b"\0\0\0 ftypavif\0\0", "it holds AVIF"), (bytes(3000), "no whole JPEG"), (b"\xff\xd8", "no whole JPEG"),
        (b"RIFF\0\0\0\0WAVE", "no whole JPEG"), (b"\0\0\0 ftypisom\0\0", "no whole JPEG"),
        (b"a note\x07", "no whole JPEG"), (b"caf\xe9 \xe9\xe9\xe9\xe9", "no whole JPEG"),
    ],
)  # fmt: skip
def test_what_a_file_holds_is_told_by_its_beginning(raw: bytes, said: str) -> None:
    """Where what is looked at ends within a character, it is still text."""
    with pytest.raises(DataError, match=rf"picture.png is not a readable image .{said}"):
        rgb(raw)


def test_what_moves_is_refused() -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    with pytest.raises(DataError, match=r"picture.png is animated: save one picture of it"):
        rgb(packed(frames[0], save_all=True, append_images=frames[1:]))


@pytest.mark.parametrize(("width", "height"), [(9000, 9000), (2**31 - 1, 2**31 - 1), (70000, 70000)])
def test_a_bomb_is_not_lit(width: int, height: int) -> None:
    raw = bytearray(grey_png(np.zeros((1, 1), int), 8))
    raw[16:24] = struct.pack(">II", width, height)
    raw[29:33] = struct.pack(">I", zlib.crc32(raw[12:29]))
    with pytest.raises(DataError, match=r"picture.png .*(pixels, at most 67108864 are decoded|could be decompression)"):
        rgb(bytes(raw))


def test_a_name_of_another_kind_makes_no_difference(tmp_path: Path) -> None:
    picture = Image.fromarray(np.arange(48, dtype=np.uint8).reshape(4, 4, 3))
    path = tmp_path / "picture.jpg"
    path.write_bytes(packed(picture))
    assert np.array_equal(np.asarray(decode_rgb(open_picture(path), path)), np.asarray(picture))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"picture.jpg is not a readable image.*copy it again"):
        open_picture(path)


def test_what_a_picture_carries_along_is_bounded(tmp_path: Path) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("comment", "a" * 2**21, zip=True)
    path = tmp_path / "picture.png"
    path.write_bytes(packed(Image.new("RGB", (4, 4)), pnginfo=text))
    with pytest.raises(DataError, match=r"picture.png is not a readable image.*MAX_TEXT_CHUNK"):
        read_picture(path)
