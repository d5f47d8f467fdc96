"""Sparse layers beside dense ones and beside PyTorch Geometric, and what an edge costs: forward and backward, one thread, each
case in a process of its own.

sparse.py    measures and writes the section "Sparse supports" of benchmarks/RESULTS.md; PyTorch Geometric is measured where it
             can be imported
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec

import torch
from results import command_given, write_section

import symshare
from symshare import nn

CHANNELS = 16
SIZES = (256, 1024, 2048)
DENSITIES = (0.001, 0.01, 0.1, 1.0)
EDGES = (10_000, 100_000, 1_000_000)
KEPT = {"MALLOC_MMAP_THRESHOLD_": str(2**40), "MALLOC_TRIM_THRESHOLD_": str(2**40)}
"""Settings of glibc with which memory that is free stays with the process; else arrays over 32 MiB are given back each time."""


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
    number = nodes * nodes if support is None else support.index.shape[1]
    run = {"messages": ours, "geometric": geometric}.get(case, layer_of)(case, nodes, support)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    runs = []
    for _ in range(max(4, 400_000 // number)):
        start = time.process_time()
        run().sum().backward()
        runs.append(time.process_time() - start)
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**20
    kept = support.kept.items() if support is not None else ()
    paths = sum(len(one[2][0]) for key, found in kept if "paths" in key for one in found)
    return {"edges": number, "seconds": statistics.median(runs[1:]), "peak": peak, "paths": paths}


def layer_of(case: str, nodes: int, support: nn.Support | None) -> Callable[[], torch.Tensor]:
    """The linear layer of pairs, or the product along paths alone."""
    terms = {"order": 2, "only": ["ab,bc->ac"], "kind": "pooling"} if case == "paths" else {}
    terms |= {"rank": CHANNELS} if case == "paths" else {}
    layer = nn.compile("edges:aaH", CHANNELS, CHANNELS, sparse=() if support is None else ("edges",), **terms)
    places = (nodes, nodes) if support is None else (support.index.shape[1],)
    x = torch.randn(*places, CHANNELS, requires_grad=True)
    return lambda: layer(x) if support is None else layer(x, support=support)


def given(nodes: int, support: nn.Support) -> tuple[torch.Tensor, torch.Tensor]:
    """Values of pairs and of nodes."""
    return (
        torch.randn(support.index.shape[1], CHANNELS, requires_grad=True),
        torch.randn(nodes, CHANNELS, requires_grad=True),
    )


def ours(_case: str, nodes: int, support: nn.Support) -> Callable[[], torch.Tensor]:
    """The term `ab,b->a` alone, with the channels of each factor mixed, and those of the result."""
    basis = symshare.derive("edges:aaH,nodes:aH->nodes:aH", 2)
    (term,) = [one for one in basis.terms if one.to_einsum() == "abH,bH->aH"]
    layer = nn.compile(replace(basis, terms=(term,)), (CHANNELS, CHANNELS), CHANNELS, sparse="edges", rank=CHANNELS)
    edges, values = given(nodes, support)
    return lambda: layer(edges, values, support=support)


def geometric(_case: str, nodes: int, support: nn.Support) -> Callable[[], torch.Tensor]:
    """The same arithmetic as a MessagePassing of PyTorch Geometric."""
    from torch_geometric.nn import MessagePassing

    class Conv(MessagePassing):
        def __init__(self):
            super().__init__(aggr="mean")
            self.edge, self.node, self.out = (torch.nn.Linear(CHANNELS, CHANNELS, bias=False) for _ in range(3))

        def forward(self, edges, nodes, index):
            return self.out(self.propagate(index, x=self.node(nodes), w=self.edge(edges)))

        def message(self, x_j, w):
            return w * x_j

    conv, index = Conv(), support.index.flip(0)
    edges, values = given(nodes, support)
    return lambda: conv(edges, values, index)


def apart(case: str, nodes: int, edges: int, **settings: str) -> dict[str, float]:
    """The same in a process of its own, whose memory nothing else has used."""
    words = [sys.executable, __file__, case, str(nodes), str(edges)]
    done = subprocess.run(words, check=True, capture_output=True, env=os.environ | settings)
    return dict(json.loads(done.stdout))


def messages() -> list[str]:
    """The term `ab,b->a` beside PyTorch Geometric with the same arithmetic."""
    lines = ["", "| edges | `ab,b->a`, us an edge | PyTorch Geometric, us an edge |", "|---|---|---|"]
    for edges in EDGES:
        found = [apart(case, edges // 10, edges) for case in ("messages", "geometric")]
        each = " | ".join([format(one["seconds"] / one["edges"] * 1e6, ".3f") for one in found])
        lines.append(f"| {edges:,} | {each} |")
    return lines


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
    lines += ["", "| edges | nodes | s | us an edge | with memory kept | GiB |", "|---|---|---|---|---|---|"]
    for edges in EDGES:
        own, kept = apart("linear", edges // 10, edges), apart("linear", edges // 10, edges, **KEPT)
        each, other = (one["seconds"] / one["edges"] * 1e6 for one in (own, kept))
        row = f"{own['seconds']:.3f} | {each:.2f} | {other:.2f} | {own['peak']:.2f}"
        lines.append(f"| {edges:,} | {edges // 10:,} | {row} |")
    text = "With memory kept: glibc gives arrays over 32 MiB back at once, and new pages cost more than the sums do;"
    lines += ["", f"{text} {' and '.join(KEPT)} set so that it does not."]
    lines += messages() if find_spec("torch_geometric") else []
    own = apart("paths", 1000, 105_000)
    text = f"over {own['paths']:,} paths that a pair closes, through rank {CHANNELS}: {own['seconds']:.2f} s."
    lines += ["", f"`ab,bc->ac` alone, {text}"]
    print(write_section("Sparse supports", command_given(), lines, packages=("symshare", "torch")))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measured(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
    else:
        main()
