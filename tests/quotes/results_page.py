"""docs/RESULTS.md as a page of quotes."""

from __future__ import annotations

from tests.contracts.documents import ROOT
from tests.quotes.quote import Page
from tests.quotes.results.claims import claim_by_claim
from tests.quotes.results.curves import curves
from tests.quotes.results.detector_curves import detector_curves
from tests.quotes.results.detector_tasks import detector_tasks
from tests.quotes.results.detectors import detectors
from tests.quotes.results.findings import findings
from tests.quotes.results.protocol import protocol
from tests.quotes.results.reactivation import reactivation
from tests.quotes.results.stem import stem
from tests.quotes.results.table_1 import table_1

PAGE = Page(
    ROOT / "docs" / "RESULTS.md",
    [
        *findings(), *table_1(), *reactivation(), *stem(), *protocol(), *curves(), *detectors(), *detector_curves(),
        *detector_tasks(), *claim_by_claim(),
    ],
    plain=(
        "95 % intervals", "Table 1", "Algorithm 1", r"streets at 90 %, mIoU \|", r"CamVid at 90 %, mIoU \|",
        "216 weights", "tickets of streets at 90 % keep", "three seeds of streets at 90 %:",
        "seeds 0 to 4", "deviation 0.001", r"(?m)^\d\. ",
    ),
)  # fmt: skip
