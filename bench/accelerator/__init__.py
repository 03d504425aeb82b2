"""How long a sparse accelerator takes for a net: every layer as a sparse matrix product, and rules that time it.

`simulate.simulate(net, image_size, masks, config)` is the entry. Rules, assumptions, validation: docs/accelerator.md.
"""
