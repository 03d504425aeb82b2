"""Logarithmic axes that can be read: plain numbers at few ticks, and minor ticks between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def logarithmic(axes: Axes, which: Literal["x", "y"], base: int = 10, ticks: int = 4) -> None:
    """Make an axis logarithmic.

    It spans a decade at least, or a factor of `base`.

    Args:
        axes: whose; what is drawn must be above 0.
        which: of its axes.
        base: 10, with ticks at 1, 2, 5 when few decades are spanned, or 2.
        ticks: about how many labelled ticks there is room for.
    """
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    axes.set(**{f"{which}scale": "log"})
    axis = axes.xaxis if which == "x" else axes.yaxis
    low, high = axis.get_view_interval()
    # Less than a decade has too few round numbers to be read.
    wider = max(1.0, (base / (high / low)) ** 0.5)
    axes.set(**{f"{which}lim": (low / wider, high * wider)})
    narrow = base == 10 and high / low < 10 ** (ticks / 2)
    axis.set_major_locator(LogLocator(base, subs=(1, 2, 5) if narrow else (1,), numticks=2 * ticks))
    axis.set_minor_locator(LogLocator(10, subs=range(1, 10), numticks=100))
    axis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    axis.set_minor_formatter(NullFormatter())
    axis.set_tick_params(which="minor", length=1.8, width=0.4)
