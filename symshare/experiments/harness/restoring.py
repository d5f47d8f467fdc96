"""Whether what a checkpoint holds can be the state of a training: checked in full before a model is touched."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch

__all__ = ["check_progress", "check_weights", "is_number", "optimiser_state"]

MOMENTS = ("exp_avg", "exp_avg_sq")


def check_progress(fitted: Any, done: Any, recipe: tuple[int, int], stop_at: float | None) -> dict[str, Any]:
    """The progress of a training as read from a checkpoint; ValueError where steps, curve, best validation or times
    contradict each other.

    `recipe` is the number of its steps and the steps between two validations.

    >>> check_progress({"steps": -5}, False, (20, 4), None)
    Traceback (most recent call last):
        ...
    ValueError: it has not what is known of a training
    """
    last, every = recipe
    names = {"curve", "best", "best_step", "steps", "wall", "cpu"}
    if not isinstance(fitted, dict) or set(fitted) != names or not isinstance(done, bool):
        raise ValueError("it has not what is known of a training")
    steps = fitted["steps"]
    if not _is_count(steps) or not 0 < steps <= last:
        raise ValueError(f"its number of steps, {steps!r}, is not from 1 to {last:,}")
    points = [step for step in range(1, steps + 1) if step % every == 0 or step == last]
    if not _is_curve(fitted["curve"], points) or points[-1:] != [steps]:
        raise ValueError(f"its curve is not that of {steps:,} steps")
    scores = [score for _, _, score in fitted["curve"]]
    known = [score for score in scores if score is not None]
    best = min(known) if known else None
    places = [points[scores.index(best)]] if known else [0, steps]
    if fitted["best"] != best or fitted["best_step"] not in places:
        raise ValueError("its best validation is not that of its curve")
    if not all(is_number(fitted[key]) and fitted[key] >= 0 for key in ("wall", "cpu")):
        raise ValueError("its times are no numbers of seconds")
    reached = stop_at is not None and scores[-1] is not None and scores[-1] <= stop_at
    if done != (reached or steps == last):
        raise ValueError(f"at step {steps:,} of {last:,} it is {'' if done else 'not '}finished")
    return fitted


def check_weights(found: Mapping[str, torch.Tensor], model: torch.nn.Module) -> None:
    """Raise ValueError where these are not all the weights of the model, of their shapes and types, all of them numbers."""
    wanted = model.state_dict()
    if set(found) != set(wanted):
        names = sorted(set(found) ^ set(wanted))
        raise ValueError(f"{names[0]} is in one of both only")
    for name, value in wanted.items():
        _check_tensor(name, found[name], value)


def optimiser_state(
    found: Mapping[str, torch.Tensor], parameters: Sequence[torch.Tensor], steps: int
) -> dict[int, dict[str, torch.Tensor]]:
    """The state of AdamW by number of parameter, from tensors named "number/what"; ValueError where it is none."""
    states: dict[int, dict[str, torch.Tensor]] = {}
    for name, tensor in found.items():
        number, _, what = name.partition("/")
        if not number.isdecimal() or not int(number) < len(parameters) or what not in ("step", *MOMENTS):
            raise ValueError(f"the optimiser has no {name}")
        states.setdefault(int(number), {})[what] = tensor
    for place, state in states.items():
        if set(state) != {"step", *MOMENTS} or state["step"].numel() != 1 or state["step"].item() != steps:
            raise ValueError(f"parameter {place} was not moved {steps:,} times")
        for what in MOMENTS:
            _check_tensor(f"optimiser/{place}/{what}", state[what], parameters[place])
        if (state["exp_avg_sq"] < 0).any():
            raise ValueError(f"optimiser/{place}/exp_avg_sq has negative squares")
    return states


def is_number(value: object) -> bool:
    """Whether a value read from a file is a finite number.

    >>> is_number(1.5), is_number(True), is_number(math.nan), is_number("1")
    (True, False, False, False)
    """
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _check_tensor(name: str, found: torch.Tensor, wanted: torch.Tensor) -> None:
    if found.shape != wanted.shape or found.dtype != wanted.dtype:
        raise ValueError(f"{name} is {_kind(found)}, not {_kind(wanted)}")
    if not found.isfinite().all():
        raise ValueError(f"{name} holds what is no number")


def _kind(tensor: torch.Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} of shape {tuple(tensor.shape)}"


def _is_curve(value: Any, points: Sequence[int]) -> bool:
    """Whether these are points (step, loss, validation or None) at these steps."""
    return (
        isinstance(value, list)
        and len(value) == len(points)
        and all(isinstance(point, list) and len(point) == 3 for point in value)
        and all(_is_count(step) and step == wanted for (step, _, _), wanted in zip(value, points, strict=True))
        and all(is_number(loss) and (score is None or is_number(score)) for _, loss, score in value)
    )


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
