"""Algorithm 1, event by event, on a supernet that only takes notes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supertickets.masks import MaskError
from supertickets.two_in_one import AlgorithmError, TwoInOne, two_in_one
from tests.strategies import algorithms

pytestmark = pytest.mark.fast


class Notes:
    """A supernet that records what is done to it; `removals` says how many units each search epoch removes."""

    def __init__(self, removals: int = 0) -> None:
        self.events: list[tuple[str, object]] = []
        self.epoch, self.removals = 0, removals

    def train_epoch(self, epoch: int) -> None:
        self.epoch = epoch
        self.events.append(("train", epoch))

    def remove_units(self, below: float) -> int:
        self.events.append(("remove", below))
        return self.removals * (self.epoch % 3)  # some searches find nothing

    def recalibrate(self) -> None:
        self.events.append(("recalibrate", None))

    def reactivate(self, everything: bool = False) -> None:
        self.events.append(("reactivate everything" if everything else "reactivate", None))

    def prune(self, sparsity: int) -> None:
        self.events.append(("prune", sparsity))

    def keep_ticket(self) -> None:
        self.events.append(("keep ticket", None))

    def apply_last_mask(self) -> None:
        self.events.append(("apply last mask", None))


def play(given: TwoInOne, done: int = 0, removals: int = 1) -> tuple[list[list[tuple[str, object]]], list[int]]:
    """Events of every epoch from `done` + 1 on, and the yielded epochs."""
    notes, epochs, yielded = Notes(removals), [], []
    for t in two_in_one(notes, given, done):
        epochs.append(notes.events)
        notes.events = []
        yielded.append(t)
    assert not notes.events, "nothing happens after the last yield"
    return epochs, yielded


SEARCH = [("remove", 0.001), ("recalibrate", None), ("reactivate", None)]


@pytest.mark.parametrize(
    ("interval", "epochs", "sparsity", "steps"),
    [
        (25, 430, 90, [10, 20, 30, 40, 50, 60, 70, 80, 90, 90, 90, 90, 90, 90, 90, 90, 90]),
        (15, 210, 80, [10, 20, 30, 40, 50, 60, 70, 80, 80, 80, 80, 80, 80, 80]),
    ],
)
def test_the_papers_schedules(interval: int, epochs: int, sparsity: int, steps: list[int]) -> None:
    found, yielded = play(TwoInOne(epochs, 10, interval, sparsity=sparsity, reactivate_when="every search"))
    assert yielded == list(range(1, epochs + 1))
    prunings = dict(zip(range(interval, epochs + 1, interval), steps, strict=True))
    for t, events in zip(yielded, found, strict=True):
        expected: list[tuple[str, object]] = [("train", t)]
        expected += SEARCH if t % 10 == 0 else []
        expected += [("prune", prunings[t])] if t in prunings else []
        expected += [("apply last mask", None)] if t == epochs else []
        assert events == expected, t


def by_the_book(given: TwoInOne, removals: int) -> list[list[tuple[str, object]]]:
    """Written down from the table of deviations, one decision per line."""
    epochs = []
    for t in range(1, given.epochs + 1):
        events: list[tuple[str, object]] = [("train", t)]
        searches = t % given.search_interval == 0
        prunes = given.sparsity is not None and t % given.prune_interval == 0
        if searches and prunes and given.coincidence == "search":
            prunes = False
        if searches:
            events += SEARCH[:2]
            found_some = removals * (t % 3) > 0
            if given.reactivation == "search" and (found_some or given.reactivate_when != "units removed"):
                events += SEARCH[2:]
        if prunes and given.sparsity is not None:
            steps = t // given.prune_interval
            events += [("prune", min(given.sparsity, 10 * steps) if given.progressive else given.sparsity)]
            events += [("keep ticket", None)] * (given.final_ticket == "last pruning")
            events += [("reactivate everything", None)] * (given.reactivation == "prune")
        epochs.append(events)
    epochs[-1] += [("apply last mask", None)]
    return epochs


@given(algorithms(), st.integers(0, 1))
def test_any_switches(given: TwoInOne, removals: int) -> None:
    assert play(given, removals=removals)[0] == by_the_book(given, removals)


@pytest.mark.parametrize("reactivation", ["search", "prune", "none"])
@pytest.mark.parametrize("coincidence", ["both", "search"])
@pytest.mark.parametrize("reactivate_when", ["every search", "units removed"])
@pytest.mark.parametrize("final_ticket", ["last mask", "last pruning"])
@pytest.mark.parametrize("sparsity", [90, None])
def test_all_switches_at_the_papers_intervals(
    reactivation: str, coincidence: str, reactivate_when: str, final_ticket: str, sparsity: int | None
) -> None:
    given = TwoInOne(
        430, 10, 25, sparsity=sparsity, reactivation=reactivation, coincidence=coincidence,
        reactivate_when=reactivate_when, final_ticket=final_ticket,
    )  # fmt: skip
    for progressive in (True, False):
        switched = replace(given, progressive=progressive)
        for removals in (0, 1):
            assert play(switched, removals=removals)[0] == by_the_book(switched, removals)


@given(algorithms(), st.data())
def test_going_on_after_any_epoch_gives_the_same_events(given: TwoInOne, data: st.DataObject) -> None:
    done = data.draw(st.integers(0, given.epochs))
    whole, yielded = play(given)
    assert play(given, done) == (whole[done:], yielded[done:])


def test_events_of_an_epoch_happen_before_it_is_yielded() -> None:
    notes = Notes()
    running = two_in_one(notes, TwoInOne(4, 1, 2, sparsity=20, reactivate_when="every search"))
    assert not notes.events, "nothing happens before the first epoch is asked for"
    assert next(running) == 1 and [event for event, _ in notes.events] == [
        "train",
        "remove",
        "recalibrate",
        "reactivate",
    ]


@pytest.mark.parametrize("field", ["epochs", "search_interval", "prune_interval"])
@pytest.mark.parametrize("value", [0, -1])
def test_counts_have_to_be_positive(field: str, value: int) -> None:
    with pytest.raises(AlgorithmError, match=f"{field} is {value}: give a positive whole number"):
        TwoInOne(**{"epochs": 50, field: value})  # type: ignore[arg-type]


def test_a_run_too_short_to_prune_is_refused() -> None:
    with pytest.raises(AlgorithmError, match="no epoch up to 24 prunes with prune_interval 25: shorten it"):
        TwoInOne(epochs=24, progressive=False)
    TwoInOne(epochs=25, progressive=False)
    TwoInOne(epochs=24, sparsity=None)
    meeting = {"epochs": 40, "search_interval": 5, "prune_interval": 10, "progressive": False}
    with pytest.raises(AlgorithmError, match="no epoch up to 40 prunes"):
        TwoInOne(**meeting, coincidence="search")  # type: ignore[arg-type]
    TwoInOne(**meeting)  # type: ignore[arg-type]


@pytest.mark.parametrize(("epochs", "last", "reached"), [(40, 40, 40), (89, 80, 80), (50, 50, 50)])
def test_a_sparsity_that_is_never_reached_is_refused(epochs: int, last: int, reached: int) -> None:
    message = f"sparsity {reached + 1} is never reached: the last pruning, at epoch {last}, goes to {reached};"
    with pytest.raises(AlgorithmError, match=message):
        TwoInOne(epochs, 7, 10, sparsity=reached + 1)
    TwoInOne(epochs, 7, 10, sparsity=reached)
    TwoInOne(epochs, 7, 10, sparsity=reached + 1, progressive=False)


@given(algorithms())
def test_the_last_pruning_is_to_the_sparsity_asked_for(given: TwoInOne) -> None:
    prunings = [percent for epoch in play(given)[0] for event, percent in epoch if event == "prune"]
    assert prunings[-1:] == ([] if given.sparsity is None else [given.sparsity])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reactivation", "Search"), ("coincidence", "neither"), ("reactivate_when", "never"),
        ("final_ticket", "last_pruning"),
    ],
)  # fmt: skip
def test_misspelled_switches_are_refused(field: str, value: str) -> None:
    with pytest.raises(AlgorithmError, match=f"{field} is '{value}': choose '"):
        TwoInOne(epochs=250, **{field: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [0.9, True, -1, 100])
def test_bad_sparsities_are_refused(bad: object) -> None:
    with pytest.raises(MaskError, match="whole percent"):
        TwoInOne(epochs=50, sparsity=bad)  # type: ignore[arg-type]
