"""Figures of error analyses: what each type of error costs, and precision over recall as errors are removed."""
