"""The measured quantities, as `metrics.csv` lists them (figures read their names from there too), and their digits."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DIGITS: dict[str, int] = {"percent": 2, "mparams": 4, "gmacs": 4, "mbytes": 4, "epochs": 2}
"""Decimals of a mean or an interval bound, by unit; the paper prints percents with two."""

SEED_DIGITS: dict[str, int] = {unit: digits + 2 for unit, digits in DIGITS.items()}
"""Decimals of a single seed's value: two more than the mean, which makes `mparams` exact to one parameter."""


@dataclass(frozen=True)
class Metric:
    """A quantity that fills one column of a table.

    Attributes:
        key: name in the CSV's `metric` column.
        label: column heading, as the paper prints it.
        unit: as in the CSV's `unit` column, of measured tables a key of `DIGITS`; `percent` runs from 0 to 100, the
            others from 0 upwards.
        higher_is_better: orientation, for claims that say "better".
        symbol: of the unit, in headings.
    """

    key: str
    label: str
    unit: str
    higher_is_better: bool = True
    symbol: str = ""


with Path(__file__).with_name("metrics.csv").open(encoding="utf-8", newline="") as _file:
    _LINES = list(csv.DictReader(_file))

METRICS: dict[str, Metric] = {
    line["metric"]: Metric(line["metric"], line["label"], line["unit"], line["better"] == "higher", line["symbol"])
    for line in _LINES
}

CLASSIFICATION, SEGMENTATION, POSE, COSTS, ZEROS, DISK, ERRORS, CONVERGENCE = (
    tuple(METRICS[line["metric"]] for line in _LINES if line["kind"] == kind)
    for kind in ("classification", "segmentation", "pose", "cost", "zeros", "disk", "errors", "convergence")
)
"""What is reported of each task, in the paper's order; and costs, columns that every table has, printed or not.

`macs_nonzero` counts the multiply-accumulates of kept weights, layer by layer. `macs_official` is the rule of the
paper's code, dense MACs x kept / all parameters; the FLOPs that the paper prints stand beside it, and its parameters
beside `params_nonzero`. `ZEROS` are the sparsities of detectors, of all parameters and of parts, `DISK` is what a file
of a detector takes. `ERRORS` are what average precision gains when one type of error is repaired, `CONVERGENCE` is how
fast a training comes down to a validation loss.
"""

_COUNTED = {"percent": 1.0, "mparams": 1e6, "gmacs": 1e9, "mbytes": 1e6}
"""How many percent, parameters, multiply-accumulates or bytes a unit of the CSV stands for."""


def costs_in_csv_units(counts: Mapping[str, float]) -> dict[str, float]:
    """Return what is counted of a net, in percent, parameters, multiply-accumulates and bytes, in the CSV's units."""
    counted = (metric for metric in COSTS + ZEROS + DISK if metric.key in counts)
    return {metric.key: counts[metric.key] / _COUNTED[metric.unit] for metric in counted}
