"""Sudoku by a recurrent network: bands and stacks are permuted, rows within a band, columns within a stack, and digits.

A board is a tensor abcde: band a, row b of it, stack c, column d of it, digit e, with `a->b` and `c->d`. Five poolings
are enough: the entry itself, and the means over a row, a column, a box and the digits of a cell. The same layer is applied
again and again, with a loss after each round, as in Palm, Paquet and Winther, Recurrent relational networks (2018).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from symshare.experiments.harness.jobs import Job, Setting
from symshare.experiments.harness.results import Bar, Report, mean_of, mean_seconds, over_seeds
from symshare.experiments.harness.training import Context, Recipe, fit, parameters_of
from symshare.experiments.sudoku.boards import generate, singles
from symshare.experiments.sudoku.propagation import Box
from symshare.nn import EinNet

__all__ = [
    "HARD",
    "LARGE",
    "POOLINGS",
    "SMALL",
    "WITHOUT_BOXES",
    "Boards",
    "Net",
    "encode",
    "jobs",
    "network",
    "plot",
    "report",
]

POOLINGS = ("abcde->abcde", "abcde->abfge", "abcde->fgcde", "abcde->afcge", "abcde->abcdf")
"""An entry itself; the means over a row, over a column, over a box; the mean over digits."""
WITHOUT_BOXES = ("abc->abc", "abc->adc", "abc->dbc", "abc->abd")
"""The same for rows a, columns b, digits c, without the symmetry of bands and stacks: boxes are out of sight."""
SATNET = 0.983
"""Boards solved on 9,000 training and 1,000 test boards of 36.2 givens on average (Wang et al., SATNet, 2019)."""
LONGER = 2
"""A board is solved with so many times the most rounds of training."""


@dataclass(frozen=True, slots=True)
class Boards:
    """A kind of puzzles: the box, how many cells are given, how many puzzles to train, validate and test on."""

    box: Box
    givens: tuple[int, int]
    numbers: tuple[int, int, int]

    def draw(self, part: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Puzzles and solutions (number, n, n) of a part: 0 to train, 1 to validate, 2 to test (the same for every seed).

        Parts are drawn on their own: of 9 x 9 boards there are so many that no two were ever alike. Of 4 x 4 boards there are
        288, all of two kinds up to symmetry, and solutions recur.
        """
        rng = np.random.default_rng([part, 0 if part == 2 else seed, *self.givens])
        puzzles, solutions = generate(self.numbers[part], self.givens, self.box, rng)
        return torch.from_numpy(puzzles.astype(np.int64)), torch.from_numpy(solutions.astype(np.int64))


SMALL = Boards((2, 2), (4, 8), (800, 100, 200))
LARGE = Boards((3, 3), (34, 38), (9000, 200, 1000))
HARD = Boards((3, 3), (25, 30), (0, 0, 1000))


@dataclass(frozen=True, slots=True)
class Net:
    """A network and how it is trained."""

    boxes: bool = True
    """Whether bands and stacks are told apart."""
    width: int = 32
    pool_width: int = 8
    rounds: int = 24
    """The most rounds in training; each step draws a number from a third of it on, so that a solved board stays solved."""
    batch: int = 32


def jobs(setting: Setting) -> list[Job]:
    """Small and large boards, large ones without boxes, and what singles alone solve."""
    net = Net(width=64, pool_width=16, rounds=48, batch=64) if setting.full else Net()
    steps = setting.steps(1000, 20_000)
    recipe = Recipe(steps, rate=5e-3, decay=1e-4, every=max(1, min(100, steps // 4)))
    short = Recipe(min(steps, 300), rate=5e-3, decay=1e-4, every=max(1, min(50, steps // 4)))
    made = [Job("singles", setting.seed, _singles, 10.0)]
    for seed in setting.numbers(1):
        made.append(Job("4x4", seed, partial(_train, SMALL, net, short), 25.0))
        made.append(Job("9x9", seed, partial(_train, LARGE, net, recipe), 420.0))
        made.append(Job("9x9 without boxes", seed, partial(_train, LARGE, _without_boxes(net), recipe), 330.0))
    return made


def _without_boxes(net: Net) -> Net:
    return Net(False, net.width, net.pool_width, net.rounds, net.batch)


def network(net: Net, device: torch.device | str = "cpu") -> torch.nn.Module:
    """The recurrent network.

    >>> puzzles = torch.zeros(2, 9, 9, dtype=torch.long)
    >>> network(Net(width=8, pool_width=4))(encode(puzzles, (3, 3))).shape
    torch.Size([2, 3, 3, 3, 3, 9, 1])
    """
    sizes = (net.width, net.pool_width, 1)
    if net.boxes:
        depends, poolings = ("a->b", "c->d"), POOLINGS
        return EinNet(
            "abcde", 2, 1, *sizes, depends=depends, poolings=poolings, rounds=net.rounds, order=1, device=device
        )
    return EinNet("abc", 2, 1, *sizes, poolings=WITHOUT_BOXES, rounds=net.rounds, order=1, device=device)


def encode(puzzles: torch.Tensor, box: Box, boxes: bool = True) -> torch.Tensor:
    """Puzzles (number, n, n) as (number, bands, rows, stacks, columns, n, 2), or (number, n, n, n, 2) without boxes.

    The channels: whether the cell has this digit, and whether the cell is given.
    """
    side = puzzles.shape[-1]
    digits = functional.one_hot(puzzles, side + 1)[..., 1:].float()
    given = (puzzles > 0).float()[..., None].expand_as(digits)
    x = torch.stack([digits, given], -1)
    return x.reshape(len(puzzles), box[1], box[0], box[0], box[1], side, 2) if boxes else x


def _train(boards: Boards, net: Net, recipe: Recipe, context: Context) -> dict[str, Any]:
    """Cross-entropy of the digit of each cell, after every round; validated by the shares of boards and cells not right."""
    (puzzles, solutions), held, test = (boards.draw(part, context.seed) for part in range(3))
    side = puzzles.shape[-1]
    model = network(net, context.device)

    def loss(model: torch.nn.Module, step: int, generator: torch.Generator) -> torch.Tensor:
        chosen = torch.randperm(len(puzzles), generator=generator)[: net.batch]
        rounds = int(torch.randint(net.rounds // 3, net.rounds + 1, (), generator=generator))
        found = model(encode(puzzles[chosen], boards.box, net.boxes).to(context.device), rounds=rounds, every=True)
        wanted = (solutions[chosen] - 1).reshape(-1).repeat(rounds).to(context.device)
        return functional.cross_entropy(found.reshape(-1, side), wanted)

    def wrong(model: torch.nn.Module) -> float:
        solved, cells = _solved(model, net, boards.box, *held, context.device)
        return 2 - solved - cells

    fitted = fit(context, model, loss, recipe, validate=wrong)
    solved, cells = _solved(model, net, boards.box, *test, context.device)
    metrics = {"solved": solved, "cells": cells}
    if boards is LARGE:
        hard, answers = HARD.draw(2, 0)
        easy = torch.from_numpy(singles(hard.numpy(), HARD.box).astype(np.int64) == answers.numpy()).all(2).all(1)
        metrics["hard_solved"], _ = _solved(model, net, HARD.box, hard, answers, context.device)
        for name, part in (("singles", easy), ("beyond", ~easy)):
            metrics[f"hard_{name}"], _ = _solved(model, net, HARD.box, hard[part], answers[part], context.device)
        for longer in (1, 4):
            metrics[f"solved_{longer}x"], _ = _solved(model, net, boards.box, *test, context.device, longer)
    return {"fitted": fitted.to_dict(), "parameters": parameters_of(model), "metrics": metrics}


@torch.no_grad()
def _solved(
    model: torch.nn.Module,
    net: Net,
    box: Box,
    puzzles: torch.Tensor,
    solutions: torch.Tensor,
    device: torch.device,
    longer: int = LONGER,
) -> tuple[float, float]:
    """The shares of boards and of empty cells that are right."""
    found = []
    for part in torch.tensor_split(puzzles, max(1, len(puzzles) // 50)):
        scores = model(encode(part, box, net.boxes).to(device), rounds=longer * net.rounds)
        found.append(1 + scores[..., 0].argmax(-1).reshape(part.shape).cpu())
    right = torch.cat(found) == solutions
    return right.all((1, 2)).double().mean().item(), right[puzzles == 0].double().mean().item()


def _singles(context: Context) -> dict[str, Any]:
    """What naked and hidden singles solve without any learning."""
    metrics = {}
    for name, boards in (("4x4", SMALL), ("9x9", LARGE), ("hard", HARD)):
        puzzles, solutions = boards.draw(2, 0)
        filled = singles(puzzles.numpy(), boards.box)
        metrics[f"{name} solved"] = float((filled == solutions.numpy()).all((1, 2)).mean())
    return {"metrics": metrics}


def report(setting: Setting, done: list[dict[str, Any]]) -> Report:
    """The table of boards solved, by networks and by singles alone."""
    counted = next(job["metrics"] for job in done if job["name"] == "singles")
    nets = (
        ("recurrent EinNet, abcde with a->b, c->d", "9x9"),
        ("the same with abc: no bands, no stacks", "9x9 without boxes"),
    )
    rows: list[tuple[Any, ...]] = []
    for words, name in nets:
        small = over_seeds(done, "4x4", "solved") if name == "9x9" else None
        large = (over_seeds(done, name, key) for key in ("solved", "hard_solved"))
        rows.append((words, small, *large, mean_seconds(done, name)))
    rows.append(("naked and hidden singles", *(counted[f"{name} solved"] for name in ("4x4", "9x9", "hard")), None))
    rows.append(("SATNet, as published (its own boards)", None, SATNET, None, None))
    bars = (
        Bar("4x4 boards solved", mean_of(done, "4x4", "solved"), 1.0),
        Bar("9x9 boards solved", mean_of(done, "9x9", "solved"), SATNET),
    )
    notes = (
        f"Trained on {LARGE.numbers[0]:,} puzzles with one solution and {LARGE.givens[0]} to {LARGE.givens[1]} givens, tested "
        f"on {LARGE.numbers[2]:,} others, and on {HARD.numbers[2]:,} with {HARD.givens[0]} to {HARD.givens[1]} givens; "
        "solved means every cell.",
        f"Of the boards with {HARD.givens[0]} to {HARD.givens[1]} givens the network solves "
        f"{mean_of(done, '9x9', 'hard_singles'):.1%} of those that singles solve, and "
        f"{mean_of(done, '9x9', 'hard_beyond'):.1%} of the others.",
        "4 x 4 boards are few: 288, of two kinds up to symmetry, so that tests of them are hardly new.",
        f"A test takes {LONGER} times the most rounds of training; with 1 and 4 times of them "
        f"{mean_of(done, '9x9', 'solved_1x'):.1%} and {mean_of(done, '9x9', 'solved_4x'):.1%} are solved.",
    )
    columns = ("share of boards solved", "4x4", "9x9", f"9x9, {HARD.givens[0]}-{HARD.givens[1]} givens", "seconds")
    return Report(columns, tuple(rows), bars, notes)


def plot(record: Mapping[str, Any]) -> Any:
    """The loss of the networks against steps, as a matplotlib figure."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    colours = {"4x4": "#009e73", "9x9": "#0072b2", "9x9 without boxes": "#d55e00"}
    for job in record["jobs"]:
        if "fitted" in job:
            steps, losses, _ = zip(*job["fitted"]["curve"], strict=True)
            label = f"{job['name']}: {job['metrics']['solved']:.1%} of test boards solved"
            axes.plot(steps, losses, color=colours[job["name"]], label=label)
    axes.set_yscale("log")
    axes.set_xlabel("training step")
    axes.set_ylabel("cross-entropy of a cell, mean over rounds (nats)")
    axes.set_title("Sudoku")
    axes.legend(frameon=False)
    return figure
