"""Where a number comes from: code fingerprint, commit, versions, device."""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.metadata
import platform
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.experiments import Step

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("supertickets", "bench", "paper_tables", "figures")
KEEPERS = ("bench.provenance", "bench.store")
"""Modules that keep numbers and cannot change them; they are no part of a code id."""

WRITTEN = tuple(f":(exclude){path}" for path in ("paper_tables/results", "figures/rendered", "docs", "README.md"))
"""What commands of this project write or people read: a change there makes no number another."""

LIBRARIES = ("torch", "numpy", "pillow", "pycocotools", "safetensors")


def _path(module: str) -> Path | None:
    base = ROOT.joinpath(*module.split("."))
    for candidate in (base / "__init__.py", base.with_suffix(".py")):
        if candidate.is_file():
            return candidate
    return None


def _imports(tree: ast.AST) -> set[str]:
    """Modules of ours that a syntax tree imports, at the top or inside functions."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] in PACKAGES and _path(name)}


class _WithoutDocstrings(ast.NodeTransformer):
    """Docstrings explain code; they do not change what it computes."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [
                item
                for item in node.body
                if not (
                    isinstance(item, ast.Expr)
                    and isinstance(item.value, ast.Constant)
                    and isinstance(item.value.value, str)
                )
            ] or [ast.Pass()]
        return node


@functools.cache
def _fingerprint(path: Path) -> tuple[str, tuple[str, ...]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports = tuple(sorted(_imports(tree)))
    parts = [ast.dump(_WithoutDocstrings().visit(tree), include_attributes=False).encode()]
    parts += [source.read_bytes() for source in _kernel_sources(tree, path.parent)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest(), imports


def _kernel_sources(tree: ast.AST, folder: Path) -> list[Path]:
    """Files of C in `folder` that a module names: they compute numbers as its own code does."""
    strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    names = {text for text in strings if text.endswith(".c") and Path(text).name == text}
    return [folder / name for name in sorted(names) if (folder / name).is_file()]


def code_of(step: Step) -> str:
    """Fingerprint of the code behind a step and all it builds on: information only, versions decide."""
    from bench.experiments import lineage
    from supertickets.criteria import criteria

    problems = [one.problem for one in lineage(step)]
    parts = [part for problem in problems for part in (problem.task, problem.architecture)]
    modules = {type(part).__module__ for part in (*lineage(step), *parts)}
    # what is found by name is led to by no import
    modules |= {f"bench.data.{problem.data}" for problem in problems} | {
        f"supertickets.criteria.{n}" for n in criteria()
    }
    return code_id(("bench.context", *sorted(modules)))


@functools.cache
def code_id(modules: tuple[str, ...]) -> str:
    """12 hexadecimal digits that change when any code reachable from `modules` by imports changes.

    Comments, docstrings and layout do not count; packages' `__init__` files do, since importing runs them, and so do
    the files of C that a module names.
    """
    pending, seen = list(modules), {}
    while pending:
        name = pending.pop()
        path = _path(name)
        if path is None:
            raise ValueError(f"no module {name} below {ROOT}")
        if name in seen or name in KEEPERS:
            continue
        digest, imports = _fingerprint(path)
        seen[name] = digest
        parents = [".".join(name.split(".")[:n]) for n in range(1, name.count(".") + 1)]
        pending += [*imports, *parents]
    text = "\n".join(f"{name} {digest}" for name, digest in sorted(seen.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def versions(names: Iterable[str] = LIBRARIES) -> dict[str, str]:
    """Installed versions of the libraries that can change a number, and of Python."""
    return {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in names}


def processor_name(device: str) -> str:
    """The processor's own name for itself, as in `AMD EPYC (x86_64)`; `device` is torch's word for it."""
    if device != "cpu":
        import torch

        return torch.cuda.get_device_name(torch.device(device))
    about = Path("/proc/cpuinfo")
    lines = about.read_text().splitlines() if about.is_file() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{models[0] if models else platform.processor() or 'CPU'} ({platform.machine()})"


@functools.cache
def device_name(device: str) -> str:
    """Human name of the device a run used; processors and kernels of another kind round differently."""
    if device != "cpu":
        return processor_name(device)
    from supertickets.kernels import KernelsUnavailable
    from supertickets.supernet.compiled import CompiledHidden

    try:
        CompiledHidden()
        kernels = "compiled kernels"
    except KernelsUnavailable:
        kernels = "torch's kernels"
    return f"{processor_name(device)}, one thread per run, {kernels}"


GIT_HANGS_S = 60
"""It takes milliseconds; a busy machine lets it wait."""


@functools.cache
def commit() -> dict[str, Any]:
    """Commit and whether tracked files differ from it, written ones apart; `unknown` outside a git checkout."""

    def git(*args: str) -> str | None:
        try:
            answer = subprocess.run(
                ["git", "-C", str(ROOT), *args], capture_output=True, text=True, timeout=GIT_HANGS_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return answer.stdout.strip() if answer.returncode == 0 else None

    head, status = git("rev-parse", "HEAD"), git("status", "--porcelain", "--untracked-files=no", "--", ".", *WRITTEN)
    return {"commit": head or "unknown", "dirty": None if status is None else bool(status)}
