"""`python -m bench.errors` and `python -m figures.errors`, from the arguments to what they print, write and draw."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bench.errors import __main__ as command
from figures.errors import __main__ as drawing
from figures.errors.costs import draw_costs
from figures.errors.curves import draw_curves
from figures.errors.reading import read_report
from figures.style import style
from tests.layout import assert_texts_apart

ORACLES = Path(__file__).parents[1] / "oracles" / "data"
KINDS = {"box": "detection_errors", "mask": "detection_errors", "keypoints": "keypoint_errors"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ground truth and detections of each kind, and a report of each."""
    folder = tmp_path_factory.mktemp("errors")
    for kind, name in KINDS.items():
        given = json.loads(gzip.decompress((ORACLES / f"{name}.json.gz").read_bytes()))
        (folder / f"{kind}-gt.json").write_text(json.dumps(given["truth"]))
        (folder / f"{kind}-dt.json").write_text(json.dumps(given["detections"]))
        assert command.main([*arguments(folder, kind), "--out", str(folder / f"{kind}.json")]) == 0
    return folder


def arguments(folder: Path, kind: str) -> list[str]:
    return ["--truth", str(folder / f"{kind}-gt.json"), "--detections", str(folder / f"{kind}-dt.json"), "--kind", kind]


def expected(kind: str) -> dict[str, Any]:
    content = json.loads(gzip.decompress((ORACLES / f"{KINDS[kind]}.json.gz").read_bytes()))["expected"]
    return content if kind == "keypoints" else content[kind]


@pytest.mark.fast
@pytest.mark.parametrize("kind", KINDS)
def test_the_json_has_the_keys_of_the_tools(kind: str, folder: Path) -> None:
    report = json.loads((folder / f"{kind}.json").read_text())
    assert report["kind"] == kind and expected(kind).keys() <= report.keys()


@pytest.mark.fast
def test_both_average_precisions_are_printed_and_why_they_differ(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(arguments(folder, "box")) == 0
    printed = capsys.readouterr().out
    assert "here          30.93" in printed and "pycocotools   30.93" in printed and "from there on" not in printed
    assert "Cls           17.02   61" in printed and "FalsePos      45.50" in printed
    assert command.main(arguments(folder, "keypoints")) == 0
    printed = capsys.readouterr().out
    assert "here          30.26" in printed and "pycocotools   29.66" in printed
    assert "counts people of any size; here they count from an area of 1024 square pixels: 29.66" in printed
    assert "joints: 1065 good, 295 jitter, 115 inversion, 128 swap, 229 miss" in printed
    assert command.main([*arguments(folder, "keypoints"), "--smallest", "1", "--without-pycocotools"]) == 0
    assert "pycocotools" not in capsys.readouterr().out


@pytest.mark.fast
@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--truth", "nowhere.json"], "nowhere.json: cannot be read (nowhere.json is missing): check the path"),
        (["--sigmas", "0.1,0.2"], "sigmas are [0.1, 0.2], but there are 17 joints"),
        (["--out", "{folder}/box-gt.json/out.json"], "box-gt.json: cannot be written"),
        (["--kind", "box"], "detections[0] has no 'bbox'; write its box as [left, top, width, height]"),
    ],
)
def test_what_cannot_be_analysed_or_written_is_told_in_one_line(
    more: list[str], message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main([*arguments(folder, "keypoints"), *(word.format(folder=folder) for word in more)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1 and message in error


@pytest.mark.fast
@pytest.mark.parametrize("wrong", [["--sigmas", "a"], ["--kind", "boxes"], []])
def test_arguments_that_make_no_sense(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        command.main(["--truth", "a", "--detections", "b", *wrong])
    assert stopped.value.code == 2 and "error: " in capsys.readouterr().err


@pytest.mark.slow
def test_the_whole_command_with_plots(folder: Path, tmp_path: Path) -> None:
    run = [sys.executable, "-m", "bench.errors", *arguments(folder, "keypoints")]
    plots = tmp_path / "plots"
    done = subprocess.run(
        [*run, "--plots", str(plots), "--without-pycocotools"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    names = {f"keypoints-{name}.{end}" for name in ("costs", "curves") for end in ("png", "svg")}
    assert {path.name for path in plots.iterdir()} == names
    assert all(f"wrote {plots / name}" in done.stdout for name in names)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_figures_can_be_read_and_are_the_same_bytes_twice(kind: str, folder: Path, tmp_path: Path) -> None:
    report = read_report(folder / f"{kind}.json")
    with style():
        for draw in (draw_costs, draw_curves):
            assert_texts_apart(draw([report]))
    for out in ("one", "two"):
        assert drawing.main([str(folder / f"{kind}.json"), "--out", str(tmp_path / out)]) == 0
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
    with Image.open(tmp_path / "one" / f"{kind}-costs.png") as image:
        assert image.text["Title"] == "What each type of error costs" and f"kind: {kind}" in image.text["Description"]


@pytest.mark.slow
def test_bars_are_the_numbers_of_the_reports(folder: Path) -> None:
    """Dense and sparse side by side: as many bars per type as reports, as high as the report says."""
    report = read_report(folder / "box.json")
    with style():
        axes = draw_costs([report, report]).axes
    heights = [[bar.get_height() for bar in bars] for panel in axes for bars in panel.containers]
    content = json.loads((folder / "box.json").read_text())
    assert heights == [[*content[part].values()] for part in ("main", "main", "special", "special")]


@pytest.mark.slow
def test_curves_are_those_of_the_report(folder: Path) -> None:
    content = json.loads((folder / "keypoints.json").read_text())["curves_without_scores"]
    with style():
        axes = draw_curves([read_report(folder / "keypoints.json")]).axes
    for panel, threshold in zip(axes, ("0.5", "0.75"), strict=True):
        drawn = [list(line.get_ydata()) for line in panel.lines]
        assert drawn == [pytest.approx([100 * value for value in curves[threshold]]) for curves in content.values()]


@pytest.mark.slow
@pytest.mark.parametrize("score", [[], [0.5]], ids=["AP 0", "AP 100"])
def test_nothing_found_and_nothing_wrong_can_be_drawn(score: list[float], folder: Path, tmp_path: Path) -> None:
    """Public report: dbolya/tide issue 16."""
    one = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 5, 5]}
    truth = {"images": [{"id": 1}], "annotations": [one], "categories": [{"id": 1}]}
    for name, content in (("gt", truth), ("dt", [{**one, "score": value} for value in score])):
        (tmp_path / f"box-{name}.json").write_text(json.dumps(content))
    assert command.main([*arguments(tmp_path, "box"), "--out", str(tmp_path / "box.json")]) == 0
    with style():
        for draw in (draw_costs, draw_curves):
            draw([read_report(tmp_path / "box.json")]).draw_without_rendering()


@pytest.mark.slow
def test_where_nothing_is_to_be_found_the_panel_says_so(folder: Path, tmp_path: Path) -> None:
    truth = {"images": [], "annotations": [], "categories": []}
    for name, content in (("gt", truth), ("dt", [])):
        (tmp_path / f"box-{name}.json").write_text(json.dumps(content))
    assert command.main([*arguments(tmp_path, "box"), "--out", str(tmp_path / "box.json")]) == 0
    with style():
        drawn = draw_curves([read_report(tmp_path / "box.json")])
    assert [text.get_text() for text in drawn.axes[0].texts] == ["nothing to be found"]


@pytest.mark.fast
@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["nowhere.json"], "nowhere.json: cannot be read"),
        (
            ["box-gt.json"],
            "box-gt.json: is no report of an error analysis (at KeyError('kind')); write it",
        ),
        (["box.json", "mask.json"], "box.json of box; draw one kind at a time"),
    ],
)
def test_what_cannot_be_drawn(
    files: list[str], message: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert drawing.main([*(str(folder / file) for file in files), "--out", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ") and message in error and not any(tmp_path.iterdir())
