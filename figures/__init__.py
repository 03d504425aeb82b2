"""The paper's figures, one module each, drawn from the result CSVs and from nothing else."""
