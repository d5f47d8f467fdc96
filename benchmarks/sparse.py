"""Sparse layers beside dense ones, and what an edge costs: forward and backward, one thread, each case in a process of its own.

sparse.py    measures and writes the section "Sparse supports" of benchmarks/RESULTS.md
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time

import torch
from results import command_given, write_section

from symshare import nn

CHANNELS = 16
SIZES = (256, 1024, 2048)
DENSITIES = (0.001, 0.01, 0.1, 1.0)
EDGES = (10_000, 100_000, 1_000_000)


def graph(nodes: int, edges: int) -> nn.Support:
    """About so many pairs drawn at random, in any order."""
    torch.manual_seed(0)
    if edges >= nodes * nodes:
        return nn.Support.from_dense(torch.ones(nodes, nodes))
    keys = torch.randint(nodes * nodes, (edges,)).unique()
    keys = keys[torch.randperm(len(keys))]
    return nn.Support.from_edge_index(torch.stack([keys // nodes, keys % nodes]), nodes)


def measured(case: str, nodes: int, edges: int) -> dict[str, float]:
    """Median seconds of a call with its gradients (of the processor: others may use it too), and GiB at most."""
    torch.set_num_threads(1)
    support = None if case == "dense" else graph(nodes, edges)
    terms = {"order": 2, "only": ["ab,bc->ac"], "kind": "pooling"} if case == "paths" else {}
    sparse = () if support is None else ("edges",)
    layer = nn.compile("edges:aaH", CHANNELS, CHANNELS, sparse=sparse, **terms)
    places = (nodes, nodes) if support is None else (support.index.shape[1],)
    x = torch.randn(*places, CHANNELS, requires_grad=True)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    runs = []
    for _ in range(4):
        start = time.process_time()
        y = layer(x) if support is None else layer(x, support=support)
        y.sum().backward()
        runs.append(time.process_time() - start)
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**20
    paths = (
        0
        if support is None
        else sum(len(one[2][0]) for key, kept in support.kept.items() if "paths" in key for one in kept)
    )
    return {"edges": places[0], "seconds": statistics.median(runs[1:]), "peak": peak, "paths": paths}


def apart(case: str, nodes: int, edges: int) -> dict[str, float]:
    """The same in a process of its own, whose memory nothing else has used."""
    done = subprocess.run([sys.executable, __file__, case, str(nodes), str(edges)], check=True, capture_output=True)
    return dict(json.loads(done.stdout))


def main() -> None:
    lines = [
        f"The linear layer of `edges:aaH`, {CHANNELS} channels, float32; memory is what the calls add at most.",
        "",
        "| nodes | density | sparse, ms | dense, ms | dense / sparse | sparse, MiB | dense, MiB |",
        "|---|---|---|---|---|---|---|",
    ]
    for nodes in SIZES:
        dense = apart("dense", nodes, 0)
        for density in DENSITIES:
            own = apart("linear", nodes, round(nodes * nodes * density))
            times = (
                f"{own['seconds'] * 1e3:.1f} | {dense['seconds'] * 1e3:.1f} | {dense['seconds'] / own['seconds']:.1f}"
            )
            memory = f"{own['peak'] * 1024:.0f} | {dense['peak'] * 1024:.0f}"
            lines.append(f"| {nodes} | {density:.1%} | {times} | {memory} |")
    lines += ["", "| edges | nodes | s | us an edge | GiB |", "|---|---|---|---|---|"]
    for edges in EDGES:
        own = apart("linear", edges // 10, edges)
        each = own["seconds"] / own["edges"] * 1e6
        lines.append(f"| {edges:,} | {edges // 10:,} | {own['seconds']:.3f} | {each:.2f} | {own['peak']:.2f} |")
    own = apart("paths", 1000, 100_000)
    text = f"`ab,bc->ac` alone, over {own['paths']:,} paths that a pair closes, through rank 8: {own['seconds']:.2f} s."
    print(write_section("Sparse supports", command_given(), [*lines, "", text], packages=("symshare", "torch")))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measured(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
    else:
        main()
