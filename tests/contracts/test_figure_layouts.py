"""Every figure on a table with made-up numbers: nothing measured is left out, nothing printed passes for measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from figures import reading, style
from figures.__main__ import main
from figures.figure import Figure, figures
from figures.spread import spread
from supertickets.documents.texts import DocumentError
from tests.fabricated import METHODS, TABLES, Place, places, write
from tests.layout import assert_texts_apart, texts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

pytestmark = pytest.mark.slow

FIGURES = {
    name: figure for name, figure in figures().items() if figure.read is reading.read and not name.startswith("or-")
}
"""Those of detectors have layouts of their own: test_detector_figures.py."""
CURVES = ("existence-curves", "trade-off-curves", "ablation-curves")
SCATTERS = ("imagenet", "cityscapes", "ade20k", "coco")
LAYOUTS = {
    figure.draw.__module__: figure
    for figure in sorted(FIGURES.values(), key=lambda f: len(TABLES[f.name]), reverse=True)
}
"""Module that draws -> the smallest of the figures it draws: enough for what does not depend on the table."""
SEED = "_"
"""The mark of a single seed in curves and scatters."""
each_layout = pytest.mark.parametrize("figure", LAYOUTS.values(), ids=LAYOUTS)


def drawn(name: str, found: list[Place], folder: Path, seeds: int = 3, profile: str = "embedded") -> Drawing:
    cells = {name: reading.read(write(folder / f"{name}.v1.csv", name, found, profile, seeds))}
    with style.style():
        return FIGURES[name].draw(cells, profile)


def data_lines(axes: Axes) -> Mapping[str, list[tuple[float, float]]]:
    """Return marker -> points of everything drawn with a marker and data coordinates, single seeds excepted."""
    found: dict[str, list[tuple[float, float]]] = {}
    for line in axes.lines:
        if line.get_marker() not in {"None", "", None, SEED}:
            found.setdefault(str(line.get_marker()), []).extend(line.get_xydata().tolist())
    return found


def of_interest(folder: Path, name: str) -> list[reading.Cell]:
    """Return the cells of the file that curves show."""
    cells = reading.read(folder / f"{name}.v1.csv")
    return [cell for cell in cells if cell.metric in style.METRICS and cell.metric != "ar"]


def is_printed(axes: Axes) -> bool:
    return bool(axes.lines) and all(line.get_markerfacecolor() == "white" for line in axes.lines)


def test_every_figure_has_made_up_numbers() -> None:
    assert {name for figure in FIGURES.values() for name in figure.needs} == set(TABLES)


@each_layout
def test_every_method_and_the_banner_can_be_read(figure: Figure, tmp_path: Path) -> None:
    drawing = drawn(figure.name, TABLES[figure.name], tmp_path)
    assert_texts_apart(drawing)
    said = "\n".join(text for text, _ in texts(drawing))
    for text in (reading.BANNERS["embedded"], "n = 3 seeds", "printed in the paper (other data, other scale)"):
        assert text in said
    for place in TABLES[figure.name]:
        method, _, under = place.method.partition(": ")
        assert method in said or method.replace(place.source, "elsewhere") in said
        assert under in said.replace("\n", " ")


@each_layout
def test_one_seed_and_no_run_are_said(figure: Figure, tmp_path: Path) -> None:
    found = TABLES[figure.name]
    for seeds, said in ((1, "n = 1 seed: no interval"), (2, "n = 2 seeds: range, no interval")):
        few = drawn(figure.name, found, tmp_path, seeds)
        assert_texts_apart(few)
        assert any(said in text.get_text() for text in few.texts)
    one_row = [replace(place, measured=place.row != found[-1].row) for place in found]
    for absent in (one_row, [replace(place, measured=False) for place in found]):
        drawing = drawn(figure.name, absent, tmp_path)
        assert_texts_apart(drawing)
        assert any("not run" in text for text, _ in texts(drawing))
    # Of the last drawing nothing was run, so that no mark of a measured network may be left.
    assert not [axes for axes in drawing.axes if axes.lines and not is_printed(axes)]


@each_layout
def test_the_same_bytes_twice(figure: Figure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(style._SETTINGS, "savefig.dpi", 40)  # a fifth of the pixels' time
    write(tmp_path / "embedded" / f"{figure.name}.v1.csv", figure.name, TABLES[figure.name])
    pictures = []
    for out in ("first", "second"):
        arguments = ["--figure", figure.name, "--profile", "embedded", "--results", str(tmp_path)]
        assert main([*arguments, "--out", str(tmp_path / out)]) == 0
        pictures.append([path.read_bytes() for path in sorted((tmp_path / out / "embedded").iterdir())])
    assert len(pictures[0]) == 2 and pictures[0] == pictures[1]
    for picture in pictures[0]:
        assert f"{figure.name} v1".encode() in picture and b"<dc:date>" not in picture


def test_an_output_folder_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "embedded" / "coco.v1.csv", "coco", TABLES["coco"])
    (tmp_path / "file").touch()
    arguments = ["--figure", "coco", "--profile", "embedded", "--results", str(tmp_path)]
    assert main([*arguments, "--out", str(tmp_path / "file")]) == 2
    assert f"--out {tmp_path / 'file'}: cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("name", CURVES)
def test_curves_go_through_every_measured_network(name: str, tmp_path: Path) -> None:
    found = TABLES[name]
    path = write(tmp_path / f"{name}.v1.csv", name, found)
    cells = {cell.key: cell for cell in reading.read(path)}
    panels = [axes for axes in drawn(name, found, tmp_path).axes if axes.lines and not is_printed(axes)]
    shown = [point for axes in panels for points in data_lines(axes).values() for point in points]
    expected = []
    for cell in of_interest(tmp_path, name):
        cost = cells[(*cell.key[:-1], "macs_nonzero")]
        expected.append([1000 * sum(cost.seeds) / len(cost.seeds), cell.mean])
    np.testing.assert_allclose(sorted(map(list, shown)), sorted(expected))
    logarithmic = {axes.get_xscale() for axes in panels if axes.get_ylabel().startswith("mIoU")}
    assert logarithmic == {"log"}
    assert {axes.get_xscale() for axes in panels if axes.get_ylabel().startswith(("AP", "top"))} <= {"linear"}


def test_bars_are_intervals_of_three_seeds_and_dotted_ranges_of_two(tmp_path: Path) -> None:
    name = "existence-curves"

    def bars(seeds: int) -> tuple[list[list[float]], set[str]]:
        drawing = drawn(name, TABLES[name], tmp_path, seeds)
        found = [line for axes in drawing.axes for line in axes.lines if line.get_marker() == "None"]
        said = "\n".join(text for text, _ in texts(drawing))
        assert ("95 % t-interval" in said) == (seeds == 3) and ("range of two seeds" in said) == (seeds == 2)
        return sorted(line.get_ydata().tolist() for line in found), {line.get_linestyle() for line in found}

    ends, looks = bars(3)
    assert ends == sorted(list(cell.interval) for cell in of_interest(tmp_path, name) if cell.interval)
    assert looks == {"-"}
    ends, looks = bars(2)
    assert ends == sorted([min(cell.seeds), max(cell.seeds)] for cell in of_interest(tmp_path, name))
    assert looks == {"--"}, "matplotlib's word for any broken line"
    assert bars(1) == ([], set())


@pytest.mark.parametrize("name", ["existence-curves", "transfer-curves", "imagenet", "ablation"])
@pytest.mark.parametrize("seeds", [1, 2, 3])
def test_every_seed_has_a_mark(name: str, seeds: int, tmp_path: Path) -> None:
    drawing = drawn(name, TABLES[name], tmp_path, seeds)
    mark, across = (".", 0) if name == "ablation" else (SEED, 1)
    shown = {round(point[across], 4) for axes in drawing.axes for line in axes.lines if line.get_marker() == mark
             for point in line.get_xydata().tolist()}  # fmt: skip
    cells = reading.read(tmp_path / f"{name}.v1.csv")
    metrics = {"imagenet": {"top1"}, "transfer-curves": {"miou", "ap"}}.get(name, set(style.METRICS) - {"ar"})
    expected = {value for cell in cells if cell.metric in metrics for value in cell.seeds}
    assert expected and expected <= shown <= {value for cell in cells for value in cell.seeds}


def test_a_bar_ends_where_the_percentage_does() -> None:
    def bar(interval: tuple[float, float] | None, *seeds: float, unit: str = "percent") -> tuple[float, float] | None:
        cell = replace(reading.read(path)[0], interval=interval, seeds=seeds, unit=unit)
        found = spread(cell)
        return found and found[0]

    path = Path(__file__).parents[2] / "paper_tables" / "results" / "embedded" / "ablation.v3.csv"
    assert bar((-1.5, 30.0), 1.0, 2.0, 30.0) == (0.0, 30.0) and bar((90.0, 101.0), 90.0, 95.0, 99.0) == (90.0, 100.0)
    assert bar((-1.0, 120.0), 1.0, 2.0, 110.0, unit="gmacs") == (-1.0, 120.0)
    assert bar(None, 3.0, 1.0) == (1.0, 3.0) and bar(None, 3.0) is None and bar(None, 3.0, 3.0, 3.0) is None


def test_sparsities_stand_at_the_points_where_there_is_room(tmp_path: Path) -> None:
    few = places({"sp_mag": "S+P (Mag.)", "two_in_one": "Two-in-one"}, ["Cityscapes"], (30, 90, 98))
    for axes in drawn("existence-curves", few, tmp_path).axes:
        assert sorted(text.get_text() for text in axes.texts if text.get_text()) == sorted(["30", "90", "98"] * 2)


@pytest.mark.parametrize("name", ["ablation-curves", "imagenet", "transfer-curves"])
@pytest.mark.parametrize("profile", ["embedded", "paper"])
def test_printed_numbers_have_axes_of_their_own(name: str, profile: str, tmp_path: Path) -> None:
    drawing = drawn(name, TABLES[name], tmp_path, profile=profile)
    printed = [float(text) for place in TABLES[name] for text in (place.printed or {}).values()]
    theirs = [axes for axes in drawing.axes if is_printed(axes)]
    assert theirs
    for axes in drawing.axes:
        values = [y for points in data_lines(axes).values() for _, y in points]
        assert not values or (set(values) <= set(printed)) == (axes in theirs)


@pytest.mark.parametrize("name", [CURVES[0], SCATTERS[0]])
def test_a_network_without_cost_is_an_error(name: str, tmp_path: Path) -> None:
    cells = [
        cell for cell in reading.read(write(tmp_path / "a.v1.csv", name, TABLES[name])) if "macs" not in cell.metric
    ]
    with pytest.raises(DocumentError, match=r"\.v1\.csv, S\+P .*: has \w+ but no macs_nonzero"):
        FIGURES[name].draw({name: cells}, "embedded")


def test_networks_of_other_works_stand_at_their_printed_cost(tmp_path: Path) -> None:
    drawing = drawn("imagenet", TABLES["imagenet"], tmp_path)
    ours, theirs = (sum(len(points) for points in data_lines(axes).values()) for axes in drawing.axes)
    assert (ours, theirs) == (3, 8)
    points = [point for found in data_lines(drawing.axes[1]).values() for point in found]
    assert [274.0, 71.0] in points and [125.0, 74.2] in points


def test_directions_of_transfer_share_the_target_s_networks(tmp_path: Path) -> None:
    drawing = drawn("transfer-curves", TABLES["transfer-curves"], tmp_path)
    titles = [axes.get_title(loc="left") for axes in drawing.axes]
    panels = [axes for axes, title in zip(drawing.axes, titles, strict=True) if "\N{RIGHTWARDS ARROW}" in title]
    assert len(panels) == 5
    for axes in panels:
        assert [len(points) for points in data_lines(axes).values()] == [4, 4, 4]
        assert [text.get_text() for text in axes.get_xticklabels()] == ["80", "90", "95", "98"]


@pytest.mark.parametrize("name", ["protocol", "protocol-collapse", "protocol-comparison"])
def test_every_method_has_its_mean_printed_number_and_seeds_under_every_reading(name: str, tmp_path: Path) -> None:
    drawing = drawn(name, TABLES[name], tmp_path)
    cells = [cell for cell in reading.read(tmp_path / f"{name}.v1.csv") if cell.metric in style.METRICS]
    shown = [(m, x) for axes in drawing.axes for m, points in data_lines(axes).items() for x, _ in points]
    seeds = [value for cell in cells for value in cell.seeds]
    numbers = [x for cell in cells for x in (cell.mean, cell.printed) if x is not None]
    assert sorted(x for m, x in shown if m == ".") == pytest.approx(sorted(seeds))
    assert sorted(x for m, x in shown if m != ".") == pytest.approx(sorted(numbers))
    assert len({m for m, _ in shown}) == 1 + len({cell.row.partition(".")[0] for cell in cells}), "a mark per method"


def test_transferred_tickets_say_where_from(tmp_path: Path) -> None:
    said = [text for text, _ in texts(drawn("transfer-baselines", TABLES["transfer-baselines"], tmp_path))]
    assert said.count("ST (from Cityscapes)") == said.count("ST w/ RP (from ADE20K)") == 1


def test_the_drawing_of_the_method_can_be_read() -> None:
    with style.style():
        assert_texts_apart(figures()["method"].draw({}, "method"))


def test_methods_differ_without_colour() -> None:
    from figures.methods import looks

    rows = [*METHODS, "sp_grad_rt"]
    look = looks(rows)
    assert len({(own["marker"], own["linestyle"]) for own in look.values()}) == len(rows)
    assert {own["color"] for own in look.values()} <= {
        style.BLACK, style.ORANGE, style.SKY, style.GREEN, style.BLUE, style.VERMILLION, style.PURPLE, style.GREY,
    }  # fmt: skip


# --- reading --------------------------------------------------------------------------------------------------------


def test_the_source_may_be_absent(tmp_path: Path) -> None:
    path = write(tmp_path / "a.v1.csv", "a", TABLES["existence-curves"], with_source=False)
    assert {cell.source for cell in reading.read(path)} == {""}
    path = write(tmp_path / "b.v1.csv", "b", TABLES["transfer"])
    assert {cell.source for cell in reading.read(path)} == {"", "Cityscapes", "ADE20K", "ImageNet"}


def test_cells_that_occur_twice_and_ragged_lines_are_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.v1.csv", "a", [*TABLES["transfer"], TABLES["transfer"][0]])
    with pytest.raises(DocumentError, match=r"a\.v1\.csv:\d+, .* / none / 0\.9000 / miou occurs twice"):
        reading.read(path)
    path.write_text(path.read_text().partition("\n")[0] + "\na,1\n")
    with pytest.raises(DocumentError, match=r"a\.v1\.csv:2: 2 columns instead of 22"):
        reading.read(path)
