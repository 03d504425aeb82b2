"""Parts of the array that the cycle-level simulator models: packing, read ports, adder tree, output bus."""
