"""`python -m tests.quotes`: which passages of the pages do the committed results make wrong?"""

from __future__ import annotations

import argparse
import sys

from supertickets.files import write_atomically
from tests.quotes.pages import PAGES


def main() -> int:
    """Print a line for every wrong passage; 1 when there is any left."""
    parser = argparse.ArgumentParser(prog="python -m tests.quotes", description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the numbers right; what words say is left to people")
    if parser.parse_args().write:
        for page in PAGES:
            write_atomically(page.path, page.rewritten().encode())
    wrong = [f"{page.path.name}: {complaint}" for page in PAGES for complaint in page.complaints()]
    print("\n".join(wrong) or "every passage says what the results say")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
