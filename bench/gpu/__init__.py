"""Everything that needs a GPU, in one command that can be stopped at any time: `nox -s gpu` (docs/SCALE.md).

A part is a file of `bench.gpu.parts`; what it finds is a CSV with a sidecar, written as soon as the part is over.
"""
