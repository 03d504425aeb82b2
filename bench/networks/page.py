"""docs/networks.md: every baseline network with its printed and its measured cost."""

from __future__ import annotations

from collections.abc import Mapping

from bench.networks.base import Network

UNITS = {"M": 10**6, "G": 10**9}

HEAD = """\
# Baseline networks

The networks of Tables 3 to 6 and 10 of the paper, as `bench/networks/` builds them, each with the cost that the paper
prints and the cost measured here. Parameters are all those that inference uses. MACs are multiply-accumulates of one
image: convolutions, linear layers and products of attention, nothing else; the paper calls them FLOPs. More about one
of them tells `nox -s cost -- --model KEY`. The page is the output of `python -m bench.networks`, which needs the extra
packages: `pip install --group baselines` in a clone.

| network | key | Tab. | input | parameters printed | measured | differs | MACs printed | measured | differs |
| --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |
"""


def page(costs: Mapping[Network, tuple[int, int]]) -> str:
    """The page, from (parameters, multiply-accumulates) of every network, in the given order."""
    lines = []
    for network, (params, macs) in costs.items():
        tables, size = ", ".join(map(str, network.tables)), "x".join(map(str, network.input_size))
        both = *_both(network.printed_params, params), *_both(network.printed_macs, macs)
        cells = network.name, f"`{network.key}`", tables, size, *both
        lines.append(f"| {' | '.join(cells)} |\n")
    notes = [f"* **{network.name}** (`{network.key}`): {network.note}\n" for network in costs if network.note]
    return HEAD + "".join(lines) + "\n## Notes\n\n" + "".join(notes)


def number(printed: str) -> float:
    """What a printed cost such as `0.73M` or `27.3G` stands for.

    Raises:
        ValueError: it is not a number with M or G.
    """
    if printed[-1:] not in UNITS:
        raise ValueError(f"{printed!r} is no printed cost: a number and M or G")
    return float(printed[:-1]) * UNITS[printed[-1]]


def _both(printed: str | None, measured: int) -> tuple[str, str, str]:
    """Printed and measured text, in the same unit, and by how much the measured one is larger."""
    if printed is None:
        unit = "G" if measured >= UNITS["G"] else "M"
        return "not printed", f"{measured / UNITS[unit]:.2f}{unit}", "-"
    unit = printed[-1]
    digits = 0 if measured >= 100 * UNITS[unit] else 2 if measured >= UNITS[unit] else 3
    return (
        printed,
        f"{measured / UNITS[unit]:.{digits}f}{unit}",
        f"{measured / number(printed) - 1:+.0%}".replace("%", " %"),
    )
