"""Exported nets against torch: ONNX of fixed and of any size, folded BatchNorms, programs, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from supertickets import exports
from supertickets.exports import ExportError, onnx_model, write_onnx, write_program
from supertickets.own.runtimes import runtimes
from supertickets.supernet import SupernetConfig
from supertickets.ticket import Ticket
from tests.net_masks import random_masks
from tests.properties.small import TINY, TWO_BRANCHES, randomise

pytestmark = pytest.mark.slow
onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

CONFIGS = {
    "dense": TWO_BRANCHES,
    "tokens": replace(TWO_BRANCHES, tokens=3),
    "classification": replace(TWO_BRANCHES, head_kind="classification", branch_channels=(6, 8)),
}


def ticket_of(config: SupernetConfig) -> Ticket:
    net = config.build(0)
    randomise(net)
    return Ticket.of(config, net, random_masks(net, 50))


def answers(path: Path, images: Tensor) -> Tensor:
    session = runtime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    assert [one.name for one in session.get_inputs()] == ["images"]
    return torch.from_numpy(session.run(["outputs"], {"images": images.numpy()})[0])


@torch.no_grad()
def assert_same(found: Tensor, ticket: Ticket, images: Tensor) -> None:
    expected = ticket.net().double().eval()(images.double())
    assert found.shape == expected.shape
    assert float((found - expected).abs().max()) <= 1e-4 * float(expected.abs().max())


@pytest.mark.parametrize("kind", CONFIGS)
def test_a_model_of_one_size(tmp_path: Path, kind: str) -> None:
    ticket, path = ticket_of(CONFIGS[kind]), tmp_path / "net.onnx"
    write_onnx(ticket, path, (33, 48))
    images = torch.randn(1, 3, 33, 48)
    assert_same(answers(path, images), ticket, images)
    assert not [node for node in onnx.load(path).graph.node if node.op_type == "BatchNormalization"]


@pytest.mark.parametrize("kind", CONFIGS)
def test_a_model_of_any_number_and_size(tmp_path: Path, kind: str) -> None:
    ticket, path = ticket_of(CONFIGS[kind]), tmp_path / "net.onnx"
    write_onnx(ticket, path, (32, 48), dynamic=True)
    for shape in ((1, 3, 32, 48), (3, 3, 61, 90), (2, 3, 128, 40)):
        images = torch.randn(shape)
        assert_same(answers(path, images), ticket, images)


@pytest.mark.parametrize("kind", CONFIGS)
def test_a_program_of_torch(tmp_path: Path, kind: str) -> None:
    ticket, path = ticket_of(CONFIGS[kind]), tmp_path / "net.pt2"
    write_program(ticket, path, (32, 48))
    images = torch.randn(1, 3, 32, 48)
    assert_same(torch.export.load(path).module()(images), ticket, images)


class Norms(nn.Module):
    """A BatchNorm that can be folded, and four that cannot: after a sum, and of what is read twice."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.third = (nn.Conv2d(3, 3, 1, bias=bias) for bias in (True, False, True))
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in (6, 3, 3, 6, 6))

    def forward(self, x: Tensor) -> Tensor:
        joined = self.norms[0](torch.cat([self.first(x), self.second(x)], 1))
        twice = self.third(x)
        shared = self.norms[3](torch.cat([twice, self.second(twice)], 1))
        pair = torch.cat([self.first(twice), self.third(twice)], 1)
        both = self.norms[4](pair) * pair
        return self.norms[1](joined[:, :3] + joined[:, 3:]) + self.norms[2](twice) * twice + shared[:, 3:] + both[:, :3]


def test_only_what_nobody_else_reads_is_folded(tmp_path: Path) -> None:
    net, path = Norms(), tmp_path / "net.onnx"
    randomise(net)
    write_onnx(net, path, (4, 5))
    kinds = [node.op_type for node in onnx.load(path).graph.node]
    assert kinds.count("BatchNormalization") == 4 and kinds.count("Conv") == 6
    images = torch.randn(1, 3, 4, 5)
    with torch.no_grad():
        assert torch.allclose(answers(path, images), net.eval()(images), atol=1e-5)


def test_a_norm_that_names_no_epsilon_has_that_of_onnx() -> None:
    """The runtime decides: it reads the same model before and after. Variances are small, so that it matters."""
    helper, random = onnx.helper, np.random.default_rng(0)
    values = {
        "weight": random.normal(size=(4, 3, 1, 1)), "scale": random.normal(size=4), "shift": random.normal(size=4),
        "mean": random.normal(size=4), "variance": random.uniform(0, 1e-4, 4),
    }  # fmt: skip
    nodes = [
        helper.make_node("Conv", ["images", "weight"], ["convolved"]),
        helper.make_node("BatchNormalization", ["convolved", "scale", "shift", "mean", "variance"], ["outputs"]),
    ]
    ends = [
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, (1, width, 4, 5))
        for name, width in (("images", 3), ("outputs", 4))
    ]
    constants = [onnx.numpy_helper.from_array(value.astype(np.float32), name) for name, value in values.items()]
    graph = helper.make_graph(nodes, "net", ends[:1], ends[1:], constants)
    content = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()
    folded, image = exports._folded(content), torch.randn(1, 3, 4, 5)
    assert [node.op_type for node in onnx.load_from_string(folded).graph.node] == ["Conv"]
    expected = exports._run_onnx(content, image)
    assert (exports._run_onnx(folded, image) - expected).norm() <= 1e-5 * expected.norm()


def test_the_net_is_left_alone(tmp_path: Path) -> None:
    net = TINY.build(0).train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    write_onnx(net, tmp_path / "net.onnx", (16, 16))
    write_program(net, tmp_path / "net.pt2", (16, 16))
    assert net.training and all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_a_model_that_computes_something_else_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = onnx_model(TINY.build(1).eval(), torch.randn(1, 3, 16, 16))
    monkeypatch.setattr(exports, "onnx_model", lambda *_: other)
    with pytest.raises(
        ExportError, match=r"ONNX Runtime computes something else than torch on images \(1, 3, 16, 16\)"
    ):
        write_onnx(TINY.build(0), tmp_path / "net.onnx", (16, 16))
    with pytest.raises(ExportError, match=r"ONNX Runtime cannot run the exported net on \(1, 3, 32, 16\): "):
        write_onnx(TINY.build(0), tmp_path / "net.onnx", (32, 16))
    program = torch.export.export(TINY.build(1).eval(), (torch.randn(1, 3, 16, 16),))
    monkeypatch.setattr(torch.export, "export", lambda *_: program)
    with pytest.raises(ExportError, match=r"torch.export computes something else than torch on images \(1, 3, 16"):
        write_program(TINY.build(0), tmp_path / "net.pt2", (16, 16))
    assert not list(tmp_path.iterdir())


def test_outputs_may_differ_by_the_largest_error_and_by_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    net, image = nn.Identity(), torch.ones(1, 3, 4, 4)
    monkeypatch.setattr(exports, "LARGEST_ERROR", 0.5)
    assert exports.require_same(net, image, lambda given: 0.5 * given, "a half") == 0.5
    for worse in (0.25, float("nan")):
        with pytest.raises(ExportError, match="a quarter computes something else than torch"):
            exports.require_same(net, image, lambda given, worse=worse: worse * given, "a quarter")
    with pytest.raises(ExportError, match="another shape computes something else than torch"):
        exports.require_same(net, image, lambda given: given[:, :2], "another shape")


class OfOneSize(nn.Module):
    """Its graph holds the size of the image that it was recorded with."""

    def forward(self, x: Tensor) -> Tensor:
        return x + float(x.shape[2])


class Unexportable(nn.Module):
    """Its graph depends on values, and has an operation that ONNX lacks."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.linalg.eigvals(x @ x.mT).real if float(x.sum()) > 0 else x


def test_a_net_that_depends_on_the_size_is_no_dynamic_model(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    write_onnx(OfOneSize(), path, (16, 16))
    with pytest.raises(ExportError, match=r"computes something else than torch on images \(1, 3, 16, 16\).*for one"):
        write_onnx(OfOneSize(), path, (16, 16), dynamic=True)


def test_every_runtime_computes_what_the_net_does() -> None:
    ticket, image = ticket_of(TWO_BRANCHES), torch.randn(1, 3, 32, 48)
    ways, missing = runtimes(ticket, image, threads=1)
    assert list(ways) == ["torch", "sparse engine", "ONNX Runtime"] and not missing
    for run in ways.values():
        found = run()
        assert_same(torch.from_numpy(found[0]) if isinstance(found, list) else found, ticket, image)  # type: ignore[arg-type]


def test_what_torch_cannot_export_is_told_in_one_line(tmp_path: Path) -> None:
    for write, words in ((write_onnx, "torch cannot export"), (write_program, "torch.export does not take")):
        with pytest.raises(ExportError, match=f"{words} Unexportable") as told:
            write(Unexportable(), tmp_path / "net", (4, 4))
        assert "\n" not in str(told.value) and not list(tmp_path.iterdir())


def test_without_the_extra_one_line_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for absent in exports.PACKAGES:
        monkeypatch.setattr(exports, "find_spec", lambda name, absent=absent: None if name == absent else object())
        with pytest.raises(ExportError, match=f"^{absent} is not installed"):
            write_onnx(TINY.build(0), tmp_path / "net.onnx", (16, 16))
