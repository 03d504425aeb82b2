"""SuperTickets: one supernet training that searches an architecture and prunes its weights (ECCV 2022).

Start reading at `two_in_one.py`, which is Algorithm 1 of the paper and nothing else.
"""
