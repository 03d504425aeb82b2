"""Readings of the protocol: each changes what its title says and nothing else, in every profile."""

from __future__ import annotations

import pytest

from bench.methods import Condition, methods, step_for
from bench.profiles import profile, profile_names
from bench.readings import public_code, readings
from bench.settings import Setting
from paper_tables.readings import TITLES

pytestmark = pytest.mark.fast

READINGS = dict(readings())
each_profile = pytest.mark.parametrize("name", profile_names())


def ids(setting: Setting, sparsity: int = 50) -> dict[str, str]:
    """The training behind every method that needs no source."""
    given = Condition(setting, sparsity)
    return {key: step_for(key, given).id for key in methods() if not key.startswith(("transfer", "or_"))}


def changed(setting: Setting, reading: str) -> set[str]:
    """Methods whose training is another one under a reading."""
    ours, theirs = ids(setting), ids(READINGS[reading].of(setting))
    return {key for key in ours if ours[key] != theirs[key]}


SEARCH_THEN_PRUNE = {key for key in methods() if key.startswith("sp_")}
REACTIVATED = {key for key in methods() if not key.startswith(("transfer", "sp_", "or_"))} - {
    "two_in_one",
    "pp",
    "pp_ir_p",
}
TWO_IN_ONE = REACTIVATED | {"two_in_one", "pp", "pp_ir_p"}
TRAINED_AGAIN = {
    "as_trained": set(),
    "same_set": SEARCH_THEN_PRUNE,
    "every_search": REACTIVATED,
    "to_the_letter": TWO_IN_ONE,
    "blocks_only": SEARCH_THEN_PRUNE | TWO_IN_ONE,
}
"""By reading; what is scored anew only, or not at all, is not among them."""


def test_titles_are_those_of_the_readings() -> None:
    assert {name: reading.title for name, reading in READINGS.items()} == TITLES


@pytest.mark.few
@each_profile
@pytest.mark.parametrize("reading", TRAINED_AGAIN)
def test_only_what_a_reading_concerns_is_trained_again(name: str, reading: str) -> None:
    for setting in profile(name).settings.values():
        assert changed(setting, reading) == TRAINED_AGAIN[reading]


@each_profile
def test_scoring_as_trained_changes_the_protocol_alone(name: str) -> None:
    for setting in profile(name).settings.values():
        assert (setting.protocol.batch_norm, setting.protocol.batches) == ("re-estimated", 10)
        assert READINGS["as_trained"].of(setting).protocol.batch_norm == "as trained"


@each_profile
def test_search_then_prune_shares_its_search_with_every_reading_of_pruning(name: str) -> None:
    """What is pruned afterwards does not concern the search: it is the longest run, and is not repeated."""
    for setting in profile(name).settings.values():
        ours = step_for("sp_mag", Condition(setting, 50)).parents
        for reading in ("same_set", "everything", "blocks_only", "to_the_letter", "every_search"):
            assert step_for("sp_mag", Condition(READINGS[reading].of(setting), 50)).parents == ours


@each_profile
def test_prunable_sets_of_the_readings(name: str) -> None:
    for setting in profile(name).settings.values():
        sets = {
            reading: (found.pruning.prunable, found.one_shot.prunable)
            for reading, found in ((None, setting), *((key, one.of(setting)) for key, one in READINGS.items()))
        }
        assert sets.pop("everything") == ("all", "all")
        assert sets.pop("blocks_only") == ("blocks", "blocks")
        assert sets.pop("same_set") == ("body", "body")
        assert set(sets.values()) == {("body", "convolutions")}


@each_profile
def test_every_option_of_the_public_code_is_set(name: str) -> None:
    for setting in profile(name).settings.values():
        found = public_code.public_code(setting)
        searching, pruning, one_shot = found.searching, found.pruning, found.one_shot
        assert (searching.rebuild_macs, searching.cost_size, searching.counter) == (10**6, (224, 224), "public code")
        assert (searching.reactivated, searching.correct_shift, searching.recalibration_batches) == (
            "blocks",
            False,
            10,
        )
        assert (pruning.counting, pruning.stored_value, one_shot.counting) == ("threshold", "moving", "threshold")
        assert one_shot.gradient_batches == 101
        assert (found.algorithm.coincidence, found.algorithm.reactivate_when) == ("both", "units removed")
        assert found.algorithm.final_ticket == "last pruning"
        assert found.retraining.stored_value == "moving"
        assert found.problem == setting.problem, "averages, initial weights and augmentation are the suite's own"
        assert found.problem.recipe.optimization.averaged
