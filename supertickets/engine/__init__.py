"""Sparse inference on the CPU: a ticket as one list of operations that touch its non-zero weights only."""

from supertickets.engine.engine import Engine, EngineError

__all__ = ["Engine", "EngineError"]
