"""What docs/RESULTS.md says of numbers, a module for each of its parts."""
