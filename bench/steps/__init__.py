"""The kinds of steps an experiment is made of, one file each."""
