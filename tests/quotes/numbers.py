"""What the committed results say, in the words in which pages ask for it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache

from figures.reading import Cell, newest, read
from paper_tables.claims.verdict import Verdict
from paper_tables.statistics import Sample, sample
from supertickets.documents.sidecars import read_sidecar
from tests.contracts.documents import ROOT

RESULTS = ROOT / "paper_tables" / "results"

STREETS, INTERIORS, PEOPLE, OBJECTS = "Cityscapes", "ADE20K", "COCO keypoints", "ImageNet"
METRIC = {STREETS: "miou", INTERIORS: "miou", PEOPLE: "ap", OBJECTS: "top1"}
"""Data set -> the metric that pages quote."""

SPARSITY = {STREETS: 90, PEOPLE: 80}
"""Data set -> sparsity of Table 1, in percent."""


@cache
def cells(table: str, profile: str = "embedded", metric: str = "") -> Mapping[tuple[str, str, str, int], Cell]:
    """(row, data set, source or "", sparsity in percent) -> a table's cell, in the data set's metric or another."""
    path = newest(RESULTS, profile, table)
    assert path is not None, f"no results of {table}"
    return {
        (cell.row, cell.role, cell.source, round(100 * cell.sparsity)): cell
        for cell in read(path)
        if cell.metric == (metric or METRIC[cell.role])
    }


def seeds(table: str, row: str, role: str, sparsity: int) -> list[float]:
    """A cell's value of every seed."""
    return list(cells(table)[row, role, "", sparsity].seeds)


def mean(
    table: str, row: str, role: str, sparsity: int, source: str = "", profile: str = "embedded", metric: str = ""
) -> float:
    """A cell's mean as it stands in the file."""
    found = cells(table, profile, metric)[row, role, source, sparsity].mean
    assert found is not None, f"{row} was not run"
    return found


def lead(table: str, row: str, other: str, role: str, sparsity: int) -> Sample:
    """How far a row is ahead of another, seed by seed."""
    pairs = zip(seeds(table, row, role, sparsity), seeds(table, other, role, sparsity), strict=True)
    return sample([mine - its for mine, its in pairs])


def weights_left(layer: str, table: str, row: str, where: str, profile: str = "embedded") -> dict[int, list[int]]:
    """Seed -> weights kept of the starved layers whose names begin so, by the JSON beside a table; {} if none is.

    Args:
        layer: name of the weights, or its beginning.
        table, row: which table and method.
        where: such as "Cityscapes at 90 %".
        profile: scale of the runs.
    """
    path = newest(RESULTS, profile, table)
    assert path is not None, f"no results of {table}"
    told = read_sidecar(path)
    assert told is not None, f"{path} has no sidecar"
    found: dict[int, list[int]] = {}
    for name, counts in told["starved_layers"].get(f"{row}, {where}", {}).items():
        if name.startswith(layer):
            for seed, count in zip(counts["seeds"], counts["kept"], strict=True):
                found.setdefault(seed, []).append(count)
    return found


def without(layer: str, table: str, row: str, where: str, profile: str = "embedded") -> list[int]:
    """Seeds whose mask empties a layer, or one of those whose names begin so; the rest as in `weights_left`."""
    return sorted(seed for seed, counts in weights_left(layer, table, row, where, profile).items() if 0 in counts)


@cache
def ledger() -> tuple[Mapping[str, str], ...]:
    """The lines of the ledger on the embedded profile."""
    with (RESULTS / "claims.csv").open(encoding="utf-8", newline="") as file:
        return tuple(line for line in csv.DictReader(file) if line["source"] == "embedded")


def verdicts() -> Mapping[str, Verdict]:
    """Claim -> its verdict."""
    return {line["claim"]: Verdict(line["verdict"]) for line in ledger() if line["comparison"] == "all"}


def compared(claim: str, **wanted: str) -> list[Mapping[str, str]]:
    """The deciding comparisons behind a claim, those that have what is wanted in their columns."""
    found = [line for line in ledger() if line["claim"] == claim and line["decides"] == "yes"]
    return [line for line in found if all(text in line[column] for column, text in wanted.items())]


@cache
def readings() -> Mapping[str, Mapping[str, Verdict]]:
    """Claim -> reading of the protocol -> verdict."""
    found: dict[str, dict[str, Verdict]] = {}
    with (RESULTS / "readings.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            if line["profile"] == "embedded":
                found.setdefault(line["claim"], {})[line["reading"]] = Verdict(line["verdict"])
    return found


def under(claim: str, verdict: Verdict) -> set[str]:
    """The readings under which a claim has a verdict."""
    return {reading for reading, its in readings()[claim].items() if its is verdict}
