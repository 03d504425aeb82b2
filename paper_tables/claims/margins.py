"""How much is "about equal" and how little is "collapsed": chosen before any curve or transfer was computed."""

from __future__ import annotations

EQUAL_POINTS = 1.0
"""Points within which two methods count as about equal, and by which one may be behind and still be "comparable or
better"; the paper's own largest difference between methods that it calls equal is 0.69. With no margin, many
comparisons of equal methods would contradict a claim by chance alone."""

COLLAPSED = 0.5
"""A net has collapsed when less than this share is left of what it has while it is nearly dense."""

NEARLY_DENSE = 10
"""The lowest sparsity of the curves, whole percent."""
