"""Where paper and public code disagree: each row of docs/DEVIATIONS.md is a switch, and each switch does what it says.

What a switch does is shown here where no other file does; `test_deviations_table` holds the rows to the code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace

import pytest
import torch
from torch import Tensor, nn

from supertickets.costs import Cost, LayerCost, cost
from supertickets.freezing import StoredValue
from supertickets.masks import Counting
from supertickets.one_shot import pruned_once
from supertickets.optimizers import Optimization
from supertickets.pruning import Pruning
from supertickets.search_trainer import SearchTrainer
from supertickets.searching import Searching, remove_units
from supertickets.supernet import ADE20K, CITYSCAPES, COCO_KEYPOINTS, IMAGENET
from supertickets.supernet.transformer import TokenTransformer
from supertickets.two_in_one import TwoInOne, two_in_one
from supertickets.units import Counter, unit_groups
from tests.properties.small import TINY, TWO_BRANCHES, same_bits, trainer

pytestmark = [pytest.mark.fast, pytest.mark.filterwarnings("ignore:.*nothing is kept of")]
BASE = TwoInOne(epochs=4, search_interval=2, prune_interval=2, sparsity=40, progressive=False)
SEARCHING = Searching(reactivated="all", recalibration_batches=1)
SCALE = "head.block.depthwise_bn.weight"


def epochs(algorithm: TwoInOne, kill: int = 0) -> Iterator[SearchTrainer]:
    """The training after every epoch; `kill` units of the head have no importance."""
    run = trainer(TINY, epochs=algorithm.epochs, searching=SEARCHING)
    scale = run.net.get_parameter(SCALE)
    with torch.no_grad():
        scale[:kill] = 0.0
    scale.register_hook(torch.zeros_like)
    for _ in two_in_one(run, algorithm):
        yield run


def at(algorithm: TwoInOne, epoch: int, kill: int = 0) -> SearchTrainer:
    for number, run in enumerate(epochs(algorithm, kill), start=1):
        if number == epoch:
            return run
    raise AssertionError("the run is shorter")


def weights(run: SearchTrainer) -> dict[str, Tensor]:
    return {name: weight.detach() for name, weight in TINY.prunable(run.net, "body").items()}


def zeros(run: SearchTrainer) -> int:
    return sum(int((weight == 0).sum()) for weight in weights(run).values())


@pytest.mark.slow
def test_epoch_of_both_intervals() -> None:
    """`both` searches, then prunes; `search`, read literally, lets the search take precedence."""
    meeting = replace(BASE, epochs=6, search_interval=4, reactivate_when="every search")
    both, search = (at(replace(meeting, coincidence=choice), 4) for choice in ("both", "search"))
    assert both.frozen.active and both.progress.history[-1].keys() >= {"units", "sparsity"}
    assert not search.frozen.active and "units" in search.progress.history[-1]
    assert "sparsity" not in search.progress.history[-1]


@pytest.mark.parametrize(("kill", "units_removed"), [(0, False), (3, True)])
def test_reactivation_at_search(kill: int, units_removed: bool) -> None:
    """`every search` reactivates always, `units removed` only when units died."""
    algorithm = replace(BASE, search_interval=3, drop_threshold=1e-6)
    always = at(replace(algorithm, reactivate_when="every search"), 3, kill)
    rebuilt = at(algorithm, 3, kill)
    assert not always.frozen.active and zeros(always) == 0
    assert bool(rebuilt.frozen.active) == (not units_removed)


def stored_after_a_step(stored_value: StoredValue) -> tuple[Tensor, Tensor, Tensor]:
    """Values of pruned weights at pruning, one step later in the stash, and what reactivation brings back."""
    run = trainer(TINY, searching=SEARCHING, pruning=Pruning(stored_value=stored_value))
    run.train_epoch(1)
    before = torch.cat([weight.flatten() for weight in weights(run).values()])
    run.prune(40)
    pruned = torch.cat([~mask.flatten() for mask in run.frozen.masks.values()])
    run.train_epoch(2)
    stored = torch.cat([value.flatten() for value in run.frozen.values(weights(run)).values()])
    run.reactivate()
    back = torch.cat([weight.flatten() for weight in weights(run).values()])
    return before[pruned], stored[pruned], back[pruned]


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
    run = trainer(TINY, pruning=Pruning(stored_value=stored_value))
    run.prune(50)
    name = "stem.0.0.weight"
    weight, before = weights(run)[name], run.frozen.masks[name].clone()
    assert (~before).any() and before.any()
    stored = run.frozen.values([name])[name].clone()
    for other in weights(run).values():
        other.mul_(1e-6)
    run.prune(50)
    assert run.frozen.masks[name][~before].all() == returns
    assert torch.equal(weight[~before], stored[~before]) and stored[~before].all() == returns


@pytest.mark.parametrize(("counting", "expected"), [("exact", 0.5), ("threshold", 1.0)])
def test_number_pruned(counting: Counting, expected: float) -> None:
    """`exact` prunes round(p n); `threshold` prunes ties as well, like the public code; of S+P too."""
    pruning = Pruning(counting=counting)
    run = trainer(TINY, pruning=pruning)
    for weight in weights(run).values():
        weight.fill_(0.5)
    one_shot = pruned_once(run.ticket(), pruning, 50, run.batches)
    assert one_shot.sparsity == pytest.approx(expected, abs=1e-12)
    run.prune(50)
    kept = torch.cat([mask.flatten() for mask in run.frozen.masks.values()])
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
    assert reactivated.frozen.active and zeros(reactivated) == zeros(last_mask) > 0


@pytest.mark.parametrize("correct_shift", [True, False])
def test_shift_of_removed_channels(correct_shift: bool) -> None:
    """Off: what a removed channel contributed is lost until recalibration. On: the next BatchNorm absorbs it."""
    run = trainer(TINY, searching=Searching(correct_shift=correct_shift))
    with torch.no_grad():
        run.net.get_parameter(SCALE)[:3] = 0.0
        run.net.get_parameter(SCALE.replace("weight", "bias"))[:3] = 1.0
    inputs = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    before = run.net.eval()(inputs)
    assert run.remove_units(1e-6) == 3
    assert torch.allclose(run.net.eval()(inputs), before, atol=1e-5) == correct_shift


@pytest.mark.parametrize("averaged", [True, False])
def test_the_shift_is_gone_after_recalibration(averaged: bool) -> None:
    """The running mean that the correction changes is measured afresh in the same search: tickets are the same bits."""
    tickets = []
    for correct_shift in (True, False):
        optimization = Optimization(lr=0.01, averaged=averaged)
        run = trainer(TINY, optimization, searching=Searching(correct_shift=correct_shift, recalibration_batches=2))
        with torch.no_grad():
            for name in (SCALE, SCALE.replace("weight", "bias")):
                run.net.get_parameter(name)[:3] = float("bias" in name)
            if run.averages is not None:
                run.averages.values[SCALE][:3] = 0.0
        assert run.remove_units(1e-6) == 3
        run.recalibrate()
        tickets.append(run.ticket().weights)
    assert all(same_bits(value, tickets[1][name]) for name, value in tickets[0].items())


@pytest.mark.parametrize("channels", [18, 36, 72, 144])
def test_price_of_a_token(channels: int) -> None:
    """The public code: mean cost as its counter has it in the supernet, and the quadratic part of those alive now."""
    tokens, width, alive = 64, 64, 40
    group = TokenTransformer(channels, tokens, 8)

    def price(counter: Counter) -> float:
        (one,) = set(group.macs_per_unit((32, 64), counter).tolist())
        return float(one)

    mean = width * (2 * channels + 2) + 4 * width * width + 4 + 2 * tokens * width
    assert price("public code") == mean + 2 * (tokens**2 - (tokens - 1) ** 2) * width
    assert 1.6 < price("exact") / price("public code") < 2, "about 1.8"
    remove_units(nn.ModuleDict({"only": group}), {"only": torch.arange(alive)})
    assert price("public code") == mean + 2 * (alive**2 - (alive - 1) ** 2) * width


def test_both_counters_agree_on_channels() -> None:
    net = TWO_BRANCHES.build(0)
    for group in unit_groups(net).values():
        assert torch.equal(group.macs_per_unit((16, 16), "exact"), group.macs_per_unit((16, 16), "public code"))


@pytest.mark.parametrize("counter", ["exact", "public code"])
def test_training_prices_units_as_its_counter_does(counter: Counter) -> None:
    run = trainer(replace(TWO_BRANCHES, tokens=3), searching=Searching(counter=counter))
    groups = unit_groups(run.net)
    size = {name: run.penalty.sizes[name] for name in groups}
    macs = sum(group.macs_of_units(size[name], counter) for name, group in groups.items())
    mean = macs / sum(group.units for group in groups.values())
    for (name, group), penalty in zip(groups.items(), run.penalty.penalties, strict=True):
        assert torch.allclose(penalty, group.macs_per_unit(size[name], counter) / mean, rtol=1e-6), name


def test_cost_of_a_sparse_net() -> None:
    """Non-zero MACs count the weights that are left where they are; the official number spreads them evenly."""
    net = TINY.build(0)
    masks = {name: torch.ones_like(weight, dtype=torch.bool) for name, weight in TINY.prunable(net, "all").items()}
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
        net = replace(TWO_BRANCHES, tokens=tokens).build(0)
        modules = [module for module in net.modules() if isinstance(module, TokenTransformer)]
        assert [module.units for module in modules] == [tokens] * (5 if tokens else 0)


def test_channels_of_the_first_stage() -> None:
    """24, as in the public code; the paper's figure prints 18."""
    assert all(config.stages[0].channels == (24,) for config in (CITYSCAPES, ADE20K, COCO_KEYPOINTS, IMAGENET))


def test_model_selection(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ticket is the last epoch's, whatever the losses were; training never evaluates."""
    tickets = [run.ticket().weights for run in epochs(replace(BASE, sparsity=None))]
    *_, run = epochs(replace(BASE, sparsity=None))
    assert all(torch.equal(value, tickets[-1][name]) for name, value in run.net.state_dict().items())
    assert not any(torch.equal(tickets[-1]["stem.0.0.weight"], one["stem.0.0.weight"]) for one in tickets[:-1])
    seen: list[object] = []
    monkeypatch.setattr(type(run.batches.task), "evaluate", lambda *given: seen.append(given))
    for _ in two_in_one(run, BASE):
        pass
    assert not seen
