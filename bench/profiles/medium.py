"""One claim family on the way to the paper's scale: CamVid with a net twice as wide, trained twice as long."""

from __future__ import annotations

from dataclasses import replace

from bench.profiles import Profile
from bench.profiles.small import CAMVID
from bench.settings import Retraining
from supertickets.supernet import Stage, miniature
from supertickets.two_in_one import TwoInOne

STAGES = (Stage((1,), (16,)), Stage((1, 1), (16, 32)), Stage((1, 1, 1), (16, 32, 48)))

# As `small`, but for the size: searches and prunings fall on the same shares of the training.
WIDER = replace(
    CAMVID,
    problem=replace(
        CAMVID.problem,
        architecture=miniature(11, stem=(16, 16), stages=STAGES, last_channels=48),
        recipe=replace(CAMVID.problem.recipe, rho_warmup=10),
    ),
    algorithm=TwoInOne(epochs=172, search_interval=4, prune_interval=10, sparsity=None),
    retraining=Retraining(epochs=20),
)

BANNER = "medium profile: CamVid, a net twice as wide as small's and twice the training, NOT the paper's scale"
PROFILE = Profile(name="medium", banner=BANNER, settings={"Cityscapes": WIDER})
