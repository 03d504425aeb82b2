"""Where paper and public code disagree: each row of the table is a switch, and each switch does what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace

import pytest
import torch
from supertickets.search_then_prune import prune_subnet
from supertickets.sparse import StoredValue
from supertickets.training import Training
from torch import Tensor, nn

from supertickets.costs import Cost, LayerCost, cost
from supertickets.masks import prunable
from supertickets.optimizers import Optimization
from supertickets.supernet import ADE20K, CITYSCAPES, COCO_KEYPOINTS, IMAGENET, build, unit_groups
from supertickets.supernet.transformer import TokenTransformer
from supertickets.two_in_one import TwoInOne, two_in_one
from tests.properties.small import TINY, TWO_BRANCHES, training

pytestmark = [pytest.mark.fast, pytest.mark.filterwarnings("ignore:.*nothing is kept of")]
BASE = TwoInOne(epochs=4, search_interval=2, prune_interval=2, sparsity=40, recalibration_batches=1, progressive=False)


def epochs(algorithm: TwoInOne, average_decay: float = 0.0, kill: int = 0) -> Iterator[Training]:
    """The training after every epoch; `kill` units of the head have no importance."""
    optimization = Optimization("adamw", lr=0.01, schedule="constant", l2=1e-2, average_decay=average_decay)
    run = training(TINY, optimization, algorithm)
    with torch.no_grad():
        run.net.head.block.depthwise_bn.weight[:kill] = 0.0
    run.net.head.block.depthwise_bn.weight.register_hook(torch.zeros_like)
    for _ in two_in_one(run, algorithm):
        yield run


def at(algorithm: TwoInOne, epoch: int, average_decay: float = 0.0, kill: int = 0) -> Training:
    for number, run in enumerate(epochs(algorithm, average_decay, kill), start=1):
        if number == epoch:
            return run
    raise AssertionError("the run is shorter")


def zeros(run: Training) -> int:
    return sum(int((weight == 0).sum()) for weight in prunable(run.net).values())


def test_epoch_of_both_intervals() -> None:
    """`both` searches, then prunes; `search`, read literally, lets the search take precedence."""
    meeting = replace(BASE, epochs=6, search_interval=4)
    both, search = (at(replace(meeting, coincidence=choice), 4) for choice in ("both", "search"))
    assert both.sparse.active and both.progress.history[-1].keys() >= {"units", "sparsity"}
    assert not search.sparse.active and "units" in search.progress.history[-1]
    assert "sparsity" not in search.progress.history[-1]


@pytest.mark.parametrize(("kill", "units_removed"), [(0, False), (3, True)])
def test_reactivation_at_search(kill: int, units_removed: bool) -> None:
    """`every search` reactivates always, `units removed` only when units died."""
    algorithm = replace(BASE, search_interval=3, drop_threshold=1e-6)
    always = at(algorithm, 3, kill=kill)
    rebuilt = at(replace(algorithm, reactivate_when="units removed"), 3, kill=kill)
    assert not always.sparse.active and zeros(always) == 0
    assert rebuilt.sparse.active == (not units_removed)


def test_rebuilding_waits_for_enough_macs() -> None:
    """The public code rebuilds blocks once the dead units hold a million MACs; here, the number is a setting."""
    dead = 3 * (4 * 4 * 4 + 4 * 4 * (9 + 4))  # three channels of the 3x3 path: expand 4, filter 9, project to 4
    for needed, removed in ((dead, 3), (dead + 1, 0)):
        algorithm = replace(BASE, rebuild_macs=needed, drop_threshold=1e-6, reactivate_when="units removed")
        run = training(TINY, algorithm=algorithm)
        with torch.no_grad():
            run.net.head.block.depthwise_bn.weight[:3] = 0.0
        before = sum(group.units for group in unit_groups(run.net).values())
        assert run.remove_units(1e-6) == removed
        assert before - sum(group.units for group in unit_groups(run.net).values()) == removed


def stored_after_a_step(stored_value: StoredValue) -> tuple[Tensor, Tensor, Tensor]:
    """Values of pruned weights at pruning, one step later in the stash, and what reactivation brings back."""
    run = training(TINY, Optimization("adamw", lr=0.01, l2=1e-2), replace(BASE, stored_value=stored_value))
    run.train_epoch(1)
    weights = torch.cat([weight.detach().flatten() for weight in prunable(run.net).values()])
    run.prune(40)
    pruned = torch.cat([~mask.flatten() for mask in run.sparse.masks.values()])
    run.train_epoch(2)
    stored = torch.cat([value.flatten() for value in run.sparse.values().values()])
    run.reactivate()
    back = torch.cat([weight.detach().flatten() for weight in prunable(run.net).values()])
    return weights[pruned], stored[pruned], back[pruned]


def test_stored_value_of_a_pruned_weight() -> None:
    """`kept` freezes it, `zero` forgets it, `moving` lets L2 and moments go on with it."""
    before, stored, back = stored_after_a_step("kept")
    assert torch.equal(stored, before) and torch.equal(back, before) and before.all()
    before, stored, back = stored_after_a_step("zero")
    assert not stored.any() and not back.any()
    before, stored, back = stored_after_a_step("moving")
    assert torch.equal(back, stored) and (stored != before).float().mean() > 0.9


@pytest.mark.parametrize(("stored_value", "returns"), [("kept", True), ("moving", True), ("zero", False)])
def test_scoring_at_the_next_pruning(stored_value: StoredValue, returns: bool) -> None:
    """By the stored magnitude, so that a pruned weight returns once others have become smaller, unless it is lost."""
    run = training(TINY, algorithm=replace(BASE, stored_value=stored_value))
    run.prune(50)
    name = "head.classifier.weight"
    weight, before = prunable(run.net)[name], run.sparse.masks[name].clone()
    assert (~before).any() and before.any()
    stored = run.sparse.values()[name].clone()
    for other in prunable(run.net).values():
        other.detach().mul_(1e-6)
    run.prune(50)
    assert run.sparse.masks[name][~before].all() == returns
    assert torch.equal(weight[~before], stored[~before]) and stored[~before].all() == returns


def test_which_weights_are_pruned() -> None:
    """All convolutions and linear layers, stem, residuals and heads included; no bias, no BatchNorm, no queries."""
    for config in (
        replace(TWO_BRANCHES, tokens=3),
        replace(TWO_BRANCHES, head="classification", branch_channels=(4, 6)),
    ):
        net = build(config, 0)
        names = set(prunable(net))
        owners = {name: net.get_submodule(name.rpartition(".")[0]) for name, _ in net.named_parameters()}
        kinds = (nn.Conv2d, nn.Linear, nn.ParameterList)
        expected = {name for name, owner in owners.items() if isinstance(owner, kinds) and not name.endswith("bias")}
        assert names == expected
        assert {"stem.0.0.weight", "head.classifier.weight"} <= names
        assert any("shortcut" in name for name in names) and not any("queries" in name for name in names)


@pytest.mark.parametrize("decay", [0.5, 0.99])
def test_averages_of_moving_weights_move_with_them(decay: float) -> None:
    """The average of a pruned weight goes on following its stored value, as that of any other weight."""
    run = training(
        TINY, Optimization("adamw", lr=0.01, l2=1e-2, average_decay=decay), replace(BASE, stored_value="moving")
    )
    run.train_epoch(1)
    assert run.averages is not None
    expected = {name: run.averages.values[name].clone() for name in prunable(run.net)}
    run.prune(40)
    for epoch in (2, 3, 4):
        share = 1 - min(decay, (1 + run.averages.updates) / (10 + run.averages.updates))
        run.train_epoch(epoch)
        for name, stored in run.sparse.values().items():
            expected[name] = expected[name] + share * (stored - expected[name])
    run.reactivate()
    for name, average in expected.items():
        assert torch.allclose(run.averages.values[name], average, atol=1e-6), name


def test_number_pruned() -> None:
    """`exact` prunes round(p n); `threshold` prunes ties as well, like the public code; of S+P too."""
    for counting, expected in (("exact", 0.5), ("threshold", 1.0)):
        run = training(TINY, algorithm=replace(BASE, counting=counting))
        for weight in prunable(run.net).values():
            weight.detach().fill_(0.5)
        same, device = run.ticket(), torch.device("cpu")
        one_shot = prune_subnet(
            same,
            "magnitude",
            50,
            0,
            run.task,
            None,
            run.recipe,
            1,
            device,
            counting=counting,  # type: ignore[arg-type]
        )
        assert one_shot.sparsity == pytest.approx(expected, abs=1e-12)
        run.prune(50)
        kept = torch.cat([mask.flatten() for mask in run.sparse.masks.values()])
        assert int((~kept).sum()) == round(expected * len(kept))


def test_final_ticket() -> None:
    """`last mask` is applied again at t_max; `last pruning` is what was there right after the last pruning."""
    algorithm = replace(BASE, epochs=5, search_interval=10, prune_interval=3)
    last_mask, last_pruning = (at(replace(algorithm, final_ticket=end), 5) for end in ("last mask", "last pruning"))
    right_after = at(algorithm, 3).ticket()
    assert last_pruning.ticket().to_bytes() == right_after.to_bytes()
    assert last_mask.ticket().to_bytes() == at(algorithm, 5).ticket().to_bytes() != right_after.to_bytes()
    assert all(torch.equal(mask, right_after.masks[name]) for name, mask in last_mask.ticket().masks.items())
    reactivated = at(replace(algorithm, reactivation="prune"), 5)
    assert reactivated.sparse.active and zeros(reactivated) == zeros(last_mask) > 0


@pytest.mark.parametrize("correct_shift", [True, False])
def test_shift_of_removed_channels(correct_shift: bool) -> None:
    """Off: what a removed channel contributed is lost until recalibration. On: the next BatchNorm absorbs it."""
    run = training(TINY, algorithm=replace(BASE, correct_shift=correct_shift))
    with torch.no_grad():
        run.net.head.block.depthwise_bn.weight[:3] = 0.0
        run.net.head.block.depthwise_bn.bias[:3] = 1.0
    inputs = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    before = run.net.eval()(inputs)
    assert run.remove_units(1e-6) == 3
    assert torch.allclose(run.net.eval()(inputs), before, atol=1e-5) == correct_shift


def test_averages() -> None:
    """With a decay, tickets hold averages, and a unit dies only if value and average are both small."""
    run = at(replace(BASE, sparsity=None, search_interval=10), 4, average_decay=0.99)
    assert run.averages is not None
    weights = run.ticket().weights
    assert all(torch.equal(weights[name], value) for name, value in run.averages.values.items())
    assert not torch.equal(weights["stem.0.0.weight"], run.net.state_dict()["stem.0.0.weight"])
    with torch.no_grad():
        run.net.head.block.depthwise_bn.weight[:3] = 0.0
    assert run.remove_units(1e-6) == 0
    run.averages.values["head.block.depthwise_bn.weight"][:2] = 0.0
    assert run.remove_units(1e-6) == 2
    assert Optimization().average_decay == 0.0


def test_cost_of_a_sparse_net() -> None:
    """Non-zero MACs count the weights that are left where they are; the official number spreads them evenly."""
    net = build(TINY, 0)
    masks = {name: torch.ones_like(weight, dtype=torch.bool) for name, weight in prunable(net).items()}
    masks["stem.0.0.weight"].zero_()  # few weights, many MACs: half of the picture's sides, 4 x 27 weights
    found = cost(net, (16, 16), masks)
    assert found.macs_dense - found.macs_nonzero == 8 * 8 * 4 * 27
    assert found.macs_official == pytest.approx(found.macs_dense * (1 - 4 * 27 / found.params_total), rel=1e-12)
    assert found.macs_nonzero < found.macs_official


def test_flops_are_called_macs() -> None:
    names = [field.name for kind in (Cost, LayerCost) for field in fields(kind)]
    assert {"macs_dense", "macs_nonzero"} <= set(names) and not any("flop" in name for name in names)
    one = cost(nn.Sequential(nn.Conv2d(3, 1, 1, bias=False)), (1, 1))
    assert one.macs_dense == 3, "three multiplications with their additions, not six operations"


def test_transformer_path() -> None:
    """On in the paper's nets, off with `tokens=0`."""
    assert all(config.tokens == 64 for config in (CITYSCAPES, ADE20K, COCO_KEYPOINTS, IMAGENET))
    for tokens in (0, 3):
        modules = [
            m for m in build(replace(TWO_BRANCHES, tokens=tokens), 0).modules() if isinstance(m, TokenTransformer)
        ]
        assert [m.units for m in modules] == [tokens] * (5 if tokens else 0)


def test_model_selection(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ticket is the last epoch's, whatever the losses were; nothing in training ever sees another split."""
    runs = [
        (run.ticket().weights, run.progress.history[-1]["loss"], run) for run in epochs(replace(BASE, sparsity=None))
    ]
    weights, _, run = runs[-1]
    assert all(torch.equal(value, weights[name]) for name, value in run.net.state_dict().items())
    assert not any(torch.equal(weights["stem.0.0.weight"], earlier["stem.0.0.weight"]) for earlier, _, _ in runs[:-1])
    seen: list[object] = []
    monkeypatch.setattr(type(run.task), "evaluate", lambda *given: seen.append(given))
    for _ in two_in_one(run, BASE):
        pass
    assert not seen
