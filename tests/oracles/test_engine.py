"""The sparse engine against the same net in torch: shapes, sizes, sparsities, empty blocks, threads, and its memory."""

from __future__ import annotations

import ctypes
import mmap
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from supertickets.engine import Engine, EngineError, engine
from supertickets.engine.operations import CompiledOperation
from supertickets.engine.tensors import HALO, Form
from supertickets.kernels import KernelsUnavailable, library
from supertickets.masks import Masks
from supertickets.searching import remove_units
from supertickets.supernet import CITYSCAPES, IMAGENET, Stage, SupernetConfig, miniature
from supertickets.supernet.net import Supernet
from supertickets.ticket import Ticket
from supertickets.units import unit_groups
from tests.net_masks import random_masks
from tests.sanitizers import assert_clean, needs_sanitizers
from tests.strategies import percentages, small_configs

ROOT = Path(__file__).parents[2]
WITHOUT_COMPILER = not any(map(shutil.which, ("cc", "gcc", "clang")))
pytestmark = pytest.mark.skipif(WITHOUT_COMPILER, reason="no C compiler")


def some_net(config: SupernetConfig, seed: int, percent: int, removed: int = 0) -> Supernet:
    """A net in eval mode that has been pruned, with BatchNorms that do something and every `removed`-th block gone."""
    net = config.build(seed)
    random = torch.Generator().manual_seed(seed)
    if removed:
        gone = {name: torch.arange(0) for n, name in enumerate(unit_groups(net)) if n % removed == 0}
        remove_units(net, gone)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1, generator=random)
            module.running_var.uniform_(0.5, 1.5, generator=random)
            module.weight.data.uniform_(0.5, 1.5, generator=random)
            module.bias.data.normal_(0, 0.1, generator=random)
    masks: Masks = random_masks(net, percent, seed) if percent else {}
    return Ticket.of(config, net, masks).net().eval()  # type: ignore[return-value]


@torch.no_grad()
def assert_same(net: Supernet, images: Tensor, threads: int = 1) -> None:
    """No further from the net in double precision than single precision explains."""
    found = Engine(net, threads)(images)
    wanted = net.double()(images.double())
    net.float()
    assert found.shape == wanted.shape and found.dtype == torch.float32
    assert float((found - wanted).abs().max()) <= 1e-5 * float(wanted.abs().max()) + 1e-12


def pictures(batch: int, height: int, width: int) -> Tensor:
    return torch.randn(batch, 3, height, width, generator=torch.Generator().manual_seed(height * width))


@pytest.mark.slow
@given(
    small_configs(), st.integers(1, 70), st.integers(1, 140), percentages(), st.sampled_from((0, 1, 2, 3)),
    st.sampled_from((1, 2, 3)), st.integers(0, 2**20),
)  # fmt: skip
def test_any_net_on_pictures_of_any_size(
    config: SupernetConfig, height: int, width: int, percent: int, removed: int, threads: int, seed: int
) -> None:
    assert_same(some_net(config, seed, percent, removed), pictures(2, height, width), threads)


@pytest.mark.slow
@pytest.mark.parametrize("width", [1, 31, 32, 33, 64, 127, 128, 129, 255, 256, 300, 512, 520])
def test_every_width_of_tile_and_what_is_left_beside_it(width: int) -> None:
    net = some_net(miniature(5), 0, 50)
    assert_same(net, pictures(1, 36, 4 * width), threads=1)
    assert_same(net, pictures(1, 100, 2 * width - 1), threads=2)


@pytest.mark.slow
@pytest.mark.parametrize("config", [CITYSCAPES, IMAGENET])
@pytest.mark.parametrize("percent", [0, 90])
def test_the_papers_supernets(config: SupernetConfig, percent: int) -> None:
    assert_same(some_net(config, 1, percent), pictures(1, 96, 160), threads=2)


@pytest.mark.fast
@pytest.mark.parametrize("emptied", [0, 1, 2])
def test_blocks_without_a_channel_of_one_kernel_size(emptied: int) -> None:
    config = SupernetConfig(outputs=3, stem=(4, 4), stages=(Stage((1,), (4,)),), expansion=1, last_channels=4, tokens=0)
    shape = {name: list(counts) for name, counts in config.shape(config.build(0)).items()}
    for counts in shape.values():
        counts[emptied] = 0
    assert_same(config.shaped(shape).eval(), pictures(1, 12, 20))


@pytest.mark.slow
def test_a_layer_whose_weights_are_all_zero() -> None:
    net = some_net(miniature(5, tokens=4), 0, 0)
    for parameter in net.parameters():
        if parameter.dim() > 1:
            parameter.data.zero_()
    assert_same(net, pictures(1, 64, 64))


@pytest.mark.fast
def test_it_can_be_asked_again_and_for_other_sizes_and_keeps_its_own_weights() -> None:
    net = some_net(miniature(5), 3, 80)
    ready = Engine(net)
    with torch.no_grad():
        small, large = pictures(1, 32, 48), pictures(2, 48, 64)
        wanted = [ready(small), ready(large)]
        for _ in range(2):
            for side in range(33, 33 + engine.SIZES_KEPT + 1):
                ready(pictures(1, side, side))
            assert torch.equal(ready(small), wanted[0]) and torch.equal(ready(large), wanted[1])
        net.head.classifier.weight.data.zero_()
        assert torch.equal(ready(small), wanted[0])
        assert torch.equal(ready(large.contiguous(memory_format=torch.channels_last)), wanted[1])
        assert torch.equal(ready(large.repeat(1, 1, 1, 2)[..., ::2]), ready(large.repeat(1, 1, 1, 2)[..., ::2].clone()))
        assert ready(large[:0]).shape == (0, *wanted[1].shape[1:])


# --- memory -----------------------------------------------------------------------------------------------------------


class Guarded(engine.Block):
    """Memory that ends where the process may not read: one float too far is a signal."""

    def __init__(self, floats: int) -> None:
        size = -(-4 * floats // mmap.PAGESIZE) * mmap.PAGESIZE
        self.mapped = mmap.mmap(-1, size + 2 * mmap.PAGESIZE)
        whole = np.frombuffer(self.mapped, np.float32)
        libc = ctypes.CDLL(None, use_errno=True)
        for begin in (0, mmap.PAGESIZE + size):
            place = ctypes.c_void_p(whole.ctypes.data + begin)
            assert libc.mprotect(place, ctypes.c_size_t(mmap.PAGESIZE), 0) == 0
        after = (mmap.PAGESIZE + size) // 4
        # once the end meets the forbidden page, once the beginning
        self.floats = whole[after - floats : after] if self.at_end else whole[mmap.PAGESIZE // 4 :][:floats]

    at_end = True


class GuardedBefore(Guarded):
    """Memory that begins where the process may not read."""

    at_end = False


@pytest.mark.few
@pytest.mark.fast
@pytest.mark.parametrize("guarded", [Guarded, GuardedBefore])
@pytest.mark.parametrize("size", [(33, 70), (64, 256), (1, 1)])
def test_nothing_is_read_or_written_outside_its_memory(guarded: type[Guarded], size: tuple[int, int]) -> None:
    net = some_net(miniature(5, tokens=3), 1, 30)
    program = engine.Program(net, *size, allocate=guarded)
    picture = Guarded(3 * size[0] * size[1]).floats  # neither are other people's pictures
    picture[:] = pictures(1, *size).flatten().numpy()
    out = Guarded(int(np.prod(program.output_shape))).floats
    program.run(torch.from_numpy(picture), torch.from_numpy(out), threads=2)
    wanted = Engine(net)(torch.from_numpy(picture).view(1, 3, *size))
    assert np.array_equal(out, wanted.flatten().numpy())


@pytest.mark.fast
def test_the_zeros_around_planes_stay() -> None:
    program = engine.Program(some_net(miniature(5, tokens=3), 1, 0), 33, 70)
    out = torch.empty(program.output_shape)
    first, second = pictures(1, 33, 70)[0], pictures(1, 33, 70)[0] * 3
    program.run(first, out, 1)
    once = out.clone()
    program.run(second, out, 1)
    program.run(first, out, 1)
    assert torch.equal(out, once)


@pytest.mark.fast
@given(st.integers(1, 300), st.integers(1, 300), st.booleans())
def test_planes_leave_room_for_filters(height: int, width: int, separated: bool) -> None:
    form = Form(height, width, separated)
    columns = -(-width // 2) if separated else width
    assert form.row >= columns + HALO and form.part >= (height + 2 * HALO) * form.row
    assert form.part // 16 % 2 == 1 and form.channel >= (1 + separated) * form.part and form.channel // 16 % 2 == 1


@pytest.mark.fast
def test_python_and_c_mean_the_same_structure() -> None:
    source = (ROOT / "supertickets" / "engine" / "kernels.c").read_text()
    begin = source.index("  int64_t kind;")
    body = source[begin : source.index("} Operation;")]
    lines = [line.partition("//")[0].replace("*", " ") for line in body.splitlines()]
    declared = " ".join(lines).replace(";", ",").split(",")
    names = [words.split()[-1] for words in declared if words.split()]
    assert names == [name for name, _ in CompiledOperation._fields_]


SANITIZED = """
import numpy as np, torch
from supertickets.engine import engine
from tests.oracles.test_engine import some_net, pictures
from supertickets.supernet import miniature, SupernetConfig
class Heap(engine.Block):
    def __init__(self, floats):
        self.kept = np.zeros(floats + 16, np.float32)
        begin = (-self.kept.ctypes.data // 4) % 16
        self.floats = self.kept[begin:begin + floats]
for config in (miniature(5, tokens=3), miniature(4, head_kind="classification", last_channels=8)):
    net = some_net(config, 1, 60)
    for size in ((33, 70), (64, 270), (1, 1)):
        program = engine.Program(net, *size, allocate=Heap)
        out = torch.empty(program.output_shape)
        for threads in (1, 3):
            program.run(pictures(1, *size)[0], out, threads)
        assert bool(out.isfinite().all())
print("clean")
"""


@pytest.mark.slow
@needs_sanitizers
def test_sanitizers_find_nothing(tmp_path: Path) -> None:
    """Addresses and undefined behaviour, on memory of the heap."""
    assert_clean(SANITIZED, tmp_path)


# --- what cannot be run -----------------------------------------------------------------------------------------------


@pytest.mark.fast
def test_other_nets_and_numbers_of_threads_are_refused() -> None:
    with pytest.raises(EngineError, match="supernets and their tickets, not Conv2d"):
        Engine(nn.Conv2d(3, 3, 1))
    for threads in (0, -1, engine.MOST_THREADS + 1):
        with pytest.raises(EngineError, match=f"threads is {threads}: give a number from 1 to"):
            Engine(some_net(miniature(5), 0, 0), threads)


@pytest.mark.fast
@pytest.mark.parametrize(
    ("images", "reason"),
    [
        (torch.zeros(3, 8, 8), r"shape \(3, 8, 8\): give \(B, 3, H, W\)"),
        (torch.zeros(1, 4, 8, 8), r"shape \(1, 4, 8, 8\)"),
        (torch.zeros(1, 3, 0, 8), r"shape \(1, 3, 0, 8\)"),
        (torch.zeros(1, 3, 8, 8, dtype=torch.float64), "torch.float64 on cpu: give float32 on the CPU"),
        (torch.zeros(1, 3, 8, 8, device="meta"), "torch.float32 on meta"),
    ],
)
def test_other_pictures_are_refused(images: Tensor, reason: str) -> None:
    with pytest.raises(EngineError, match=reason):
        Engine(some_net(miniature(5), 0, 0))(images)


@pytest.mark.fast
def test_without_a_compiler_the_reason_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SUPERTICKETS_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(KernelsUnavailable, match="no C compiler: install gcc or clang"):
        library.__wrapped__(engine.SOURCE)
    monkeypatch.setenv("CC", f"{sys.executable} -c 'raise SystemExit(\"error: no such flag\")'")
    with pytest.raises(KernelsUnavailable, match=r"cannot compile kernels\.c \(error: no such flag\): install gcc"):
        library.__wrapped__(engine.SOURCE)
    assert not list((tmp_path / "kernels").iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"", b"cut", None])
def test_a_damaged_library_is_made_again(
    content: bytes | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SUPERTICKETS_CACHE", str(tmp_path))
    library.__wrapped__(engine.SOURCE)
    [path] = (tmp_path / "kernels").iterdir()
    whole = path.read_bytes()
    path.unlink()  # it is in use: not to be written over
    path.write_bytes(whole[: len(whole) // 2] if content is None else content)
    assert library.__wrapped__(engine.SOURCE).lanes() in {4, 8, 16}
    assert path.read_bytes() == whole and [path] == list((tmp_path / "kernels").iterdir())
