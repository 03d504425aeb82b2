"""Ways to run a ticket on the CPU, ready to be timed."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from supertickets.engine import Engine, EngineError
from supertickets.exports import INPUT, missing_package, onnx_model, onnx_runtime
from supertickets.kernels import KernelsUnavailable
from supertickets.ticket import Ticket


def runtimes(ticket: Ticket, image: Tensor, threads: int) -> tuple[dict[str, Callable[[], object]], dict[str, str]]:
    """What to call to run each, on `image` `(1, 3, H, W)`; and why the others are not there."""
    ways: dict[str, Callable[[], object]] = {}
    missing: dict[str, str] = {}
    net = ticket.net().eval()

    @torch.inference_mode()
    def eager() -> object:
        return net(image)

    ways["torch"] = eager
    try:
        engine = Engine(ticket, threads)
        ways["sparse engine"] = lambda: engine(image)
    except (EngineError, KernelsUnavailable) as error:
        missing["sparse engine"] = str(error)
    if reason := missing_package():
        missing["ONNX Runtime"] = reason
        return ways, missing
    onnxruntime = onnx_runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    model = onnx_model(ticket.net().eval(), image)
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    given = {INPUT: image.numpy()}
    ways["ONNX Runtime"] = lambda: session.run(None, given)
    return ways, missing
