"""Every command that a page shows is one: its session or module exists, and its parser takes its arguments."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bench.__main__ import COMMANDS
from tests.contracts.commands import parsers_of, sources
from tests.contracts.documents import PAGES, ROOT

pytestmark = pytest.mark.slow

STARTS = ("nox -s ", "supertickets-bench", "supertickets ", "python -m ", "python3 -m ", "uv run pytest", "pytest ")
FOREIGN = {"pip", "pytest", "venv"}
"""Modules of others that are run by `python -m`."""
LAUNCHED = re.compile(r"^(?:srun|torchrun) .*?(?:supertickets-bench|-m bench) ")
"""What starts the suite on several machines or in several processes."""
STANDS_FOR = {"middle-sparsities": "ablation", "in_turn": "local", "mine": "small", "COMMAND": "info"}
"""What the reader of a page has just added, or puts in -> what is there of its kind."""


def commands(page: Path) -> Iterator[str]:
    """What a page shows as a command: in backticks, or in a line of code up to its comment."""
    text = page.read_text(encoding="utf-8")
    fenced = re.compile(r"^ *```(?:sh|bash|console)?\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
    lines = [line for block in fenced.findall(text) for line in block.replace("\\\n", " ").splitlines()]
    lines += re.findall(r"^ {4,}(\S.*)$", text, re.MULTILINE)
    spans = [" ".join(span.split()) for span in re.findall(r"(?<!`)`([^`]+)`(?!`)", text)]
    for shown in lines + spans:
        for part in re.split(r"\s&&\s|\s\|\s", re.split(r"\s+#\s", shown)[0]):
            command = LAUNCHED.sub("supertickets-bench ", part.strip())
            if command.startswith(STARTS):
                yield command


@cache
def sessions() -> frozenset[str]:
    body = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8")).body
    functions = [node for node in body if isinstance(node, ast.FunctionDef)]
    return frozenset(one.name for one in functions if "nox.session" in map(ast.unparse, one.decorator_list))


@cache
def parser_of(module: str) -> Any:
    return parsers_of(module)[0]


def require_arguments(module: str, words: list[str]) -> None:
    """Parse arguments; an ellipsis stands for any."""
    assert module in sources(), f"no module {module}"
    if "..." not in words:
        parser_of(module).parse_args([STANDS_FOR.get(word, word) for word in words])


def require_command(command: str) -> None:
    words = shlex.split(command)
    match words:
        case ["nox", "-s", session, *rest]:
            assert session in sessions(), f"no session {session}"
            assert not rest or rest[0] == "--", "arguments follow a double dash"
            if session in COMMANDS and rest[1:]:
                require_arguments(COMMANDS[session][0], rest[1:])
        case ["supertickets-bench", *rest]:
            if rest and rest[0] != "--help":
                assert rest[0] in COMMANDS, f"no subcommand {rest[0]}"
                if rest[1:]:
                    require_arguments(COMMANDS[rest[0]][0], rest[1:])
        case ["supertickets", *rest]:
            if rest[0] != "COMMAND":
                require_arguments("supertickets", rest)
        case ["python" | "python3", "-m", module, *rest]:
            if module.startswith("tests."):
                file = ROOT / module.replace(".", "/")
                assert file.with_suffix(".py").is_file() or (file / "__main__.py").is_file(), f"no module {module}"
            elif module not in FOREIGN:
                require_arguments(module, rest or ["..."])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_on_a_page_are_commands(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in dict.fromkeys(commands(page)):
        ended = None
        try:
            require_command(command)
        except SystemExit as end:
            ended = end.code
        except AssertionError as error:
            raise AssertionError(f"{command}: {error}") from error
        assert not ended, f"{command}: {capsys.readouterr().err}"


def test_commands_are_found_in_lists_and_behind_what_launches_them(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "1. one\n\n   ```sh\n   nox -s tests\n   srun ray symmetric-run --min-nodes 2 -- \\\n       "
        "supertickets-bench tables --all\n   ```\n2. `torchrun --nproc-per-node 2 -m bench tables --list`\n"
    )
    assert [*dict.fromkeys(commands(page))] == [
        "nox -s tests", "supertickets-bench tables --all", "supertickets-bench tables --list"
    ]  # fmt: skip


def test_the_pages_show_commands() -> None:
    found = [command for page in PAGES for command in commands(page)]
    assert len(found) > 60 and {command.split()[0] for command in found} >= {"nox", "supertickets-bench", "python"}


@pytest.mark.parametrize(
    "wrong",
    [
        "nox -s tabels", "nox -s tables -- --tabel ablation", "nox -s tables --table ablation", "python -m paper_table",
        "supertickets-bench tabels", "supertickets-bench figures --figure imagnet", "python -m bench.cost --modell x",
    ],
)  # fmt: skip
def test_a_command_that_is_none_is_noticed(wrong: str) -> None:
    with pytest.raises((AssertionError, SystemExit)) as ended:
        require_command(wrong)
    assert not isinstance(ended.value, SystemExit) or ended.value.code == 2
