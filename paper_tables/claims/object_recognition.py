"""Claims of the object-recognition paper about tickets of detectors, their errors, their training and their cost."""

from __future__ import annotations

from collections.abc import Iterable

from paper_tables.claims.claim import Claim
from paper_tables.claims.margins import EQUAL_POINTS
from paper_tables.claims.predicates import Close, Declines, KeepsMore, NonInferior, Ordering
from paper_tables.metrics import Metric
from paper_tables.object_recognition import BOX_ERRORS, JOINT_ERRORS, MASK_ERRORS, PEOPLE, SCENES, VOC

_TRANSFERS, _TASKS, _CURVES, _ERRORS, _CONVERGENCE = (
    "or-mask-transfer", "or-task-transfer", "or-sparsity-curves", "or-errors", "or-convergence",
)  # fmt: skip
_PRIMARY = {SCENES: ("box_ap", "mask_ap"), PEOPLE: ("keypoints_ap",)}
"""One net finds boxes and masks: both decide."""
_PRINTED = {
    SCENES: ("box_ap", "box_ap50", "mask_ap", "mask_ap50"),
    PEOPLE: ("keypoints_ap", "keypoints_ap50"),
    VOC: ("voc_ap",),
}
"""The columns of accuracies that the paper's tables print."""
SPARSE = 80
"""Percent of zeros of the sparse net whose errors and losses are looked at: it keeps 20 % of the weights."""


def _equal_errors(role: str, metrics: Iterable[Metric]) -> tuple[Close, ...]:
    keys = tuple(metric.key for metric in metrics)
    return (
        Close(
            table=_ERRORS, roles=(role,), row="or_direct", reference="or_dense", metrics=keys, margin=EQUAL_POINTS
        ),
    )  # fmt: skip


CLAIMS = (
    Claim(
        id="or-mask-like-ticket",
        paper_ref="Object recognition, App. A, Fig. 1",
        sentence="Detectors under the mask of a classifier's largest weights are about as good as those on the "
        "classifier's own ticket, on each task.",
        scope="About as good means within one point, at 50, 80 and 90 % of the backbone. The paper draws it.",
        predicates=tuple(
            Close(table=_CURVES, roles=(role,), row="or_mask", reference="or_ticket", metrics=keys, margin=EQUAL_POINTS)
            for role, keys in _PRIMARY.items()
        ),
    ),
    Claim(
        id="or-direct-wins",
        paper_ref="Object recognition, App. A, Fig. 1",
        sentence="A ticket found on the task itself is at least as good as both transferred ones at equal sparsity of "
        "the network.",
        scope="At most one point behind counts as at least as good. The ticket has as many zeros as the transferred "
        "ones, to half a percent of what is prunable.",
        predicates=tuple(
            NonInferior(
                table=_CURVES, roles=(role,), row="or_direct_equal", reference=row, metrics=keys, margin=EQUAL_POINTS
            )
            for role, keys in _PRIMARY.items()
            for row in ("or_mask", "or_ticket")
        ),
    ),
    Claim(
        id="or-mask-monotone",
        paper_ref="Object recognition, App. A, Tab. 1",
        sentence="The more of the backbone a transferred mask prunes, the worse the detector is.",
        scope="Every step from dense to 90 %, in each of the table's seven columns of accuracies.",
        predicates=tuple(
            Declines(table=_TRANSFERS, roles=(role,), row="or_mask", dense="or_dense", metrics=keys)
            for role, keys in _PRINTED.items()
        ),
    ),
    Claim(
        id="or-task-own-best",
        paper_ref="Object recognition, App. B, Tab. 2",
        sentence="A ticket of another task is at most as good as the task's own.",
        scope="The two have different shares of zeros: the rows with a dense head are the control, and decide nothing.",
        predicates=tuple(
            NonInferior(table=_TASKS, roles=(role,), row="or_direct", reference="or_task", metrics=_PRINTED[role])
            for role in _PRIMARY
        ),
    ),
    Claim(
        id="or-task-asymmetry",
        paper_ref="Object recognition, App. B, Tab. 2",
        sentence="Tickets of keypoints lose more on boxes and masks than tickets of boxes and masks lose on keypoints.",
        scope="Shares of what the task's own ticket has, at the paper's unequal sparsities.",
        predicates=tuple(
            KeepsMore(table=_TASKS, row="or_task", of="or_direct", more=(PEOPLE, "keypoints_ap"), less=(SCENES, key))
            for key in _PRIMARY[SCENES]
        ),
    ),
    Claim(
        id="or-errors-det",
        paper_ref="Object recognition, App. C, Fig. 2",
        sentence="A dense and a sparse detector make the same errors of boxes.",
        scope="What each type of error costs differs by one point at most, with 20 % of the weights.",
        predicates=_equal_errors(SCENES, BOX_ERRORS),
    ),
    Claim(
        id="or-errors-seg",
        paper_ref="Object recognition, App. C, Fig. 3",
        sentence="A dense and a sparse detector make nearly the same errors of masks.",
        scope="As for boxes. The shift that the text sees in the figure is a claim of its own.",
        predicates=_equal_errors(SCENES, MASK_ERRORS),
    ),
    Claim(
        id="or-errors-kp",
        paper_ref="Object recognition, App. C, Fig. 5",
        sentence="A dense and a sparse detector make similar errors of joints.",
        scope="As for boxes, at both OKS thresholds that the figure may show; errors are removed one after the other.",
        predicates=_equal_errors(PEOPLE, JOINT_ERRORS),
    ),
    Claim(
        id="or-seg-shift",
        paper_ref="Object recognition, App. C",
        sentence="In segmentation the sparse net makes fewer errors of location and more of background.",
        scope="Decides the direction, not the size.",
        predicates=(
            Ordering(table=_ERRORS, roles=(SCENES,), better="or_direct", worse="or_dense", metrics=("mask_loc",)),
            Ordering(table=_ERRORS, roles=(SCENES,), better="or_dense", worse="or_direct", metrics=("mask_bkg",)),
        ),
    ),
    Claim(
        id="or-faster",
        paper_ref="Object recognition, App. D, Fig. 6",
        sentence="A sparse net that was rewound comes down to a validation loss in fewer epochs than the dense one.",
        scope="To the lowest loss that both reach; also when the epochs before the rewinding are added.",
        predicates=(
            Ordering(
                table=_CONVERGENCE,
                better="or_direct",
                worse="or_dense",
                metrics=("epochs_to_loss", "epochs_with_rewound"),
            ),
        ),
    ),
    Claim(
        id="or-equal-after",
        paper_ref="Object recognition, App. C",
        sentence="A detector with 20 % of its weights, found on the task, is as good as the dense one.",
        scope="Within one point at the end of training.",
        predicates=tuple(
            Close(
                table=_CURVES,
                roles=(role,),
                sparsities=(SPARSE,),
                row="or_direct",
                reference="or_dense",
                metrics=keys,
                margin=EQUAL_POINTS,
            )
            for role, keys in _PRIMARY.items()
        ),
    ),
    Claim(
        id="or-disk",
        paper_ref="Object recognition, App. E, Fig. 4",
        sentence="The sparser a detector is, the less disk it takes.",
        scope="Real files, in which a tensor is stored without its zeros where that is smaller.",
        predicates=(Declines(table=_CURVES, row="or_direct", dense="or_dense", metrics=("disk_size",)),),
    ),
    Claim(
        id="or-macs-slower",
        paper_ref="Object recognition, App. E, Fig. 4",
        sentence="Multiply-accumulates fall more slowly with sparsity than bytes.",
        scope="Shares of the dense detector's, from 50 % on, with a fixed number of proposals and detections.",
        predicates=tuple(
            KeepsMore(
                table=_CURVES, row="or_direct", of="or_dense", more=(role, "macs_nonzero"), less=(role, "disk_size")
            )
            for role in _PRIMARY
        ),
    ),
)
