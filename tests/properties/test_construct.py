"""The stand-in for Tab. 10's ticket costs what the paper prints, by the same counter as every other net."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import paper_tables
from bench.latency.construct import TABLE_10, WITHOUT_TRANSFORMERS, PrintedCost, ShapeCosts, construct
from bench.latency.printed import OURS
from supertickets.costs import cost
from supertickets.rounds import LatencyError
from supertickets.supernet import MINIATURE
from supertickets.ticket import Ticket
from tests.net_masks import random_masks
from tests.strategies import FEW, percentages

SIZE = (64, 96)
COMMITTED = Path(paper_tables.__file__).parent / "results" / "latency" / "accelerator.v1.csv"


def printed(params_share: float, macs_share: float, percent: int = 50) -> PrintedCost:
    """A share of what the dense miniature supernet costs."""
    dense = cost(MINIATURE.build(0), SIZE)
    return PrintedCost(round(params_share * dense.params_total), round(macs_share * dense.macs_dense), percent, SIZE)


def assert_costs(ticket: Ticket, wanted: PrintedCost) -> None:
    found = cost(ticket.net(), wanted.image_size, ticket.masks)
    assert abs(found.params_nonzero / wanted.params_nonzero - 1) < 0.02
    assert abs(found.macs_official / wanted.macs_official - 1) < 0.02
    assert round(100 * ticket.sparsity) == wanted.sparsity_percent


@pytest.mark.slow
@FEW
@given(st.floats(0, 1), st.floats(0.5, 2), percentages())
def test_costs_of_a_shape_are_those_counted(share: float, growth: float, percent: int) -> None:
    costs = ShapeCosts(MINIATURE, SIZE)
    kept = costs.kept(share, growth)
    net = MINIATURE.shaped(costs.shape(kept))
    found = cost(net, SIZE, random_masks(net, percent))
    nonzero, official = costs.nonzero_and_official(kept, percent)
    assert nonzero == found.params_nonzero and official == pytest.approx(found.macs_official, rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize(("params", "macs", "percent"), [(0.3, 0.22, 50), (0.1, 0.08, 80), (0.6, 0.45, 0)])
def test_a_construction_meets_both_numbers(params: float, macs: float, percent: int) -> None:
    wanted = printed(params, macs, percent)
    ticket = construct(wanted, MINIATURE)
    assert_costs(ticket, wanted)
    assert all(channels >= 1 for paths in ticket.shape.values() for channels in paths), "no path is emptied"
    assert construct(wanted, MINIATURE).to_bytes() == ticket.to_bytes()
    assert construct(wanted, MINIATURE, seed=1).to_bytes() != ticket.to_bytes()


@pytest.mark.slow
@pytest.mark.parametrize(("params", "macs"), [(0.3, 5.0), (3.0, 0.2), (0.001, 0.2)])
def test_numbers_that_no_shape_has_are_refused(params: float, macs: float) -> None:
    with pytest.raises(LatencyError, match="no shape of this supernet has"):
        construct(printed(params, macs), MINIATURE)


@pytest.mark.slow
def test_the_ticket_of_table_10() -> None:
    ticket = construct()
    assert ticket.architecture == WITHOUT_TRANSFORMERS
    assert_costs(ticket, TABLE_10)
    with COMMITTED.open(newline="") as file:
        lines = {line["network"]: line for line in csv.DictReader(file)}
    found = cost(ticket.net(), TABLE_10.image_size, ticket.masks)
    committed = lines[OURS]["params_nonzero"], lines[OURS]["macs_nonzero"]
    assert (str(found.params_nonzero), str(found.macs_nonzero)) == committed, "it is not the ticket that was simulated"
