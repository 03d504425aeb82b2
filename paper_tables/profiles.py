"""What the numbers of each profile are: the sentence that no rendered number may go without."""

from __future__ import annotations

from supertickets.discovery import Definitions

BANNERS: dict[str, str] = Definitions("BANNER", "bench.profiles").literals()
"""Profile name -> its banner, without loading what it takes to run a profile."""
