"""The paper's claims as executable checks; `python -m paper_tables.claims` prints the ledger."""
