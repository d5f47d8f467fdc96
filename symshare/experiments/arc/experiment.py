"""Tasks of the Abstraction and Reasoning Corpus, each learned from its few demonstrations alone.

A task says by three letters how rows, columns and colours of its grids may be permuted (abc, aab, abc->c, HWc->IJc). Which
poolings the network needs is found by leaving one demonstration out; a test is looked at when the training is over.

Source: Chollet, On the measure of intelligence (2019), for the tasks; the symmetries are those of the tutorial
"Permutation symmetric networks from the ground up".
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch

from symshare.errors import ExperimentError, SymshareError, shown
from symshare.experiments.arc.layout import Layout, answer_of, check_task, read_layout, shape_of
from symshare.experiments.arc.nets import DEPTH, NETS, NOISE, WIDTH, Derived, Flat, batches_of, exact, train, undecided
from symshare.experiments.arc.pictures import plot
from symshare.experiments.arc.reading import distinct, remarks_on
from symshare.experiments.arc.rules import RULES, answer, puzzles
from symshare.experiments.arc.search import poolings_of, searched
from symshare.experiments.arc.tasks import Pair, Task, read_task
from symshare.experiments.harness.datasets import fetch
from symshare.experiments.harness.jobs import Job, Setting
from symshare.experiments.harness.results import Bar, Report, mean_of, mean_seconds, over_seeds
from symshare.experiments.harness.training import Context, Recipe, parameters_of

__all__ = ["SYMMETRIES", "jobs", "plot", "remarks", "report"]

SYMMETRIES = {"4cd1b7b2": "abc", "1a2e2828": "abc->c", "ca8de6ea": "HWc->IJc", "a406ac07": "aab"}
"""The tasks that are run by default, and how their rows, columns and colours may be permuted."""
SEEDS = 5
"""Networks that are trained for each task where no number of seeds is asked for."""

GENERATED = 200
"""New puzzles of each known rule; they and the tests are looked at when a network is trained."""
SEARCH_STEPS = 100
"""Steps of training, at most, for each set of poolings that the search tries; chosen, not measured."""


def jobs(setting: Setting) -> list[Job]:
    """For each task the search for its poolings, and for each seed a network with them, one with all, and a plain MLP."""
    steps = setting.steps(200, 1000)
    made = []
    for task, layout in _tasks(setting):
        search = partial(searched, task, layout, min(SEARCH_STEPS, steps))
        made.append(Job(_search_name(task), setting.seed, search, 40.0))
        recipe = Recipe(steps, rate=5e-3, every=max(1, min(25, steps // 2)))
        for seed in setting.numbers(SEEDS):
            name = f"{task.name}{NETS['pruned']}"
            made.append(Job(name, seed, partial(_solve, task, layout, recipe, search, setting.seed), 4.0))
            name = f"{task.name}{NETS['all poolings']}"
            made.append(Job(name, seed, partial(_solve, task, layout, recipe, None, setting.seed), 4.0))
            made.append(Job(f"{task.name}{NETS['MLP']}", seed, partial(_plain, task, layout, recipe), 2.0))
    return made


def _tasks(setting: Setting) -> Iterator[tuple[Task, Layout]]:
    """The four tasks, or the one that is asked for."""
    path, text = setting.options.get("task"), setting.options.get("symmetry")
    if path is None:
        if text is not None:
            raise ExperimentError(f"--symmetry {shown(text)} is for a task of your own\n  name its file: --task FILE")
        for name, known in SYMMETRIES.items():
            yield read_task(fetch(f"arc/{name}.json")), read_layout(known)
        return
    task = distinct(read_task(path))
    text = text or SYMMETRIES.get(task.name)
    if text is None:
        raise ExperimentError(
            f"the symmetry of {shown(task.name)} is not known\n"
            "  say how rows, columns and colours may be permuted: --symmetry abc (each), aab (rows and columns jointly),\n"
            "  HWc (colours only), abc->c (the answer is one cell)"
        )
    layout = read_layout(text)
    check_task(task, layout)
    yield task, layout


def remarks(setting: Setting) -> tuple[str, ...]:
    """Sentences on what was read of a user's task, and on what in it the symmetry cannot give."""
    path = setting.options.get("task")
    return () if path is None else tuple(remarks_on(read_task(path), next(_tasks(setting))[1]))


def _solve(
    task: Task,
    layout: Layout,
    recipe: Recipe,
    search: partial[dict[str, Any]] | None,
    first: int,
    context: Context,
) -> dict[str, Any]:
    """Train a derived network on the demonstrations, with the chosen poolings or with all irreducible ones."""
    names: Sequence[str] = poolings_of(layout)
    if search is not None:
        layout, names = _chosen(task, search, first, context)
    torch.manual_seed(context.seed)
    model = Derived(layout, task.train[0], names, context.device)
    return _fitted(context, task, layout, model, recipe) | {"symmetry": layout.text, "poolings": list(names)}


def _chosen(
    task: Task, search: partial[dict[str, Any]], first: int, context: Context
) -> tuple[Layout, tuple[str, ...]]:
    """What the search has found; where no job before has made it, it is made."""
    found = context.before.get(Job(_search_name(task), first, search).title)
    if found is None:
        found = search(Context(first, context.device))
    return read_layout(found["symmetry"]), tuple(found["chosen"])


def _search_name(task: Task) -> str:
    return f"{task.name} poolings"


def _plain(task: Task, layout: Layout, recipe: Recipe, context: Context) -> dict[str, Any]:
    """Train a plain network on the demonstrations."""
    pairs = [*task.train, *_new(task, layout)]
    grids = [pair.input for pair in (*pairs, *task.test)]
    answers = [pair.output for pair in pairs if pair.output is not None]
    inner, outer = (tuple(max(sizes) for sizes in zip(*map(shape_of, some), strict=True)) for some in (grids, answers))
    follows = all(shape_of(pair.input) == shape_of(answer_of(pair)) for pair in pairs)
    model = Flat((inner[0], inner[1]), inner if follows else outer, follows).to(context.device)
    return _fitted(context, task, layout, model, recipe)


def _new(task: Task, layout: Layout) -> list[Pair]:
    """New puzzles, where the rule of the task is known and its puzzles fit the symmetry."""
    if not _is_known(task):
        return []
    made = puzzles(task.name, GENERATED, np.random.default_rng(2026))
    try:
        check_task(Task(task.name, task.train, tuple(made)), layout)
    except ExperimentError:
        return []
    return made


def _is_known(task: Task) -> bool:
    """Whether this is a task of those that are run by default, by its name and its demonstrations."""
    return task.name in RULES and all(_follows(task.name, pair) for pair in task.train)


def _follows(name: str, pair: Pair) -> bool:
    try:
        return answer(name, pair.input) == pair.output
    except SymshareError:
        return False


def _fitted(context: Context, task: Task, layout: Layout, model: torch.nn.Module, recipe: Recipe) -> dict[str, Any]:
    """Train, and then see what the network makes of the tests and of new puzzles."""
    fitted = train(context, model, batches_of(task.train, context.device), recipe)
    model.eval()
    metrics, answers = {"demonstrations": exact(model, batches_of(task.train, context.device)), "undecided": 0.0}, []
    for pair in task.test:
        with torch.no_grad():
            scores = model(torch.tensor([pair.input]).to(context.device))[0]
        metrics["undecided"] += undecided(scores).double().mean().item() / len(task.test)
        answers.append(["".join(map(str, row)) for row in scores.argmax(-1).tolist()])
    if all(pair.output is not None for pair in task.test):
        metrics["solved"] = float(exact(model, batches_of(task.test, context.device)) == 1)
    new = _new(task, layout)
    if new:
        metrics["generated"] = exact(model, batches_of(new, context.device))
    found = {"fitted": fitted.to_dict(), "parameters": parameters_of(model), "metrics": metrics, "answers": answers}
    return found | {"tests": [["".join(map(str, row)) for row in pair.input] for pair in task.test]}


def report(setting: Setting, done: list[dict[str, Any]]) -> Report:
    """The table of the tasks solved, the numbers that were to be reached, and notes on what was left out."""
    rows, bars, notes = [], [], []
    for task, layout in _tasks(setting):
        search = next(job for job in done if job["name"] == _search_name(task))
        found = "" if search["symmetry"] == layout.text else f", pruned {search['symmetry']}"
        cells: list[Any] = [task.name, layout.text + found]
        for tag in NETS.values():
            name = f"{task.name}{tag}"
            cells += [_solved(done, name), over_seeds(done, name, "generated")]
        seconds = mean_seconds(done, task.name)
        rows.append((*cells, seconds, search["wall_s"]))
        if _is_known(task):
            if not math.isnan(mean_of(done, task.name, "solved")):
                what = f"{task.name}, share of seeds that solve the test"
                bars.append(Bar(what, mean_of(done, task.name, "solved"), 0.8))
            bars.append(Bar(f"{task.name}, seconds a seed", seconds, 10.0, at_most=True))
        notes += _notes(task, done)
    heads = [f"{name}: {what}" for name in NETS for what in ("solved", "new")]
    notes.append(
        "solved: the seeds that give every cell of the test right, and nothing as likely in any; new: the share of "
        f"{GENERATED} new puzzles of the rule that come out right in every cell. Networks learn from the demonstrations only, "
        "poolings are chosen by leaving one demonstration out, and tests and new puzzles are looked at when training is "
        f"over. Width {WIDTH}, depth {DEPTH} and the random moves of the weights ({NOISE:g} of their size) are the same for "
        "every task; they were set once, by hand, with an eye on new puzzles."
    )
    return Report(("task", "symmetry", *heads, "seconds", "search, s"), tuple(rows), tuple(bars), tuple(notes))


def _solved(done: Sequence[Mapping[str, Any]], name: str) -> str:
    values = [job["metrics"]["solved"] for job in done if job["name"] == name and "solved" in job["metrics"]]
    return f"{sum(value == 1 for value in values)} of {len(values)}" if values else ""


def _notes(task: Task, done: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the search left out, and the answers to tests that come without theirs."""
    search = next(job for job in done if job["name"] == _search_name(task))
    kept, tried = search["chosen"], search["tried"]
    whole = len(poolings_of(read_layout(search["symmetry"])))
    words = f"{task.name}: kept are the poolings {', '.join(kept)} ({len(kept)} of {whole}"
    if tried and search["symmetry"] != tried[0]["symmetry"]:
        words += f", of the larger symmetry {search['symmetry']}, which permutes rows and columns apart"
        words += ": the demonstrations ask for no more"
    if tried:
        metrics = search["metrics"]
        words += f"); {metrics['held_out_solved']} of {search['folds']} held-out demonstrations are solved, the right colours "
        words += f"of their cells have a mean probability of {1 - metrics['held_out_doubt']:.3f}, "
        words += f"with all poolings {1 - tried[0]['doubt']:.3f}; the search took {search['wall_s']:.0f} s"
    else:
        words += "); there is one demonstration, so none can be held out"
    notes = [words + "."]
    doubtful = mean_of(done, task.name, "undecided")
    if doubtful > 0:
        notes.append(
            f"{task.name}: for {doubtful:.0%} of the cells of tests two or more colours are equally likely to the network, as "
            "by its symmetry nothing tells them apart; such a cell counts as wrong, and the lowest of the colours is shown."
        )
    if any(pair.output is None for pair in task.test):
        first = next(job for job in done if job["name"] == task.name)
        for number, answer in enumerate(first["answers"], 1):
            grid = "\n".join(answer)
            notes.append(f"{shown(task.name)}, test {number}, the answer by seed {first['seed']}:\n{grid}")
    return notes
