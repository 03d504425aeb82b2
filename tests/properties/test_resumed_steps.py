"""Every kind of step that trains: stopped after any epoch, it goes on from its checkpoint to the same bits."""

from __future__ import annotations

import pytest

from bench.experiments import Product, Step
from tests.golden.cases import CASES
from tests.golden.context import TinyContext

pytestmark = [
    pytest.mark.fast,
    pytest.mark.filterwarnings("ignore:.*nothing is kept of"),
    pytest.mark.filterwarnings("ignore:.*(prunes again|nothing was searched)"),
]

TRAINED = {case: step for case, step in CASES.items() if step.epochs}


class Stopped(Exception):
    """The process has ended."""


class StoppingContext(TinyContext):
    """Ends right after an epoch was stored."""

    last: int

    def finished(self, epoch: int, state: bytes | None = None) -> None:
        super().finished(epoch, state)
        if epoch == self.last:
            raise Stopped


def stored(product: Product) -> tuple[object, dict[str, bytes]]:
    """All that the store keeps of a product."""
    return product.numbers, {name: ticket.to_bytes() for name, ticket in product.tickets.items()}


@pytest.mark.slow
@pytest.mark.parametrize("case", TRAINED)
def test_a_step_goes_on_from_any_epoch_to_the_same_bits(case: str) -> None:
    step: Step = TRAINED[case]
    context = TinyContext()
    whole = stored(step.compute(context))
    assert context.epochs == list(range(step.epochs + 1)), "every epoch is reported once, the start as 0"
    for last in range(1, step.epochs + 1):
        first = StoppingContext()
        first.last = last
        with pytest.raises(Stopped):
            step.compute(first)
        rest = TinyContext(first.state)
        assert stored(step.compute(rest)) == whole
        assert rest.epochs == list(range(last, step.epochs + 1)), "nothing is trained twice"
