"""What `pip install` puts on a machine: one package, alone, which works without any of the suite's libraries."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from supertickets.ticket import Ticket
from tests.contracts.commands import ROOT
from tests.own_data import class_folders, joint_files, mask_folders
from tests.properties.small import TINY

pytestmark = pytest.mark.slow

OPTIONAL = {"torchvision", "pycocotools", "pandas", "matplotlib", "scipy", "onnx", "onnxruntime", "jinja2"}
NAMES = "bench", "paper_tables", "figures", "tests"

BLOCK = f"""
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {sorted(OPTIONAL)!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocked())
import importlib.util, importlib.machinery
whole = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name in {sorted(OPTIONAL)!r} else whole(name, package)
"""
"""As if what is optional were not installed."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built and unpacked."""
    from hatchling.builders.wheel import WheelBuilder

    folder = tmp_path_factory.mktemp("wheel")
    [built] = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    site = folder / "site"
    with zipfile.ZipFile(built) as wheel:
        wheel.extractall(site)
    return site


def run(site: Path, code: str, folder: Path) -> str:
    """Run code in another folder, with the unpacked wheel before everything else; what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(site), "SUPERTICKETS_CACHE": str(folder / "cache")}
    command = [sys.executable, "-P", "-c", BLOCK + code]
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_one_name_and_neither_tests_nor_results(site: Path) -> None:
    found = {path.name for path in site.iterdir() if not path.name.endswith(".dist-info")}
    assert found == {"supertickets"}
    files = [path.relative_to(site) for path in site.rglob("*") if path.is_file()]
    assert not [path for path in files if path.name.startswith("test_") or path.suffix in {".png", ".svg", ".csv"}]
    assert (site / "supertickets/py.typed").exists() and (site / "supertickets/engine/kernels.c").exists()
    [metadata] = site.glob("*.dist-info/METADATA")
    needed = [line.partition(": ")[2] for line in metadata.read_text().splitlines() if line.startswith("Requires-Dist")]
    always = {line.partition(">=")[0] for line in needed if "extra ==" not in line}
    assert always == {"torch", "numpy", "pillow", "safetensors", "rich", "argcomplete"}
    [scripts] = site.glob("*.dist-info/entry_points.txt")
    assert scripts.read_text().split() == [
        "[console_scripts]",
        "supertickets",
        "=",
        "supertickets.__main__:supertickets",
    ]


def test_importing_it_takes_no_time(site: Path, tmp_path: Path) -> None:
    code = "import time; start = time.process_time(); import supertickets; print(time.process_time() - start)\n"
    assert float(run(site, code, tmp_path)) < 0.5
    whole = code.replace("import supertickets;", "import torch, supertickets.api, supertickets.own.training;")
    run(site, whole, tmp_path)  # compiles the sources
    both, torch_alone = (float(run(site, one, tmp_path)) for one in (whole, code.replace("supertickets", "torch")))
    assert both - torch_alone < 2


def test_every_module_loads_without_what_is_optional(site: Path, tmp_path: Path) -> None:
    code = (
        "import importlib, pkgutil, supertickets\n"
        "names = [found.name for found in pkgutil.walk_packages(supertickets.__path__, 'supertickets.')]\n"
        "for name in names:\n"
        "    importlib.import_module(name)\n"
        "print(supertickets.__file__, len(names))\n"
    )
    place, count = run(site, code, tmp_path).split()
    assert Path(place).is_relative_to(site) and int(count) > 100


def test_nets_are_drawn_scored_and_asked_without_what_is_optional(site: Path, tmp_path: Path) -> None:
    class_folders(tmp_path / "classes")
    mask_folders(tmp_path / "masks")
    joint_files(tmp_path / "joints")
    code = """
import supertickets.own.plan, supertickets.own.training
from supertickets.__main__ import main
for module in (supertickets.own.plan, supertickets.own.training):
    module.SEARCH_EPOCHS, module.RETRAIN_EPOCHS = 12, 4
for task, data, rate, steps in (("classification", "classes", 0.005, 3), ("pose", "joints", 0.01, 8)):
    given = ["--task", task, "--sparsity", "40", "--steps", str(steps), "--rate", str(rate)]
    assert main(["draw", data, *given, "--out", f"{task}.safetensors"]) == 0
    assert main(["evaluate", f"{task}.safetensors", data]) == 0
assert main(["predict", "pose.safetensors", "joints/images/1.png"]) == 0
assert main(["info", "pose.safetensors"]) == 0
assert main(["bench", "pose.safetensors", "--rounds", "2"]) == 0
"""
    said = run(site, code, tmp_path)
    assert "no picture of it: matplotlib is not installed" in said
    assert "ONNX Runtime   not run: onnx is not installed" in said
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {
        "classes", "masks", "joints", "cache", "classification.safetensors", "pose.safetensors", "predictions",
    }  # fmt: skip


def test_a_ticket_of_another_machine_loads(site: Path, tmp_path: Path) -> None:
    (tmp_path / "ticket.safetensors").write_bytes(Ticket.of(TINY, TINY.build(0), {}).to_bytes())
    code = "import supertickets\nprint(supertickets.load('ticket.safetensors').architecture.outputs)\n"
    assert run(site, code, tmp_path) == f"{TINY.outputs}\n"
