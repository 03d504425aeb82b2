"""What every baseline network of `bench/networks` owes its users; a new file there is found without an edit here.

Its cost is frozen in `COSTS`: integers that were compared with the sources named there when they were first seen.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

import bench.networks
from bench.networks import Network, NetworkError, measured_costs, network, networks
from bench.networks.base import library
from bench.networks.page import number, page
from tests.oracles.flops import torch_macs

NAMES = list(networks())
PAGE = Path(__file__).parents[2] / "docs" / "networks.md"
slow = pytest.mark.slow  # imports torchvision, pytorchcv and timm

# (parameters, multiply-accumulates) at the network's input size; behind it, what an independent count said
COSTS = {
    "condensenet": (2_935_416, 261_545_792),  # 2.94M / 262M
    "fbnet_b": (4_801_368, 291_004_424),  # 4.82M / 291M, the authors' own builder
    "mobilenet_v2": (3_504_872, 300_774_272),  # 3.50M / 301M
    "shufflenet_v1": (3_442_168, 292_443_552),  # 292M, the authors
    "shufflenet_v2": (3_503_624, 295_759_392),  # 3.50M / 296M
    "auto_deeplab": (2_780_451, 58_495_160_320),  # 2.8M / 58G
    "bisenet": (1_541_963, 6_940_590_080),  # 1.54M / 6.94G
    "mobilenet_v3_cityscapes": (1_746_878, 2_479_465_344),  # 1.75M / 2.48G
    "shufflenet_v2_dpc": (1_509_351, 3_426_213_888),  # 1.51M / 3.43G
    "squeezenas": (704_382, 2_346_536_960),  # 0.70M
    "mobilenet_v2_ade": (2_146_454, 2_637_774_848),  # 2.15M / 2.64G
    "mobilenet_v3_ade": (1_769_148, 1_330_316_160),  # 1.77M / 1.33G
    "mobilenet_v2_pose": (2_315_729, 327_395_328),  # 2.32M / 0.327G
    "shufflenet_v1_pose": (976_105, 166_745_088),  # 0.98M / 0.167G
    "shufflenet_v2_pose": (1_329_077, 174_174_336),  # 1.33M / 0.174G
    "df1_seg_d8": (13_107_224, 10_397_114_368),  # 13.1M / 10.4G
    "fasterseg": (3_421_875, 6_942_621_696),  # 6.94G
}


def built(key: str) -> tuple[Network, nn.Module]:
    try:
        return network(key), network(key).build().eval()
    except NetworkError as error:
        pytest.skip(str(error))


@pytest.mark.slow
def test_every_file_is_found_in_the_order_of_the_tables() -> None:
    found = networks()
    assert COSTS.keys() <= found.keys()
    assert [each.tables for each in found.values()] == sorted(each.tables for each in found.values())
    for key, each in found.items():
        assert (
            network(key) is each and each.key == key == Path(sys.modules[f"bench.networks.{key}"].__file__ or "").stem
        )
        assert each.tables and set(each.tables) <= {3, 4, 5, 6, 10}
        for printed in (each.printed_params, each.printed_macs):
            assert printed is None or number(printed) > 0
    with pytest.raises(NetworkError, match=r"no network is called 'resnet': .*condensenet, "):
        network("resnet")


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(Path(bench.networks.__file__).parent.glob("*.py")), ids=lambda path: path.stem)
def test_describing_imports_no_library_of_networks(path: Path) -> None:
    top = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
    imported = {getattr(node, "module", None) or node.names[0].name for node in top}
    assert not {name.partition(".")[0] for name in imported} & {"torchvision", "pytorchcv", "timm"}


@slow
@pytest.mark.parametrize("key", NAMES)
def test_it_computes_what_it_says(key: str) -> None:
    described, net = built(key)
    # classifiers average over the 7x7 cells of their input size
    size = described.input_size if described.task == "classification" else (64, 128)
    torch.manual_seed(0)
    with torch.no_grad():
        scores = net(torch.randn(1, 3, *size))
    assert scores.shape == described.output_shape(1, size)
    assert scores.isfinite().all() and scores.std() > 0


@slow
@pytest.mark.parametrize("key", NAMES)
def test_its_cost_is_torchs_count_and_stays(key: str) -> None:
    described, net = built(key)
    costs = measured_costs(described)
    assert costs == (
        sum(parameter.numel() for parameter in net.parameters()),
        torch_macs(net.to("meta"), described.input_size),
    )
    assert key in COSTS, f"new network: compare its cost {costs} with its source, then write it to COSTS"
    assert costs == COSTS[key]


@slow
@pytest.mark.parametrize("key", NAMES)
def test_it_trains(key: str) -> None:
    """Every weight gets a gradient, so none is there for the count alone."""
    described, net = built(key)
    size = described.input_size if described.task == "classification" else (64, 128)
    net.train()(torch.randn(2, 3, *size)).square().mean().backward()
    idle = [name for name, parameter in net.named_parameters() if parameter.grad is None]
    assert not idle


@slow
def test_the_sizes_at_which_printed_costs_are_true() -> None:
    assert measured_costs(network("squeezenas"), (1024, 2048)) == (704_382, 9_386_147_840)
    assert measured_costs(network("mobilenet_v2_ade"), (513, 513)) == (2_146_454, 2_776_672_192)
    params, macs = measured_costs(network("shufflenet_v2_dpc"))
    assert (round(2 * params / 10**6, 1), round(2 * macs / 10**9, 1)) == (3.0, 6.9)
    assert round(2.9 * 512 * 1024 / (640 * 360), 1) == 6.6, "BiSeNet's 2.9G, scaled by pixels"


@slow
def test_the_parameters_of_fasterseg_are_printed_with_those_of_training() -> None:
    heads = sum(width * width * 9 + 2 * width + 19 * width + 19 for width in (256, 192))
    attention = 2 * 128 * 128
    assert heads + attention == 963_814
    assert measured_costs(network("fasterseg"))[0] + heads + attention == 4_385_689  # as its authors' code counts


@slow
def test_the_page_is_what_the_command_prints() -> None:
    try:
        text = page({each: measured_costs(each) for each in networks().values()})
    except NetworkError as error:
        pytest.skip(str(error))
    assert PAGE.read_text(encoding="utf-8") == text, "run: python -m bench.networks > docs/networks.md"


@pytest.mark.slow
def test_a_missing_library_is_named_with_its_remedy() -> None:
    with pytest.raises(NetworkError, match=r"^no_such_library is not installed; .*--group baselines"):
        library("no_such_library.models")
    with pytest.raises(ModuleNotFoundError):  # broken is not missing
        library("bench.no_such_module")


@pytest.mark.slow
def test_a_printed_cost_without_unit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'5\.8' is no printed cost"):
        number("5.8")
