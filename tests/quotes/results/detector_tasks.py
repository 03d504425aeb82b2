"""What is said of detectors' tickets on another task, of their errors, and of how fast they converge."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator

from tests.quotes.numbers import RESULTS, cells, mean
from tests.quotes.quote import Quote
from tests.quotes.results.detectors import SCENES, WALKERS

TASKS, ERRORS, EPOCHS = "or-task-transfer", "or-errors", "or-convergence"
PLACES = ((SCENES, "box_ap"), (SCENES, "mask_ap"), (WALKERS, "keypoints_ap"))
OTHER = {SCENES: WALKERS, WALKERS: SCENES}
TYPES = ("cls", "loc", "both", "dupe", "bkg", "miss")
RANKINGS = ("or_direct", "or_direct_layers")
NETS = (("or_dense", 0), ("or_direct", 80))


def score(row: str, role: str, metric: str) -> float:
    """The mean of a row of the second table."""
    return mean(TASKS, row, role, 80, "" if row == "or_direct" else OTHER[role], metric=metric)


def ahead(row: str, role: str, metric: str) -> float:
    """How far tickets of the other task are ahead of the task's own."""
    return score(row, role, metric) - score("or_direct", role, metric)


def printed_ahead(role: str, metric: str) -> float:
    """The same, as the paper prints it."""
    table = cells(TASKS, metric=metric)
    moved, own = table["or_task", role, OTHER[role], 80].printed, table["or_direct", role, "", 80].printed
    assert moved is not None and own is not None
    return moved - own


def cost(metric: str, role: str = SCENES) -> list[float]:
    """What a type of error costs the dense net, and the sparse one."""
    return [mean(ERRORS, row, role, sparsity, metric=metric) for row, sparsity in NETS]


def summed(metrics: list[str]) -> list[float]:
    return [sum(costs) for costs in zip(*map(cost, metrics), strict=True)]


def each_seed(holds: Callable[[float, float], bool], metric: str) -> bool:
    """Whether something holds for the dense and the sparse net of every seed."""
    table = cells(ERRORS, metric=metric)
    dense, sparse = (table[row, SCENES, "", sparsity].seeds for row, sparsity in NETS)
    return all(holds(*pair) for pair in zip(dense, sparse, strict=True))


def epochs(role: str) -> list[float]:
    """Those of a ticket, with rewound ones, and of the dense detector."""
    own = [mean(EPOCHS, "or_direct", role, 80, metric=key) for key in ("epochs_to_loss", "epochs_with_rewound")]
    return [*own, mean(EPOCHS, "or_dense", role, 0, metric="epochs_to_loss")]


def weights_left(role: str, layer: str = "") -> list[float]:
    """Percent of the weights that are left of all layers of own tickets, or of one, by sparsity."""
    with (RESULTS / "embedded" / "or-layer-sparsities.v1.csv").open(encoding="utf-8", newline="") as file:
        lines = [line for line in csv.DictReader(file) if (line["role"], line["method"]) == (role, "or_direct")]
    return [100 * int(line["kept"]) / int(line["weights"]) for line in lines if layer in line["layer"]]


def ranked(row: str, role: str, metric: str, sparsity: int) -> float:
    """The mean of a ticket whose weights were ranked together, or layer by layer."""
    return mean("or-ranking", row, role, sparsity, metric=metric)


def detector_tasks() -> Iterator[Quote]:
    yield Quote(
        "| own ticket | {:.1f} | {:.1f} | {:.1f} | | ticket of the other task | {:.1f} | {:.1f} | {:.1f} |"
        " | its mask alone | {:.1f} | {:.1f} | {:.1f} |",
        lambda: [score(row, *place) for row in ("or_direct", "or_task", "or_task_code") for place in PLACES],
    )
    yield Quote(
        "tickets of joints are behind on boxes and masks, by {:.1f} and {:.1f} AP (printed: {:.1f} and {:.1f}).",
        lambda: [
            *(-ahead("or_task", *place) for place in PLACES[:2]),
            *(-printed_ahead(*place) for place in PLACES[:2]),
        ],
        lambda: all(ahead("or_task", *place) < 0 > printed_ahead(*place) for place in PLACES[:2]),
    )
    yield Quote(
        "Tickets of boxes and masks are {:.1f} AP ahead on joints, where the paper's are {:.1f} behind.",
        lambda: [ahead("or_task", *PLACES[2]), -printed_ahead(*PLACES[2])],
        lambda: ahead("or_task", *PLACES[2]) > 0 > printed_ahead(*PLACES[2]),
    )
    yield Quote(
        "tickets of boxes and masks are {:.1f} AP ahead of the task's own if they bring trained values, and {:.1f} "
        "behind if they bring their mask alone.",
        lambda: [ahead("or_task", *PLACES[2]), -ahead("or_task_code", *PLACES[2])],
    )
    yield Quote(
        "they are trained once, and {:.1f} AP behind.",
        lambda: [-ahead("or_task_code", *PLACES[2])],
        lambda: ahead("or_task_code", *PLACES[2]) < 0,
    )
    yield Quote(
        "At 80 % the own ticket is {:.1f} AP of boxes ahead of the dense detector.",
        lambda: [score("or_direct", *PLACES[0]) - mean("or-mask-transfer", "or_dense", SCENES, 0, metric="box_ap")],
        lambda: score("or_direct", *PLACES[0]) > mean("or-mask-transfer", "or_dense", SCENES, 0, metric="box_ap"),
    )
    yield Quote(
        "Boxes suffer most from wrong classes ({:.1f} and {:.1f} points) and places ({:.1f} and {:.1f}), in both nets. "
        "No type differs by more than one point in the means.",
        lambda: [*cost("box_cls"), *cost("box_loc")],
        lambda: (
            all(abs(dense - sparse) <= 1 for dense, sparse in (cost(f"box_{kind}") for kind in TYPES))
            and max(max(cost(f"box_{kind}")) for kind in TYPES[2:]) < min(cost("box_cls") + cost("box_loc"))
        ),
    )
    yield Quote(
        "errors of location cost {:.1f} and {:.1f} points, all others together {:.1f} and {:.1f}.",
        lambda: [*cost("mask_loc"), *summed([f"mask_{kind}" for kind in TYPES if kind != "loc"])],
    )
    yield Quote(
        "Here they cost more in the sparse net in each seed, and errors of background cost next to nothing in both.",
        holds=lambda: each_seed(lambda dense, sparse: dense < sparse, "mask_loc") and max(cost("mask_bkg")) < 0.5,
    )
    yield Quote(
        "the dense detector, rewound and trained as it was, loses {:.1f} points by location.",
        lambda: [mean(ERRORS, "or_dense_again", SCENES, 0, metric="mask_loc")],
        lambda: mean(ERRORS, "or_dense_again", SCENES, 0, metric="mask_loc") < cost("mask_loc")[0],
    )
    yield Quote(
        "at OKS 0.5 misses cost {:.1f} and {:.1f} points of mean precision and inversions {:.1f} and {:.1f}; at 0.75 "
        "inversions cost most, {:.1f} and {:.1f}.",
        lambda: [
            *cost("joints50_miss", WALKERS), *cost("joints50_inversion", WALKERS), *cost("joints75_inversion", WALKERS),
        ],
        lambda: min(cost("joints75_inversion", WALKERS)) > max(cost("joints75_miss", WALKERS)),
    )  # fmt: skip
    yield Quote(
        "for boxes and masks after {:.1f} epochs instead of {:.1f}, or {:.1f} with the epoch before the rewinding; for "
        "joints after {:.1f}, or {:.1f}, instead of {:.1f}.",
        lambda: [epochs(SCENES)[index] for index in (0, 2, 1)] + epochs(WALKERS),
    )
    yield Quote(
        "The first hidden layer of the boxes keeps {:.1f} % of its weights at 80 % and {:.1f} % at 90 %, in detectors "
        "of joints {:.1f} and {:.1f} %;",
        lambda: [*weights_left(SCENES, "box_head.fc6"), *weights_left(WALKERS, "box_head.fc6")],
    )
    yield Quote(
        "None of them is emptied, in one seed.",
        holds=lambda: min(weights_left(SCENES) + weights_left(WALKERS)) > 0,
    )
    yield Quote(
        "| 80 %, one threshold | {:.1f} | {:.1f} | {:.1f} | | 80 %, one for each layer | {:.1f} | {:.1f} | {:.1f} |"
        " | 90 %, one threshold | {:.1f} | {:.1f} | {:.1f} | | 90 %, one for each layer | {:.1f} | {:.1f} | {:.1f} |",
        lambda: [ranked(row, *place, sparsity) for sparsity in (80, 90) for row in RANKINGS for place in PLACES],
    )
    yield Quote(
        "It does no harm. With a threshold for each layer the same number of weights is worth less,",
        holds=lambda: all(
            ranked("or_direct", *place, sparsity) > ranked("or_direct_layers", *place, sparsity)
            for sparsity in (80, 90)
            for place in PLACES
        ),
    )
