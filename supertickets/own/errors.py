"""What can go wrong when tickets are drawn from people's own data."""

from __future__ import annotations


class DrawError(ValueError):
    """A ticket that cannot be drawn as asked, or a net that has learned nothing; the message names the remedy."""
