"""The paper's supernet and every subnet of it."""

from supertickets.supernet import SupernetConfig

ARCHITECTURE = SupernetConfig
