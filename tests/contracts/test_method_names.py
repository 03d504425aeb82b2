"""A method has one name, wherever it is shown."""

from __future__ import annotations

import pytest

from bench.methods import Condition, step_for
from bench.profiles import profile
from figures import methods as drawn
from paper_tables import registry
from paper_tables.claims.registry import judged_tables
from paper_tables.methods import NAMES, name_of
from supertickets.documents.texts import DocumentError

pytestmark = pytest.mark.fast


def test_every_row_of_every_table_has_the_name_of_its_key() -> None:
    rows = [row for table in (registry.tables() | judged_tables()).values() for row in table.rows]
    assert {row.key for row in rows if row.method != name_of(row.key)} == set()
    assert {row.key.partition(".")[0] for row in rows} == NAMES.keys(), "no name without a row"


def test_no_two_methods_share_a_name_and_figures_have_the_same() -> None:
    assert len(set(NAMES.values())) == len(NAMES)
    assert drawn.NAMES == NAMES
    with pytest.raises(
        DocumentError, match=r"methods\.csv: has no name for .*'unheard_of'; add a line `unheard_of,NAME`"
    ):
        name_of("unheard_of.everything")


@pytest.mark.parametrize("key", ["two_in_one", "ir_s", "pp", "pp_ir_p", "pp_ir_s"])
def test_lists_of_runs_name_a_method_as_tables_do(key: str) -> None:
    run = step_for(key, Condition(profile("embedded").setting("Cityscapes"), 90))
    assert run.name.casefold() == NAMES[key].casefold()
