"""The search for the poolings of a task: those that leave the least doubt about demonstrations held out."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_lowercase
from typing import Any

import torch

from symshare.core.poolings.pools import pools
from symshare.experiments.arc.layout import Layout, read_layout
from symshare.experiments.arc.nets import Derived, batches_of, exact, train
from symshare.experiments.arc.tasks import Task
from symshare.experiments.harness.training import Context, Recipe

__all__ = ["apart", "poolings_of", "searched"]

FOLDS = 4
"""Demonstrations, at most, that the search holds out in turn."""

SLACK = 0.002
"""A pooling is not needed where without it the doubt on held-out demonstrations is higher by no more than this."""


def poolings_of(layout: Layout) -> tuple[str, ...]:
    """The irreducible poolings to order 2, from the highest order down.

    >>> poolings_of(read_layout("HWc->IJc"))
    ('c,c->c', 'c->d', 'c->c')
    """
    return tuple(term.to_einsum() for term in pools(layout.given_axes, 2))[::-1]


def apart(layout: Layout) -> Layout | None:
    """The layout with rows and columns permuted apart, where it permutes them jointly.

    >>> apart(read_layout("aab")).text, apart(read_layout("aab->b")).text, apart(read_layout("abc"))
    ('acb', 'acb->b', None)
    """
    row, column, colour = layout.given
    if row != column:
        return None
    new = next(letter for letter in ascii_lowercase if letter not in layout.given)
    given = f"{row}{new}{colour}"
    wanted = layout.wanted[0] + layout.wanted[1].replace(column, new) + layout.wanted[2]
    return read_layout(given if layout.wanted == layout.given else f"{given}->{wanted}")


def searched(task: Task, layout: Layout, steps: int, context: Context) -> dict[str, Any]:
    """Leave out poolings where held-out demonstrations are solved as well without them.

    The first to go, where rows and columns are permuted jointly, are those that mix them: then the network keeps
    permutations of rows and columns apart, and needs fewer demonstrations.
    """
    kept, wider = poolings_of(layout), apart(layout)
    found: dict[str, Any] = {"considered": list(kept), "symmetry": layout.text, "chosen": list(kept), "tried": []}
    if len(task.train) == 1:
        return found | {"metrics": {"poolings": len(kept)}}
    done, parts = 0, len(kept) + 1

    def judged(layout: Layout, names: Sequence[str]) -> dict[str, Any]:
        nonlocal done
        share = context.share(min(1.0, done / parts), min(1.0, (done + 1) / parts))
        done += 1
        return {"symmetry": layout.text, "poolings": list(names), **_held_out(task, layout, names, steps, share)}

    best = judged(layout, kept)
    tried = [best]

    def taken(layout: Layout, names: Sequence[str]) -> bool:
        nonlocal best
        one = judged(layout, names)
        tried.append(one)
        better: bool = one["solved"] >= best["solved"] and one["doubt"] <= best["doubt"] + SLACK
        best = one if better else best
        return better

    if wider is not None and taken(wider, poolings_of(wider)):
        layout, kept = wider, poolings_of(wider)
    for name in kept:
        rest = tuple(one for one in kept if one != name)
        kept = rest if rest and taken(layout, rest) else kept
    metrics = {"poolings": len(kept), "held_out_solved": best["solved"], "held_out_doubt": best["doubt"]}
    found |= {"metrics": metrics, "symmetry": layout.text, "chosen": list(kept), "tried": tried}
    return found | {"folds": min(FOLDS, len(task.train))}


def _held_out(task: Task, layout: Layout, names: Sequence[str], steps: int, context: Context) -> dict[str, Any]:
    """How many demonstrations are solved by networks that learn from the others, and the mean doubt about their cells."""
    solved, doubts = 0, list[float]()
    recipe = Recipe(steps, rate=5e-3, every=max(1, min(25, steps // 2)))
    folds = min(FOLDS, len(task.train))
    for fold in range(folds):
        torch.manual_seed(context.seed)
        others = [pair for place, pair in enumerate(task.train) if place != fold]
        model = Derived(layout, task.train[0], names, context.device)
        own = Context(context.seed, context.device)
        train(own, model, batches_of(others, context.device), recipe)
        held = batches_of([task.train[fold]], context.device)
        solved += round(exact(model, held))
        with torch.no_grad():
            doubts += [_doubt(model(x), y) for x, y in held]
        context.tell((fold + 1) / folds, f"held-out demonstration {fold + 1} of {folds}, {len(names)} poolings")
    return {"solved": solved, "doubt": sum(doubts) / folds}


def _doubt(found: torch.Tensor, y: torch.Tensor) -> float:
    """One minus the probability of the right colour, the mean over cells; a sure error costs no more than one cell."""
    return 1 - found.softmax(-1).gather(-1, y[..., None]).mean().item()
