"""From reports to single numbers: what repairing one type of error gains, under names that tables have for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OKS = (0.5, 0.75)
"""Thresholds of joints: the paper does not say which it took."""


def gains(report: Mapping[str, Any]) -> dict[str, float]:
    """Type of error -> percent that AP gains by repairing it, never below 0.

    Of boxes and masks `<kind>_<error>`, each repaired alone. Of joints `joints<100 OKS>_<error>`, what the area below
    the curve gains as errors are removed one after the other, without the step of scores.
    """
    if report["kind"] != "keypoints":
        return {f"{report['kind']}_{error.lower()}": gain for error, gain in report["main"].items()}
    found = {}
    for oks in OKS:
        areas = {row["err"]: row["auc"] for row in report["cumulative_without_scores"] if row["oks"] == oks}
        before = 0.0
        for error, area in areas.items():
            if error != "baseline" and area is not None:
                found[f"joints{100 * oks:.0f}_{error}"] = max(0.0, 100 * (area - before))
            before = area or 0.0
    return found


def curves_without_scores(report: Mapping[str, Any]) -> dict[str, dict[str, list[float] | None]]:
    """OKS threshold of `OKS` -> error that was removed last -> 101 precisions."""
    return {
        str(oks): {error: by_oks[str(oks)] for error, by_oks in report["curves_without_scores"].items()} for oks in OKS
    }
