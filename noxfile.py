"""Every command of this repository: `nox -l` lists them, `nox -s <session> -- <arguments>` runs one.

With uv, a session's environment holds exactly what uv.lock says. Without uv, pip installs the newest versions that
pyproject.toml allows. Each session has an environment of its own with nothing in it but what it needs: uv links
the files of all of them to one copy in its cache, so the second costs half a second and next to no space.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "tests"]

ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""Workers would fight for cores, and timings with several threads collapse as soon as another job takes one."""

BASELINES, RUNTIMES, EXPORT = "baselines", "runtimes", ("export",)
"""The groups of networks of other works and of runtimes to compare with, and the extra with ONNX Runtime."""

CONVERT = "convert"
"""The group that reads MATLAB files, which the published form of ImageNet's validation pictures needs, too."""

WORKERS = ("--numprocesses=auto", "--maxprocesses=4", "--dist=loadfile")
"""Each worker first imports torch; a file stays with one worker, which then sets up its fixtures once."""

WITHOUT_GPU = () if shutil.which("nvidia-smi") else ("-m", "not gpu")


def install(session: nox.Session, *groups: str, extras: tuple[str, ...] = ()) -> None:
    """Install the library and the suite, editable, with optional dependencies and dependency groups."""
    # Where the surroundings forbid bytecode, every process compiles torch's and pytest's sources anew: half of a start.
    session.env["PYTHONDONTWRITEBYTECODE"] = ""
    if session.venv_backend == "uv":
        session.run_install(
            "uv", "sync", "--locked", "--no-default-groups",
            *(f"--group={group}" for group in ("suite", *groups)), *(f"--extra={extra}" for extra in extras),
            env={"UV_PROJECT_ENVIRONMENT": session.virtualenv.location},
        )  # fmt: skip
    else:
        session.install("--upgrade", "pip>=25.1")  # the first that knows --group
        package = f".[{','.join(extras)}]" if extras else "."
        editable = ("--editable", package, "--editable", "./suite")
        session.install(*editable, *(f"--group={group}" for group in groups))


@nox.session
def tests(session: nox.Session) -> None:
    """Run the whole test suite; arguments go to pytest."""
    install(session, "test", BASELINES, RUNTIMES, "ray", extras=EXPORT)
    session.run("pytest", *WORKERS, *WITHOUT_GPU, *session.posargs, env=ONE_THREAD)


@nox.session
def fast(session: nox.Session) -> None:
    """Run the tests of a few seconds; arguments go to pytest."""
    install(session, "test")
    session.run("pytest", *WORKERS, "-m", "fast", *session.posargs, env=ONE_THREAD)


@nox.session
def tables(session: nox.Session) -> None:
    """Produce result tables, then draw their figures; arguments go to `supertickets-bench tables`."""
    install(session, BASELINES, CONVERT, *engine_group(session.posargs))
    session.run("supertickets-bench", "tables", *session.posargs)
    if (arguments := figure_arguments(session.posargs)) is not None:
        session.run("supertickets-bench", "figures", *arguments)


@nox.session
def figures(session: nox.Session) -> None:
    """Draw the figures from the result CSVs; arguments go to `supertickets-bench figures`."""
    install(session)
    session.run("supertickets-bench", "figures", *session.posargs)


@nox.session
def report(session: nox.Session) -> None:
    """Put claims, tables and figures on one HTML page; arguments go to `supertickets-bench report`."""
    install(session)
    session.run("supertickets-bench", "report", *session.posargs)


@nox.session
def claims(session: nox.Session) -> None:
    """Judge the paper's claims on the result CSVs; arguments go to `supertickets-bench claims`."""
    install(session)
    session.run("supertickets-bench", "claims", *session.posargs)


@nox.session
def data(session: nox.Session) -> None:
    """Bring a downloaded data set into the layout that is read; arguments go to `supertickets-bench data`."""
    install(session, CONVERT)
    session.run("supertickets-bench", "data", *session.posargs)


@nox.session
def cost(session: nox.Session) -> None:
    """Tell what a ticket or any other net costs; arguments go to `supertickets-bench cost`."""
    install(session, BASELINES, extras=EXPORT)
    session.run("supertickets-bench", "cost", *session.posargs, env=ONE_THREAD)


@nox.session
def latency(session: nox.Session) -> None:
    """Time the networks of Tab. 10 in several ways; arguments go to `supertickets-bench latency`."""
    install(session, BASELINES, RUNTIMES, extras=EXPORT)
    session.run("supertickets-bench", "latency", *session.posargs, env=ONE_THREAD)


@nox.session
def gpu(session: nox.Session) -> None:
    """Test and time everything that needs a GPU, in 8 minutes; arguments go to `supertickets-bench gpu`."""
    install(session, "test", BASELINES, extras=EXPORT)
    session.run("supertickets-bench", "gpu", *session.posargs)


@nox.session
def errors(session: nox.Session) -> None:
    """Tell which errors detections, masks or keypoints have; arguments go to `supertickets-bench errors`."""
    install(session)
    session.run("supertickets-bench", "errors", *session.posargs, env=ONE_THREAD)


@nox.session
def browser(session: nox.Session) -> None:
    """Look at the report in Chromium, with axe from npm, which both have to be there; arguments go to pytest."""
    install(session, "test")
    session.run_install("npm", "ci", "--prefix", "tests/browser", external=True)
    session.run("pytest", "tests/browser", *session.posargs, env=ONE_THREAD)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure the time of what is run most; arguments go to pytest."""
    install(session, "test", BASELINES, RUNTIMES, extras=EXPORT)
    columns = "--benchmark-columns=median,iqr,min,rounds,iterations"
    measure = ("--benchmark-only", "--benchmark-warmup=on", "--benchmark-disable-gc", columns)
    session.run("pytest", "bench", *measure, *WITHOUT_GPU, *session.posargs, env=ONE_THREAD)


@nox.session
def mutants(session: nox.Session) -> None:
    """Tell which small faults no test notices; arguments go to `python -m tests.mutants` (`--sample 300`: an hour)."""
    install(session, "test", BASELINES, extras=EXPORT)
    session.run("python", "-m", "tests.mutants", *session.posargs, env=ONE_THREAD)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, layout and types."""
    install(session, "lint", "test")  # tests of speed below bench/ are typed, too
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")


def engine_group(table_arguments: list[str]) -> tuple[str, ...]:
    """Return the dependency group of the engine that `python -m paper_tables` is told to use; most need none."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--engine")
    given, _ = parser.parse_known_args(table_arguments)
    return ("ray",) if given.engine == "ray" else ()


def figure_arguments(table_arguments: list[str]) -> list[str] | None:
    """Return what `python -m figures` is to be told after `python -m paper_tables`; None to draw nothing."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for flag in ("--list", "--check", "-h", "--help"):
        parser.add_argument(flag, dest="writes_nothing", action="store_true")
    parser.add_argument("--profile", default="embedded")  # as in paper_tables
    for option in ("--table", "--out"):
        parser.add_argument(option)
    given, _ = parser.parse_known_args(table_arguments)
    module = f"{(given.table or '').replace('-', '_')}.py"
    without_figure = given.table and not Path(__file__).with_name("figures").joinpath(module).is_file()
    if given.writes_nothing or without_figure:
        return None
    passed_on = {"--figure": given.table, "--profile": given.profile, "--results": given.out, "--out": given.out}
    return [word for option, value in passed_on.items() if value for word in (option, value)]
