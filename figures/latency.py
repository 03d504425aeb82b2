"""Tab. 10 as a picture: simulated times and what they hang on, and measured frames per second, a row per network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from figures import measured_speed, simulated_speed
from figures.figure import Figure, Found
from figures.measured_speed import SPEEDS, STAGES, device_of, devices_of, rows_of, ways_of
from figures.metrics import LABELS, SYMBOLS
from figures.page import blocks, page
from figures.reading import REMEDY, drawable
from figures.simulated_speed import NETWORKS, SWEEP
from figures.written import reader, require_one
from supertickets.documents import cells
from supertickets.documents.sheets import Line, Schema, read_sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

_PANEL, _AROUND, _ROW = 2.1, 0.75, 0.3
"""Heights of a panel of the simulation, of what stands around a panel of devices, and of a network in it, in inches."""

_WHAT = "Accelerator times are simulated, and the ticket is constructed to the paper's printed cost, not trained"
_CAUTION = (
    "Simulated times are inversely proportional to the clock, which cancels in speed-ups. Where nothing else is said: "
    "SIGMA's rules, 16,384 multipliers, 128 words per cycle, 500 MHz, a ticket of 50 % sparsity. "
    "Dashed: as fast as the ticket."
)
_MARKS = (
    "Lines through measured marks: interquartile range of the repeats. A mark that is missing was not run or failed; "
    "the table says why."
)

_POSITIVE = cells.number(1e-6, 1e9)
_SPREAD = cells.matching(r"[0-9]{1,9}(\.[0-9]{1,9})? to [0-9]{1,9}(\.[0-9]{1,9})?", "spread from x to y")
_WITH_VALUE = ("measured", "counted", "simulated")
_STATUS = cells.matching(
    f"{'|'.join(_WITH_VALUE)}|printed, not measured here|(not run|failed): .+",
    f"status: {', '.join(_WITH_VALUE)}, 'printed, not measured here', 'not run: <reason>' or 'failed: <reason>'",
)

SCHEMA = Schema(
    {
        "table": drawable,
        "version": cells.whole(1),
        "network": cells.one_of(("supertickets", *NETWORKS)),
        "name": drawable,
        "stage": cells.one_of(("none", *STAGES)),
        "metric": cells.one_of(LABELS),
        "unit": cells.one_of(SYMBOLS),
        "file": drawable,
        "device": drawable,
        "variant": drawable,
        "value": cells.unless(("not run",), _POSITIVE),
        "status": _STATUS,
        "spread": cells.unless(("none",), _SPREAD),
        "paper_value": cells.unless(("not printed",), _POSITIVE),
    },
    remedy=REMEDY,
    key=("network", "stage", "metric", "file", "device", "variant"),
    exact=False,
)


def check(lines: Sequence[Line]) -> None:
    """Refuse speeds that were measured of no known net, and a status that does not go with its value.

    Raises:
        DocumentError: naming the line.
    """
    require_one(lines, ("table", "version"))
    for line in lines:
        if (line.values["status"] in _WITH_VALUE) != (line.values["value"] is not None):
            raise line.error(f"{line.texts['value']!r} does not go with the status {line.texts['status']!r}", "value")
        if (
            (line.values["network"] == "supertickets") != (line.values["stage"] != "none")
            and line.values["metric"] in SPEEDS
            and line.values["status"] == "measured"
        ):
            raise line.error(f"{line.values['network']} was measured in the stage {line.values['stage']}", "stage")
    names = {line.texts["network"] for line in lines}
    if lacking := [name for name in ("supertickets", *NETWORKS) if name not in {*names, "dense"}]:
        raise lines[-1].error(f"no line of {lacking[0]}", "network")


def draw(found: Found, _profile: str) -> Drawing:
    """Return panels on the simulated accelerator and one for every device on which something was measured."""
    lines, folder = found["latency"].lines, found["latency"].pictures
    sweep_path = folder.parent / "accelerator-sensitivity.v1.csv"
    sweep = [line.texts for line in read_sheet(sweep_path, SWEEP)]
    devices = devices_of(lines)
    names = {line["network"]: line["name"] for line in lines} | {"dense": "the ticket without its mask"}
    height = _AROUND + _ROW * len(rows_of(lines)) + 0.45 * bool(devices)
    heights = [_PANEL, _PANEL, *[height] * bool(devices)]
    told = "; ".join(device_of(speeds) for speeds in devices) or "nothing yet"
    unseen = [way for speeds in devices for way in ways_of(speeds, measured=False)]
    notes = [
        *[f"Not drawn, because nothing was measured: {', '.join(unseen)}."] * bool(unseen),
        _MARKS,
        f"table {lines[0]['table']}, version {lines[0]['version']} · measured on: {told}",
    ]
    drawing = page(
        "Speed on a sparse accelerator and on devices (Tab. 10 of the paper)",
        sum(heights),
        _WHAT,
        notes,
        cautions=[_CAUTION],
    )
    headings = ["Simulated", "What the simulated speed-up hangs on", *["Measured frames per second"] * bool(devices)]
    first, second, *rest = blocks(drawing, headings, heights)
    left, right = first.subplots(1, 2)
    simulated_speed.time(left, sweep)
    simulated_speed.speedups(right, lines, names)
    simulated_speed.sweeps(second, sweep, names)
    for block in rest:
        measured_speed.panels(block, devices, lines)
    return drawing


FIGURE = Figure(
    "latency",
    "Speed on a sparse accelerator and on devices (Tab. 10)",
    needs=("latency",),
    draw=draw,
    read=reader(SCHEMA, check),
    folder="latency",
)
