"""A Ray cluster of three nodes on this machine: `python ray_cluster.py SHADOW`.

Each has room for one run. Two have the resource `whole`; the third has `bare`, and finds modules in SHADOW first. It
prints its address, then for each line that it reads how many actors each node has had, and ends with its input.
"""

from __future__ import annotations

import json
import sys
from collections import Counter

import ray
from ray._private.state import actors
from ray.cluster_utils import Cluster

SMALL = {"num_cpus": 1, "num_gpus": 0, "object_store_memory": 80 << 20}


def main() -> None:
    cluster = Cluster(True, head_node_args={**SMALL, "include_dashboard": False, "resources": {"whole": 1}})
    cluster.add_node(**SMALL, resources={"whole": 1})
    cluster.add_node(**SMALL, resources={"bare": 1}, env_vars={"PYTHONPATH": sys.argv[1]})
    print(cluster.address, flush=True)
    ray.init(cluster.address, log_to_driver=False, logging_level="ERROR")
    for _ in sys.stdin:
        print(json.dumps(Counter(actor["Address"]["NodeID"] for actor in actors().values())), flush=True)
    ray.shutdown()
    cluster.shutdown()


if __name__ == "__main__":
    main()
