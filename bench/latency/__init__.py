"""Latency of nets as wholes: measured here in several ways, and simulated on a sparse accelerator (Tab. 10).

`measure.measure(subjects, variants, plan)` times; `shrink.shrink(ticket)` makes a ticket physically smaller. How, and
what the numbers mean: docs/latency.md.
"""
