"""OpenVINO: the net as an ONNX model, its BatchNorms folded into the convolutions, compiled for this processor."""

from __future__ import annotations

import functools
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor, nn

from bench.latency.variants import Call, Variant
from supertickets.exports import missing_package, onnx_model


@functools.cache
def _core() -> Any:
    """The one core of this process.

    A core replaces the stack that signals are handled on, and puts back the one before when it goes. Of two that go in
    the order in which they came, the second puts back what the first has freed, and the next signal ends the process.
    """
    import openvino

    return openvino.Core()


def prepare(net: nn.Module, image: Tensor) -> Call:
    """A request of one stream, with as many threads as torch has."""
    core = _core()
    options = {
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": "1",
        "INFERENCE_NUM_THREADS": str(torch.get_num_threads()),
        "INFERENCE_PRECISION_HINT": "f32",
        "ENABLE_CPU_PINNING": "NO",  # what runs in turns with it would find its core taken
    }
    model = core.read_model(onnx_model(net, image))
    request = core.compile_model(model, "CPU", options).create_infer_request()
    feed = {0: image.numpy()}

    def run() -> Tensor:
        request.infer(feed, share_inputs=True)
        return torch.from_numpy(request.get_output_tensor(0).data)

    return run


def lacks() -> str | None:
    """Which package is missing."""
    if find_spec("openvino") is None:
        return "openvino is not installed (pip install openvino)"
    return missing_package()


KEYS = ("cpu-openvino-fp32",)
VARIANTS = (Variant(KEYS[0], "OpenVINO, fp32", "cpu", "fp32", "library's own", prepare, lacks),)
