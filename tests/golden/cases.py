"""The golden runs: small steps of every kind, on `tests.golden.context`.

No token transformer and no training with the classification head: their dropout is drawn otherwise on processors
for which torch comes without MKL.
"""

from __future__ import annotations

from dataclasses import replace

from bench.experiments import Step
from bench.settings import Problem, Retraining
from bench.steps.count import Count
from bench.steps.evaluate import Evaluate
from bench.steps.prune import Prune
from bench.steps.retrain import Retrain
from bench.steps.rewind import Rewind
from bench.steps.search import Search
from bench.steps.transfer import Transfer
from supertickets.evaluation import EvaluationProtocol
from supertickets.optimizers import Optimization
from supertickets.pruning import Pruning
from supertickets.recipe import Recipe
from supertickets.searching import Searching
from supertickets.tasks import Augmentation
from supertickets.tasks.classification import Classification
from supertickets.tasks.pose import Pose
from supertickets.tasks.segmentation import Segmentation
from supertickets.two_in_one import TwoInOne
from tests.golden.context import SIDE
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
}
"""By name. A case that is to be another one gets another name, so that no result changes under an unchanged version."""
