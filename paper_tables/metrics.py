"""The measured quantities: their CSV keys, printed names, units and digits."""

from __future__ import annotations

from dataclasses import dataclass

DIGITS: dict[str, int] = {"percent": 2, "mparams": 4, "gmacs": 4}
"""Decimals of a mean or an interval bound, by unit; the paper prints percents with two."""

SEED_DIGITS: dict[str, int] = {unit: digits + 2 for unit, digits in DIGITS.items()}
"""Decimals of a single seed's value: two more than the mean, which makes `mparams` exact to one parameter."""


@dataclass(frozen=True)
class Metric:
    """A quantity that fills one column of a table.

    Attributes:
        key: name in the CSV's `metric` column.
        label: column heading, as the paper prints it.
        unit: a key of `DIGITS`; `percent` runs from 0 to 100, the others from 0 upwards.
        higher_is_better: orientation, for claims that say "better".
    """

    key: str
    label: str
    unit: str
    higher_is_better: bool = True


CLASSIFICATION = (
    Metric("top1", "top-1", "percent"),
    Metric("top5", "top-5", "percent"),
)
SEGMENTATION = (
    Metric("miou", "mIoU", "percent"),
    Metric("macc", "mAcc", "percent"),
    Metric("aacc", "aAcc", "percent"),
)
POSE = (
    Metric("ap", "AP", "percent"),
    Metric("ap_m", "AP^M", "percent"),
    Metric("ap_l", "AP^L", "percent"),
    Metric("ar", "AR", "percent"),
)
COSTS = (
    Metric("params_total", "params total", "mparams", higher_is_better=False),
    Metric("params_nonzero", "params non-zero", "mparams", higher_is_better=False),
    Metric("macs_dense", "MACs dense", "gmacs", higher_is_better=False),
    Metric("macs_nonzero", "MACs non-zero", "gmacs", higher_is_better=False),
    Metric("macs_official", "MACs official", "gmacs", higher_is_better=False),
    Metric("sparsity_measured", "sparsity", "percent"),
)
"""Columns that every table has, printed or not: what the reported network really costs.

`macs_nonzero` counts the multiply-accumulates of kept weights, layer by layer. `macs_official` is the rule of the
paper's code, dense MACs x kept / all parameters; the FLOPs that the paper prints stand beside it, and its parameters
beside `params_nonzero`.
"""
