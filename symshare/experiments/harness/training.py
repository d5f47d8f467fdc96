"""One loop that trains: schedule, clipping, validation, checkpoints that continue to the same curve."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import torch

from symshare.errors import ExperimentError, shown
from symshare.experiments.harness.checkpoints import read_state, write_state
from symshare.experiments.harness.restoring import check_progress, check_weights, optimiser_state

__all__ = ["Context", "Fitted", "Recipe", "fit", "parameters_of", "stream"]

Loss = Callable[[torch.nn.Module, int, torch.Generator], torch.Tensor]
SECONDS_BETWEEN_CHECKPOINTS = 20.0
"""At least so many seconds of wall time between two checkpoints: what a kill may cost; chosen, not measured."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model is trained.

    `steps` updates by AdamW at `rate` (falling to zero as half a cosine after `warm` steps, or constant), gradients clipped
    to norm `clip`; every `every` steps the model is validated.
    """

    steps: int
    rate: float = 3e-3
    decay: float = 1e-3
    clip: float = 1.0
    warm: int = 20
    cosine: bool = True
    every: int = 100

    def rate_at(self, step: int) -> float:
        """The learning rate of a step.

        >>> Recipe(100, rate=1.0, warm=10).rate_at(10)
        1.0
        """
        warm = min(1.0, (step + 1) / (self.warm + 1))
        done = max(0, step - self.warm) / max(1, self.steps - self.warm)
        return self.rate * warm * (0.5 * (1 + math.cos(math.pi * done)) if self.cosine else 1.0)


@dataclass(slots=True)
class Context:
    """The surroundings of a job: its device and seed, the path of its checkpoint, and a callback for its progress."""

    seed: int
    device: torch.device
    checkpoint: Path | None = None
    tell: Callable[[float, str], None] = lambda share, text: None
    """Called with the share of the job that is done and a few words."""
    part: Mapping[str, Any] = field(default_factory=dict)
    """What the checkpoint says of itself: of which run and job it is."""
    before: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What the jobs before have found, by title."""

    def share(self, start: float, end: float, *, kept: bool = False) -> Context:
        """The context of a part of a job, which tells its progress as a share of the whole; only one part of a job may keep
        its checkpoint."""
        path, part = (self.checkpoint, self.part) if kept else (None, {})
        return Context(
            self.seed, self.device, path, lambda done, text: self.tell(start + (end - start) * done, text), part
        )


@dataclass(slots=True)
class Fitted:
    """A training: its curve (step, loss, validation), the best validation and its step, and the time it took in seconds."""

    curve: list[tuple[int, float, float | None]] = field(default_factory=list)
    best: float | None = None
    best_step: int = 0
    steps: int = 0
    wall: float = 0.0
    cpu: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """For a result file."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


def stream(seed: int, step: int) -> torch.Generator:
    """The random numbers of one step: the same after any interruption, on any device (they are drawn on the CPU)."""
    return torch.Generator().manual_seed((seed * 1_000_003 + step * 7_919 + 17) % 2**62)


def parameters_of(model: torch.nn.Module) -> int:
    """The number of trained values."""
    return sum(parameter.numel() for parameter in model.parameters())


def fit(
    context: Context,
    model: torch.nn.Module,
    loss: Loss,
    recipe: Recipe,
    *,
    validate: Callable[[torch.nn.Module], float] | None = None,
    stop_at: float | None = None,
    about: Mapping[str, Any] | None = None,
) -> Fitted:
    """Train a model in place, and leave it as it was at its best validation (lowest; the last step where there is none).

    `loss(model, step, generator)` draws its batch from the generator, which depends on seed and step only, so that a
    training continued from its checkpoint ends where an unbroken one does. With `stop_at` the training ends as soon as a
    validation reaches it. `about` is what the checkpoint says of the model, for whoever loads it. Raises ExperimentError
    where the loss is no longer a number.
    """
    optimiser = torch.optim.AdamW(list(model.parameters()), lr=recipe.rate, weight_decay=recipe.decay)
    found = Fitted()
    best = {name: value.clone() for name, value in model.state_dict().items()}
    whose = {"part": dict(context.part), "recipe": repr(recipe), "seed": context.seed, "about": dict(about or {})}
    done = _restore(context, model, optimiser, found, best, recipe, whose, stop_at)
    wall, cpu = time.perf_counter() - found.wall, time.process_time() - found.cpu
    saved = time.perf_counter()
    step = found.steps
    context.tell(step / recipe.steps, "starts" if step == 0 else f"goes on at step {step:,}")
    while not done and step < recipe.steps:
        value = _updated(context, model, optimiser, loss, recipe, step)
        step += 1
        if step % recipe.every == 0 or step == recipe.steps:
            running = value.item()
            score = _validated(model, validate)
            found.curve.append((step, running, score if score is None or math.isfinite(score) else None))
            usable = score is None or math.isfinite(score)
            if usable and (score is None or found.best is None or score < found.best):
                found.best, found.best_step = score, step
                best.update({name: tensor.clone() for name, tensor in model.state_dict().items()})
            done = stop_at is not None and score is not None and score <= stop_at
            done = done or step == recipe.steps
            context.tell(1.0 if done else step / recipe.steps, _words(step, recipe.steps, running, score))
            found.steps = step
            found.wall, found.cpu = time.perf_counter() - wall, time.process_time() - cpu
            if done or time.perf_counter() - saved > SECONDS_BETWEEN_CHECKPOINTS:
                _keep(context, model, optimiser, found, best, whose, done)
                saved = time.perf_counter()
    if validate is not None and found.best is None:
        raise ExperimentError(
            f"no validation of {recipe.steps:,} steps was a number (seed {context.seed})\n"
            f"  try another --seed, or a rate below {recipe.rate:g}"
        )
    model.load_state_dict(best)
    return found


def _updated(
    context: Context,
    model: torch.nn.Module,
    optimiser: torch.optim.Optimizer,
    loss: Loss,
    recipe: Recipe,
    step: int,
) -> torch.Tensor:
    """One update of the model; its loss before that."""
    for group in optimiser.param_groups:
        group["lr"] = recipe.rate_at(step)
    optimiser.zero_grad()
    value = loss(model, step, stream(context.seed, step))
    value.backward()  # type: ignore[no-untyped-call]  # torch gives no types
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
    if not torch.isfinite(value + norm):
        _refuse(context, step, value.item(), recipe)
    optimiser.step()
    return value


def _validated(model: torch.nn.Module, validate: Callable[[torch.nn.Module], float] | None) -> float | None:
    if validate is None:
        return None
    model.eval()
    with torch.no_grad():
        score = validate(model)
    model.train()
    return score


def _words(step: int, steps: int, loss: float, score: float | None) -> str:
    return f"step {step:,} of {steps:,}, loss {loss:.4g}" + ("" if score is None else f", validation {score:.4g}")


def _refuse(context: Context, step: int, value: float, recipe: Recipe) -> None:
    raise ExperimentError(
        f"the loss or its gradient is not finite at step {step + 1:,} of {recipe.steps:,} (loss {value}, seed {context.seed})\n"
        f"  nothing after it would mean anything; try another --seed, or a rate below {recipe.rate:g}"
    )


def _keep(
    context: Context,
    model: torch.nn.Module,
    optimiser: torch.optim.Optimizer,
    found: Fitted,
    best: dict[str, torch.Tensor],
    whose: Mapping[str, Any],
    done: bool,
) -> None:
    """Write the checkpoint; of a finished training only the best weights."""
    if context.checkpoint is None:
        return
    tensors = {f"best/{name}": tensor for name, tensor in best.items()}
    if not done:
        tensors |= {f"model/{name}": tensor for name, tensor in model.state_dict().items()}
        for number, state in optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser/{number}/{name}": value for name, value in state.items()}
    write_state(context.checkpoint, tensors, {"fitted": found.to_dict(), "done": done, **whose})


def _restore(
    context: Context,
    model: torch.nn.Module,
    optimiser: torch.optim.Optimizer,
    found: Fitted,
    best: dict[str, torch.Tensor],
    recipe: Recipe,
    whose: Mapping[str, Any],
    stop_at: float | None,
) -> bool:
    """Continue from the checkpoint, if there is one; True where the training is finished already."""
    stored = None if context.checkpoint is None else read_state(context.checkpoint)
    if stored is None:
        return False
    tensors, notes = stored
    if any(notes.get(key) != value for key, value in whose.items()):
        raise ExperimentError(
            f"{shown(context.checkpoint)} belongs to another training\n  start again with --force, or give another --out"
        )
    done = notes.get("done")

    def part(prefix: str) -> dict[str, torch.Tensor]:
        return {name.removeprefix(prefix): one for name, one in tensors.items() if name.startswith(prefix)}

    try:
        fitted = check_progress(notes.get("fitted"), done, (recipe.steps, recipe.every), stop_at)
        parts = [part("best/")] if done else [part("best/"), part("model/")]
        for weights in parts:
            check_weights(weights, model)
        states = optimiser_state(part("optimiser/"), list(model.parameters()), fitted["steps"])
    except ValueError as error:
        raise ExperimentError(
            f"{shown(context.checkpoint)} does not fit the model or its training: {error}\n  delete it, and start again"
        ) from None
    for name, value in fitted.items():
        setattr(found, name, value)
    found.curve = [(step, loss, score) for step, loss, score in fitted["curve"]]
    model.load_state_dict(parts[0])
    best.update({name: tensor.clone() for name, tensor in model.state_dict().items()})
    model.load_state_dict(parts[-1])
    optimiser.load_state_dict({"state": states, "param_groups": optimiser.state_dict()["param_groups"]})
    return bool(done)
