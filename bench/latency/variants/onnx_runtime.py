"""ONNX Runtime: the net exported once, its BatchNorms folded into the convolutions by the runtime."""

from __future__ import annotations

import warnings
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor, nn

from bench.latency.variants import Call, Device, Variant

PROVIDERS: dict[Device, str] = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
PACKAGES = ("onnx", "onnxruntime")


def export(net: nn.Module, image: Tensor) -> bytes:
    """The net as an ONNX model for images of this size.

    By the exporter that records one call: sizes are fixed here anyway, and the newer one, which torch prefers, takes
    minutes for a supernet and knows no attention over three dimensions.
    """
    with TemporaryDirectory() as folder, warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # it warns that sizes are fixed, and of its age
        path = Path(folder) / "net.onnx"
        torch.onnx.export(net, (image,), path, dynamo=False)
        return path.read_bytes()


def prepare(net: nn.Module, image: Tensor, *, device: Device) -> Call:
    """A session of one provider, with as many threads as torch has."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = torch.get_num_threads(), 1
    session = onnxruntime.InferenceSession(export(net, image), options, providers=[PROVIDERS[device]])
    name = session.get_inputs()[0].name
    if device == "cpu":
        feed = {name: image.numpy()}
        return lambda: torch.from_numpy(session.run(None, feed)[0])
    # input and output stay on the device, as they do for torch; the binding knows their addresses alone
    result = session.get_outputs()[0]
    placed = {name: image.cuda(), result.name: torch.empty(result.shape, device="cuda")}
    binding = session.io_binding()
    binding.bind_input(name, "cuda", 0, "float32", tuple(image.shape), placed[name].data_ptr())
    binding.bind_output(result.name, "cuda", 0, "float32", tuple(result.shape), placed[result.name].data_ptr())

    def run() -> Tensor:
        session.run_with_iobinding(binding)
        return placed[result.name]

    return run


def lacks(device: Device) -> str | None:
    """Which package is missing, or that the runtime knows no such device."""
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        return f"{missing[0]} is not installed (pip install -e '.[export]' in a clone)"
    import onnxruntime

    if PROVIDERS[device] not in onnxruntime.get_available_providers():
        return f"this onnxruntime has no {PROVIDERS[device]} (pip install onnxruntime-gpu)"
    return None


KEYS = ("cpu-onnxruntime-fp32", "cuda-onnxruntime-fp32")
VARIANTS = tuple(
    Variant(
        key, "ONNX Runtime, fp32", device, "fp32", "library's own",
        partial(prepare, device=device), partial(lacks, device),
    )
    for key, device in zip(KEYS, PROVIDERS, strict=True)
)  # fmt: skip
