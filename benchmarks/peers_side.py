"""What `rebasin` and `torch-pruning` find in one of the modules of tests/weights; run by an environment that has them.

peers_side.py PACKAGE MODULE   prints as JSON how many permutations it takes for symmetries, and how far outputs change
"""

from __future__ import annotations

import copy
import json
import sys
from math import lgamma, log
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import torch
from torch.utils._pytree import tree_leaves

from tests.weights.expected import CASES


def randomised(module: torch.nn.Module) -> torch.nn.Module:
    with torch.no_grad():
        for name, one in [*module.named_parameters(), *module.named_buffers()]:
            if one.is_floating_point() and not name.endswith(("cos", "sin")):
                one.copy_(0.5 + torch.rand_like(one) if name.endswith("running_var") else 0.5 * torch.randn_like(one))
    return module.eval()


def outputs(module: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> torch.Tensor:
    with torch.no_grad():
        return torch.cat([one.flatten().double() for one in tree_leaves(module(*inputs))])


def change(one: torch.Tensor, two: torch.Tensor) -> float:
    return float((one - two).abs().max() / two.abs().max())


def digits(sizes: list[int]) -> float:
    """The decimal logarithm of the number of permutations."""
    return sum(lgamma(size + 1) for size in sizes) / log(10)


def rebasin(module: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> dict[str, Any]:
    """Draw each permutation that it has set up at random, and let it apply them."""
    from rebasin.permutation_initializer import PermutationInitializer

    for part in module.modules():
        if hasattr(part, "reset_running_stats"):
            part.reset_running_stats()  # it leaves statistics to be reckoned anew from data
    moved = copy.deepcopy(module)
    given: Any = inputs[0] if len(inputs) == 1 else list(inputs)
    graph = PermutationInitializer(module, moved, given, given).model_graph
    graph.enforce_identity()  # as its own descent does first
    sizes = []
    for permutation, _ in graph.permutation_to_info:
        sizes.append(len(permutation))
        permutation.perm_indices = torch.randperm(len(permutation))
    graph.apply_permutations()
    return {"digits": digits(sizes), "change": change(outputs(moved, inputs), outputs(module, inputs))}


def torch_pruning(module: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> dict[str, Any]:
    """Exchange the first channel of each group that it would prune together with the second, and with the last."""
    import torch_pruning as pruning

    graph = pruning.DependencyGraph().build_dependency(module, example_inputs=inputs)
    plain, sizes, worst = outputs(module, inputs), [], 0.0
    for group in graph.get_all_groups():
        root, function, number = group[0][0].target.module, group[0][0].handler, len(group[0][1])
        hanging: dict[tuple[tuple[str, bool, tuple[int, ...]], ...], None] = {}
        for channel in range(number):
            own = graph.get_pruning_group(root, function, idxs=[channel])
            listed = [
                (one.dep.target.name, graph.is_out_channel_pruning_fn(one.dep.handler), tuple(one.idxs)) for one in own
            ]
            hanging[tuple(sorted(listed))] = None
        channels = list(hanging)
        if len(channels) < 2 or is_last(module, inputs, root):
            continue
        sizes.append(len(channels))
        for other in (channels[1], channels[-1]):
            worst = max(worst, change(outputs(exchanged(module, graph, channels[0], other), inputs), plain))
    return {"digits": digits(sizes), "change": worst}


def is_last(module: torch.nn.Module, inputs: tuple[torch.Tensor, ...], layer: torch.nn.Module) -> bool:
    """Whether a layer makes the outputs, whose channels nobody would call a symmetry."""
    seen: list[torch.Tensor] = []
    handle = layer.register_forward_hook(lambda _module, _given, made: seen.append(made))
    with torch.no_grad():
        made = module(*inputs)
    handle.remove()
    return bool(seen) and any(one is seen[-1] for one in tree_leaves(made))


def exchanged(module: torch.nn.Module, graph: Any, one: Any, two: Any) -> torch.nn.Module:
    """A module with two channels exchanged in all layers that hang on them."""
    moved = copy.deepcopy(module)
    names = {graph.module2node[part].name: name for name, part in module.named_modules() if part in graph.module2node}
    parts = dict(moved.named_modules())
    done: set[tuple[str, str, int]] = set()  # a normalisation may be listed twice, for what goes in and what comes out

    def exchange(name: str, key: str, weight: torch.Tensor, dim: int, first: Any, second: Any) -> None:
        if (name, key, dim) not in done:
            done.add((name, key, dim))
            order = torch.arange(weight.shape[dim])
            if max((*first, *second)) >= len(order):
                raise IndexError(f"it names channel {max((*first, *second))} of a layer with {len(order)}")
            order[list(first)], order[list(second)] = order[list(second)].clone(), order[list(first)].clone()
            weight.copy_(weight.index_select(dim, order))

    with torch.no_grad():
        for (name, is_out, first), (_, _, second) in zip(one, two, strict=True):
            if name not in names:
                continue
            part = parts[names[name]]
            along = isinstance(part, torch.nn.modules.batchnorm._NormBase | torch.nn.LayerNorm | torch.nn.GroupNorm)
            for key, weight in [*part.named_parameters(recurse=False), *part.named_buffers(recurse=False)]:
                if weight.dim() == 1 and (is_out or along):
                    exchange(name, key, weight, 0, first, second)
                elif weight.dim() > 1:
                    exchange(name, key, weight, 0 if is_out != transposed(part) else 1, first, second)
    return moved


def transposed(part: torch.nn.Module) -> bool:
    """Whether a layer has what goes in as the first dimension of its weight."""
    return bool(getattr(part, "transposed", False))


def main() -> None:
    package, name = sys.argv[1:]
    torch.manual_seed(0)
    case = CASES[name]
    inputs = tuple(one.float() if one.is_floating_point() else one for one in case.inputs())
    module = randomised(case.make())
    try:
        found = {"rebasin": rebasin, "torch-pruning": torch_pruning}[package](module, inputs)
    except Exception as error:
        found = {"fails": f"{type(error).__name__}: {str(error).splitlines()[0][:60] if str(error) else ''}"}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
