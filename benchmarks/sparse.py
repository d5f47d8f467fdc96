"""Sparse layers beside dense ones and beside PyTorch Geometric, and what an edge costs: forward and backward, with one thread
and two, each case in a process of its own, the least of several runs.

sparse.py    measures and writes the section "Sparse supports" of benchmarks/RESULTS.md; PyTorch Geometric is measured where it
             can be imported
"""

from __future__ import annotations

import json
import os
import resource
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
SIZES = (256, 1024, 2048, 4096)
DENSITIES = (0.001, 0.01, 0.1, 1.0)
EDGES = (10_000, 100_000, 1_000_000)
KEPT = {"MALLOC_MMAP_THRESHOLD_": str(2**40), "MALLOC_TRIM_THRESHOLD_": str(2**40)}
"""Settings of glibc with which memory that is free stays with the process; else arrays over 32 MiB are given back each time."""
BESIDE = {"MessagePassing": CHANNELS, "GCNConv": 1, "SimpleConv": 1}
"""What is measured beside the term `ab,b->a`, and the channels of the pairs."""
LARGE = {"THP_MEM_ALLOC_ENABLE": "1"}
"""The setting of torch with which it asks for large pages."""


def graph(nodes: int, edges: int) -> nn.Support:
    """About so many pairs drawn at random, in any order."""
    torch.manual_seed(0)
    if edges >= nodes * nodes:
        return nn.Support.from_dense(torch.ones(nodes, nodes))
    keys = torch.randint(nodes * nodes, (edges,)).unique()
    keys = keys[torch.randperm(len(keys))]
    return nn.Support.from_edge_index(torch.stack([keys // nodes, keys % nodes]), nodes)


def measured(case: str, nodes: int, edges: int, threads: int) -> dict[str, float]:
    """Least seconds of a call with its gradients, and GiB at most; beside PyTorch Geometric those of both, in turns."""
    torch.set_num_threads(threads)
    support = None if case == "dense" else graph(nodes, edges)
    number = nodes * nodes if support is None else support.index.shape[1]
    if case in BESIDE:
        runs = ours(case, nodes, support), geometric(case, nodes, support)
    else:
        runs = (layer_of(case, nodes, support),)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found: list[list[float]] = [[] for _ in runs]
    for _ in range(max(3, min(200, 2_000_000 // number))):
        for run, times in zip(runs, found, strict=True):
            clock = time.process_time if threads == 1 else time.perf_counter  # others use the processor too
            start = clock()
            run().sum().backward()
            times.append(clock() - start)
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**20
    kept = support.kept.items() if support is not None else ()
    paths = sum(len(one[2][0]) for key, found in kept if "paths" in key for one in found)
    return {"edges": number, "seconds": min(found[0]), "other": min(found[-1]), "peak": peak, "paths": paths}


def layer_of(case: str, nodes: int, support: nn.Support | None) -> Callable[[], torch.Tensor]:
    """The linear layer of pairs, or the product along paths alone."""
    terms = {"order": 2, "only": ["ab,bc->ac"], "kind": "pooling"} if case == "paths" else {}
    terms |= {"rank": CHANNELS} if case == "paths" else {}
    layer = nn.compile("edges:aaH", CHANNELS, CHANNELS, sparse=() if support is None else ("edges",), **terms)
    places = (nodes, nodes) if support is None else (support.index.shape[1],)
    x = torch.randn(*places, CHANNELS, requires_grad=True)
    return lambda: layer(x) if support is None else layer(x, support=support)


def given(nodes: int, support: nn.Support, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Values of pairs and of nodes."""
    return (
        torch.randn(support.index.shape[1], width, requires_grad=True),
        torch.randn(nodes, CHANNELS, requires_grad=True),
    )


def ours(case: str, nodes: int, support: nn.Support) -> Callable[[], torch.Tensor]:
    """The term `ab,b->a` alone, with the channels of each factor mixed, and those of the result."""
    basis, width = symshare.derive("edges:aaH,nodes:aH->nodes:aH", 2), BESIDE[case]
    (term,) = [one for one in basis.terms if one.to_einsum() == "abH,bH->aH"]
    layer = nn.compile(replace(basis, terms=(term,)), (width, CHANNELS), CHANNELS, sparse="edges", rank=CHANNELS)
    edges, values = given(nodes, support, width)
    return lambda: layer(edges, values, support=support)


def geometric(case: str, nodes: int, support: nn.Support) -> Callable[[], torch.Tensor]:
    """Layers of PyTorch Geometric: the same arithmetic as a MessagePassing, and two of its own."""
    from torch_geometric.nn import GCNConv, MessagePassing, SimpleConv

    class Conv(MessagePassing):
        def __init__(self):
            super().__init__(aggr="mean")
            self.edge, self.node, self.out = (torch.nn.Linear(CHANNELS, CHANNELS, bias=False) for _ in range(3))

        def forward(self, edges, nodes, index):
            return self.out(self.propagate(index, x=self.node(nodes), w=self.edge(edges)))

        def message(self, x_j, w):
            return w * x_j

    index, (edges, values) = support.index.flip(0).contiguous(), given(nodes, support, BESIDE[case])
    if case == "GCNConv":
        gcn = GCNConv(CHANNELS, CHANNELS, normalize=False, bias=False)
        return lambda: gcn(values, index, edges[:, 0])
    if case == "SimpleConv":
        simple = SimpleConv(aggr="mean")
        return lambda: simple(values, index, edges[:, 0])
    conv = Conv()
    return lambda: conv(edges, values, index)


def apart(case: str, nodes: int, edges: int, threads: int = 1, **settings: str) -> dict[str, float]:
    """The same in a process of its own, whose memory nothing else has used."""
    words = [sys.executable, __file__, case, str(nodes), str(edges), str(threads)]
    done = subprocess.run(words, check=True, capture_output=True, env=os.environ | settings)
    return dict(json.loads(done.stdout))


def beside_dense() -> list[str]:
    """Sparse layers beside the dense one."""
    lines = [
        "| nodes | density | sparse, ms | dense, ms | dense / sparse | sparse, MiB | dense, MiB |",
        "|---|---|---|---|---|---|---|",
    ]
    for nodes in SIZES:
        dense = apart("dense", nodes, 0)
        for density in DENSITIES if nodes <= 2048 else DENSITIES[:-1]:  # 16 million pairs take minutes
            own = apart("linear", nodes, round(nodes * nodes * density))
            times = (
                f"{own['seconds'] * 1e3:.1f} | {dense['seconds'] * 1e3:.1f} | {dense['seconds'] / own['seconds']:.1f}"
            )
            memory = f"{own['peak'] * 1024:.0f} | {dense['peak'] * 1024:.0f}"
            lines.append(f"| {nodes} | {density:.1%} | {times} | {memory} |")
    return lines


def each_edge() -> list[str]:
    """What an edge costs, by the number of edges."""
    heads = ("edges", "nodes", "s", "us an edge", "two threads", "memory kept", "large pages", "GiB")
    lines = ["", f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for edges in EDGES:
        own = apart("linear", edges // 10, edges)
        others = [
            apart("linear", edges // 10, edges, threads, **more) for threads, more in ((2, {}), (1, KEPT), (1, LARGE))
        ]
        each = " | ".join([format(one["seconds"] / one["edges"] * 1e6, ".2f") for one in (own, *others)])
        lines.append(f"| {edges:,} | {edges // 10:,} | {own['seconds']:.3f} | {each} | {own['peak']:.2f} |")
    text = "With memory kept: glibc gives arrays over 32 MiB back at once, and new pages cost more than the sums do;"
    lines += ["", f"{text} {' and '.join(KEPT)} set so that it does not. Large pages: {''.join(LARGE)}=1."]
    return lines


def messages() -> list[str]:
    """The term `ab,b->a` beside PyTorch Geometric."""
    lines = [
        "",
        "| beside | threads | edges | `ab,b->a`, us an edge | PyTorch Geometric, us an edge |",
        "|---|---|---|---|---|",
    ]
    for case in BESIDE:
        for threads in (1, 2):
            for edges in EDGES:
                found = apart(case, edges // 10, edges, threads)
                each = " | ".join([format(found[one] / found["edges"] * 1e6, ".3f") for one in ("seconds", "other")])
                lines.append(f"| {case} | {threads} | {edges:,} | {each} |")
    text = "MessagePassing has the same arithmetic, in turns with ours in one process; GCNConv (without normalising)"
    return [*lines, "", f"{text} and SimpleConv weigh by one number a pair, and do less: SimpleConv has no matrices."]


def main() -> None:
    lines = [
        f"The linear layer of `edges:aaH`, {CHANNELS} channels, float32; memory is what the calls add at most. Times",
        "are the least of three calls or more with their gradients: of the processor with one thread, by the clock with two.",
        "Others used the machine at the same time.",
        "",
        *beside_dense(),
        *each_edge(),
        *(messages() if find_spec("torch_geometric") else []),
    ]
    own = apart("paths", 1000, 105_000)
    text = f"over {own['paths']:,} paths that a pair closes, through rank {CHANNELS}: {own['seconds']:.2f} s."
    lines += ["", f"`ab,bc->ac` alone, {text}"]
    print(write_section("Sparse supports", command_given(), lines, packages=("symshare", "torch")))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measured(sys.argv[1], *map(int, sys.argv[2:]))))
    else:
        main()
