"""The paper's tables, one module each: printed numbers beside measured ones, and the claims drawn from them."""
