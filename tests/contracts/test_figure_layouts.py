"""Every figure on a table with made-up numbers: nothing measured is left out, nothing printed passes for measured."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from figures import reading, style
from figures.__main__ import main
from figures.figure import Figure, figures
from figures.lines import mmacs
from figures.spread import spread
from supertickets.documents.texts import DocumentError
from tests.fabricated import METHODS, TABLES, Place, places, write
from tests.layout import assert_texts_apart, texts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing
    from matplotlib.lines import Line2D

pytestmark = pytest.mark.slow

FIGURES = {
    name: figure for name, figure in figures().items() if figure.read is reading.read and not name.startswith("or-")
}
"""Those of detectors have layouts of their own: test_detector_figures.py."""
CURVES = ("existence-curves", "trade-off-curves", "ablation-curves")
LAYOUTS = {
    inspect.getclosurevars(figure.draw).nonlocals.get("draw", figure.draw).__module__: figure
    for figure in sorted(FIGURES.values(), key=lambda f: len(TABLES[f.name]), reverse=True)
}
"""Module that draws -> the smallest of the figures it draws: enough for what does not depend on the table."""
COUNTED = ("imagenet", "cityscapes", "ade20k", "coco")
"""Figures that show costs of networks that were not run."""
each_layout = pytest.mark.parametrize("figure", LAYOUTS.values(), ids=LAYOUTS)
Point = tuple[float, float]


def drawn(name: str, found: list[Place], folder: Path, seeds: int = 3, profile: str = "embedded") -> Drawing:
    cells = {name: reading.read(write(folder / f"{name}.v1.csv", name, found, profile, seeds))}
    with style.style():
        return FIGURES[name].draw(cells, profile)


def marks(axes: Axes) -> list[Line2D]:
    """Everything drawn with a marker."""
    return [line for line in axes.lines if line.get_marker() not in {"None", "", None}]


def points(lines: list[Line2D]) -> list[Point]:
    return [(x, y) for line in lines for x, y in line.get_xydata().tolist()]


def is_printed(line: Line2D) -> bool:
    return line.get_markerfacecolor() == "white"


def is_seed(line: Line2D) -> bool:
    return line.get_marker() == "."


def means(axes: Axes) -> list[Point]:
    """Where the marks of measured means stand."""
    return points([line for line in marks(axes) if not is_printed(line) and not is_seed(line)])


def near(values: Iterable[float], digits: int = 6) -> set[float]:
    return {round(value, digits) for value in values}


def of_interest(folder: Path, name: str) -> list[reading.Cell]:
    """Return the cells of the file that curves show: of all metrics, or of the primary one alone."""
    cells = [cell for cell in reading.read(folder / f"{name}.v1.csv") if cell.metric in style.METRICS]
    only = {"top1", "miou", "ap"} if name == "trade-off-curves" else set(style.METRICS) - {"ar"}
    return [cell for cell in cells if cell.metric in only]


def test_every_figure_has_made_up_numbers() -> None:
    assert {name for figure in FIGURES.values() for name in figure.needs} == set(TABLES)


@each_layout
def test_every_method_and_the_banner_can_be_read(figure: Figure, tmp_path: Path) -> None:
    drawing = drawn(figure.name, TABLES[figure.name], tmp_path)
    assert_texts_apart(drawing)
    said = "\n".join(text for text, _ in texts(drawing))
    for text in (reading.BANNERS["embedded"], "n = 3 seeds", "printed in the paper (other data, other scale)"):
        assert text in said.replace("\n", " ")
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
        assert any(said in text for text, _ in texts(few))
    one_row = [replace(place, measured=place.row != found[-1].row) for place in found]
    for absent in (one_row, [replace(place, measured=False) for place in found]):
        drawing = drawn(figure.name, absent, tmp_path)
        assert_texts_apart(drawing)
        assert any("not run" in text for text, _ in texts(drawing))
    # Of the last drawing nothing was run, so that no mark of a measured network may be left.
    assert not [point for axes in drawing.axes for point in means(axes)] or figure.name in COUNTED


@each_layout
def test_the_same_bytes_twice(figure: Figure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(style._SETTINGS, "savefig.dpi", 40)  # a fifth of the pixels' time
    write(tmp_path / "embedded" / f"{figure.name}.v1.csv", figure.name, TABLES[figure.name])
    pictures = []
    for out in ("first", "second"):
        arguments = ["--figure", figure.name, "--profile", "embedded", "--results", str(tmp_path)]
        assert main([*arguments, "--out", str(tmp_path / out)]) == 0
        pictures.append([path.read_bytes() for path in sorted((tmp_path / out / "embedded").iterdir())])
    assert len(pictures[0]) == 1 and pictures[0] == pictures[1]
    for picture in pictures[0]:
        assert f"{figure.name} v1".encode() in picture and b"<dc:date>" not in picture


def test_an_output_folder_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "embedded" / "coco.v1.csv", "coco", TABLES["coco"])
    (tmp_path / "file").touch()
    arguments = ["--figure", "coco", "--profile", "embedded", "--results", str(tmp_path)]
    assert main([*arguments, "--out", str(tmp_path / "file")]) == 2
    assert f"--out {tmp_path / 'file'}: cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_one_file_of_the_kind_that_is_asked_for(kind: str, tmp_path: Path) -> None:
    write(tmp_path / "embedded" / "coco.v1.csv", "coco", TABLES["coco"])
    arguments = ["--figure", "coco", "--profile", "embedded", "--results", str(tmp_path), "--format", kind]
    assert main([*arguments, "--out", str(tmp_path / "out")]) == 0
    (path,) = (tmp_path / "out" / "embedded").iterdir()
    assert path.name == f"coco.{kind}"
    if kind == "svg":  # a word is a word, not its outline
        assert ">S+P (Mag.)</text>" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CURVES)
def test_curves_go_through_every_measured_network(name: str, tmp_path: Path) -> None:
    drawing = drawn(name, TABLES[name], tmp_path)
    costs = mmacs(reading.read(tmp_path / f"{name}.v1.csv"))
    expected = {(round(costs[cell.key[:-1]], 6), cell.mean) for cell in of_interest(tmp_path, name)}
    assert {(round(x, 6), y) for axes in drawing.axes for x, y in means(axes)} == expected
    assert {axes.get_xscale() for axes in drawing.axes} == {"log"}
    assert all(axes.get_ylim()[0] <= 0 for axes in drawing.axes), "no axis is cut off"


def test_bands_are_intervals_of_three_seeds_and_dotted_ranges_of_two(tmp_path: Path) -> None:
    name = "existence-curves"

    def bands(seeds: int) -> tuple[set[float], set[str]]:
        drawing = drawn(name, TABLES[name], tmp_path, seeds)
        found = [band for axes in drawing.axes for band in axes.collections]
        said = "\n".join(text for text, _ in texts(drawing))
        assert ("95 % t-interval" in said) == (seeds == 3) and ("range of two seeds" in said) == (seeds == 2)
        edges = near(y for band in found for path in band.get_paths() for y in path.vertices[:, 1].tolist())
        return edges, {str(band.get_linestyle()[0][1]) for band in found}

    edges, looks = bands(3)
    assert near(end for cell in of_interest(tmp_path, name) for end in spread(cell)[0]) <= edges  # type: ignore[index]
    assert looks == {"None"}
    edges, looks = bands(2)
    assert near(end for cell in of_interest(tmp_path, name) for end in cell.seeds) <= edges
    assert looks != {"None"}
    assert bands(1) == (set(), set())


@pytest.mark.parametrize("name", ["existence-curves", "transfer-curves", "imagenet", "ablation", "protocol"])
@pytest.mark.parametrize("seeds", [1, 2, 3])
def test_every_seed_has_a_mark(name: str, seeds: int, tmp_path: Path) -> None:
    drawing = drawn(name, TABLES[name], tmp_path, seeds)
    across = int(name.endswith("-curves"))
    shown = near((point[across] for axes in drawing.axes for point in points([*filter(is_seed, marks(axes))])), 4)
    alone = near((point[across] for axes in drawing.axes for point in means(axes)), 2)
    cells = reading.read(tmp_path / f"{name}.v1.csv")
    metrics = {"imagenet": {"top1"}, "transfer-curves": {"miou", "ap"}}.get(name, set(style.METRICS))
    metrics = metrics - {"ar"} if across else metrics
    expected = near((value for cell in cells if cell.metric in metrics for value in cell.seeds), 4)
    assert expected and (near(expected, 2) <= alone if seeds == 1 else expected <= shown)
    assert shown <= near((value for cell in cells for value in cell.seeds), 4)


def test_a_bar_ends_where_the_percentage_does() -> None:
    def bar(interval: tuple[float, float] | None, *seeds: float, unit: str = "percent") -> tuple[float, float] | None:
        cell = replace(reading.read(path)[0], interval=interval, seeds=seeds, unit=unit)
        found = spread(cell)
        return found and found[0]

    path = Path(__file__).parents[2] / "paper_tables" / "results" / "embedded" / "ablation.v3.csv"
    assert bar((-1.5, 30.0), 1.0, 2.0, 30.0) == (0.0, 30.0) and bar((90.0, 101.0), 90.0, 95.0, 99.0) == (90.0, 100.0)
    assert bar((-1.0, 120.0), 1.0, 2.0, 110.0, unit="gmacs") == (-1.0, 120.0)
    assert bar(None, 3.0, 1.0) == (1.0, 3.0) and bar(None, 3.0) is None and bar(None, 3.0, 3.0, 3.0) is None


def test_sparsities_stand_above_the_nets_of_the_last_method(tmp_path: Path) -> None:
    few = places({"sp_mag": "S+P (Mag.)", "two_in_one": "Two-in-one"}, ["Cityscapes"], (30, 90, 98))
    for axes in drawn("existence-curves", few, tmp_path).axes:
        (above,) = axes.child_axes
        assert above.get_xlabel() == "sparsity of Two-in-one [%]"
        assert [text.get_text() for text in above.get_xticklabels()] == ["98", "90", "30"]
        costs = sorted({x for line in marks(axes) if line.get_marker() == "P" for x in line.get_xdata()})
        assert above.get_xticks().tolist() == costs


@pytest.mark.parametrize("name", ["ablation-curves", "imagenet", "transfer-curves", "ablation", "protocol"])
@pytest.mark.parametrize("profile", ["embedded", "paper"])
def test_what_is_hollow_was_printed(name: str, profile: str, tmp_path: Path) -> None:
    drawing = drawn(name, TABLES[name], tmp_path, profile=profile)
    printed = {float(text) for place in TABLES[name] for text in (place.printed or {}).values()}
    across = int(name.endswith("-curves"))
    hollow = {p[across] for axes in drawing.axes for p in points([*filter(is_printed, marks(axes))])}
    assert hollow == printed
    assert not printed & {point[across] for axes in drawing.axes for point in means(axes)}


@pytest.mark.parametrize("name", CURVES)
def test_a_network_without_cost_is_an_error(name: str, tmp_path: Path) -> None:
    cells = [
        cell for cell in reading.read(write(tmp_path / "a.v1.csv", name, TABLES[name])) if "macs" not in cell.metric
    ]
    with pytest.raises(DocumentError, match=r"\.v1\.csv, (S\+P|Two-in-one).*: has \w+ but no macs_nonzero"):
        FIGURES[name].draw({name: cells}, "embedded")


def test_other_networks_stand_beside_ours_with_what_they_cost(tmp_path: Path) -> None:
    drawing = drawn("imagenet", TABLES["imagenet"], tmp_path)
    score, macs, parameters = drawing.axes
    assert (macs.get_xlabel(), parameters.get_xlabel()) == ("MACs [G]", "parameters [M]")
    names = [text.get_text() for text in score.get_yticklabels()]
    hollow = {round(y): x for x, y in points([*filter(is_printed, marks(macs))])}
    assert hollow[names.index("CondenseNet")] == 0.274 and hollow[names.index("SuperTickets")] == 0.125
    assert score.get_xlim()[0] <= 0 and macs.get_xscale() == parameters.get_xscale() == "log"
    assert any("not run here: CondenseNet, " in text for text, _ in texts(drawing))


def test_directions_of_transfer_share_the_target_s_networks(tmp_path: Path) -> None:
    drawing = drawn("transfer-curves", TABLES["transfer-curves"], tmp_path)
    panels = [axes for axes in drawing.axes if "\N{RIGHTWARDS ARROW}" in axes.get_title(loc="left")]
    assert len(panels) == 5
    for axes in panels:
        assert sorted(x for x, _ in means(axes)) == sorted([0, 1, 2, 3] * 3)
        assert [text.get_text() for text in axes.get_xticklabels()] == ["80", "90", "95", "98"]
        assert axes.get_xlabel() == "sparsity [%], equal steps"


@pytest.mark.parametrize("name", ["protocol", "protocol-collapse", "protocol-comparison"])
def test_every_method_has_its_mean_and_printed_number_under_every_reading(name: str, tmp_path: Path) -> None:
    drawing = drawn(name, TABLES[name], tmp_path)
    cells = [cell for cell in reading.read(tmp_path / f"{name}.v1.csv") if cell.metric in style.METRICS]
    shown = [line for axes in drawing.axes for line in marks(axes) if not is_seed(line)]
    numbers = [x for cell in cells for x in (cell.mean, cell.printed) if x is not None]
    assert sorted(x for x, _ in points(shown)) == pytest.approx(sorted(numbers))
    assert len({line.get_marker() for line in shown}) == len({cell.row.partition(".")[0] for cell in cells})


def test_what_a_reading_does_not_touch_is_pale(tmp_path: Path) -> None:
    path = write(tmp_path / "protocol.v1.csv", "protocol", TABLES["protocol"])
    same = [replace(cell, experiment_id="pp90") if cell.row == "pp.one" else cell for cell in reading.read(path)]
    assert {cell.experiment_id for cell in same if cell.row == "pp"} == {"pp90", "pp80"}
    with style.style():
        drawing = FIGURES["protocol"].draw({"protocol": same}, "embedded")
    panels = [marks(axes) for axes in drawing.axes if axes.axison]
    pale = [len([line for line in panel if line.get_alpha() == 0.28 and not is_seed(line)]) for panel in panels]
    assert pale == [1, 1, 1, 0, 0, 0, 0], "in the panels where the runs are those of the first block"


def test_transferred_tickets_say_where_from(tmp_path: Path) -> None:
    said = [text for text, _ in texts(drawn("transfer-baselines", TABLES["transfer-baselines"], tmp_path))]
    assert said.count("ST (from Cityscapes)") == said.count("ST w/ RP (from ADE20K)") == 1


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
