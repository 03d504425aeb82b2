"""Becoming a part of a Ray cluster that runs."""

from __future__ import annotations

import os
import signal
import socket
from typing import Any

from bench.engines import EngineError
from bench.engines.local import ALLOCATOR
from bench.identity import Environment

CONNECTS_S = 10
"""A cluster answers at once; a network may lose a message."""

VARIABLES = {
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # else Ray warns of what it will do in future
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",  # else `uv run` sends this folder to all nodes
}

SETTINGS_FRAME = b"\x04"
"""Type of the frame that both sides of HTTP/2, which clusters speak, begin with (RFC 9113)."""

GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + SETTINGS_FRAME + bytes(5)
"""The beginning of a client, with no settings."""


def joined(address: str, environment: Environment) -> Any:
    """Return the module `ray`, whose calls go to a cluster from now on.

    Args:
        address: as in `192.0.2.1:6379`, or `auto`.

    Raises:
        EngineError: Ray is not installed, or there is no cluster that this machine is a node of.
    """
    os.environ.update(VARIABLES)
    try:
        import ray
    except ModuleNotFoundError as error:
        raise EngineError("Ray is not installed: `uv sync --group ray`, or `pip install -e 'suite[ray]'`") from error
    if address != "auto":
        _check_answers(address)
    ended_by = signal.getsignal(signal.SIGTERM)  # Ray would end the command in its own way
    # kernels are compiled once for all, and buffers are kept
    of_workers = {"SUPERTICKETS_CACHE": str(environment.cache), **ALLOCATOR}
    try:
        ray.init(address, log_to_driver=False, logging_level="ERROR", runtime_env={"env_vars": of_workers})
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise EngineError(
            f"--address {address}: {last_line(error)}: start this command on a node of a running Ray cluster"
        ) from error
    finally:
        signal.signal(signal.SIGTERM, ended_by)
    return ray


def _check_answers(address: str) -> None:
    """Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECTS_S) as connection:
            connection.sendall(GREETING)
            answer = connection.recv(9)
        if answer[3:4] != SETTINGS_FRAME:
            raise ConnectionError("what answers there is no cluster")
    except (OSError, OverflowError) as error:
        raise EngineError(
            f"--address {address}: no Ray cluster answers ({error}): give what `ray start` printed"
        ) from error


def last_line(error: BaseException) -> str:
    """The end of a long message, which says most."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
