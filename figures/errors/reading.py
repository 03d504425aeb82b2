"""Reports of `python -m bench.errors`, as far as they are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supertickets.documents.texts import DocumentError
from supertickets.documents.trees import read_json

OKS = (0.5, 0.75)
"""Thresholds at which keypoints are shown: the paper does not say which it took."""

NAMES = {
    "Cls": "class", "Loc": "location", "Both": "class and\nlocation", "Dupe": "duplicate", "Bkg": "background",
    "Miss": "missed", "FalsePos": "false\npositives", "FalseNeg": "false\nnegatives", "miss": "miss", "swap": "swap",
    "inversion": "inversion", "jitter": "jitter", "score": "score", "bckgd_false_pos": "false\npositives",
    "false_neg": "false\nnegatives",
}  # fmt: skip
"""Type of error -> its name in figures."""

Curves = Mapping[str, Sequence[float] | None]
"""What was repaired last -> 101 precisions, 0..1; None where nothing is to be found."""


@dataclass(frozen=True)
class Report:
    """An analysis.

    Attributes:
        name: of its file.
        kind: "box", "mask" or "keypoints".
        costs: panel -> type of error -> percent that repairing it alone gains.
        curves: panel -> curves, what is repaired added up.
    """

    name: str
    kind: str
    costs: Mapping[str, Mapping[str, float]]
    curves: Mapping[str, Curves]


def read_report(path: Path) -> Report:
    """Read a report.

    Raises:
        DocumentError: for a file that is none, naming it and the command that writes one.
    """
    remedy = "write it with `python -m bench.errors --out`"
    content = read_json(path, {}, remedy)
    try:
        costs, curves = _joints(content) if content["kind"] == "keypoints" else _shapes(content)
        return Report(path.stem, content["kind"], costs, curves)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DocumentError(path, f"is no report of an error analysis (at {error!r})", remedy) from error


def _shapes(content: Mapping[str, Any]) -> tuple[dict[str, dict[str, float]], dict[str, Curves]]:
    costs = {"each type repaired alone": dict(content["main"]), "one side repaired": dict(content["special"])}
    return costs, {"IoU 0.5": dict(content["curves"])}


def _joints(content: Mapping[str, Any]) -> tuple[dict[str, dict[str, float]], dict[str, Curves]]:
    area = {(row["err"], row["oks"]): row["auc"] for row in content["alone"]}
    errors = [error for error in dict.fromkeys(error for error, _ in area) if error != "baseline"]
    costs = {
        f"each type repaired alone, OKS {oks}": {
            error: 100 * float((area[error, oks] or 0) - (area["baseline", oks] or 0)) for error in errors
        }
        for oks in OKS
    }
    curves = content["curves_without_scores"]
    return costs, {f"OKS {oks}": {name: of[str(oks)] for name, of in curves.items()} for oks in OKS}
