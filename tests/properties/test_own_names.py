"""Names of a ticket and of data that differ: which of them only one has, and what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from supertickets.data.own import OwnData, open_data
from supertickets.own.errors import DrawError
from supertickets.own.training import require_names
from supertickets.purpose import Purpose
from supertickets.ticket import Ticket
from tests.own_data import COLOURS, class_folders
from tests.properties.small import TINY

pytestmark = pytest.mark.fast


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> OwnData:
    return open_data(class_folders(tmp_path_factory.mktemp("own") / "data"), "classification")


def ticket(*names: str) -> Ticket:
    config = replace(TINY, outputs=len(names))
    purpose = Purpose("classification", names, (32, 32), (0.0,) * 3, (1.0,) * 3)
    return replace(Ticket.of(config, config.build(0), {}), purpose=purpose)


DIFFERENT = {
    "more in the ticket": ((*sorted(COLOURS), "white"), "only the ticket has 'white'"),
    "more in the data": (("blue", "red"), "only {} has 'green'"),
    "some in each": (("blue", "green", "white"), "only the ticket has 'white'; only {} has 'red'"),
    "many": (tuple("abcdefgh"), "only the ticket has 'a', 'b', 'c' and 5 more; only {} has 'blue', 'green', 'red'"),
    "order": (("red", "green", "blue"), "their order"),
}
"""What is different -> names of the ticket, and what is said of them."""


@pytest.mark.parametrize("case", DIFFERENT)
def test_what_only_one_has_is_told(case: str, data: OwnData) -> None:
    names, said = DIFFERENT[case]
    with pytest.raises(DrawError) as raised:
        require_names(ticket(*names), data)
    assert str(raised.value) == (
        f"names of the ticket and of {data.root} differ: {said.format(data.root)}; "
        "`transfer` without --same-names gives the ticket a new classifier"
    )


def test_the_same_names_are_accepted(data: OwnData) -> None:
    assert require_names(ticket(*sorted(COLOURS)), data).names == data.names
