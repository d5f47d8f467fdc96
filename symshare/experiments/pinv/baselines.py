"""What the learned iteration is compared with: networks with nonlinearities, and formulas at equal rounds."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import torch

from symshare.experiments.harness.training import Context, Recipe, fit, parameters_of
from symshare.experiments.pinv.matrices import (
    SHAPE,
    SHAPES,
    cubic,
    error,
    errors,
    matrices,
    metric,
    newton_schulz,
    wanted,
)
from symshare.nn import EinNet

__all__ = ["CURVE", "JUDGED", "curves", "einnet", "formulas", "measured", "mlp"]

CURVE = 24
"""The rounds of a curve."""
JUDGED = (6, 8, 12, 24)
"""The rounds after which errors are reported."""
MOST = 1e9
"""What stands for errors that are larger, or no number."""
GRID = ([2 + place / 20 for place in range(13)], (0.0, 0.25, 0.5, 0.75, 1.0, 1.5), (1.0, 1.5, 2.0, 2.5, 3.0, 4.0))
"""The numbers a, b, s of a cubic iteration that are tried."""


def einnet(recipe: Recipe, batch: int, sizes: tuple[int, int, int], context: Context) -> dict[str, Any]:
    """A network of pooling layers with GELU, as it was before iterations: of its sizes width, pool width and depth."""
    width, pool_width, depth = sizes
    model = EinNet("abH", 1, 1, width, pool_width, depth, order=3, device=context.device)
    found = _trained(context, model, recipe, batch)
    return found | {"metrics": _scores(model, context.device, SHAPES)}


def mlp(recipe: Recipe, batch: int, context: Context) -> dict[str, Any]:
    """A plain network without any symmetry."""
    model = _Flat(512).to(context.device)
    found = _trained(context, model, recipe, batch)
    return found | {"metrics": _scores(model, context.device, (SHAPE,))}


def _predicted(model: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """What the network gives for matrices, over the number of columns: A A^T grows with it, and the network takes means."""
    found: torch.Tensor = model(x[..., None])[..., 0]
    return found * (SHAPE[1] / x.shape[-1])


def _trained(context: Context, model: torch.nn.Module, recipe: Recipe, batch: int) -> dict[str, Any]:
    """Squared error against the transposed pseudo-inverse; the step with the best validation is kept."""
    x = matrices("train", seed=context.seed).to(context.device)
    held = matrices("validation", seed=context.seed, number=100).to(context.device)
    y = wanted(x)

    def loss(model: torch.nn.Module, step: int, generator: torch.Generator) -> torch.Tensor:
        chosen = torch.randperm(len(x), generator=generator)[:batch].to(x.device)
        value: torch.Tensor = (_predicted(model, x[chosen]) - y[chosen]).square().mean()
        return value

    fitted = fit(context, model, loss, recipe, validate=lambda model: error(_predicted(model, held), held))
    return {"fitted": fitted.to_dict(), "parameters": parameters_of(model)}


@torch.no_grad()
def _scores(model: torch.nn.Module, device: torch.device, shapes: tuple[tuple[int, int], ...]) -> dict[str, float]:
    found: dict[str, float] = {}
    for shape in shapes:
        x = matrices("test", shape).to(device)
        each = errors(_predicted(model, x), x)
        found |= {f"mean {metric(shape)}": each.mean().item(), f"worst {metric(shape)}": each.max().item()}
    return found


class _Flat(torch.nn.Module):
    """A plain network on the entries of a matrix, written one behind the other."""

    def __init__(self, width: int) -> None:
        super().__init__()
        entries = math.prod(SHAPE)
        layers: list[torch.nn.Module] = [torch.nn.Linear(entries, width)]
        for _ in range(2):
            layers += [torch.nn.GELU(), torch.nn.Linear(width, width)]
        self.layers = torch.nn.Sequential(*layers, torch.nn.GELU(), torch.nn.Linear(width, entries))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.layers(x.flatten(1))
        return found.reshape(x.shape)


def measured(
    name: str, every: list[torch.Tensor], x: torch.Tensor, aim: torch.Tensor | None = None
) -> dict[str, float]:
    """The mean and the worst error after some of the rounds, and how many matrices have an error over 1 at the end."""
    found: dict[str, float] = {}
    for number in (one for one in JUDGED if one <= len(every)):
        each = errors(every[number - 1], x, aim).nan_to_num(MOST).clamp(max=MOST)
        found |= {f"{name} mean {number}": each.mean().item(), f"{name} worst {number}": each.max().item()}
    found[f"{name} lost"] = (~(errors(every[-1], x, aim) < 1)).sum().item()
    return found


def curves(every: list[torch.Tensor], x: torch.Tensor) -> list[float]:
    """The mean error after each round."""
    return [errors(one, x).nan_to_num(MOST).clamp(max=MOST).mean().item() for one in every]


def formulas(context: Context) -> dict[str, Any]:
    """Predictions without training; scale and numbers are the best ones on training and validation matrices."""
    train = matrices("train", seed=context.seed)
    scale = min((number / 1000 for number in range(101)), key=lambda one: error(one * train, train))
    context.tell(0.1, "the best cubic iteration")
    best = best_cubic(context.seed)
    metrics: dict[str, Any] = {"scale": scale, "cubic": list(best)}
    for shape in SHAPES:
        x, tag = matrices("test", shape), metric(shape)
        metrics |= {f"zero {tag}": error(torch.zeros_like(x), x), f"transpose {tag}": error(scale * x, x)}
        rows: dict[str, list[torch.Tensor]] = {"Newton": [], "grid": []}
        newton_schulz(x, CURVE, rows["Newton"].append)
        cubic(x, CURVE, best, rows["grid"].append)
        for name, every in rows.items():
            metrics |= measured(f"{name} {tag}", every, x)
            metrics[f"{name} curve {tag}"] = curves(every, x)
    return {"metrics": metrics}


def best_cubic(seed: int, rounds: int = 8) -> tuple[float, float, float]:
    """The numbers of the cubic iteration with the least mean error on validation matrices of all sizes, of those on a grid
    with which none is lost in 24 rounds."""
    held = [matrices("validation", shape, seed=seed, number=40) for shape in SHAPES]

    def scored(numbers: tuple[float, float, float]) -> float:
        found = sum(error(cubic(x, rounds, numbers), x) for x in held)
        return found if math.isfinite(found) else math.inf

    ranked = sorted(product(*GRID), key=scored)
    whole = [matrices("validation", shape, seed=seed, number=400) for shape in SHAPES]
    return next(one for one in ranked if all((errors(cubic(x, CURVE, one), x) < 1).all() for x in whole))
