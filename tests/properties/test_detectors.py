"""Detectors: how they begin, what training leaves as it is, and the pictures that torchvision stumbles over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from supertickets.architecture import ArchitectureError
from supertickets.descriptions import DescriptionError
from supertickets.detectors import RCNN, ResNet, miniature_detector
from supertickets.detectors.pictures import Pictures
from supertickets.seeding import Draws, generator
from supertickets.tasks.annotated import AnnotatedImages
from supertickets.tasks.base import Augmentation
from supertickets.tasks.detection import (
    Detection,
    DetectionTask,
    InstanceSegmentation,
    KeypointDetection,
    validation_loss,
)
from tests.golden.context import SCENE, people_in_scenes, scenes

pytestmark = pytest.mark.slow
CPU = torch.device("cpu")
SMALL: dict[str, Any] = {"width": 4, "pyramid_width": 8, "box_width": 16, "mask_width": 8, "joint_width": 8}
MASKS = miniature_detector(2, predicts="mask", **SMALL)
JOINTS = miniature_detector(3, predicts="joints", **SMALL)
BOXES = miniature_detector(2, **SMALL)
C4 = miniature_detector(2, features="c4", width=4)
TASKS: dict[str, tuple[RCNN, DetectionTask]] = {
    "boxes": (BOXES, Detection(2)), "c4": (C4, Detection(2)), "masks": (MASKS, InstanceSegmentation(2)),
    "joints": (JOINTS, KeypointDetection(3)),
}  # fmt: skip


def split(task: DetectionTask) -> AnnotatedImages:
    """Random pictures with none to two objects."""
    random = generator(0, "pictures")
    return people_in_scenes(3, random) if isinstance(task, KeypointDetection) else scenes(2, random)


def given(task: DetectionTask, samples: AnnotatedImages, augmentation: Augmentation | None = None) -> Pictures:
    draws = Draws(generator(1), len(samples))
    return task.batch(samples, (SCENE, SCENE), augmentation or Augmentation(), draws, CPU)[0]


def loss_of(config: RCNN, task: DetectionTask, samples: AnnotatedImages) -> float:
    """The loss of a fresh net, after whose backward pass every weight has a gradient."""
    net = config.build(0).train()
    loss = task.loss(net(given(task, samples)))
    loss.backward()
    assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in net.parameters())
    return float(loss.detach())


@pytest.mark.parametrize("features", ["fpn", "c4"])
def test_proposals_matches_and_regions_are_those_of_the_papers_code(features: Any) -> None:
    """Numbers that torchvision takes and no field of a description holds."""
    net = RCNN(3, features=features, width=4, pyramid_width=8, box_width=16, canonical_size=112.0).build(0)
    rpn, heads, pool = net.rpn, net.roi_heads, net.roi_heads.box_roi_pool
    assert (rpn.proposal_matcher.high_threshold, rpn.proposal_matcher.low_threshold) == (0.7, 0.3)
    assert (rpn.fg_bg_sampler.batch_size_per_image, rpn.fg_bg_sampler.positive_fraction) == (256, 0.5)
    assert rpn._pre_nms_top_n == {"training": 2000, "testing": 1000} and rpn.nms_thresh == 0.7
    assert rpn._post_nms_top_n == {"training": 2000, "testing": 1000}
    assert {ratio for level in rpn.anchor_generator.aspect_ratios for ratio in level} == {0.5, 1.0, 2.0}
    assert (heads.proposal_matcher.high_threshold, heads.proposal_matcher.low_threshold) == (0.5, 0.5)
    assert (heads.fg_bg_sampler.batch_size_per_image, heads.fg_bg_sampler.positive_fraction) == (512, 0.25)
    assert (heads.score_thresh, heads.nms_thresh, heads.detections_per_img) == (0.05, 0.5, 100)
    assert heads.box_coder.weights == (10.0, 10.0, 5.0, 5.0)
    assert pool.sampling_ratio == 2 and pool.output_size == ((7, 7) if features == "fpn" else (14, 14))
    assert pool.scales == ([1 / 4, 1 / 8, 1 / 16, 1 / 32] if features == "fpn" else [1 / 16])
    mapper = pool.map_levels
    assert (mapper.k_min, mapper.k_max) == ((2, 5) if features == "fpn" else (4, 4))
    assert (mapper.s0, mapper.lvl0) == (112.0, 4)
    sizes = ((32,), (64,), (128,), (256,), (512,)) if features == "fpn" else ((32, 64, 128, 256),)
    assert rpn.anchor_generator.sizes == sizes


@pytest.mark.parametrize("config", [config for config, _ in TASKS.values()], ids=TASKS)
def test_biases_begin_at_zero_which_network_sparsities_count(config: RCNN) -> None:
    biases = {name: bias for name, bias in config.build(0).named_parameters() if name.endswith("bias")}
    assert biases and not any(bias.any() for bias in biases.values())


@pytest.mark.parametrize("kind", TASKS)
def test_equal_seeds_give_equal_nets_whatever_the_random_state(kind: str) -> None:
    config = TASKS[kind][0]
    one, state = config.build(3).state_dict(), torch.get_rng_state()
    torch.rand(7)
    other, third = config.build(3).state_dict(), config.build(4).state_dict()
    assert all(torch.equal(value, other[name]) for name, value in one.items())
    assert any(not torch.equal(value, third[name]) for name, value in one.items())
    torch.set_rng_state(state)
    config.build(5)
    assert torch.equal(torch.get_rng_state(), state)


def test_the_head_of_boxes_begins_as_in_detectron2() -> None:
    head = RCNN(80, "box").build(0).get_parameter("roi_heads.box_head.fc6.weight")
    assert float(head.detach().std()) == pytest.approx((256 * 7 * 7) ** -0.5, rel=0.01)  # .009


@pytest.mark.parametrize("kind", TASKS)
def test_the_statistics_of_a_detector_are_frozen(kind: str) -> None:
    config, task = TASKS[kind]
    net = config.build(0).train()
    names = {name for name, _ in net.named_buffers()}
    assert names and not any(isinstance(module, nn.BatchNorm2d) for module in net.modules())
    before = {name: value.clone() for name, value in net.named_buffers()}
    net(given(task, split(task)))
    assert all(torch.equal(value, before[name]) for name, value in net.named_buffers())
    assert not any("bn" in name for name, _ in net.named_parameters())


@pytest.mark.parametrize("kind", TASKS)
def test_pictures_without_objects_teach_that_there_are_none(kind: str) -> None:
    config, task = TASKS[kind]
    samples = split(task)
    empty = samples.take(torch.tensor([i for i, count in enumerate(samples.counts.tolist()) if count == 0]))
    assert len(empty) > 4 and loss_of(config, task, empty) > 0


def test_people_without_joints_are_boxes_alone() -> None:
    config, task = TASKS["joints"]
    samples = split(task)
    assert samples.joints is not None
    blind = replace(samples, joints=torch.zeros_like(samples.joints))
    net = config.build(0).train()
    with torch.no_grad():
        losses = net(given(task, blind))
    assert float(losses["loss_keypoint"]) == 0 and float(losses["loss_box_reg"]) > 0
    assert loss_of(config, task, blind) > 0


def test_one_class_is_enough() -> None:
    task, random = Detection(1), generator(0)
    loss = loss_of(miniature_detector(1, **SMALL), task, scenes(1, random))
    scores = task.evaluate(miniature_detector(1, **SMALL).build(0).eval(), scenes(1, random), (SCENE, SCENE), 8, CPU)
    assert loss > 0 and scores.keys() == {"box_ap", "box_ap50", "voc_ap"}


def test_degenerate_boxes_are_refused_before_they_reach_the_net() -> None:
    samples = scenes(2, generator(0))
    boxes = samples.boxes.clone()
    boxes[3, 2] = boxes[3, 0]
    with pytest.raises(ValueError, match=r"image \d+: object 3 of all has boxes"):
        replace(samples, boxes=boxes)
    thin = samples.boxes.clone()
    thin[:, 2:] = thin[:, :2] + 1e-3
    assert loss_of(BOXES, Detection(2), replace(samples, boxes=thin)) > 0, "thin ones are trained on"


@pytest.mark.parametrize("most", [1, 1000])
def test_as_many_detections_as_are_asked_for(most: int) -> None:
    config = replace(MASKS, outputs=6, detections=most, proposals=1000, proposals_before_nms=1000)
    net = config.build(0).eval()
    # every box of every class is worth its place
    net.roi_heads.score_thresh, net.roi_heads.nms_thresh, net.rpn.nms_thresh = 0.0, 1.0, 1.0  # type: ignore[union-attr]
    samples = scenes(6, generator(0)).take(torch.arange(2))
    task = InstanceSegmentation(6)
    truth, found = task.compared(net, samples, (SCENE, SCENE), 2, CPU)
    assert [len(one) for one in found] == [most, most]
    assert task.scores(truth, found).keys() == set(task.metrics)


@torch.no_grad()
def test_the_scale_of_a_map_does_not_depend_on_how_much_of_its_image_a_picture_fills() -> None:
    net = BOXES.build(0).eval()
    image = torch.rand(1, 3, 64, 64, generator=generator(0))
    low = net(Pictures(image, [(33, 64)]))
    assert net.roi_heads.box_roi_pool.scales == [1 / 4, 1 / 8, 1 / 16, 1 / 32]  # type: ignore[union-attr]
    assert float(low[0]["boxes"][:, 3].max()) <= 33
    whole = BOXES.build(0).eval()(Pictures(image, [(64, 64)]))
    again = net(Pictures(image, [(64, 64)]))
    assert torch.equal(whole[0]["boxes"], again[0]["boxes"]), "torchvision keeps the guess of the first batch"


def test_mirrored_pictures_have_mirrored_objects() -> None:
    task = KeypointDetection(3)
    samples = split(task)
    plain, mirrored = given(task, samples), given(task, samples, Augmentation(flip=True))
    assert plain.objects is not None and mirrored.objects is not None
    turned = 0
    for i, (rows, columns) in enumerate(plain.sizes):
        one, other = (each.images[i, :, :rows, :columns] for each in (plain, mirrored))
        ours, theirs = plain.objects[i], mirrored.objects[i]
        if torch.equal(one, other):
            assert all(torch.equal(value, theirs[name]) for name, value in ours.items())
            continue
        turned += 1
        assert torch.equal(one.flip(2), other)
        assert torch.equal(theirs["boxes"][:, [0, 2]], columns - ours["boxes"][:, [2, 0]])
        assert torch.equal(theirs["keypoints"][:, [1, 0, 2], 0], columns - ours["keypoints"][:, :, 0])
        assert not mirrored.images[i, :, :, columns:].any(), "nothing is beyond a picture"
    assert 0 < turned < len(samples)


def test_crowds_and_other_classes_are_not_trained_on() -> None:
    boxes, people = Detection(2), KeypointDetection(3)
    for task in (boxes, people):
        samples = split(task)
        objects = given(task, samples).objects
        assert objects is not None
        wanted = ~samples.ignored & (samples.labels == 1 if task is people else samples.labels > 0)
        assert torch.equal(torch.cat([one["boxes"] for one in objects]), samples.boxes[wanted])
        assert task is boxes or all(bool((one["labels"] == 1).all()) for one in objects)


def test_the_validation_loss_is_the_same_each_time_and_changes_nothing() -> None:
    config, task = TASKS["masks"]
    net, samples = config.build(0).eval(), split(task)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    state = torch.get_rng_state()
    losses = []
    for _ in range(2):
        losses.append(validation_loss(net, task, samples, (SCENE, SCENE), 8, CPU))
        torch.rand(3)
    assert losses[0] == losses[1] > 0 and not net.training
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    torch.set_rng_state(state)
    validation_loss(net, task, samples, (SCENE, SCENE), 8, CPU)
    assert torch.equal(torch.get_rng_state(), state)


def test_a_net_that_has_diverged_is_not_scored() -> None:
    net = BOXES.build(0).eval()
    with torch.no_grad():
        net.get_parameter("rpn.head.cls_logits.weight").fill_(float("nan"))
    with pytest.raises(ValueError, match="weights are not finite, so it cannot be scored"):
        Detection(2).evaluate(net, scenes(2, generator(0)), (SCENE, SCENE), 8, CPU)


def test_a_classifier_takes_over_the_head_of_another_of_its_body() -> None:
    source, target = ResNet(2, width=4), ResNet(7, width=4)
    assert source.with_head_of(target) == source.with_outputs_of(target) == target
    for other, said in ((ResNet(7, width=8), "width is 4 in the source, 8"), (ResNet(7, "resnet50", 4), "body is")):
        with pytest.raises(ArchitectureError, match=f"^cannot transfer: {said}"):
            source.with_head_of(other)


def test_what_does_not_fit_is_named() -> None:
    samples = scenes(2, generator(0))
    with pytest.raises(ValueError, match=r"the net has no loss_mask, only .*: give it the task's head"):
        InstanceSegmentation(2).loss(BOXES.build(0).train()(given(InstanceSegmentation(2), samples)))
    with pytest.raises(ValueError, match="detectors have them in train mode only"):
        Detection(2).loss(BOXES.build(0).eval()(given(Detection(2), samples)))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="needs the objects of its pictures"):
        BOXES.build(0).train()(torch.rand(1, 3, 32, 32))
    with pytest.raises(ValueError, match="pictures are 32 x 32, the recipe's image_size is"):
        Detection(2).batch(samples, (16, 32), Augmentation(), Draws(generator(0), len(samples)), CPU)
    with pytest.raises(ValueError, match="the data have no joints"):
        KeypointDetection(3).check(samples)
    joints = torch.zeros(len(samples.labels), 3, 3)
    with_joints = replace(samples, joints=joints, joint_names=("a", "b", "c"), sigmas=(0.1, 0.1, 0.1))
    KeypointDetection(3, person=2).check(with_joints)
    with pytest.raises(ValueError, match=r"^person is class 3, the data have 1 .. 2$"):
        KeypointDetection(3, person=3).check(with_joints)
    with pytest.raises(ValueError, match="the data have no masks"):
        InstanceSegmentation(2).check(replace(samples, masks=None))
    for refuse in (Detection(3).check, lambda split: Detection(3).evaluate(BOXES.build(0), split, (32, 32), 1, CPU)):
        with pytest.raises(ValueError, match="the data have 2 classes, the task 3"):
            refuse(samples)
    with pytest.raises(ArchitectureError, match="'c4' have no head that predicts 'mask'"):
        RCNN(2, "mask", features="c4")
    with pytest.raises(ArchitectureError, match="body is 'resnet19': choose 'resnet18', 'resnet50'"):
        ResNet(2, "resnet19")  # type: ignore[arg-type]
    with pytest.raises(ArchitectureError, match="prunable is 'shared': choose 'blocks', 'backbone'"):
        ResNet(2, width=4).prunable(ResNet(2, width=4).build(0), "shared")
    with pytest.raises(DescriptionError, match="classes is 0"):
        Detection(0)


def layers(net: nn.Module) -> dict[str, Tensor]:
    kinds = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)
    return {f"{name}.weight": module.weight for name, module in net.named_modules() if isinstance(module, kinds)}


@pytest.mark.parametrize("kind", TASKS)
def test_prunable_sets_are_parts_of_each_other_and_leave_out_what_the_paper_leaves_out(kind: str) -> None:
    config = TASKS[kind][0]
    net = config.build(0)
    sets = {which: set(config.prunable(net, which)) for which in ("blocks", "backbone", "shared", "detector", "all")}  # type: ignore[arg-type]
    assert sets["blocks"] < sets["backbone"] < sets["shared"] <= sets["detector"] < sets["all"] == set(layers(net))
    assert sets["backbone"] < set(config.prunable(net, "body")) < set(config.prunable(net, "convolutions"))
    never = ("downsample", "box_predictor", "cls_logits", "bbox_pred", "mask_fcn_logits", "kps_score", "bias")
    assert not [name for name in sets["detector"] if any(word in name for word in never)]
    own = sets["detector"] - sets["shared"]
    assert len(own) == {"boxes": 0, "c4": 0, "masks": 5, "joints": 8}[kind]
