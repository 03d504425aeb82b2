"""Figures of detectors on made-up numbers: what is measured is drawn, what was not run is said, damage is named."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from figures import reading, style
from figures.figure import figures
from figures.or_keypoint_curves import _COLORS as ERRORS
from figures.telling import in_words, marks
from paper_tables import registry
from paper_tables.collect import records
from paper_tables.records import write
from supertickets.documents.texts import DocumentError
from tests.claims.test_records import fabricate
from tests.layout import assert_texts_apart, texts

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

pytestmark = pytest.mark.slow

FIGURES = {name: figure for name, figure in figures().items() if name.startswith("or-")}
MEASURED = {name: figure for name, figure in FIGURES.items() if figure.read is reading.read}
TABLES = registry.tables()
Lines = Sequence[Mapping[str, object]]


def drawn(name: str, folder: Path) -> Drawing:
    figure = FIGURES[name]
    table = figure.needs[0]
    with style.style():
        return figure.draw({table: figure.read(next(folder.glob(f"{table}.v*.csv")))}, "embedded")


def said(drawing: Drawing) -> str:
    return "\n".join(text for text, _ in texts(drawing)).replace("\n", " ")


@pytest.mark.parametrize("name", MEASURED)
@pytest.mark.parametrize("seeds", [1, 3])
def test_every_method_is_named_and_drawn(name: str, seeds: int, tmp_path: Path) -> None:
    table = TABLES[MEASURED[name].needs[0]]
    write(tmp_path / table.file_name, fabricate(table, seeds))
    drawing = drawn(name, tmp_path)
    assert_texts_apart(drawing)
    assert reading.BANNERS["embedded"] in said(drawing)
    assert f"n = {seeds} seed" in said(drawing)
    assert all(axes.lines or axes.patches for axes in drawing.axes)


@pytest.mark.parametrize("name", ["or-mask-transfer", "or-sparsity-curves"])
def test_accuracies_begin_at_zero_and_marks_are_explained(name: str, tmp_path: Path) -> None:
    table = TABLES[name]
    write(tmp_path / table.file_name, fabricate(table, 3))
    drawing = drawn(name, tmp_path)
    assert all(axes.get_ylim()[0] <= 0 for axes in drawing.axes)
    for words in ("mean of seeds", "95 % t-interval", "each seed", "In the place of COCO instances: "):
        assert words in said(drawing)


@pytest.mark.parametrize("name", [name for name in MEASURED if name not in ("or-task-transfer", "or-ranking")])
def test_what_was_not_run_is_said_and_not_drawn(name: str, tmp_path: Path) -> None:
    table = TABLES[MEASURED[name].needs[0]]
    write(tmp_path / table.file_name, records(table, {}, "embedded"))
    drawing = drawn(name, tmp_path)
    measured = [line for axes in drawing.axes for line in axes.lines if line.get_markerfacecolor() != "white"]
    assert not measured and not any(axes.patches for axes in drawing.axes)
    assert "not run" in said(drawing)


def test_the_sparsity_that_was_measured_is_across(tmp_path: Path) -> None:
    table = TABLES["or-sparsity-curves"]
    found = fabricate(table)
    write(tmp_path / table.file_name, found)
    across = {
        record.estimate.mean for record in found if record.metric == "sparsity_network" and record.estimate is not None
    }
    drawing = drawn("or-sparsity-curves", tmp_path)
    assert len(drawing.axes) == 3, "boxes, masks, joints"
    for axes in drawing.axes:
        places = {round(x, 4) for line in axes.lines for x in line.get_xdata()}
        assert places <= {round(x, 4) for x in across}
        markers = [line for line in axes.lines if line.get_marker() in "so^v" and len(line.get_xdata()) > 1]
        assert sorted(len(line.get_xdata()) for line in markers) == [3, 3, 7], "own tickets are one line"


def line(**values: object) -> dict[str, object]:
    return {
        "table": "or-made-up", "version": 1, "profile": "embedded", "paper_ref": "Fig. 0", "role": "COCO people",
        "data_set": "made_up", "method": "or_dense", "sparsity": "0.0000", "seed": 0, "experiment_id": "abc", **values,
    }  # fmt: skip


TICKET = {"method": "or_direct", "sparsity": "0.8000"}


def curves() -> Lines:
    return [
        line(oks=oks, error=error, precision=";".join([f"{0.1 * i:.4f}"] * 101), **net)
        for net in ({}, TICKET)
        for oks in ("0.5", "0.75")
        for i, error in enumerate(ERRORS, 1)
    ]


def losses() -> Lines:
    return [
        line(
            role=role,
            seed=seed,
            rewound=rewound,
            losses=";".join(f"{3 - i / 4 + seed / 10:.6f}" for i in range(8)),
            **net,
        )
        for role in ("COCO instances", "COCO people")
        for net, rewound in (({}, 0), (TICKET, 1))
        for seed in range(3)
    ]


def layers() -> Lines:
    names = ("backbone.body.conv1.weight", "roi_heads.box_head.fc6.weight", "rpn.head.conv.0.0.weight")
    kept = {"or_direct": (900, 0, 300), "or_direct_layers": (200, 200, 200)}
    return [
        line(role=role, method=method, sparsity=sparsity, layer=layer, weights=1000, kept=count)
        for role in ("COCO instances", "COCO people")
        for sparsity in ("0.8000", "0.9000")
        for method, counts in kept.items()
        for layer, count in zip(names, counts, strict=True)
    ]


def pictures(folder: Path) -> Lines:
    folder.mkdir()
    Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(folder / "a.png")
    Image.fromarray(np.eye(32, dtype=np.uint8)).save(folder / "m.png")
    common = {
        "image": "a.png", "sample": 0, "boxes": "2:2.0:3.0:20.0:21.5:0.75;3:1.0:1.0:9.0:9.0:0.50",
        "joints": "0:0:4.0:5.5;0:1:7.0:8.0",
        "classes": "car;person;tree", "joint_names": "left_hip;right_hip", "bones": "0-1",
    }  # fmt: skip
    return [
        line(method="truth", sparsity="none", experiment_id="none", masks="m.png", **common),
        line(masks="none", **common),
        line(**{**common, **TICKET, "boxes": "none", "joints": "none"}, masks="none"),
    ]


WRITTEN: dict[str, Callable[[Path], Lines]] = {
    "or-keypoint-curves": lambda _: curves(),
    "or-loss-curves": lambda _: losses(),
    "or-layer-sparsities": lambda _: layers(),
    "or-qualitative": lambda folder: pictures(folder / "or-qualitative.v1"),
}


def made_up(name: str, folder: Path, change: Callable[[list[dict[str, Any]]], None] = lambda _: None) -> None:
    lines = [dict(one) for one in WRITTEN[name](folder)]
    change(lines)
    with (folder / f"{name}.v1.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, lines[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


def test_every_written_table_of_detectors_is_tried() -> None:
    assert WRITTEN.keys() == FIGURES.keys() - MEASURED.keys()


@pytest.mark.parametrize("name", WRITTEN)
def test_written_tables_are_drawn(name: str, tmp_path: Path) -> None:
    made_up(name, tmp_path)
    drawing = drawn(name, tmp_path)
    assert reading.BANNERS["embedded"] in said(drawing)
    assert "table or-made-up, version 1" in said(drawing)
    assert all(axes.lines or axes.images for axes in drawing.axes)
    inside = drawing.bbox
    assert all(inside.x0 <= box[0] and box[2] <= inside.x1 for _, box in texts(drawing))


def test_an_emptied_layer_is_named_in_the_colour_of_a_warning(tmp_path: Path) -> None:
    made_up("or-layer-sparsities", tmp_path)
    drawing = drawn("or-layer-sparsities", tmp_path)
    for axes in drawing.axes:
        warned = [tick.get_text() for tick in axes.get_xticklabels() if tick.get_color() == style.WARNING]
        assert warned == ["box head.fc6"]
    assert "Own ticket, layer by layer" in said(drawing)


def test_epochs_before_the_rewinding_are_counted_on_the_right(tmp_path: Path) -> None:
    made_up("or-loss-curves", tmp_path)
    drawing = drawn("or-loss-curves", tmp_path)
    starts = [sorted({int(line.get_xdata()[0]) for line in axes.lines}) for axes in drawing.axes]
    assert starts == [[1], [1, 2], [1], [1, 2]]


TOLD = {
    "or-keypoint-curves": (2 * 2 * 7 * 11, "+ swap: precision 30 % at 50 % recall, 30.0 % on average"),
    "or-loss-curves": (
        2 * 2 * 2 * 8,
        (
            "Own ticket, 80 % zeros, in the place of COCO people, epochs with those before the rewinding: 9, "
            "validation loss 1.35, n = 3 seeds: 1.25, 1.35, 1.45"
        ),
    ),
    "or-layer-sparsities": (
        2 * 2 * 2 * 3,
        "Own ticket, 90 % zeros, box head.fc6: 0 % of its weights left",
    ),
}
"""Figure -> how many marks tell something, and what one of them tells."""


@pytest.mark.parametrize("name", TOLD)
def test_lines_tell_what_stands_where(name: str, tmp_path: Path) -> None:
    made_up(name, tmp_path)
    told = [mark.words for mark in marks(drawn(name, tmp_path))]
    count, words = TOLD[name]
    assert len(told) == count and words in told, told[-3:]


@pytest.mark.parametrize("name", ["or-errors-boxes", "or-errors-masks"])
def test_bars_tell_mean_interval_and_seeds(name: str, tmp_path: Path) -> None:
    table = TABLES["or-errors"]
    write(tmp_path / table.file_name, fabricate(table, 3))
    kind = name.removeprefix("or-errors-").replace("boxes", "box").replace("masks", "mask")
    cells = [cell for cell in reading.read(tmp_path / table.file_name) if cell.metric.startswith(f"{kind}_")]
    found = list(marks(drawn(name, tmp_path)))
    assert sorted(mark.words for mark in found) == sorted(map(in_words, cells)) and cells
    means = {in_words(cell): cell.mean for cell in cells}
    heights = [means[mark.words] for mark in sorted(found, key=lambda mark: -mark.top)]
    assert heights == sorted(heights), "the larger, the higher"


@pytest.mark.parametrize(
    ("name", "column", "text", "complaint"),
    [
        ("or-keypoint-curves", "precision", "0.5;0.5", "2 precisions, not 101"),
        ("or-keypoint-curves", "error", "score", "'score' is none of"),
        ("or-keypoint-curves", "version", "2", "'2' beside '1'"),
        ("or-loss-curves", "rewound", "3", "3 beside 1 of another seed"),
        ("or-loss-curves", "losses", "1.0", "1 beside 8 of another seed"),
        ("or-layer-sparsities", "kept", "1001", "1001 kept of 1000"),
        ("or-qualitative", "boxes", "1:2:3", "is no box"),
        ("or-qualitative", "boxes", "4:2.0:3.0:20.0:21.5:0.75", "a class beyond the 3 names"),
        ("or-qualitative", "boxes", "0:2.0:3.0:20.0:21.5:0.75", "a class beyond the 3 names"),
        ("or-qualitative", "joints", "0:0:4.0:5.5", "0:0:4.0:5.5: 0 objects with 2 joints"),
        ("or-qualitative", "bones", "0-2", "a bone to a joint beyond the 2 names"),
        ("or-qualitative", "classes", "car;man;tree", "'car;man;tree' beside 'car;person;tree'"),
        ("or-qualitative", "image", "../a.png", "is no name of a picture"),
        ("or-qualitative", "masks", "lost.png", "lost.png"),
    ],
)
def test_damage_is_named(name: str, column: str, text: str, complaint: str, tmp_path: Path) -> None:
    def change(lines: list[dict[str, Any]]) -> None:
        lines[-1][column] = text

    made_up(name, tmp_path, change)
    with pytest.raises(DocumentError, match=complaint):
        drawn(name, tmp_path)


def test_a_missing_curve_and_a_missing_answer_are_named(tmp_path: Path) -> None:
    made_up("or-keypoint-curves", tmp_path, lambda lines: lines.__delitem__(-1))
    with pytest.raises(DocumentError, match=r"or_direct has no curve of false_neg at OKS 0\.75"):
        drawn("or-keypoint-curves", tmp_path)


def test_what_is_found_is_drawn_in_its_place_and_explained(tmp_path: Path) -> None:
    made_up("or-qualitative", tmp_path)
    drawing = drawn("or-qualitative", tmp_path)
    assert "person" in said(drawing) and "tree" in said(drawing) and "car" not in said(drawing), (
        "classes that are there"
    )
    assert "left joints and bones" in said(drawing) and "middle" not in said(drawing)
    truth, dense, sparse = drawing.axes
    assert [axes.get_title("left") for axes in drawing.axes][1:] == [
        "Dense detector, 0 % zeros",
        "Own ticket, 80 % zeros",
    ]
    for axes in (truth, dense):
        box, other = axes.patches
        assert box.get_edgecolor() != other.get_edgecolor()
        assert [*box.get_bbox().extents] == [1.5, 2.5, 19.5, 21]
        assert [tuple(map(float, end)) for end in np.asarray(axes.lines[0].get_data()).T[:2]] == [
            (3.5, 5.0),
            (6.5, 7.5),
        ]
    assert not sparse.patches and not sparse.lines
    assert [np.size(line.get_xdata()) for line in truth.lines] == [3, 1, 1], "a bone between the sides, a joint on each"
    shown = [np.asarray(axes.images[0].get_array()) for axes in (truth, dense)]
    assert ((shown[0] != shown[1]).any(axis=2) == np.eye(32, dtype=bool)).all(), "the mask and nothing else"


def test_a_picture_without_one_of_the_nets_is_named(tmp_path: Path) -> None:
    def change(lines: list[dict[str, Any]]) -> None:
        lines.append({**lines[0], "image": "b.png"})

    made_up("or-qualitative", tmp_path, change)
    with pytest.raises(DocumentError, match=r"b\.png has no or_dense at 0\.0000"):
        drawn("or-qualitative", tmp_path)
