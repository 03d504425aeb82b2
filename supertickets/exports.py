"""Nets for other runtimes: as an ONNX model, whose BatchNorms are folded into its convolutions, or by `torch.export`.

What is written was compared with the net first: a file that answers something else is worse than none.
"""

from __future__ import annotations

import io
import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from supertickets.files import write_atomically
from supertickets.plain import copied
from supertickets.ticket import Ticket

Array = NDArray[np.float64]

PACKAGES = ("onnx", "onnxruntime")
INPUT, OUTPUT = "images", "outputs"
"""Names in an ONNX model."""
LARGEST_ERROR = 1e-4
"""Of an exported net's output against torch's, relative in norm: another order of additions explains less."""
LEAST_RECORDED = 128
"""Pixels of each side, at least, of the image that a dynamic model is recorded with: where two maps of a net happen to
have one size, the step between them is left out, and would be missing at other sizes."""
GROWTH = 40
"""Pixels by which a dynamic model's second trial image is larger; no multiple of a supernet's stride."""


class ExportError(ValueError):
    """A net that cannot be exported here; the message names the culprit and the remedy."""


def missing_package() -> str | None:
    """Which package of the extra `export` is missing and how to get it; None where all are there."""
    missing = [name for name in PACKAGES if find_spec(name) is None]
    return f"{missing[0]} is not installed (pip install 'supertickets[export]')" if missing else None


def onnx_runtime() -> Any:
    """The module `onnxruntime`, which since version 1.29 tells its makers of every model unless this is set before."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    return onnxruntime


def write_onnx(net: Ticket | nn.Module, path: Path, image_size: tuple[int, int], dynamic: bool = False) -> None:
    """Write a ticket or net as an ONNX model, after ONNX Runtime has computed the same with it as torch.

    Input `images`, normalised float32 `(1, 3, H, W)`; output `outputs`. Zeros stay in the model: no runtime of today
    skips them.

    Args:
        image_size: `(H, W)` in pixels of the images; of the first trial image, if sizes are dynamic.
        dynamic: whether the model takes any number of images of any one size.

    Raises:
        ExportError: the extra `export` is missing, or the model does not compute what the net does.
        OSError: the file cannot be written.
    """
    if missing := missing_package():
        raise ExportError(missing)
    module = _in_eval_mode(net)
    height, width = (max(side, LEAST_RECORDED if dynamic else 1) for side in image_size)
    model = onnx_model(module, _image(1, height, width), dynamic)
    trials = [_image(1, *image_size)]
    if dynamic:
        trials.append(_image(2, image_size[0] + GROWTH, image_size[1] + GROWTH // 2))
    for image in trials:
        require_same(module, image, lambda given: _run_onnx(model, given), "ONNX Runtime")
    write_atomically(path, model)


def write_program(net: Ticket | nn.Module, path: Path, image_size: tuple[int, int]) -> None:
    """Write a ticket or net as a program of `torch.export` for one image of one size (`torch.export.load` reads it).

    Raises:
        ExportError: torch cannot export it, or the program does not compute what the net does.
        OSError: the file cannot be written.
    """
    module, image = _in_eval_mode(net), _image(1, *image_size)
    try:
        program = torch.export.export(module, (image,))
    except Exception as error:  # of many kinds, none of which torch documents
        raise ExportError(f"torch.export does not take {type(module).__name__}: {_first_line(error)}") from error
    require_same(module, image, program.module(), "torch.export")
    buffer = io.BytesIO()
    torch.export.save(program, buffer)
    write_atomically(path, buffer.getvalue())


def onnx_model(net: nn.Module, image: Tensor, dynamic: bool = False) -> bytes:
    """The net in eval mode as an ONNX model with folded BatchNorms, unchecked.

    By the exporter that records one call: the newer one, which torch prefers, takes minutes for a supernet and knows no
    attention over three dimensions.

    Args:
        image: `(1, 3, H, W)`.
        dynamic: whether number and size of images may be others.

    Raises:
        ExportError: torch cannot export it.
    """
    axes = {INPUT: {0: "batch", 2: "height", 3: "width"}, OUTPUT: {0: "batch"}} if dynamic else None
    with TemporaryDirectory() as folder, warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # it warns that sizes are fixed, and of its age
        path = Path(folder) / "net.onnx"
        try:
            torch.onnx.export(
                net, (image,), path, dynamo=False, input_names=[INPUT], output_names=[OUTPUT], dynamic_axes=axes
            )
        except (RuntimeError, torch.onnx.errors.OnnxExporterError) as error:
            raise ExportError(f"torch cannot export {type(net).__name__} to ONNX: {_first_line(error)}") from error
        return _folded(path.read_bytes())


def _folded(content: bytes) -> bytes:
    """A model whose BatchNorms are part of the convolutions before them, also of several that are concatenated.

    Torch folds those that follow a single convolution; kernel paths of several sizes share one BatchNorm.
    """
    import onnx

    model = onnx.load_from_string(content)
    graph = model.graph
    made_by = {name: node for node in graph.node for name in node.output}
    uses = Counter(name for node in graph.node for name in node.input)
    constants = {one.name: onnx.numpy_helper.to_array(one).astype(np.float64) for one in graph.initializer}

    def foldable(node: Any) -> bool:
        """Whether a node is a convolution with constant weights that nobody else reads."""
        return (
            node is not None and node.op_type == "Conv" and uses[node.output[0]] == 1
            and all(name in constants for name in node.input[1:])
        )  # fmt: skip

    for norm in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        source = made_by.get(norm.input[0])
        if source is None or uses[norm.input[0]] > 1 or not all(name in constants for name in norm.input[1:]):
            continue
        convolutions = [made_by.get(name) for name in source.input] if source.op_type == "Concat" else [source]
        if not all(map(foldable, convolutions)):
            continue
        for name, value in _with_norm(norm, convolutions, constants):
            graph.initializer.append(onnx.numpy_helper.from_array(value.astype(np.float32), name))
        source.output[0] = norm.output[0]
        graph.node.remove(norm)
    read = {name for node in graph.node for name in node.input}
    for value in [value for value in graph.initializer if value.name not in read]:
        graph.initializer.remove(value)
    onnx.checker.check_model(model)
    result: bytes = model.SerializeToString()
    return result


def _with_norm(norm: Any, convolutions: Sequence[Any], constants: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
    """Weights and biases, by name, that make a BatchNorm part of the convolutions before it, which are told of them."""
    scale, shift, mean, variance = (constants[name] for name in norm.input[1:])
    factor = scale / np.sqrt(variance + next((one.f for one in norm.attribute if one.name == "epsilon"), 1e-5))
    first = 0
    for convolution in convolutions:
        weight, *bias = (constants[name] for name in convolution.input[1:])
        mine = slice(first, first := first + len(weight))
        names = f"{convolution.output[0]}.weight", f"{convolution.output[0]}.bias"
        convolution.input[1:] = names
        yield names[0], weight * factor[mine].reshape(-1, *[1] * (weight.ndim - 1))
        yield names[1], ((bias[0] if bias else 0.0) - mean[mine]) * factor[mine] + shift[mine]


def _in_eval_mode(net: Ticket | nn.Module) -> nn.Module:
    return (net.net() if isinstance(net, Ticket) else copied(net)).cpu().eval()


def _image(batch: int, height: int, width: int) -> Tensor:
    return torch.randn(batch, 3, height, width, generator=torch.Generator().manual_seed(0))


def _run_onnx(model: bytes, image: Tensor) -> Tensor:
    session = onnx_runtime().InferenceSession(model, providers=["CPUExecutionProvider"])
    return torch.from_numpy(session.run([OUTPUT], {INPUT: image.numpy()})[0])


@torch.no_grad()
def require_same(
    net: nn.Module,
    image: Tensor,
    run: Callable[[Tensor], Tensor],
    runtime: str,
    instead: str = "export for one size",
) -> float:
    """Compare another runtime with torch, on one image or several; returns how far outputs differ, of their norm.

    Args:
        run: the net in this runtime.
        instead: what may help where they differ.

    Raises:
        ExportError: it cannot run the net, or outputs differ by more than `LARGEST_ERROR`.
    """
    expected: Tensor = net(image)
    try:
        found = run(image)
    except Exception as error:  # whatever the runtime throws
        shape = tuple(image.shape)
        raise ExportError(f"{runtime} cannot run the exported net on {shape}: {_first_line(error)}") from error
    difference = float((found - expected).norm() / expected.norm()) if found.shape == expected.shape else float("inf")
    if not difference <= LARGEST_ERROR:
        raise ExportError(
            f"{runtime} computes something else than torch on images {tuple(image.shape)}: outputs differ by "
            f"{difference:.1e}; {instead}, or report this bug"
        )
    return difference


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
