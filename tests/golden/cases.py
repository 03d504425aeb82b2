"""The golden runs: small steps of every kind, on `tests.golden.context`.

No token transformer and no training with the classification head: their dropout is drawn otherwise on processors
for which torch comes without MKL.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bench.experiments import Step
from bench.settings import Problem, Retraining
from bench.steps.analyse import Analyse
from bench.steps.converge import Converge
from bench.steps.count import Count
from bench.steps.evaluate import Evaluate
from bench.steps.mask_transfer import MaskTransfer
from bench.steps.prune import Prune
from bench.steps.prune_trained import PruneTrained
from bench.steps.reset import Reset
from bench.steps.retrain import Retrain
from bench.steps.rewind import Rewind
from bench.steps.search import Search
from bench.steps.task_transfer import TaskTransfer
from bench.steps.train import Train
from bench.steps.transfer import Transfer
from bench.steps.with_backbone import WithBackbone
from supertickets.detectors import ResNet, miniature_detector
from supertickets.evaluation import EvaluationProtocol
from supertickets.optimizers import Optimization
from supertickets.pruning import Pruning
from supertickets.recipe import Recipe
from supertickets.searching import Searching
from supertickets.tasks import Augmentation
from supertickets.tasks.classification import Classification
from supertickets.tasks.detection import Detection, InstanceSegmentation, KeypointDetection
from supertickets.tasks.pose import Pose
from supertickets.tasks.segmentation import Segmentation
from supertickets.two_in_one import TwoInOne
from tests.golden.context import SCENE, SIDE
from tests.properties.small import TWO_BRANCHES

# eps is large, or Adam would turn rounding into whole steps wherever a gradient is next to nothing
RECIPE = Recipe(
    (SIDE, SIDE), 4, 2, Optimization("adamw", lr=0.01, eps=1e-3, l2=1e-3),
    Augmentation((0.8, 1.25), flip=True, photometric=0.2), rho=1e-2, rho_warmup=2,
)  # fmt: skip
SCENES = Problem("scenes", Segmentation(3), TWO_BRANCHES, RECIPE)
STREETS = replace(SCENES, data="streets", task=Segmentation(4), architecture=replace(TWO_BRANCHES, outputs=4))
OBJECTS = replace(
    SCENES, data="objects", task=Classification(6),
    architecture=replace(TWO_BRANCHES, outputs=6, head_kind="classification", branch_channels=(4, 6)),
)  # fmt: skip
PEOPLE = replace(
    SCENES, data="people", task=Pose(3, sigma=1.0),
    recipe=replace(RECIPE, augmentation=Augmentation(scale=0.2, rotation=10, half_body=0.3, flip=True)),
)  # fmt: skip

ALGORITHM = TwoInOne(epochs=4, search_interval=2, prune_interval=1, sparsity=40, drop_threshold=0.999)
SEARCHING = Searching(recalibration_batches=2)
FOUND = Search(SCENES, ALGORITHM, SEARCHING, kept=((1, "early"),))
DENSE = Search(SCENES, replace(ALGORITHM, sparsity=None), SEARCHING)
RETRAINING = Retraining(2, lr=0.5)
PROTOCOL = EvaluationProtocol(batches=2)

DETECTION = Recipe(
    (SCENE, SCENE), 4, 2, Optimization("sgd", lr=0.01, schedule="constant", l2=1e-4, averaged=False),
    Augmentation(flip=True, photometric=0.2),
)  # fmt: skip
_SMALL: dict[str, Any] = {"width": 4, "pyramid_width": 8, "box_width": 16, "mask_width": 8, "joint_width": 8}
SLOW_DETECTION = replace(DETECTION, optimization=replace(DETECTION.optimization, lr=1e-4))
"""For nets in which larger steps make rounding large."""
BODY = replace(
    OBJECTS, architecture=ResNet(6, width=4),
    # the last map has to have some pixels, or BatchNorm makes rounding large
    recipe=replace(SLOW_DETECTION, image_size=(64, 64)),
)  # fmt: skip
THINGS = Problem("things", InstanceSegmentation(2), miniature_detector(2, predicts="mask", **_SMALL), DETECTION)
BOXES = replace(THINGS, data="boxes", task=Detection(2), architecture=miniature_detector(2, **_SMALL))
JOINTS = replace(
    THINGS, data="walkers", task=KeypointDetection(3), recipe=SLOW_DETECTION,
    architecture=miniature_detector(3, predicts="joints", **_SMALL),
)  # fmt: skip
CLASSIFIER = Train(BODY, 2)
ON_THINGS, ON_JOINTS = WithBackbone(CLASSIFIER, THINGS), WithBackbone(CLASSIFIER, JOINTS)
DENSE_DETECTOR = Train(THINGS, 3, ON_THINGS, ((1, "early"),))
PRUNED_DETECTOR = PruneTrained(DENSE_DETECTOR, 60, Pruning("detector"))
AS_TRAINED = EvaluationProtocol("as trained")
WATCHED = replace(DENSE_DETECTOR, validated_on="val")
WATCHED_TICKET = Retrain(Reset(PruneTrained(WATCHED, 60, Pruning("detector")), WATCHED, "early"), RETRAINING, "val")

CASES: dict[str, Step] = {
    "two-in-one": FOUND,
    "search alone": DENSE,
    "pruned by magnitude": Prune(DENSE, 50, Pruning("convolutions")),
    "pruned by gradient": Prune(DENSE, 50, Pruning("convolutions", "gradient", gradient_batches=2)),
    "pruned by chance": Prune(DENSE, 50, Pruning("convolutions", "random")),
    "retrained": Retrain(FOUND, RETRAINING),
    "rewound to early": Rewind(FOUND, "early"),
    "rewound to random": Rewind(FOUND, "random"),
    "to another data set": Transfer(FOUND, STREETS, RETRAINING),
    "to another task": Transfer(Search(OBJECTS, ALGORITHM), PEOPLE, RETRAINING, Search(PEOPLE, ALGORITHM)),
    "scored on scenes": Evaluate(FOUND, PROTOCOL),
    "scored as trained": Evaluate(FOUND, replace(PROTOCOL, batch_norm="as trained"), batch_size=3),
    "scored on objects": Evaluate(Search(OBJECTS, ALGORITHM), PROTOCOL),
    "scored on people": Evaluate(Search(PEOPLE, ALGORITHM), PROTOCOL),
    "counted": Count(FOUND),
    "classifier trained": CLASSIFIER,
    "detector trained": DENSE_DETECTOR,
    "people detector trained": Train(JOINTS, 2),
    "box detector trained": Train(BOXES, 2),
    "detector pruned": PRUNED_DETECTOR,
    "detector pruned per layer": replace(PRUNED_DETECTOR, pruning=Pruning("shared", ranking="per layer")),
    "detector reset": Reset(PRUNED_DETECTOR, DENSE_DETECTOR, "early"),
    "detector retrained": Retrain(Reset(PRUNED_DETECTOR, DENSE_DETECTOR, "early"), RETRAINING),
    "backbone of a classifier": ON_THINGS,
    "backbone of a pruned classifier": WithBackbone(PruneTrained(CLASSIFIER, 50, Pruning("backbone")), JOINTS),
    "mask of a classifier": MaskTransfer(CLASSIFIER, THINGS, 70),
    "mask of a classifier, as in the code": MaskTransfer(CLASSIFIER, THINGS, 70, "detector"),
    "to people, values of the source": TaskTransfer(PRUNED_DETECTOR, ON_JOINTS),
    "to people, values of the classifier": TaskTransfer(PRUNED_DETECTOR, ON_JOINTS, "imagenet"),
    "scored on things": Evaluate(DENSE_DETECTOR, AS_TRAINED),
    "scored on walkers": Evaluate(Train(JOINTS, 2), AS_TRAINED),
    "detector counted, with its file": Count(PRUNED_DETECTOR),
    "detector pruned by as many as of the backbone": replace(PRUNED_DETECTOR, as_many_as="backbone"),
    "detector watched": WATCHED,
    "errors of boxes and masks": Analyse(DENSE_DETECTOR),
    "errors of joints": Analyse(Train(JOINTS, 2)),
    "convergence of a ticket": Converge(WATCHED_TICKET, WATCHED, before=1),
    "convergence of the dense net": Converge(WATCHED, WATCHED_TICKET),
}
"""By name. A case that is to be another one gets another name, so that no result changes under an unchanged version."""
