"""The harness: what is run, on which data, with which record of how it was run."""
