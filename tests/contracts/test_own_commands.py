"""Faults that commands on tickets and own data meet: one line with culprit and remedy, and nothing left behind."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from supertickets import exports, kernels
from supertickets.__main__ import main
from supertickets.command_line import _end_of
from supertickets.data.own_layouts import TaskName
from supertickets.detectors.config import ResNet
from supertickets.masks import global_masks
from supertickets.own.kinds import kind
from supertickets.purpose import Purpose
from supertickets.tasks.base import MEAN, STD
from supertickets.ticket import Ticket
from tests.own_data import COLOURS, JOINTS, class_folders, joint_files, mask_folders

pytestmark = pytest.mark.slow

NAMES: dict[TaskName, tuple[str, ...]] = {
    "classification": tuple(sorted(COLOURS)), "segmentation": ("ground", "red", "blue"), "pose": JOINTS,
}  # fmt: skip
Outcome = Callable[[str], tuple[int, list[str]]]
"""Runs a command: its exit code, and its lines on standard error that say what is wrong."""
STEPS = "--steps 1 --rate 0.01"


def ticket(task: TaskName, names: tuple[str, ...]) -> Ticket:
    """Untrained, half of its weights pruned."""
    architecture = kind(task).architecture(len(names))
    net = architecture.build(0)
    weights = architecture.prunable(net, "all")
    masks = global_masks({name: weight.detach().abs() for name, weight in weights.items()}, 50)
    return replace(Ticket.of(architecture, net, masks), purpose=Purpose(task, names, (32, 32), MEAN, STD))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ticket and data of each task, and whatever else the cases below name."""
    root = tmp_path_factory.mktemp("commands")
    for task, write in (("classification", class_folders), ("segmentation", mask_folders), ("pose", joint_files)):
        write(root / task)
        (root / f"{task}.st").write_bytes(ticket(task, NAMES[task]).to_bytes())  # type: ignore[arg-type, index]
    whole = ticket("classification", NAMES["classification"])
    raw = whole.to_bytes()
    (root / "two.st").write_bytes(ticket("classification", ("a", "b")).to_bytes())
    (root / "unsaid.st").write_bytes(replace(whole, purpose=None).to_bytes())
    (root / "cut.st").write_bytes(raw[: len(raw) // 2])
    (root / "changed.st").write_bytes(raw[:-50] + bytes([raw[-50] ^ 255]) + raw[-49:])
    (root / "text.st").write_text("hello")
    (root / "nothing.st").write_bytes(b"")
    (root / "folder.st").mkdir()
    other = ResNet(outputs=3)
    foreign = replace(Ticket.of(other, other.build(0), {}), purpose=whole.purpose)
    (root / "resnet.st").write_bytes(foreign.to_bytes())
    (root / "file").write_text("x")
    (root / "empty").mkdir()
    (root / "curve-50.st").mkdir()
    (root / "nothing.png").write_bytes(b"")
    (root / "text.png").write_text("hello")
    Image.new("1", (9000, 9000)).save(root / "huge.png")
    Image.new("RGBA", (9, 9), (1, 2, 3, 9)).save(root / "transparent.png")
    (root / "film.webp").write_bytes(b"x")
    return root


@pytest.fixture
def outcome(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Outcome]:
    """Commands are run in `place`."""
    monkeypatch.chdir(place)
    monkeypatch.setenv("SUPERTICKETS_CACHE", str(tmp_path / "cache"))

    def run(line: str) -> tuple[int, list[str]]:
        code = _end_of(lambda: main(line.split()), "")
        error = capsys.readouterr().err
        assert "Traceback" not in error
        return code, [line for line in error.splitlines() if line.startswith("error: ")]

    yield run
    kernels.library.cache_clear()


def tree(root: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in root.rglob("*")}


ON_TICKETS = (
    "predict {} classification/red", "evaluate {} classification", "info {}", "export {} --onnx new.onnx",
    "export {} --program new.pt2", "export {} --engine", "bench {} --rounds 2",
    f"transfer {{}} classification --out new.st {STEPS}",
)  # fmt: skip
NO_TICKETS = {
    "missing.st": "no ticket file missing.st; check the path",
    "cut.st": "cannot read ticket cut.st: .* do not end where .*: write it again",
    "changed.st": "cannot read ticket changed.st: its values are not those that were stored; .*: write it again",
    "text.st": "cannot read ticket text.st: it has 5 bytes, .*: write it again",
    "nothing.st": "cannot read ticket nothing.st: it has 0 bytes, .*: write it again",
    "huge.png": "cannot read ticket huge.png: .*: write it again",
    "folder.st": "folder.st is a folder: give the file of a ticket",
    "unsaid.st": r"the ticket does not say what it is for: set its task",
}
"""Name of a file that is no ticket, or none for this -> what is said of it."""

FAULTS: dict[str, str] = {
    # data
    "evaluate classification.st segmentation": "segmentation is laid out for segmentation .*: change the task, or the",
    "evaluate classification.st pose": "pose is laid out for pose .*: change the task, or the folders",
    "evaluate segmentation.st classification": "classification is laid out for classification .*: change the task",
    "evaluate pose.st segmentation": "segmentation is laid out for segmentation .*: change the task",
    "evaluate two.st classification": "names .* differ: only the ticket has 'a', 'b'; only classification has",
    "evaluate classification.st gone": "gone is not a folder: give one of the layout DATA/<class>",
    "evaluate classification.st file": "file is not a folder: give one of the layout DATA/<class>",
    "evaluate classification.st empty": "empty needs a folder per class, at least two; layout: DATA/<class>",
    "evaluate segmentation.st empty": "empty has no folder masks; layout: DATA/images",
    "evaluate pose.st empty": "empty has 0 annotation files and none for train; layout: DATA/",
    "evaluate classification.st classification --split test": "argument --split: 'test': choose train, val",
    f"transfer classification.st segmentation --task segmentation --out new.st {STEPS}": "tickets move among classif",
    f"transfer two.st classification --same-names --out new.st {STEPS}": "'b'; .* `transfer` without --same-names",
    f"transfer resnet.st classification --out new.st {STEPS}": "tickets of supernets are transferred, not of resnet",
    "transfer classification.st segmentation --out new.st": "segmentation is laid out for segmentation",
    "draw segmentation --task classification --out new.st": "segmentation is laid out for segmentation",
    # places to write to
    "predict classification.st classification/red --out file": "it is no folder: give another place: 'file'",
    "predict classification.st classification/red --out file/new": "it is no folder: give another place: 'file'",
    "predict classification.st classification/red --out /proc/new": r"nothing can be written there \(.*'/proc/new'",
    "predict classification.st classification/red --out classification/red": "is the folder of the pictures.*: give an",
    "transfer classification.st classification --out empty": "it is a folder: give the name of a file: 'empty'",
    "transfer classification.st classification --out file/new.st": "it is no folder: give another place: 'file'",
    "draw classification --task classification --out /proc/new/x.st": r"nothing can be written there \(.*: give ano",
    "draw classification --task classification --out curve.st --sparsity 40 50": "it is a folder: .* 'curve-50.st'",
    "export classification.st --onnx file/new.onnx": "it is no folder: give another place: 'file'",
    "export classification.st --program file/new.pt2": "it is no folder: give another place: 'file'",
    "export classification.st --onnx empty/../folder.st": "cannot export to .*folder.st: end it in .onnx",
    "bench classification.st --rounds 2 --csv file/new.csv": "it is no folder: give another place: 'file'",
    "bench classification.st --rounds 2 --csv empty": "it is a folder: give the name of a file: 'empty'",
    # pictures
    "predict classification.st gone.png": "gone.png is missing: give a picture or a folder of them",
    "predict classification.st empty": r"empty holds no picture \(.jpg, .*\): give the folder that they are in",
    "predict classification.st classification": "classification holds no picture .*: give the folder that they are in",
    "predict classification.st nothing.png": "nothing.png is not a readable image .it is empty.: copy it again, or",
    "predict classification.st text.png": "text.png is not a readable image .it holds text, no picture.: put",
    "predict classification.st huge.png": "huge.png has 9000x9000 pixels, at most .* are decoded: shrink it",
    "predict classification.st transparent.png": "transparent.png is transparent in parts: save it on the background",
    "predict classification.st film.webp": "film.webp is not a readable image .it holds text, no picture.: put",
    "predict resnet.st classification/red --engine": "the engine runs supernets and their tickets, not Class",
    # contradictions
    "export classification.st --engine --dynamic": "--dynamic is for ONNX alone: give --onnx, or drop it",
    "export classification.st --program new.pt2 --dynamic": "--dynamic is for ONNX alone: give --onnx, or drop it",
    "export classification.st --onnx new.onnx --engine": "argument --engine: not allowed with argument --onnx",
    "export classification.st": "one of the arguments --onnx --program --engine is required",
    "draw classification --task classification --out new.st --sparsity 50 --macs 3M": "--macs: not allowed with",
    "draw classification --task classification --out new.st --sparsity 50 50": "a sparsity is given twice: drop one",
    # numbers
    **{
        f"transfer classification.st classification --out new.st {option}={value}": f"argument {option}: '{value}': giv"
        for option in ("--minutes", "--rate", "--steps", "--seed")
        for value in ("-1", "nan", "inf", "1e400", "")
    },
    **{
        f"draw classification --task classification --out new.st {option}={value}": f"argument {option}: '{value}': giv"
        for option in ("--sparsity", "--macs", "--size")
        for value in ("-1", "nan", "0")
    },
    **{
        f"{command} classification.st {rest} --image-size={size}": f"argument --image-size: '{size}' is no image size"
        for command, rest in (("info", ""), ("bench", ""), ("export", "--engine"))
        for size in ("0x0", "-32x32", "32", "9000x9000", "nanxnan")
    },
    "bench classification.st --rounds=1": "argument --rounds: '1': give a whole number",
    "bench classification.st --threads=0": "argument --threads: '0': give a whole number",
    "draw classification --task classification --out new.st --image-size 30x30": "give multiples of 16 up to 2048",
    "transfer classification.st classification --out new.st --image-size 30x30": "give multiples of 16 up to 2048",
    "draw classification --task classification --out new.st --minutes 0.0001": "too few on this machine: grant at",
}
"""Command -> what is said."""


@pytest.mark.parametrize("name", NO_TICKETS)
@pytest.mark.parametrize("command", ON_TICKETS)
def test_what_is_no_ticket_is_refused_by_every_command(command: str, name: str, outcome: Outcome) -> None:
    require_told(command.format(name), NO_TICKETS[name], outcome)


@pytest.mark.parametrize("line", FAULTS)
def test_a_fault_is_one_line_and_leaves_nothing_behind(line: str, outcome: Outcome) -> None:
    require_told(line, FAULTS[line], outcome)


def require_told(line: str, said: str, outcome: Outcome) -> None:
    before = tree(Path())
    code, errors = outcome(line)
    assert code in (1, 2) and len(errors) == 1 and re.search(said, errors[0]), (code, errors)
    assert tree(Path()) == before


@pytest.mark.parametrize(("compiler", "said"), [
    ("", "^error: no C compiler: install gcc or clang, or `pip install ziglang`$"),
    ("gone-cc", r"gone-cc cannot compile kernels.c \(.*'gone-cc'\): install gcc or clang"),
    ('"', r'" cannot compile kernels.c \(.*\): install gcc or clang'),
    ("/bin/false", r"/bin/false cannot compile kernels.c \(exit status 1\): install gcc or clang"),
])  # fmt: skip
@pytest.mark.parametrize("line", ["export pose.st --engine", "predict pose.st pose/images --engine"])
def test_without_a_compiler_there_is_no_engine(
    line: str,
    compiler: str,
    said: str,
    outcome: Outcome,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("CC", compiler)
    monkeypatch.setattr(kernels, "find_spec", lambda _: None)
    kernels.library.cache_clear()
    require_told(line, said, outcome)


@pytest.mark.parametrize("line", [
    "evaluate classification.st classification", "export pose.st --engine",
    f"draw classification --task classification --out new.st {STEPS}",
])  # fmt: skip
def test_a_cache_that_cannot_be_written_is_told_with_its_remedy(
    line: str, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPERTICKETS_CACHE", "file")
    kernels.library.cache_clear()
    require_told(line, "the cache cannot be kept there: set SUPERTICKETS_CACHE to a folder that can be writ", outcome)


@pytest.mark.parametrize("name", exports.PACKAGES)
def test_without_onnx_the_extra_is_named(name: str, outcome: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "find_spec", lambda asked: None if asked == name else object())
    said = rf"{name} is not installed \(pip install 'supertickets\[export\]'\)"
    require_told("export pose.st --onnx new.onnx", said, outcome)


PICTURES: dict[str, Image.Image] = {
    "a-pixel.png": Image.new("RGB", (1, 1)), "thin.png": Image.new("RGB", (1, 3000)),
    "grey.png": Image.new("L", (40, 30)),
    "16-bits.png": Image.new("I;16", (40, 30)), "opaque.png": Image.new("RGBA", (40, 30), (1, 2, 3, 255)),
    "palette.png": Image.new("P", (40, 30)), "black-and-white.bmp": Image.new("1", (40, 30)),
    "quarter-turn.jpg": Image.new("RGB", (40, 30)), "odd.jpg": Image.new("CMYK", (47, 33)),
}  # fmt: skip


@pytest.mark.parametrize("engine", ["", "--engine"])
@pytest.mark.parametrize("task", NAMES)
def test_pictures_of_every_kind_are_answered(task: TaskName, engine: str, outcome: Outcome, tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    for name, picture in PICTURES.items():
        picture.save(tmp_path / "pictures" / name, **({"exif": exif} if "turn" in name else {}))
    assert outcome(f"predict {task}.st {tmp_path}/pictures --out {tmp_path}/found {engine}") == (0, [])
    answers = json.loads((tmp_path / "found/predictions.json").read_text())
    assert answers.keys() == PICTURES.keys()
    for name, picture in PICTURES.items():
        size = picture.size[::-1] if "turn" in name else picture.size
        with Image.open(tmp_path / f"found/{name}.overlay.png") as overlay:
            assert overlay.size == size


def test_what_can_be_answered_is_and_the_rest_is_told(outcome: Outcome, tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    Image.new("RGB", (20, 20)).save(tmp_path / "pictures/good.png")
    (tmp_path / "pictures/bad.png").write_text("x")
    (tmp_path / "pictures/other.webp").write_bytes(b"x")
    code, errors = outcome(f"predict classification.st {tmp_path}/pictures --out {tmp_path}/found")
    assert code == 2 and len(errors) == 2
    assert "other.webp is of a kind that is not decoded: convert it" in errors[0] and "bad.png is not a" in errors[1]
    names = {path.name for path in (tmp_path / "found").iterdir()}
    assert names == {"good.png.overlay.png", "predictions.json", "predictions.csv"}


@pytest.mark.parametrize(
    "rest", ["--onnx {}/net.onnx", "--onnx {}/net.onnx --dynamic", "--program {}/net.pt2", "--engine"]
)
@pytest.mark.parametrize("size", ["1x1", "33x47"])
def test_sizes_that_do_not_divide_are_computed_rightly(rest: str, size: str, outcome: Outcome, tmp_path: Path) -> None:
    """Every export is compared with torch before it is written."""
    assert outcome(f"export segmentation.st --image-size {size} {rest.format(tmp_path)}") == (0, [])


def test_an_engine_that_computes_something_else_is_refused(outcome: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("supertickets.engine.Engine", lambda ticket: lambda image: 1.01 * ticket.net().eval()(image))
    said = r"the engine computes something else than torch on .*: outputs differ by 1.0e-02; use torch, or report"
    require_told("export pose.st --engine", said, outcome)
