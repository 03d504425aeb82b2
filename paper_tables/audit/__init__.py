"""The paper held against itself: every number its sentences take from its tables, computed again from the tables."""
