"""The kinds of steps an experiment is made of, one file each, and `compute`, which carries them out."""
