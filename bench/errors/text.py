"""An analysis as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bench.errors.joint_labels import LABELS


def lines(report: Mapping[str, Any]) -> Iterator[str]:
    """The numbers of a report that fit a screen, and all its notes."""
    yield from _joints(report) if report["kind"] == "keypoints" else _shapes(report)
    yield from (f"note: {note}" for note in report["notes"])


def _shapes(report: Mapping[str, Any]) -> Iterator[str]:
    yield f"AP50, {report['kind']} IoU, in percent"
    yield f"  here         {_percent(report['ap50'])}"
    yield from _theirs(report, "ap50")
    yield "what each type of error costs (dAP, each repaired alone), and how many there are"
    for error, cost in report["main"].items():
        yield f"  {error:<12} {_percent(cost)}   {report['counts'][error]}"
    for error, cost in report["special"].items():
        yield f"  {error:<12} {_percent(cost)}"


def _joints(report: Mapping[str, Any]) -> Iterator[str]:
    yield "AP of keypoints, in percent"
    yield f"  here         {_percent(report['ap'])}"
    yield from _theirs(report, "ap")
    yield "joints: " + ", ".join(f"{report['keypoint_totals'][label]} {label}" for label in LABELS)
    yield "area under the curve as errors are repaired one after the other, at OKS 0.5 and 0.75"
    at = {(row["err"], row["oks"]): row["auc"] for row in report["cumulative_without_scores"]}
    for error in dict.fromkeys(error for error, _ in at):
        yield f"  {error:<16} {_share(at[error, 0.5])}  {_share(at[error, 0.75])}"


def _theirs(report: Mapping[str, Any], key: str) -> Iterator[str]:
    if "pycocotools" not in report:
        return
    yield f"  pycocotools  {_percent(report['pycocotools'][key])}"
    for difference in report["pycocotools"]["differences"]:
        yield f"    {difference['pycocotools']}: {_percent(difference[key]).strip()} from there on"


def _percent(value: float | None) -> str:
    return "undefined" if value is None else f"{value:6.2f}"


def _share(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.4f}"
