"""Tickets of detectors that come from elsewhere: which values, which masks, and what stays fresh or dense."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from supertickets.architecture import ArchitectureError
from supertickets.detector_tickets import mask_transfer, of_another_task, with_backbone
from supertickets.detectors import RCNN, ResNet, miniature_detector
from supertickets.detectors.sizes import sparsities
from supertickets.disk import disk_size, read_weights, write_sparse
from supertickets.lottery import rewound
from supertickets.masks import pruned_count, ranked_masks
from supertickets.seeding import generator
from supertickets.ticket import Ticket
from tests.golden.context import draw_weights, random_ticket

pytestmark = pytest.mark.slow
SMALL: dict[str, Any] = {"width": 4, "pyramid_width": 8, "box_width": 16, "mask_width": 8, "joint_width": 8}
CLASSIFIER = ResNet(5, width=4)
MASKS = miniature_detector(2, predicts="mask", **SMALL)
JOINTS = miniature_detector(3, predicts="joints", **SMALL)
TARGETS = {"masks": MASKS, "joints": JOINTS, "c4": miniature_detector(2, features="c4", width=4)}


def classifier(percent: int = 0) -> Ticket:
    """Random values; under a random mask of its backbone, if any."""
    net = CLASSIFIER.build(0)
    draw_weights(net, generator(1))
    weights = CLASSIFIER.prunable(net, "backbone") if percent else {}
    masks = {name: 100 * torch.rand(w.shape, generator=generator(2, name)) >= percent for name, w in weights.items()}
    return Ticket.of(CLASSIFIER, net, masks)


def pruned(config: RCNN, percent: int, which: Any = "detector") -> Ticket:
    net = config.build(0)
    draw_weights(net, generator(3))
    scores = {name: weight.detach().abs() for name, weight in config.prunable(net, which).items()}
    return Ticket.of(config, net, ranked_masks(scores, percent, "exact", "global"))


@pytest.mark.parametrize("percent", [0, 60])
@pytest.mark.parametrize("target", TARGETS)
def test_a_backbone_brings_values_statistics_and_mask_and_nothing_else(target: str, percent: int) -> None:
    source, config = classifier(percent), TARGETS[target]
    start = with_backbone(source, config, seed=7)
    fresh = Ticket.of(config, config.build(7), {})
    moved = set()
    for name, value in source.weights.items():
        if name.startswith("fc.") or name.endswith("num_batches_tracked"):
            continue
        own = next(other for other in start.weights if other.endswith(f".{name}") and "rpn" not in other)
        assert torch.equal(start.weights[own], value), name
        moved.add(own)
        if name in source.masks:
            assert torch.equal(start.masks[own], source.masks[name])
    assert len(start.masks) == len(source.masks)
    assert all(torch.equal(value, fresh.weights[name]) for name, value in start.weights.items() if name not in moved)
    start.net()


def test_text_and_code_rank_a_mask_among_other_weights() -> None:
    dense, percent = classifier(), 70
    text, code = (mask_transfer(dense, MASKS, percent, 7, ranked) for ranked in ("backbone", "detector"))  # type: ignore[arg-type]
    net = with_backbone(dense, MASKS, 7).net()
    for ticket, ranked in ((text, "backbone"), (code, "detector")):
        backbone = MASKS.prunable(net, "backbone")
        assert ticket.masks.keys() == backbone.keys(), "nothing else is masked"
        compared = {name: weight.detach().abs() for name, weight in MASKS.prunable(net, ranked).items()}  # type: ignore[arg-type]
        threshold = torch.cat([score.flatten() for score in compared.values()]).kthvalue(
            pruned_count(sum(score.numel() for score in compared.values()), percent)
        )[0]
        for name, mask in ticket.masks.items():
            assert torch.equal(mask, compared[name] > threshold)
            assert torch.equal(ticket.weights[name], backbone[name].detach() * mask), "dense values where they are kept"
    assert sparsities(text).backbone == pytest.approx(percent, abs=0.01) != sparsities(code).backbone


@pytest.mark.parametrize("values", ["source", "imagenet"])
def test_another_task_gets_the_mask_of_what_is_shared_and_a_dense_head(values: Any) -> None:
    source, start = pruned(MASKS, 80), with_backbone(classifier(), JOINTS, 7)
    moved = of_another_task(source, start, values)
    shared = JOINTS.prunable(start.net(), "shared")
    assert moved.masks.keys() == shared.keys() and all(torch.equal(moved.masks[n], source.masks[n]) for n in shared)
    for name, value in moved.weights.items():
        common = name.startswith(("backbone.", "rpn.", "roi_heads.box_head."))
        origin = source if values == "source" and common else start
        expected = origin.weights[name]
        assert torch.equal(value, expected * moved.masks[name] if name in moved.masks else expected), name
    found = sparsities(moved)
    assert found.shared == pytest.approx(sparsities(source).shared) and found.network < found.prunable < found.shared


def test_sparsities_are_shares_of_zeros() -> None:
    ticket = pruned(MASKS, 80, "shared")
    found, net = sparsities(ticket), ticket.net()
    assert found.shared == pytest.approx(80, abs=0.01) and found.prunable < found.shared
    values = torch.cat([parameter.detach().flatten() for parameter in net.parameters()])
    assert found.network == pytest.approx(100 * float((values == 0).double().mean()))


def test_a_ticket_is_set_back_to_a_state_under_its_mask() -> None:
    found, early = pruned(MASKS, 80), random_ticket(MASKS, 0, generator(9))
    back = rewound(found, early)
    assert all(torch.equal(mask, found.masks[name]) for name, mask in back.masks.items()) and back.masks
    for name, value in back.weights.items():
        mask = back.masks.get(name, torch.ones_like(value, dtype=torch.bool))
        assert torch.equal(value, early.weights[name].masked_fill(~mask, 0))


def test_a_sparse_detector_takes_less_disk_and_answers_the_same(tmp_path: Path) -> None:
    sizes, image = [], torch.rand(1, 3, 64, 64, generator=generator(4))
    for percent in (0, 50, 80, 90):
        ticket = pruned(MASKS, percent)
        size = disk_size(ticket.weights)
        sizes.append(size.sparse_bytes)
        assert write_sparse(ticket.weights, tmp_path / "sparse.safetensors") == size.sparse_bytes <= size.dense_bytes
        net = MASKS.build(5).eval()
        net.load_state_dict(read_weights(tmp_path / "sparse.safetensors"))
        with torch.no_grad():
            ours, theirs = ticket.net().eval()(image)[0], net(image)[0]
        assert len(ours["scores"]) and all(torch.equal(value, theirs[name]) for name, value in ours.items())
    assert sizes == sorted(sizes, reverse=True) and sizes[2] < 0.45 * sizes[0]


def test_a_detector_comes_back_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "ticket.safetensors"
    for ticket in (pruned(MASKS, 50), pruned(TARGETS["c4"], 50, "backbone"), classifier(50)):
        path.write_bytes(ticket.to_bytes())
        stored = Ticket.load(path)
        assert stored.architecture == ticket.architecture and stored.to_bytes() == ticket.to_bytes()


def test_what_does_not_fit_is_named() -> None:
    wide = Ticket.of(replace(CLASSIFIER, width=8), replace(CLASSIFIER, width=8).build(0), {})
    with pytest.raises(ArchitectureError, match="cannot transfer: width is 8 in the source, 4 in the target"):
        with_backbone(wide, MASKS, 0)
    with pytest.raises(ArchitectureError, match="comes from architecture 'rcnn': give the ticket of a 'resnet'"):
        with_backbone(pruned(MASKS, 50), JOINTS, 0)
    other = replace(JOINTS, pyramid_width=16)
    with pytest.raises(ArchitectureError, match="pyramid_width is 8 in the source, 16 in the target"):
        of_another_task(pruned(MASKS, 50), with_backbone(classifier(), other, 0))
    with pytest.raises(ArchitectureError, match="a transfer from 'resnet' to 'rcnn'"):
        of_another_task(classifier(50), with_backbone(classifier(), JOINTS, 0))
    with pytest.raises(ValueError, match="architecture 'resnet': give that of a detector"):
        sparsities(classifier())
    with pytest.raises(ArchitectureError, match=r"use supertickets\.detector_tickets"):
        MASKS.with_outputs_of(MASKS)


def test_an_emptied_layer_is_named() -> None:
    dense = classifier()
    dense.weights["layer1.0.conv1.weight"].mul_(1e-6)
    with pytest.warns(UserWarning, match=r"mask transfer at 50 % .*is kept of backbone\.body\.layer1\.0\.conv1"):
        mask_transfer(dense, MASKS, 50, 0)
    ticket = mask_transfer(dense, MASKS, 50, 0, ranking="per layer")
    assert all(2 * int(mask.sum()) == mask.numel() for mask in ticket.masks.values())
