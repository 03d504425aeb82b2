"""What every run needs and one process can load for all: imported once by the fork server, inherited by its children.

At its first pass over meta tensors torch loads its shape functions, which takes seconds of CPU.
"""

from torch import nn

from supertickets.costs import cost

cost(nn.Sequential(nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3), nn.Upsample(scale_factor=2, mode="bilinear")), (4, 4))
