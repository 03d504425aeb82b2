"""The session on a GPU, rehearsed on a CPU: what is written stays, what is left over is told."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from bench.gpu import __main__ as command
from bench.gpu import session
from bench.gpu.apart import OVERDUE, run_apart, write_part
from bench.gpu.parts import Given, NotRunError, modules, parity, parts, steps, table
from bench.latency.rows import read_rows
from bench.step_times import SCHEMA, read_step_times
from supertickets import compiling
from supertickets.documents.sheets import read_sheet
from tests.end_to_end.tiny_command import hear_signals
from tests.patience import HANGS_S, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:.*(nothing is kept of|nothing was searched|removed no unit)"),
]
ROOT = Path(__file__).parents[2]
TINY_TABLES = str(Path(__file__).with_name("shared_tables.py"))


@pytest.fixture
def given(tmp_path: Path) -> Given:
    return Given("cpu", tmp_path / "out", workers=1, tiny=True, tables=(TINY_TABLES,))


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as content:
        return list(csv.DictReader(content))


def test_keys_are_those_of_the_parts() -> None:
    assert sorted(modules()) == sorted(parts()) and len(parts()) >= 14
    assert list(parts())[:2] == ["parity", "nccl"], "what takes seconds comes first"


@pytest.mark.parametrize("key", [key for key in modules() if "compiled" not in key])
def test_a_part_leaves_whole_lines_and_their_origin(
    key: str, given: Given, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SUPERTICKETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(table, "TABLE", "one-row")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    path = write_part(key, given, {"command": "a test", "rehearsal": True})
    found = lines(path)
    assert found and all(list(line) == list(parts()[key].columns) for line in found)
    assert not [line for line in found if line["status"].startswith("failed") or not all(line.values())], found
    about = json.loads(path.with_suffix(".json").read_text())
    assert about.keys() >= {"command", "code_ids", "versions", "commit", "device"} and about["rehearsal"] is True
    check_content(key, path, found)


def check_content(key: str, path: Path, found: list[dict[str, str]]) -> None:
    """What only a part itself knows."""
    if key.startswith("steps-"):
        assert [(line.values["precision"], line.values["data"]) for line in read_sheet(path, SCHEMA)] == [
            ("float32", "held"), ("float32", "streamed"), ("bfloat16", "held"), ("bfloat16", "streamed"),
        ]  # fmt: skip
        assert all(float(line["step_s"]) > 0 and 0 <= float(line["waiting_share"]) < 1 for line in found)
        assert all(float(line["waiting_share"]) == 0 for line in found if line["data"] == "held")
        assert all(float(line["waiting_share"]) > 0 for line in found if line["data"] == "streamed")
    if key.startswith("latency"):
        assert {row.status for row in read_rows(path)} == {"measured"}
    if key == "parity":
        units = [line for line in found if line["quantity"] == "search units"]
        assert [line["stage"] for line in units] == ["search", "masked retraining"]
        assert 0 < int(units[0]["on_cpu"]) < sum(map(sum, parity.TINY.shape(parity.TINY.build(0)).values()))
        kept = [int(line["on_cpu"]) for line in found if line["quantity"] == "weights kept"]
        assert kept[0] == kept[1] > 0
    if key == "nccl":
        assert "gloo" in found[0]["by_torchrun"] and len(found) == 5
    if key == "tests":
        assert {line["status"] for line in found} == {"passed"}
    if key == "table":
        assert found[0]["cells"] == found[0]["measured"] != "0"
        assert (path.parent / found[0]["file"]).is_file()


def test_a_compiled_network_takes_the_same_way(given: Given) -> None:
    """What is compiled needs a GPU; the nets and the ways beside it are timed here."""
    (key, *_), known = [key for key in modules() if key.startswith("latency-compiled")], parts()
    rows = read_rows(write_part(key, given, {"command": "a test"}))
    assert {row.network for row in rows} == {"supertickets/masked"} and known[key].turn > known["latency"].turn


@pytest.mark.filterwarnings("ignore::UserWarning")  # the compiler's advice
def test_compiled_steps_take_the_same_way(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a backend that makes no kernels."""
    monkeypatch.setattr(compiling, "BACKEND", "aot_eager")
    path = write_part("steps-compiled-cityscapes", given, {"command": "a test"})
    found = [line.values for line in read_sheet(path, SCHEMA)]
    assert [(one["compiled"], one["data"], one["precision"]) for one in found] == [
        ("yes", "held", "float32"), ("yes", "held", "bfloat16"),
    ]  # fmt: skip
    assert all(one["status"] == "measured" for one in found)


def test_parity_fails_where_a_device_computes_something_else(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second training sees other pictures."""
    calls: list[str] = []
    honest = parity.batches

    def other(outputs: int, size: tuple[int, int], device: str) -> object:
        calls.append(device)
        return honest(outputs, size if len(calls) % 2 else (size[1], size[0]), device)

    monkeypatch.setattr(parity, "batches", other)
    found = list(parity.compared(given))
    assert any(str(line["status"]).startswith("failed") for line in found)


def test_steps_are_computed_in_more_parts_where_memory_does_not_suffice(
    given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, tried = steps._line, []

    def scarce(*arguments: object) -> object:
        tried.append(arguments[3].parts)  # type: ignore[attr-defined]
        if tried[-1] < 4:
            raise torch.OutOfMemoryError("none left")
        return honest(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(steps, "_line", scarce)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    (first, *_) = steps.measured(given, "imagenet")
    assert tried[:3] == [1, 2, 4] and first["parts"] == "4" and first["status"] == "measured"

    def never(*_: object) -> object:
        raise torch.OutOfMemoryError("none left")

    monkeypatch.setattr(steps, "_line", never)
    (first, *_) = steps.measured(given, "imagenet")
    assert first["status"] == "failed: out of memory with 1 pictures at a time" and first["step_s"] == "not measured"


def test_what_was_measured_is_read_where_plans_look_for_it(given: Given, tmp_path: Path) -> None:
    results = tmp_path / "results"
    write_part("steps-imagenet", replace(given, out=results / "devices" / "a-device"), {"command": "a test"})
    assert [one.data_set for one in read_step_times(results)] == ["imagenet"] * 4
    assert asdict(read_step_times(results)[0])["image_size"] == "32x32"


def run(out: Path, *arguments: str) -> int:
    return command.main(["--rehearse", "--out", str(out), "--workers", "1", *arguments])


def test_what_is_written_stays_and_what_is_left_over_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    out = tmp_path / "out"
    assert run(out, "--part", "parity", "table") == session.NOT_RUN
    said = capsys.readouterr().out
    assert "parity: written, 8 lines" in said and "table: not run: a table takes many minutes on a CPU" in said
    before = (out / "parity.v1.csv").stat().st_mtime_ns
    assert run(out, "--part", "parity", "nccl", "--minutes", "0.01") == session.NOT_RUN
    said = capsys.readouterr().out
    assert "parity: written, 8 lines\n" in said and "nccl: left over" in said
    assert (out / "parity.v1.csv").stat().st_mtime_ns == before and not (out / "nccl.v1.csv").exists()
    text = (out / "parity.v1.csv").read_text().replace(",ok", ",failed: 1 apart", 1)
    (out / "parity.v1.csv").write_text(text)
    assert run(out, "--part", "parity") == session.FAILED
    assert "1 of 8 lines failed, as in: failed: 1 apart" in capsys.readouterr().out
    (out / "session.json").write_text('{"device": "another", "rehearsal": false}')
    assert run(out, "--part", "parity") == session.UNUSABLE
    assert "is of another (measured), this would be" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"[" * 100_000, b"\xff", b'{"device": NaN}'])
def test_a_damaged_folder_is_told_in_one_line(
    content: bytes, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "session.json").write_bytes(content)
    assert run(out, "--part", "nccl") == session.UNUSABLE
    told = capsys.readouterr().err
    assert told.startswith(f"error: {out / 'session.json'}") and told.endswith("remove it\n") and told.count("\n") == 1


def test_a_damaged_part_is_told_and_not_taken_for_measured(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / parts()["nccl"].file_name
    path.write_bytes(b"status\n\xff")
    assert run(tmp_path, "--list") == 0
    assert f"damaged: {path}:2: byte 0xff is no UTF-8 text; remove it" in capsys.readouterr().out
    assert run(tmp_path, "--part", "nccl") == session.FAILED


def test_a_part_that_fails_says_why_in_its_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    assert run(tmp_path / "out", "--part", "steps-imagenet", "--data-root", str(tmp_path / "file")) == session.NOT_RUN
    assert "steps-imagenet: not run" in capsys.readouterr().out
    (tmp_path / "imagenet").mkdir()
    assert run(tmp_path / "out", "--part", "steps-imagenet", "--data-root", str(tmp_path)) == session.FAILED
    said = capsys.readouterr().out
    assert "steps-imagenet: failed, see" in said and not (tmp_path / "out" / "steps-imagenet.v1.csv").exists()
    assert "DataError" in (tmp_path / "out" / "steps-imagenet.log").read_text()


def test_a_part_whose_time_is_over_ends_with_all_that_it_started(given: Given, tmp_path: Path) -> None:
    given.out.mkdir()
    sleeper = tmp_path / "sleeper.py"
    sleeper.write_text(
        "import os, pathlib, time\n"
        f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))\n"
        "time.sleep(600)\n"
    )
    slow = replace(given, tables=(str(sleeper),))
    for seconds in (20, 100, 500):  # until it begins to sleep, which a busy machine delays
        assert run_apart(("table", slow, {"command": "a test"}), given.out / "table.log", seconds) == OVERDUE
        if (tmp_path / "pid").exists():
            break
    assert not (given.out / "table.v1.csv").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_command_and_its_part(number: signal.Signals, tmp_path: Path) -> None:
    """What is not whole is not written, and the same command goes on."""
    out = tmp_path / "out"
    arguments = ("-m", "bench.gpu", "--rehearse", "--out", str(out), "--workers", "1", "--part", "steps-imagenet")
    with subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        preexec_fn=hear_signals,  # noqa: PLW1509
    ) as process:  # fmt: skip
        wait_until(lambda: (out / "steps-imagenet.log").exists() or process.poll() is not None)
        started = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        process.send_signal(number)
        said, _ = process.communicate(timeout=HANGS_S)
    assert process.returncode == 128 + number and "Traceback" not in said, said
    assert said.splitlines()[-1].endswith(command.AFTER_STOP)
    assert started
    # one of them cleans up after the command itself, and ends after it
    wait_until(lambda: not [pid for pid in started if Path("/proc", pid).exists()])
    assert not (out / "steps-imagenet.v1.csv").exists()


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a CUDA device")
def test_without_a_gpu_nothing_is_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--out", str(tmp_path / "out")]) == session.NOT_RUN
    said = capsys.readouterr()
    assert said.err.startswith("not run: torch") and said.err.count("\n") == 1 and not (tmp_path / "out").exists()


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a CUDA device")
def test_parts_are_listed_without_a_gpu(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--list"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in told] == list(parts())
    assert all(line.endswith("; not run") for line in told)


def test_there_are_no_tests_for_a_cpu(given: Given) -> None:
    with pytest.raises(NotRunError, match="no CUDA device"):
        list(parts()["tests"].measure(replace(given, tiny=False)))
