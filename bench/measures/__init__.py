"""What a cell of a table says of its ticket: scores, errors, or how fast its training converged.

Every module of this folder may bind `MEASURES`, a dict from what tables name in `Table.measured` to a function of the
step whose ticket the cell is about and of its setting; adding a measurement is adding a file.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from bench.experiments import Step
from bench.settings import Setting
from bench.steps.measuring import Measuring
from supertickets.discovery import Definitions
from supertickets.wording import unknown

Measure = Callable[[Step, Setting], Measuring]


class MeasureError(ValueError):
    """A measurement that does not exist; the message lists what there is."""


@functools.cache
def measures() -> dict[str, Measure]:
    """Every measurement by name."""
    return Definitions("MEASURES", __name__).by("key")


def measure(name: str, of: Step, setting: Setting) -> Measuring:
    """The step that measures the ticket of `of`.

    Raises:
        MeasureError: for an unknown name.
        SettingError: for a ticket that it does not fit.
    """
    known = measures()
    if name not in known:
        raise MeasureError(f"no measurement is called {unknown(name, known)}")
    return known[name](of, setting)
