"""The linear maps of nfn's layers on symshare's basis: dimensions of both, and what of theirs the basis does not have.

maps_of_nfn.py            prints the table
maps_of_nfn.py --write    writes the section "Maps of nfn's layers" of benchmarks/RESULTS.md

Install `nfn==0.1.2 einops` (--no-deps) beside torch and symshare, or put them on PYTHONPATH.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass

import numpy as np
import torch
from nfn.common import ArraySpec, NetworkSpec, WeightSpaceFeatures  # type: ignore[import-not-found]
from nfn.layers import HNPLinear, NPLinear  # type: ignore[import-not-found]
from results import write_section

import symshare


@dataclass(frozen=True)
class Net:
    """A network by its widths and the sides of its kernels (0: matrices); `fixed` keeps inputs and outputs in their order."""

    widths: tuple[int, ...]
    kernels: tuple[int, ...]
    fixed: bool

    @property
    def name(self) -> str:
        """What the table says of it."""
        kernels = (
            ""
            if not any(self.kernels)
            else f", kernels {', '.join(f'{k} x {k}' if k else 'none' for k in self.kernels)}"
        )
        return "-".join(map(str, self.widths)) + kernels

    def shapes(self) -> list[tuple[int, ...]]:
        """Of weights and biases in turn, as torch has them."""
        found: list[tuple[int, ...]] = []
        for n, side in enumerate(self.kernels):
            rows, columns = self.widths[n + 1], self.widths[n]
            found += [(rows, columns, *((side, side) if side else ())), (rows,)]
        return found

    def symmetry(self) -> tuple[str, dict[str, int]]:
        """The signature and its sizes: latent axes for inputs and outputs in order, and for the entries of kernels."""
        last = len(self.kernels)
        names = [f"h{n}" for n in range(last + 1)]
        sizes = {}
        if self.fixed:
            names[0], names[-1] = "Inputs", "Outputs"
            sizes = {"Inputs": self.widths[0], "Outputs": self.widths[-1]}
        parts = []
        for n, side in enumerate(self.kernels):
            kernel = f" K{n}" if side else ""
            sizes |= {f"K{n}": side * side} if side else {}
            parts += [f"W{n}:({names[n + 1]} {names[n]}{kernel})", f"b{n}:({names[n + 1]})"]
        return ",".join(parts), sizes


NETS = [
    *(
        Net(widths, (0,) * (len(widths) - 1), fixed)
        for widths in ((2, 3, 2), (2, 3, 4, 2), (2, 3, 4, 3, 2))
        for fixed in (False, True)
    ),
    Net((2, 3, 2), (2, 2), False),
    Net((2, 3, 3, 2), (2, 2, 0), False),
]


def entries(net: Net) -> list[torch.Tensor]:
    """Zero, and each entry of all tensors alone at one, as a batch of tensors."""
    shapes = net.shapes()
    total = sum(map(math.prod, shapes))
    flat = torch.cat([torch.zeros(1, total), torch.eye(total)]).double()
    found = torch.split(flat, [math.prod(shape) for shape in shapes], 1)
    return [one.reshape(-1, *shape) for one, shape in zip(found, shapes, strict=True)]


def theirs(net: Net) -> np.ndarray:
    """The map of each parameter of nfn's layer: its values at all of `entries`."""
    shapes = net.shapes()
    spec = NetworkSpec([ArraySpec(one) for one in shapes[::2]], [ArraySpec(one) for one in shapes[1::2]])
    layer = (HNPLinear if net.fixed else NPLinear)(spec, 1, 1).double().requires_grad_(False)
    given = [one[:, None] for one in entries(net)]
    flat = torch.nn.utils.parameters_to_vector(layer.parameters())
    found = []
    for place in range(len(flat)):
        torch.nn.utils.vector_to_parameters(torch.eye(len(flat), dtype=torch.float64)[place], layer.parameters())
        values = layer(WeightSpaceFeatures(given[::2], given[1::2]))
        pairs = zip(values.weights, values.biases, strict=True)
        found.append(torch.cat([one.flatten(1) for pair in pairs for one in pair], 1).flatten().numpy())
    return np.array(found)


def ours(net: Net) -> np.ndarray:
    """The map of each term of the basis."""
    text, sizes = net.symmetry()
    basis = symshare.derive(text, 1, sizes=sizes, max_terms=20_000)
    lengths = {f"h{n}": width for n, width in enumerate(net.widths)} | sizes
    shapes = net.shapes()
    given = [one.reshape(len(one), *_flat(shape)).numpy() for one, shape in zip(entries(net), shapes, strict=True)]
    found = []
    for term in basis:
        values = [np.zeros((len(given[0]), *_flat(shape))) for shape in shapes]
        for place in range(len(given[0])):
            operands = [given[factor][place] for factor in term.factors]
            if all(one.any() for one in operands):
                values[term.output][place] = symshare.evaluate(term, *operands, sizes=lengths)
        found.append(np.concatenate([one.reshape(len(one), -1) for one in values], 1).ravel())
    return np.array(found)


def _flat(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape with the sides of a kernel as one axis."""
    return shape if len(shape) < 3 else (*shape[:2], math.prod(shape[2:]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    write = parser.parse_args().write
    lines = [
        "Each parameter of nfn's layer is a linear map (with its constant), and so is each term; projected on the terms, the",
        "largest entry that is left of any of nfn's is the residual. `redundant`: parameters whose maps are sums of others'.",
        "The last column counts terms that HNPLinear lacks: those that take the bias of the last hidden layer to the last",
        "matrix, one for each output (each of these, and no other term, is outside the space of its maps).",
        "",
        "| layer | network | nfn's parameters | their dimension | redundant | terms | residual | of terms, not nfn's |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for net in NETS:
        mine, other = ours(net), theirs(net)
        rank = int(np.linalg.matrix_rank(other))
        if np.linalg.matrix_rank(mine) < len(mine):
            raise SystemExit(f"the terms of {net.symmetry()[0]} depend on each other")
        left = other - (np.linalg.lstsq(mine.T, other.T, rcond=None)[0].T @ mine)
        kind = "HNPLinear" if net.fixed else "NPLinear"
        outside = mine - (np.linalg.lstsq(other.T, mine.T, rcond=None)[0].T @ other)
        lacking = int((np.abs(outside).max(1) > 1e-8).sum())
        if lacking != len(mine) - rank:
            raise SystemExit(f"{lacking} terms are outside of nfn's {rank} maps, of {len(mine)}")
        cells = [
            kind,
            net.name,
            len(other),
            rank,
            len(other) - rank,
            len(mine),
            f"{np.abs(left).max():.0e}",
            len(mine) - rank,
        ]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
        print(lines[-1])
    if write:
        write_section(
            "Maps of nfn's layers",
            "python benchmarks/maps_of_nfn.py --write",
            lines,
            packages=("symshare", "numpy", "torch", "nfn"),
        )


if __name__ == "__main__":
    main()
