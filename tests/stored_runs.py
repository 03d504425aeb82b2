"""A run, and what a store may hold of it."""

from __future__ import annotations

from bench.experiments import Run
from bench.methods import Condition, step_for
from bench.profiles import profile
from bench.store import Result

RUN = Run(step_for("pp", Condition(profile("embedded").setting("Cityscapes"), 90)), 0)
RESULT = Result({"history": [{"epoch": 1, "loss": 12.5}]}, {"device": "CPU"}, 3.25)
TICKET = {"ticket.safetensors": b"a ticket of some length"}
