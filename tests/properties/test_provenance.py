"""The code id follows what code does, through imports, and nothing else."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import provenance
from bench.methods import Condition, step_for
from bench.profiles import profile
from supertickets.kernels import KernelsUnavailable
from supertickets.supernet import compiled

pytestmark = pytest.mark.fast

FILES = {
    "bench/__init__.py": "",
    "bench/main.py": 'from bench.helper import twice\n\ndef run():\n    """Doc."""\n    return twice(2)\n',
    "bench/helper.py": "def twice(x):\n    from supertickets import core\n    return core.VALUE * x  # comment\n",
    "bench/unrelated.py": "VALUE = 1\n",
    "bench/store.py": "VALUE = 1\n",
    "supertickets/__init__.py": "",
    "supertickets/core.py": 'import bench.store\n\nVALUE = 2\nSOURCE = "kernel.c"\n',
    "supertickets/kernel.c": "int f(void) { return 1; }",
}


@pytest.fixture
def identify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Code id of `bench.main` after some files were changed."""
    monkeypatch.setattr(provenance, "ROOT", tmp_path)

    def with_changes(**changes: str) -> str:
        for name, text in FILES.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(changes.get(path.stem, text))
        provenance.code_id.cache_clear()
        provenance._fingerprint.cache_clear()
        return provenance.code_id(("bench.main",))

    yield with_changes  # type: ignore[misc]
    provenance.code_id.cache_clear()
    provenance._fingerprint.cache_clear()


def test_comments_docstrings_and_layout_do_not_count(identify: Callable[..., str]) -> None:
    changed = FILES["bench/main.py"].replace("Doc.", "Other words.") + "\n\n# the end\n"
    assert identify() == identify(main=changed)
    moved = FILES["bench/helper.py"].replace("def", "# moved down\n\ndef").replace("* x", " *  x")
    assert identify() == identify(helper=moved)


def test_code_counts_wherever_imports_lead(identify: Callable[..., str]) -> None:
    before = identify()
    assert identify(main=FILES["bench/main.py"].replace("2", "3")) != before
    assert identify(helper=FILES["bench/helper.py"].replace("* x", "+ x")) != before
    assert identify(core="VALUE = 3\n") != before, "also through an import inside a function"


def test_kernels_count_that_a_module_names(identify: Callable[..., str]) -> None:
    assert identify() != identify(kernel="int f(void) { return 2; }")


def test_the_device_says_which_kernels_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(source: Path) -> None:
        raise KernelsUnavailable("no C compiler")

    name = provenance.device_name.__wrapped__
    with monkeypatch.context() as patch:
        patch.setattr(compiled, "library", missing)
        assert name("cpu").endswith(", one thread per run, torch's kernels")
    try:
        compiled.CompiledHidden()
    except KernelsUnavailable as error:
        pytest.skip(str(error))
    assert name("cpu").endswith(", one thread per run, compiled kernels")


def test_modules_that_compute_nothing_do_not_count(identify: Callable[..., str]) -> None:
    assert identify() == identify(unrelated="VALUE = 2\n") == identify(store="VALUE = 2\n")


def test_an_unknown_module_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"no module bench\.nowhere"):
        provenance.code_id(("bench.nowhere",))


def test_the_code_of_a_step_is_that_of_all_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    step = step_for("sp_mag", Condition(profile("embedded").setting("Cityscapes"), 80))
    monkeypatch.setattr(provenance, "code_id", set)
    assert provenance.code_of(step) == {
        "bench.context", "bench.steps.search", "bench.steps.prune", "bench.data.embedded_streets",
        "supertickets.tasks.segmentation", "supertickets.supernet.config",
        *(f"supertickets.criteria.{name}" for name in ("gradient", "magnitude", "random")),
    }  # fmt: skip


def test_what_commands_write_makes_no_commit_dirty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*words: str) -> None:
        who = ("-c", "user.name=x", "-c", "user.email=x@example.org")
        subprocess.run(["git", "-C", str(tmp_path), *who, *words], check=True, capture_output=True)

    def dirty() -> bool | None:
        provenance.commit.cache_clear()
        found: bool | None = provenance.commit()["dirty"]
        return found

    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    try:
        assert dirty() is None, "no checkout"
        git("init")
        files = [tmp_path / "code.py", tmp_path / "paper_tables" / "results" / "a.csv", tmp_path / "README.md"]
        for file in files:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("1")
        git("add", ".")
        git("commit", "-m", "all")
        assert dirty() is False
        for file in files[1:]:
            file.write_text("2")
        assert dirty() is False
        files[0].write_text("2")
        assert dirty() is True
    finally:
        provenance.commit.cache_clear()
