"""Kernels in C as shared libraries: compiled when they are first needed, kept in the user's cache folder."""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from supertickets.scratch import scratch
from supertickets.user_cache import user_cache, writable_cache

FLAGS = ("-std=gnu11", "-O3", "-fno-math-errno", "-fPIC", "-shared", "-pthread")
COMPILE_SECONDS = 300
DIGEST = 32
"""Bytes of a sha256; loaders ignore what follows the last section."""


class KernelsUnavailable(RuntimeError):
    """The kernels cannot be compiled or loaded here; the message says what is missing."""


@functools.cache
def library(source: Path) -> ctypes.CDLL:
    """The functions of the C file `source`, compiled for this machine.

    Raises:
        KernelsUnavailable: there is no C compiler, or none that can compile them.
    """
    if sys.platform == "win32":
        raise KernelsUnavailable("kernels are compiled on Linux and macOS only")
    tried = []
    for compiler in _compilers():
        path = _place(source, compiler)
        if not _intact(path):
            try:
                writable_cache()
            except OSError as error:
                raise KernelsUnavailable(f"{error.filename}: {error.strerror}") from error
            if problem := _compile(source, compiler, path):
                tried.append(problem)
                continue
        try:
            return ctypes.CDLL(str(path))
        except OSError as error:
            tried.append(f"{path} cannot be loaded ({error}): delete it")
    raise KernelsUnavailable(f"{'; '.join(tried) or 'no C compiler'}: install gcc or clang, or `pip install ziglang`")


def _compilers() -> Iterator[tuple[str, ...]]:
    """Commands that may compile C, the user's own choice first."""
    if chosen := os.environ.get("CC", "").strip():
        try:
            yield tuple(shlex.split(chosen))
        except ValueError:  # a quotation mark alone
            yield (chosen,)
    for name in ("cc", "gcc", "clang"):
        if found := shutil.which(name):
            yield (found,)
    if find_spec("ziglang") is not None:  # a compiler in a package
        yield (sys.executable, "-m", "ziglang", "cc")


def _native() -> str:
    return "-march=native" if platform.machine() in {"x86_64", "AMD64"} else "-mcpu=native"


def _place(source: Path, compiler: tuple[str, ...]) -> Path:
    """Where the library of a source, a compiler and this processor is kept."""
    parts = [source.read_bytes(), *map(str.encode, (*FLAGS, _native(), *compiler, platform.machine(), _processor()))]
    digest = hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]
    return user_cache() / "kernels" / f"{source.stem}-{digest}.so"


def _intact(path: Path) -> bool:
    """Whether a library is there and ends in the digest of what comes before: a cut one kills the process."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    return content[-DIGEST:] == hashlib.sha256(content[:-DIGEST]).digest()


def _processor() -> str:
    """What decides which instructions there are, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    told = [line for line in lines if line.startswith(("model name", "flags", "Features", "CPU part"))]
    return "\n".join(dict.fromkeys(told))


def _compile(source: Path, compiler: tuple[str, ...], path: Path) -> str:
    """Compile, or say why not."""
    name = " ".join(compiler)
    try:
        with scratch(path.parent) as folder:
            folder.mkdir()
            made = folder / path.name
            command = [*compiler, *FLAGS, _native(), "-o", str(made), str(source), "-lm"]
            within = {**os.environ, "TMPDIR": str(folder)}  # what a killed compiler leaves goes with the folder
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=COMPILE_SECONDS, check=False, env=within
            )
            if done.returncode:
                said = done.stderr.strip()[:200] or f"exit status {done.returncode}"
                first = next((line for line in done.stderr.splitlines() if "error" in line), said)
                return f"{name} cannot compile {source.name} ({first})"
            content = made.read_bytes()
            made.write_bytes(content + hashlib.sha256(content).digest())
            os.replace(made, path)
    except subprocess.TimeoutExpired:
        return f"{name} takes more than {COMPILE_SECONDS} s to compile {source.name}"
    except OSError as error:
        return f"{name} cannot compile {source.name} ({error})"
    return ""
