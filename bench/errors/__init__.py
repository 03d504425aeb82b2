"""Error analysis of detections, masks and keypoints on any ground truth in COCO's layout: docs/errors.md.

`analyse("gt.json", "dt.json", "box")` from Python, `python -m bench.errors --help` from the command line.
"""

from bench.errors.analysis import KINDS, analyse
from bench.errors.entries import AnalysisError

__all__ = ["KINDS", "AnalysisError", "analyse"]
