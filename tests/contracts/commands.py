"""Every command of this project, found in the sources: modules that do something when they are run."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGES = ("supertickets", "bench", "paper_tables", "figures")


def sources() -> dict[str, Path]:
    """Name after `python -m` -> file."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if '__name__ == "__main__"' in path.read_text(encoding="utf-8"):
                parts = path.relative_to(ROOT).with_suffix("").parts
                found[".".join(part for part in parts if part != "__main__")] = path
    return found


def main_of(module: str) -> Callable[[list[str]], int]:
    """The function behind a command; it is given its arguments."""
    whole = f"{module}.__main__" if sources()[module].name == "__main__.py" else module
    main: Callable[[list[str]], int] = importlib.import_module(whole).main
    return main


def parsers_of(module: str) -> list[argparse.ArgumentParser]:
    """The parser of a command, and those of its subcommands."""

    class Caught(Exception):
        def __init__(self, parser: argparse.ArgumentParser) -> None:
            self.parser = parser

    def catch(parser: argparse.ArgumentParser, *_: Any) -> None:
        raise Caught(parser)

    original, argparse.ArgumentParser.parse_args = argparse.ArgumentParser.parse_args, catch  # type: ignore[method-assign, assignment]
    try:
        main_of(module)([])
    except Caught as caught:
        inner = [action for action in caught.parser._actions if isinstance(action, argparse._SubParsersAction)]
        return [caught.parser, *(parser for action in inner for parser in action.choices.values())]
    finally:
        argparse.ArgumentParser.parse_args = original  # type: ignore[method-assign]
    raise AssertionError(f"{module} reads no arguments")
