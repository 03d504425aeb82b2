"""The programs that draw the embedded data sets. Nothing here knows of splits, caches or tensors."""
