"""Figure 6 of the object-recognition paper: validation loss over epochs, those before the rewinding counted and not."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from figures.data_sets import in_words, standing_for
from figures.detector_lines import check, method_of, note, schema
from figures.detectors import LOOKS, banner, key
from figures.figure import Figure, Found
from figures.page import page
from figures.style import GRID
from figures.telling import each_seed, tell
from figures.written import reader
from supertickets.documents import cells
from supertickets.documents.sheets import Line

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

_TABLE = "or-loss-curves"
_NOTE = (
    "Thick: mean over seeds; thin: every seed. A ticket begins with weights that were trained for some epochs before "
    "they were rewound to: on the left they are not counted, on the right they are."
)
_COUNTED = ("epochs of its own training", "epochs with those before the rewinding")
SCHEMA = schema((), rewound=cells.whole(), losses=cells.series(cells.number(0)))


def check_losses(lines: Sequence[Line]) -> None:
    """Refuse seeds of one net that differ in length or in where they began.

    Raises:
        DocumentError: naming the line.
    """
    check(lines)
    first: dict[tuple[str, ...], Line] = {}
    for line in lines:
        other = first.setdefault((line.texts["role"], line.texts["method"], line.texts["sparsity"]), line)
        for what, own, its in (
            ("rewound", line.values["rewound"], other.values["rewound"]),
            ("losses", len(line.values["losses"]), len(other.values["losses"])),
        ):
            if own != its:
                raise line.error(f"{own} beside {its} of another seed", what)


def draw(found: Found, profile: str) -> Drawing:
    """Return a row per data set, and both ways to count beside each other."""
    lines = found[_TABLE].lines
    roles = list(dict.fromkeys(line["role"] for line in lines))
    nets = {(line["method"], line["sparsity"]): method_of(line) for line in lines}
    legend = [key(name, {"color": LOOKS[method]["color"]}) for (method, _), name in nets.items()]
    words = "How fast dense and sparse nets converge (Object recognition, Fig. 6)"
    drawing = page(words, 2.3 * len(roles), banner(profile), [_NOTE, note(lines, profile)], legend)
    for row, role in zip(drawing.subplots(len(roles), 2, sharey="row", squeeze=False), roles, strict=True):
        for axes, counted, label in zip(row, (False, True), _COUNTED, strict=True):
            for (method, sparsity), name in nets.items():
                own = [
                    line
                    for line in lines
                    if (line["role"], line["method"], line["sparsity"]) == (role, method, sparsity)
                ]
                curves = [[float(loss) for loss in line["losses"].split(";")] for line in own]
                before = int(own[0]["rewound"]) if counted else 0
                epochs = [before + epoch for epoch in range(1, len(curves[0]) + 1)]
                color = LOOKS[method]["color"]
                for curve in curves:
                    axes.plot(epochs, curve, color=color, linewidth=0.5, alpha=0.6)
                every = list(zip(*curves, strict=True))
                mean = [fmean(losses) for losses in every]
                drawn = axes.plot(
                    epochs, mean, color=color, linewidth=1.6, marker=LOOKS[method]["marker"], markersize=3.5
                )
                whose = f"{name}, in the place of {role}"
                tell(drawn[0], [
                    f"{whose}, {label}: {epoch}, validation loss {loss:.5g}, {each_seed(losses)}"
                    for epoch, loss, losses in zip(epochs, mean, every, strict=True)
                ])  # fmt: skip
            axes.set_xlabel(label)
            axes.grid(color=GRID, linewidth=0.5)
        row[0].set_ylabel("validation loss")
        data_set = next(line["data_set"] for line in lines if line["role"] == role)
        row[0].set_title(standing_for(role, in_words(data_set)), loc="left", fontsize=8)
    return drawing


FIGURE = Figure(
    _TABLE, "How fast dense and sparse nets converge (Object recognition, Fig. 6)", (_TABLE,), draw,
    reader(SCHEMA, check_losses),
)  # fmt: skip
