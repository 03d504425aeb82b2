"""Latency of nets as wholes: measured here in several ways, and simulated on a sparse accelerator (Tab. 10).

`measure(subjects, variants, plan)` times; `shrink(ticket)` makes a ticket physically smaller. How, and what the
numbers mean: docs/latency.md.
"""

from bench.latency.construct import CONSTRUCTED, construct
from bench.latency.measure import Plan, measure
from bench.latency.rounds import LatencyError, Timed, Times, interleaved
from bench.latency.rows import Row, read_rows, write_rows
from bench.latency.shrink import shrink
from bench.latency.subjects import BASELINES, Subject, baseline, estimate_batch_norm, ticket_stages
from bench.latency.variants import Variant, known_variants

__all__ = [
    "BASELINES",
    "CONSTRUCTED",
    "LatencyError",
    "Plan",
    "Row",
    "Subject",
    "Timed",
    "Times",
    "Variant",
    "baseline",
    "construct",
    "estimate_batch_norm",
    "interleaved",
    "known_variants",
    "measure",
    "read_rows",
    "shrink",
    "ticket_stages",
    "write_rows",
]
