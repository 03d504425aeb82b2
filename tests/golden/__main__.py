"""Record the golden runs whose step has a new version: `python -m tests.golden`."""

from __future__ import annotations

import json
import sys

import torch

from supertickets.files import write_atomically
from tests.golden.cases import CASES
from tests.golden.records import PATH, load, renewed
from tests.golden.summary import computed


def main() -> int:
    """Write what may be recorded.

    Returns:
        1, writing nothing, when a result changed under an unchanged version or a kind of step has no run.
    """
    torch.set_num_threads(1)  # as in the tests
    recorded = load()
    new, refused = renewed(recorded, CASES, {case: computed(step) for case, step in CASES.items()})
    if refused:
        print("nothing is recorded:", *refused, sep="\n", file=sys.stderr)
        return 1
    write_atomically(PATH, (json.dumps(new, indent=1) + "\n").encode())
    changed = sorted(case for case in {*new, *recorded} if new.get(case) != recorded.get(case))
    print(f"recorded in {PATH.name}: {', '.join(changed) or 'nothing new'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
