"""Every kind of step computes what it computed when its version was given: stored results go on meaning the same."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import pytest

import bench.steps
from bench.steps.evaluate import Evaluate
from bench.steps.search import Search
from supertickets.detectors import RCNN, ResNet
from supertickets.supernet import fused
from tests.golden.cases import CASES
from tests.golden.kinds import step_kinds
from tests.golden.records import complaints, kinds_without, load, record, renewed
from tests.golden.summary import TOLERANCE, computed, differences

pytestmark = [
    pytest.mark.fast,
    pytest.mark.filterwarnings("ignore:.*nothing is kept of"),
    pytest.mark.filterwarnings("ignore:.*(prunes again|nothing was searched)"),
]

RECORDED = load()
CASE = "scored on scenes"


def test_every_kind_of_step_has_a_golden_run() -> None:
    assert not list(kinds_without(CASES))
    assert RECORDED.keys() == CASES.keys(), "record with `python -m tests.golden`"


def speed(case: str) -> tuple[pytest.MarkDecorator, ...]:
    """What torchvision builds is slow: it takes seconds to import, and a step of a detector the time of ten others."""
    return (pytest.mark.slow,) if isinstance(CASES[case].problem.architecture, ResNet | RCNN) else ()


@pytest.mark.parametrize("case", [pytest.param(case, marks=speed(case)) for case in CASES])
def test_a_step_computes_what_its_version_computed(case: str) -> None:
    found = list(complaints(case, CASES[case], computed(CASES[case]), RECORDED))
    assert not found, found[0]


@pytest.mark.slow
def test_without_compiled_kernels_it_computes_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fused, "compiled", lambda: None)
    found = list(complaints("search alone", CASES["search alone"], computed(CASES["search alone"]), RECORDED))
    assert not found, found[0]


def altered(**changes: Any) -> dict[str, Any]:
    """The recorded result of `CASE` with other numbers."""
    result = copy.deepcopy(RECORDED[CASE]["result"])
    result["numbers"] |= changes
    return result


def test_a_changed_result_asks_for_a_new_version() -> None:
    miou = RECORDED[CASE]["result"]["numbers"]["miou"]
    assert not list(complaints(CASE, CASES[CASE], altered(miou=miou * (1 + TOLERANCE / 2)), RECORDED))
    [text] = complaints(CASE, CASES[CASE], altered(miou=miou * (1 + 2 * TOLERANCE)), RECORDED)
    assert "numbers.miou was" in text
    assert (
        "raise the version of Evaluate in bench/steps/evaluate.py and record anew with `python -m tests.golden`" in text
    )


def test_a_new_version_asks_for_a_new_record(monkeypatch: pytest.MonkeyPatch) -> None:
    result = RECORDED[CASE]["result"]
    monkeypatch.setattr(Evaluate, "version", Evaluate.version + 1)
    [text] = complaints(CASE, CASES[CASE], result, RECORDED)
    assert "Evaluate in bench/steps/evaluate.py has version" in text
    assert "record anew with `python -m tests.golden`" in text
    assert not list(complaints(CASE, CASES[CASE], result, {CASE: record(CASES[CASE], result)}))


def test_another_case_needs_another_name() -> None:
    [text] = complaints(CASE, CASES["counted"], {}, RECORDED)
    assert "recorded as Evaluate; a case that is to be another one gets another name" in text
    [text] = complaints("new", CASES[CASE], {}, RECORDED)
    assert text.startswith("new: nothing is recorded")


def test_changed_numbers_are_recorded_under_a_new_version_only(monkeypatch: pytest.MonkeyPatch) -> None:
    results = {case: kept["result"] for case, kept in RECORDED.items()}
    rounded = results | {CASE: altered(miou=results[CASE]["numbers"]["miou"] * (1 + TOLERANCE / 2))}
    assert renewed(RECORDED, CASES, rounded) == (RECORDED, []), "rounding is no reason to write another number"
    results[CASE] = altered(miou=99.0)
    new, refused = renewed(RECORDED, CASES, results)
    assert new == RECORDED and len(refused) == 1 and "raise the version of Evaluate" in refused[0]
    for version, recorded in ((Evaluate.version - 1, False), (Evaluate.version + 1, True)):
        with monkeypatch.context() as patch:
            patch.setattr(Evaluate, "version", version)
            new, refused = renewed(RECORDED, CASES, results)
            assert (new[CASE] == record(CASES[CASE], results[CASE]), not refused) == (recorded, recorded)
            assert new["two-in-one"] == RECORDED["two-in-one"]
    fewer = {case: step for case, step in CASES.items() if not isinstance(step, Search)}
    assert "Search in bench/steps/search.py has no golden run" in renewed(RECORDED, fewer, results)[1][0]


def test_a_new_kind_of_step_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scratch.py").write_text(
        "from bench.steps.count import Count\nclass Scratch(Count):\n    version = 1\n"
    )
    monkeypatch.setattr(bench.steps, "__path__", [*bench.steps.__path__, str(tmp_path)])
    assert {kind.__name__ for kind in step_kinds()} >= {"Scratch", "Search", "Count"}
    [text] = kinds_without(CASES)
    del sys.modules["bench.steps.scratch"]
    assert text.startswith("Scratch in ") and "has no golden run: add a case of it to tests/golden/cases.py" in text


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ({"a": [1, 2.0]}, {"a": [1, 2.0 * (1 + TOLERANCE / 2)]}, []),
        ({"a": [1, 2.0]}, {"a": [1, 2.0 * (1 + 2 * TOLERANCE)]}, ["a.1 was 2 and is 2.0004"]),
        ({"a": 1000000}, {"a": 1000001}, ["a was 1000000 and is 1000001"]),
        ({"a": [1]}, {"a": [1, 2]}, ["a was [1] and is [1, 2]"]),
        ({"a": 1.0}, {"b": 1.0}, ["a was 1.0 and is None", "b was None and is 1.0"]),
        ({"a": 0}, {"a": False}, ["a was 0 and is False"]),
        ({"a": 1.0}, {"a": float("nan")}, ["a was 1 and is nan"]),
    ],
)
def test_counts_are_equal_and_other_numbers_near(one: Any, other: Any, said: list[str]) -> None:
    assert list(differences(one, other)) == said
    assert bool(list(differences(json.loads(json.dumps(one)), other))) == bool(said)
