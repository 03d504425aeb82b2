"""What all commands have in common: how they end when nobody reads, nothing can be written or a signal comes."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from bench.__main__ import COMMANDS as SUBCOMMANDS
from bench.errors import analyse
from supertickets.command_line import STOPPING, run_command
from supertickets.ticket import Ticket
from tests.contracts.archives import ARCHIVES
from tests.contracts.commands import ROOT, sources
from tests.patience import HANGS_S
from tests.properties.small import TINY

MEASURING = re.compile(r"preparing tiny/|round \d+ of 2$")
"""Start of lines in which a command says what it measures."""

COMMANDS = {
    "bench": ["--help"],
    "bench.accelerator": ["--help"],
    "bench.convert": ["camvid", "--segnet", "{inputs}/camvid", "--data-root", "root"],
    "bench.cost": ["--model", "bisenet", "--size", "32x32"],
    "bench.errors": [
        *("--truth", "{inputs}/gt.json", "--detections", "{inputs}/dt.json", "--kind", "keypoints"),
        *("--without-pycocotools", "--json", "report.json", "--plots", "plots"),
    ],
    "bench.gpu": ["--list", "--rehearse", "--out", "gpu"],
    "bench.latency": [
        *("--tickets", "{inputs}/tiny.safetensors", "--networks", "--size", "32x32", "--rounds", "2"),
        *("--variants", "cpu-torch-fp32-nchw", "--out", "latency.csv"),
    ],
    "bench.networks": ["--help"],
    "figures": ["--figure", "lottery-init", "--profile", "embedded", "--out", "figures"],
    "figures.errors": ["{inputs}/report.json", "--out", "plots"],
    "figures.report": ["--profile", "embedded", "--out", "report.html"],
    "paper_tables": ["--list", "--table", "lottery-init", "--seeds", "1"],
    "paper_tables.claims": ["--results", "results"],
    "supertickets": ["info", "{inputs}/tiny.safetensors", "--image-size", "32x32"],
}
"""A few seconds of each; a new command needs an entry. What computes tables is in `tests/end_to_end`."""

WRITTEN = {
    "bench.convert": ("root/camvid",),
    "bench.errors": ("report.json", "plots/keypoints-costs.svg", "plots/keypoints-curves.png"),
    "bench.latency": ("latency.csv", "latency.json"),
    "figures": ("figures/embedded/lottery-init.svg",),
    "figures.errors": ("plots/keypoints-costs.svg", "plots/keypoints-curves.png"),
    "figures.report": ("report.html",),
    "paper_tables.claims": ("results/claims.csv", "results/readings.csv"),
}
"""What is there afterwards, whatever became of the output."""

MADE_UP = """
import sys
from bench.convert import __main__ as command
from supertickets.command_line import run_command
from tests.contracts.test_conversions import described

command.data_set = described  # the archive has a few images only
run_command(command.main)
"""

WAYS = {
    "reader gone": (128 + signal.SIGPIPE, ""),
    "disk full": (1, "error: standard output: No space left on device\n"),
    "closed": (0, ""),
    "ascii": (0, ""),
}
"""What happens to standard output: the exit code and what is said."""

SAYING = """
import sys, time
from supertickets.command_line import run_command

def main():
    print("a tick: \\u2713, a lone surrogate: \\udcff")
    sys.stdout.flush()
    {then}
    print("the end", file=sys.stderr)
    return {code}

run_command(main, "go on later")
"""


def ended(command: list[str], way: str, folder: Path) -> tuple[int, str, str]:
    """Exit code, standard output where it can be read, and standard error."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SUPERTICKETS_CACHE": str(folder / "cache")}
    if way == "ascii":
        environment["PYTHONIOENCODING"] = "ascii"
    if way == "closed":
        command = ["sh", "-c", 'exec "$@" >&-', "sh", *command]
    with Path("/dev/full").open("w") as full:
        started = subprocess.Popen(
            command,
            env=environment,
            cwd=folder,
            stdout=full if way == "disk full" else subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    if way == "reader gone":
        assert started.stdout is not None
        started.stdout.close()
        started.stdout = None
    out, error = started.communicate(timeout=HANGS_S)
    return started.returncode, out or "", error


@pytest.mark.fast
def test_every_command_starts_in_the_same_way() -> None:
    assert sources().keys() == COMMANDS.keys()
    for path in sources().values():
        text = path.read_text(encoding="utf-8")
        last = text[text.index('if __name__ == "__main__":') :].splitlines()
        assert len(last) == 2 and last[1].startswith("    run_command(main"), path


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of what the commands read."""
    folder = tmp_path_factory.mktemp("inputs")
    ARCHIVES["camvid"](folder / "camvid")
    given = json.loads(gzip.decompress((ROOT / "tests/oracles/data/keypoint_errors.json.gz").read_bytes()))
    (folder / "gt.json").write_text(json.dumps(given["truth"]))
    (folder / "dt.json").write_text(json.dumps(given["detections"]))
    report = analyse(folder / "gt.json", folder / "dt.json", "keypoints", pycocotools=False)
    (folder / "report.json").write_text(json.dumps(report))
    net = TINY.build(0)
    masks = {name: torch.ones_like(weight, dtype=torch.bool) for name, weight in TINY.prunable(net, "all").items()}
    (folder / "tiny.safetensors").write_bytes(Ticket.of(TINY, net, masks).to_bytes())
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("module", COMMANDS)
def test_a_standard_output_that_fails_is_no_traceback(module: str, way: str, inputs: Path, tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    words = [word.format(inputs=inputs) for word in COMMANDS[module]]
    what = ["-c", MADE_UP] if module == "bench.convert" else ["-m", module]
    code, _, error = ended([sys.executable, *what, *words], way, tmp_path)
    expected, said = WAYS[way]
    told = "".join(line for line in error.splitlines(keepends=True) if not MEASURING.match(line))
    assert (code, told) == (expected, said)
    for path in WRITTEN.get(module, ()):
        assert (tmp_path / path).exists(), "written all the same"


@pytest.mark.fast
@pytest.mark.parametrize("way", WAYS)
def test_what_cannot_be_printed_stops_nothing(way: str, tmp_path: Path) -> None:
    found = ended([sys.executable, "-c", SAYING.format(then="pass", code=0)], way, tmp_path)
    code, said = WAYS[way]
    assert (found[0], found[2]) == (code, f"the end\n{said}")
    if way == "ascii":
        assert found[1] == "a tick: ?, a lone surrogate: ?\n"
    assert ended([sys.executable, "-c", SAYING.format(then="pass", code=7)], way, tmp_path)[0] == 7, (
        "its own code first"
    )


@pytest.mark.fast
def test_a_machine_that_fails_is_told_in_one_line(tmp_path: Path) -> None:
    full = "raise OSError(28, 'No space left on device', '/results/x.csv')"
    code, _, error = ended([sys.executable, "-c", SAYING.format(then=full, code=0)], "readable", tmp_path)
    assert (code, error) == (1, "error: [Errno 28] No space left on device: '/results/x.csv'\n")


@pytest.mark.fast
def test_a_warning_is_marked_and_told_once_per_kind(tmp_path: Path) -> None:
    warn = "import warnings; [warnings.warn(f'number {i}') for i in range(3)]\n    warnings.warn('another')"
    _, _, error = ended([sys.executable, "-c", SAYING.format(then=warn, code=0)], "readable", tmp_path)
    assert error == "warning: number 0\nwarning: another\nthe end\n"


MISSPELLED = {
    "bench": (["tabels"], "tables"),
    "bench.accelerator": (["--rules"], None),
    "bench.convert": (["camvit", "--data-root", "."], "camvid"),
    "bench.cost": (["--model", "bisenets"], "bisenet"),
    "bench.errors": (["--truth", "a", "--detections", "b", "--kind", "keypoint"], "keypoints"),
    "bench.gpu": (["--part", "latensy"], "latency"),
    "bench.latency": (["--variants", "cpu-torch-fp32-nhcw"], "cpu-torch-fp32-nhwc"),
    "bench.networks": (["--key"], None),
    "figures": (["--figure", "imagnet"], "imagenet"),
    "figures.errors": (["box.json"], None),
    "figures.report": (["--profile", "embeded"], "embedded"),
    "paper_tables": (["--table", "ablaton"], "ablation"),
    "paper_tables.claims": (["--profile", "smal"], "small"),
    "supertickets": (["draw", ".", "--task", "segmentatoin", "--out", "x"], "segmentation"),
}
"""Command -> arguments that it refuses, and the word that was meant; a new command needs an entry."""

LOADED = """
import runpy, sys
module, *sys.argv[1:] = sys.argv[1:]
try:
    runpy.run_module(module, run_name="__main__")
finally:
    print(sorted({"torch", "pandas", "matplotlib"} & sys.modules.keys()), file=sys.stderr)
"""


@pytest.mark.slow
@pytest.mark.parametrize("module", COMMANDS)
def test_help_and_refusals_load_nothing_that_takes_long(module: str, tmp_path: Path) -> None:
    code, out, error = ended([sys.executable, "-c", LOADED, module, "--help"], "readable", tmp_path)
    assert code == 0 and out.startswith("usage: ") and error == "[]\n"
    wrong, meant = MISSPELLED[module]
    code, _, error = ended([sys.executable, "-c", LOADED, module, *wrong], "readable", tmp_path)
    said, loaded, *more = error.splitlines()
    assert (code, loaded, more) == (2, "[]", []) and said.startswith("error: ")
    assert meant is None or f"did you mean {meant!r}?" in said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "wrong", "message"),
    [
        ("paper_tables", [], "say which table: --table ablation | "),
        ("paper_tables", ["--all", "--device", "tpu"], "tpu: give auto, cpu, cuda or cuda:N"),
        ("paper_tables", ["--all", "--out", "{file}"], "cannot be written"),
        ("bench.latency", ["--simulate", "--size", "8x8"], "drop --size"),
        ("bench.latency", ["--networks", "bisenets"], "did you mean 'bisenet'?"),
        ("bench.cost", ["--model", "bisenet", "--multipliers", "8", "--bandwidth", "9"], "1 to 8"),
        ("figures", ["--results", "{file}"], "is not a folder"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_as_fast(
    module: str, wrong: list[str], message: str, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    given = [word.format(file=tmp_path / "file") for word in wrong]
    code, _, error = ended([sys.executable, "-c", LOADED, module, *given], "readable", tmp_path)
    said, loaded = error.splitlines()
    assert (code, loaded) == (2, "[]") and said.startswith("error: ") and message in said


@pytest.mark.slow
def test_one_command_has_all_others(tmp_path: Path) -> None:
    assert {module for module, _ in SUBCOMMANDS.values()} == sources().keys() - {"bench", "supertickets"}
    suite = Path(sys.executable).with_name("supertickets-bench")
    for name, (module, _) in SUBCOMMANDS.items():
        code, out, _ = ended([str(suite), name, "--help"], "readable", tmp_path)
        assert code == 0 and out.startswith(f"usage: supertickets-bench {name} "), module
    for way, (code, error) in WAYS.items():
        assert ended([str(suite), "tables", "--help"], way, tmp_path)[::2] == (code, error), way


WAITING = """
import atexit, os, sys, time
from supertickets.command_line import run_command

def main():
    try:
        os.write(1, b"works\\n")  # `print` writes again what it was interrupted in
        sys.stdin.readline()
    finally:
        os.write(1, b"cleans up\\n")
        sys.stdin.readline()
        print("has cleaned up", file=sys.stderr)
    return 0

time.monotonic = lambda: 0.0
atexit.register(os.kill, os.getpid(), int(sys.argv[1]))
run_command(main, "go on later")
"""


def stopped_by(number: int, *, ignored: bool = False) -> tuple[int, str]:
    """Exit code and standard error of a command that is sent a signal several times, as those of a group sometimes are.

    One comes while it works, one while it cleans up, in the same moment of a clock that stands still, and one when all
    is over but the exit.
    """
    with subprocess.Popen(
        [sys.executable, "-c", WAITING, str(int(number))],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # otherwise: although the tests themselves may run under nohup or in the background
        preexec_fn=lambda: signal.signal(number, signal.SIG_IGN if ignored else signal.SIG_DFL),  # noqa: PLW1509
    ) as started:
        assert started.stdin is not None and started.stdout is not None
        for what in ("works\n", "cleans up\n"):
            assert started.stdout.readline() == what
            started.send_signal(number)
            if ignored:
                started.stdin.write("go on\n")
                started.stdin.flush()
        _, error = started.communicate("" if ignored else "go on\n", timeout=HANGS_S)
    return started.returncode, error


@pytest.mark.fast
@pytest.mark.parametrize(("number", "word"), [(2, "interrupted"), (15, "stopped by SIGTERM"), (1, "stopped by SIGHUP")])
def test_a_signal_ends_it_in_one_line_after_it_has_cleaned_up(number: int, word: str) -> None:
    assert stopped_by(number) == (128 + number, f"has cleaned up\n{word}: go on later\n")


@pytest.mark.fast
def test_a_signal_that_is_ignored_stays_ignored() -> None:
    assert stopped_by(signal.SIGHUP, ignored=True) == (0, "has cleaned up\n"), "as under nohup"


@pytest.mark.fast
def test_after_a_signal_further_ones_are_ignored_from_a_clocks_first_moment_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped() -> int:
        signal.raise_signal(signal.SIGTERM)
        return 0

    before = {number: signal.getsignal(number) for number in STOPPING}
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        with monkeypatch.context() as patched:
            patched.setattr(time, "monotonic", lambda: 0.0)
            with pytest.raises(SystemExit) as end:
                run_command(stopped)
        after = {signal.getsignal(number) for number in STOPPING}
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert (end.value.code, after) == (128 + signal.SIGTERM, {signal.SIG_IGN})
    assert capsys.readouterr().err == "stopped by SIGTERM\n"


@pytest.mark.fast
def test_an_interrupt_is_told_in_one_word(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGTERM), sys.stdout
    with pytest.raises(SystemExit) as end:
        run_command(interrupted)
    assert end.value.code == 128 + signal.SIGINT
    assert capsys.readouterr().err == "interrupted\n"
    assert (signal.getsignal(signal.SIGTERM), sys.stdout) == before, "as it was"
