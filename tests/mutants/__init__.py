"""Mutants: small faults put into the code one at a time, each of which some test has to notice.

`python -m tests.mutants` (`nox -s mutants`) tells which none notices. Kept tools were tried first. mutmut 3 runs here,
forks as this does and is about as quick, but it leaves decorated functions and everything outside of functions alone:
properties, cached functions, defaults of dataclasses, constants and schemas, of which this project mostly consists. It
has neither a sample nor a list of equivalent mutants, and it mutates messages. cosmic-ray starts an interpreter per
mutant, whose import of torch takes longer than most tests.
"""
