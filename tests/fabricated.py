"""Result CSVs with made-up numbers, for whoever reads them: written from the documented columns, not by our writer."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path
from statistics import fmean, stdev

METRICS = {
    "ImageNet": ("top1", "top5"),
    "Cityscapes": ("miou", "macc", "aacc"),
    "ADE20K": ("miou", "macc", "aacc"),
    "COCO keypoints": ("ap", "ap_m", "ap_l", "ar"),
}
COSTS = {
    "params_total": "mparams", "params_nonzero": "mparams", "macs_dense": "gmacs", "macs_nonzero": "gmacs",
    "macs_official": "gmacs",
}  # fmt: skip


def run_id(cell: object) -> str:
    """An experiment id of its own for every cell."""
    return hashlib.sha256(str(cell).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Place:
    """A row of a table at one sparsity: method, data set, sparsity in percent, where its ticket comes from."""

    row: str
    method: str
    role: str
    sparsity: int
    source: str = ""
    printed: Mapping[str, str] | None = None
    measured: bool = True


def places(methods: Mapping[str, str], roles: Iterable[str], sparsities: Sequence[int]) -> list[Place]:
    """Return all methods (row key -> name) on all data sets at all sparsities."""
    return [Place(row, name, role, s) for role in roles for s in sparsities for row, name in methods.items()]


def write(
    path: Path, table: str, found: Sequence[Place], profile: str = "embedded", seeds: int = 3, with_source: bool = True
) -> Path:
    """Write a result CSV; the later a method and the lower the sparsity, the better its made-up numbers."""
    rows = list(dict.fromkeys(place.row for place in found))
    lines = []
    for place in found:
        kept = 1 - place.sparsity / 100
        strength = (rows.index(place.row) + 1) / len(rows)
        for metric in (*METRICS[place.role], *COSTS):
            unit = COSTS.get(metric, "percent")
            shift = 2 * METRICS[place.role].index(metric) if unit == "percent" else 0
            base = shift + 70 * kept ** (1.2 - strength) if unit == "percent" else (0.02 + 0.3 * kept) * strength
            values = [base * (1 + 0.03 * seed) for seed in range(seeds)]
            lines.append(_line(table, place, metric, unit, profile, values if place.measured else []))
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = [column for column in lines[0] if with_source or column != "source"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(lines)
    return path


_T = 4.302653
"""Student's t that two degrees of freedom exceed in 2.5 % of all cases."""


def _line(table: str, place: Place, metric: str, unit: str, profile: str, values: Sequence[float]) -> dict[str, str]:
    digits, single = (4, 6) if unit != "percent" else (2, 4)
    low = high = f"n={len(values)}" if values else "not run"
    if len(values) == 3:
        half = _T * stdev(values) / sqrt(3)
        low, high = (f"{fmean(values) + side * half:.{digits}f}" for side in (-1, 1))
    return {
        "table": table, "version": "1", "row": place.row, "method": place.method, "task": "made-up",
        "role": place.role, "source": place.source or "none", "data_set": f"made_up_{place.role.split()[0].lower()}",
        "profile": profile, "sparsity": f"{place.sparsity / 100:.4f}", "metric": metric, "unit": unit,
        "n_seeds": str(len(values)),
        "value": f"{sum(values) / len(values):.{digits}f}" if values else "not run",
        "ci_low": low, "ci_high": high,
        "seeds": ";".join(map(str, range(len(values)))) or "not run",
        "seed_values": ";".join(f"{value:.{single}f}" for value in values) or "not run",
        "paper_value": (place.printed or {}).get(metric, "not printed"), "paper_ref": "Tab. 0",
        "experiment_id": f"{place.row}{place.sparsity}", "status": "measured" if values else "not run: made up",
    }  # fmt: skip


def _curves(methods: str, roles: Iterable[str], sparsities: Sequence[int]) -> list[Place]:
    """Return all methods everywhere, those at 90 % on Cityscapes with a printed number."""
    found = places({row: METHODS[row] for row in methods.split()}, roles, sparsities)
    return [
        replace(place, printed={"miou": f"{40 + 3 * (i % len(methods.split()))}.5"})
        if (place.sparsity, place.role) == (90, "Cityscapes")
        else place
        for i, place in enumerate(found)
    ]


def _transfers(sparsities: Sequence[int]) -> list[Place]:
    found: dict[tuple[str, str, int], Place] = {}
    for source, role in DIRECTIONS:
        for sparsity in sparsities:
            printed = {METRICS[role][0]: "42.12"} if sparsity == 90 else None
            for row in ("sp_grad", "sp_mag"):
                found[row, role, sparsity] = Place(row, METHODS[row], role, sparsity, printed=printed)
            transferred = Place("transferred", f"{source} tickets", role, sparsity, source, printed)
            found["transferred" + source, role, sparsity] = transferred
    return list(found.values())


def _read(methods: str, columns: Iterable[tuple[str, int]]) -> list[Place]:
    """Return all methods as they are and under two readings, the former with a printed number."""
    found = [
        place for role, s in columns for place in places({row: METHODS[row] for row in methods.split()}, [role], [s])
    ]
    return [replace(place, printed={METRICS[place.role][0]: "30.5"}) for place in found] + [
        replace(place, row=f"{place.row}.{reading}", method=f"{place.method}: {title}")
        for reading, title in (("one", "another way to read the paper"), ("two", "a third way"))
        for place in found
    ]


def _others(role: str) -> list[Place]:
    def place(row: str, method: str, gmacs: str, score: str, ours: bool) -> Place:
        printed = {"macs_official": gmacs, METRICS[role][0]: score}
        return Place(row, method, role, 50 if ours else 0, printed=printed, measured=ours)

    return [place(*line) for line in _NETWORKS]


METHODS = {
    "sp_rand": "S+P (Rand.)", "sp_mag": "S+P (Mag.)", "sp_grad": "S+P (Grad.)", "two_in_one": "Two-in-one",
    "ir_s": "Two-in-one + IR-S", "pp": "Two-in-one + PP", "pp_ir_s": "Two-in-one + PP + IR-S",
    "sp_mag_rt": "S+P (Mag.) + retrain", "pp_ir_s_rt": "Two-in-one + PP + IR-S + retrain",
    "sp_rp": "S+P w/ RP", "rp": "ST w/ RP", "rr": "ST w/ RR-Init", "lt": "ST w/ LT-Init", "elt": "ST w/ ELT-Init",
    "llt": "ST w/ LLT-Init", "st": "ST",
}  # fmt: skip
DIRECTIONS = (
    ("Cityscapes", "ADE20K"), ("ADE20K", "Cityscapes"), ("ImageNet", "ADE20K"), ("ImageNet", "Cityscapes"),
    ("ImageNet", "COCO keypoints"),
)  # fmt: skip
_NETWORKS = (
    ("condensenet", "CondenseNet", "0.274", "71.0", False), ("shufflenet_v1", "ShuffleNetV1", "0.292", "71.5", False),
    ("shufflenet_v2", "ShuffleNetV2", "0.299", "72.6", False), ("mobilenet_v2", "MobileNetV2", "0.300", "72.0", False),
    ("fbnet", "FBNet", "0.295", "74.1", False), ("sp_grad", "S+P (Grad.)", "0.114", "64.3", True),
    ("sp_mag", "S+P (Mag.)", "0.114", "72.8", True), ("pp_ir_s", "SuperTickets", "0.125", "74.2", True),
)  # fmt: skip
_CURVE = (10, 30, 50, 70, 80, 90, 95, 98)
_STREETS = ("Cityscapes", "ADE20K")
TABLES: dict[str, list[Place]] = {
    "ablation": _curves("sp_mag sp_mag_rt two_in_one pp pp_ir_s pp_ir_s_rt", ["Cityscapes", "COCO keypoints"], (90,)),
    "transfer": _transfers((90,)),
    "imagenet": _others("ImageNet"),
    "cityscapes": _others("Cityscapes"),
    "ade20k": _others("ADE20K"),
    "coco": _others("COCO keypoints"),
    "random-baselines": _curves("sp_rp rp rr st", _STREETS, (80, 90)),
    "transfer-baselines": [
        Place(row, METHODS[row], role, 90, source, {"miou": "33.33"})
        for source, role in DIRECTIONS[:2]
        for row in ("rp", "rr", "st")
    ],
    "lottery-init": _curves("rr lt elt llt st", _STREETS, (90,)),
    "existence-curves": _curves("sp_rand sp_mag sp_grad two_in_one", ["Cityscapes", "COCO keypoints"], _CURVE),
    "trade-off-curves": _curves("sp_rand sp_mag sp_grad sp_mag_rt pp_ir_s pp_ir_s_rt", METRICS, _CURVE),
    "ablation-curves": _curves("two_in_one ir_s pp_ir_s", ["Cityscapes"], (*_CURVE, 99)),
    "transfer-curves": _transfers((80, 90, 95, 98)),
    "protocol": _read(
        "sp_rand sp_mag sp_grad sp_mag_rt two_in_one pp pp_ir_s pp_ir_s_rt",
        [("Cityscapes", 90), ("COCO keypoints", 80)],
    ),
    "protocol-collapse": _read("sp_mag pp_ir_s", [("Cityscapes", 10), ("Cityscapes", 90), ("COCO keypoints", 95)]),
    "protocol-comparison": _read("sp_mag pp_ir_s", [(role, 50) for role in METRICS]),
}
"""Table name -> its made-up rows, in the shapes that the paper's tables have."""
