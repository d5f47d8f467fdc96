"""Layers on the weights of networks beside nfn's: seconds for values and gradients, peak memory, and the space of maps.

beside_nfn.py            measures symshare's files alone and writes no file
beside_nfn.py --device cuda   measures on a GPU, beside the layer with a statement for each term
beside_nfn.py --write    writes the section "Layers on weights" of benchmarks/RESULTS.md

Both are measured in one process: install `nfn==0.1.2 einops` (--no-deps) beside torch and symshare, or put them on PYTHONPATH.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from results import command_given, write_section
from timing import peak_of

import symshare
from symshare.nn import load

NETS = ((784, 128, 128, 10), (2, 32, 32, 3))
CHANNELS = ((1, 16), (16, 16))
BATCH = 8
SECONDS = 4.0


def text(widths: tuple[int, ...]) -> str:
    """The weights and biases of a perceptron, rows first, as torch has them."""
    return ",".join(
        f"W{n}:(h{n + 1} h{n} C),b{n}:(h{n + 1} C)".replace(" C", " Channels") for n in range(len(widths) - 1)
    )


def features(widths: tuple[int, ...], channels: int, device: str) -> list[torch.Tensor]:
    """Weights and biases in turn, channels last, drawn normal."""
    shapes = [shape for n in range(len(widths) - 1) for shape in ((widths[n + 1], widths[n]), (widths[n + 1],))]
    return [torch.randn(BATCH, *shape, channels, device=device) for shape in shapes]


def ours(
    widths: tuple[int, ...], ins: int, outs: int, given: list[torch.Tensor], form: str = "tables"
) -> Callable[[], None]:
    layer = load(symshare.emit(text(widths), form=form)).Layer(ins, outs, device=given[0].device)
    inputs = [one.clone().requires_grad_() for one in given]
    gradients = [torch.randn(*one.shape[:-1], outs, device=one.device) for one in given]

    def run() -> None:
        layer.zero_grad(set_to_none=True)
        torch.autograd.backward(layer(*inputs), gradients)

    return run


def theirs(widths: tuple[int, ...], ins: int, outs: int, given: list[torch.Tensor]) -> Callable[[], None]:
    """nfn has its channels second, and a spec with the shape of each tensor."""
    from nfn.common import ArraySpec, NetworkSpec, WeightSpaceFeatures  # type: ignore[import-not-found]
    from nfn.layers import NPLinear  # type: ignore[import-not-found]

    weights, biases = given[::2], given[1::2]
    spec = NetworkSpec(
        [ArraySpec(tuple(one.shape[1:-1])) for one in weights], [ArraySpec(tuple(one.shape[1:-1])) for one in biases]
    )
    layer = NPLinear(spec, ins, outs).to(given[0].device)
    inputs = [[one.movedim(-1, 1).contiguous().requires_grad_() for one in side] for side in (weights, biases)]
    gradients = [torch.randn(one.shape[0], outs, *one.shape[1:-1], device=one.device) for one in (*weights, *biases)]

    def run() -> None:
        layer.zero_grad(set_to_none=True)
        found = layer(WeightSpaceFeatures(*inputs))
        torch.autograd.backward([*found.weights, *found.biases], gradients)

    return run


def seconds(runs: dict[str, Callable[[], None]], device: str) -> dict[str, float]:
    """The median of each, taken in turn: on a CPU in seconds of the processor, for others may use the machine."""
    clock = time.process_time if device == "cpu" else time.perf_counter
    for run in list(runs.values()) * 3:
        run()
    found: dict[str, list[float]] = {name: [] for name in runs}
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end or len(found[min(found)]) < 9:
        for name, run in runs.items():
            _wait(device)
            start = clock()
            run()
            _wait(device)
            found[name].append(clock() - start)
    return {name: statistics.median(own) for name, own in found.items()}


def _wait(device: str) -> None:
    if device != "cpu":
        torch.cuda.synchronize()


def written() -> list[str]:
    """Lines and seconds of the files of deep networks."""
    blocks = (
        "Q:(Block stream heads keys C),K:(Block stream heads keys C),V:(Block stream heads values C),"
        "O:(Block heads values stream C),q:(Block heads keys C),k:(Block heads keys C),v:(Block heads values C),"
        "o:(Block stream C),g1:(Block stream C),c1:(Block stream C),W1:(Block stream hidden C),b1:(Block hidden C),"
        "W2:(Block hidden stream C),b2:(Block stream C),g2:(Block stream C),c2:(Block stream C),"
        "E:(tokens stream C),P:(places stream C),H:(stream out C),h:(out C)"
    ).replace(" C", " Channels")
    below = {"depends": ["Block->heads", "heads->keys", "heads->values", "Block->hidden"], "sizes": {"Block": 12}}
    found = ["", "| file | bars | terms | lines | s |", "|---|---|---|---|---|"]
    for name, bar, symmetry, options in (
        ("perceptron of 25 layers", "1,500 lines, 1.5 s", text((1,) * 26), {}),
        ("perceptron of 50 layers", "1,600 lines, 3 s", text((1,) * 51), {}),
        ("12 stacked transformer blocks", "2,000 lines", blocks, below),
    ):
        start = time.process_time()
        source = symshare.emit(symmetry, **options)
        taken = time.process_time() - start
        found.append(f"| {name} | {bar} | {len(load(source).TERMS):,} | {source.count(chr(10)):,} | {taken:.2f} |")
        print(found[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    torch.set_num_threads(1)
    how = "one thread, processor time" if given.device == "cpu" else "on the GPU"
    lines = [f"Values and gradients (given, of every output) of a batch of {BATCH}, {how}, medians in turn.", ""]
    lines += [
        "| net | channels | symshare ms | by statements ms | nfn ms | nfn / symshare | bar "
        "| symshare MiB | by statements MiB | nfn MiB |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for widths, bar in zip(NETS, (2, 1.2), strict=True):
        for ins, outs in CHANNELS:
            lines.append(measured(widths, ins, outs, f">= {bar}" if given.device == "cpu" else "", given.device))
            print(lines[-1])
    lines += written() if given.device == "cpu" else []
    if given.write:
        name = "Layers on the weights of networks" + ("" if given.device == "cpu" else ", on a GPU")
        others = f"symshare {symshare.__version__}, torch {torch.__version__}, nfn 0.1.2"  # which need not be installed
        write_section(name, command_given(), lines, others=others, device=given.device)


def measured(widths: tuple[int, ...], ins: int, outs: int, bar: str, device: str) -> str:
    """A row of the table."""
    torch.manual_seed(0)
    given = features(widths, ins, device)
    runs = {"tables": ours(widths, ins, outs, given), "statements": ours(widths, ins, outs, given, "statements")}
    try:
        runs["nfn"] = theirs(widths, ins, outs, given)
    except ModuleNotFoundError:
        print("nfn is not installed: symshare alone")
    found = seconds(runs, device)
    peaks = {name: peak_of(run, device) for name, run in runs.items()}
    times = [f"{1000 * found[one]:.2f}" if one in found else "" for one in ("tables", "statements", "nfn")]
    memory = [f"{peaks[one]:.1f}" if one in peaks else "" for one in ("tables", "statements", "nfn")]
    ratio = f"{found['nfn'] / found['tables']:.2f}" if "nfn" in found else ""
    return "| " + " | ".join(("-".join(map(str, widths)), f"{ins} -> {outs}", *times, ratio, bar, *memory)) + " |"


if __name__ == "__main__":
    main()
