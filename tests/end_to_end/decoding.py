"""A step that has another process decode something, as runs on large data sets do."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch

from bench.experiments import Context, Product, Step
from bench.profiles import profile
from bench.settings import Problem
from supertickets.loading import Loading, Tensors, decoded_ahead


@dataclass(frozen=True)
class Decodes(Step):
    """Which processes compute and decode."""

    version = 1
    name = "decoding"
    sparsity = 0

    @property
    def problem(self) -> Problem:
        return profile("embedded").setting("Cityscapes").problem

    def compute(self, context: Context) -> Product:
        (found,) = decoded_ahead(_process, [0], Loading(1))
        return Product({"computing": os.getpid(), "decoding": int(found["process"])})


def _process(_: int) -> Tensors:
    return {"process": torch.tensor(os.getpid())}
