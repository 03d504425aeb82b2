"""`supertickets bench` times with as many threads as it is told, and leaves torch as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from supertickets.__main__ import main
from supertickets.own import runtimes
from tests.example_tickets import image

pytestmark = pytest.mark.fast


def test_it_times_with_the_threads_that_were_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, seen, before = tmp_path / "ticket.safetensors", [], torch.get_num_threads()
    file.write_bytes(image(95))

    def found(*_: Any) -> Any:
        seen.append(torch.get_num_threads())
        return {"torch": lambda: None}, {}

    monkeypatch.setattr(runtimes, "runtimes", found)
    assert main(["bench", str(file), "--threads", str(before + 1), "--rounds", "2", "--image-size", "16x16"]) == 0
    assert seen == [before + 1] and torch.get_num_threads() == before
