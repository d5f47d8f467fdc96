"""Completing a knowledge graph: entities may be permuted (aaH), the relations between two of them are the channels H.

Source: the second experiment of the tutorial "Permutation symmetric networks from the ground up", and what was learned since
(means, and factors that are centred and divided by their norm, as a later revision of it has them).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

from symshare.errors import TooLargeError
from symshare.experiments.harness.jobs import Job, Setting
from symshare.experiments.harness.memory import memory_of
from symshare.experiments.harness.results import Bar, Report, mean_of, mean_seconds, over_seeds
from symshare.experiments.harness.training import Context, Recipe, fit, parameters_of
from symshare.experiments.kinship.complex import complete
from symshare.experiments.kinship.pictures import plot
from symshare.experiments.kinship.reading import numbers_of, remarks_on
from symshare.experiments.kinship.triples import (
    Graph,
    counting_rule,
    ranks,
    read_triples,
    relation_ranks,
    scores_of,
    table,
)
from symshare.nn import EinNet

__all__ = ["jobs", "network", "plot", "remarks", "report"]

HIDDEN = 0.1
"""The share of the training edges that a step hides."""
WEIGHTS = (0.0, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2)
"""Of two-step paths in the counting rule: the best on validation is taken."""
MOST_PRODUCTS = 10**12
"""Where two-step paths would take more multiplications, they are left out of the counting rule."""
CONVE = {"mrr": 0.83, "hits1": 0.73, "hits3": 0.91, "hits10": 0.98}
"""As published for ConvE (Dettmers et al., 2018) on kinship, beside the tutorial's table."""
CPU = torch.device("cpu")
SHARE = 0.8
"""Of the memory of a device, what a training may take."""
LEARNED = "ComplEx with N3"
KEYS = ("mrr", "hits1", "hits3", "hits10")


def jobs(setting: Setting) -> list[Job]:
    """Counting, a network that ranks entities, and one that names relations, for each seed."""
    data = setting.options.get("data")
    graph = read_triples(None if data is None else Path(data))
    sizes = (128, 64, 6) if setting.full else (64, 16, 3)
    steps = setting.steps(600, 4000)
    check_memory(graph, sizes[0], sizes[2], torch.device(setting.device))
    # few entities are soon learned by heart: the best step may come early
    recipe = Recipe(steps, rate=3e-3, decay=1e-4, every=max(1, min(50, steps // 4, len(graph.entities) // 2)))
    made = [Job("counting", setting.seed, partial(_counting, graph), 10.0)]
    for seed in setting.numbers(3):
        made.append(Job("EinNet", seed, partial(_entities, graph, recipe, sizes), 100.0))
        made.append(Job("EinNet for relations", seed, partial(_relations, graph, recipe, sizes), 80.0))
        made.append(Job(LEARNED, seed, partial(_learned, graph, steps), 10.0))
    return made


def remarks(setting: Setting) -> tuple[str, ...]:
    """Sentences on what was read of a user's graph."""
    data = setting.options.get("data")
    return () if data is None else remarks_on(read_triples(Path(data)))


def check_memory(graph: Graph, width: int, depth: int, device: torch.device = CPU) -> None:
    """Raise TooLargeError where a training would not fit: about 12 values of each channel, pair and layer are held."""
    entities = len(graph.entities)
    need = 4 * entities**2 * (12 * width * depth + 6 * len(graph.relations))
    have = memory_of(device)
    if have is not None and need > SHARE * have:
        most = math.isqrt(int(entities**2 * SHARE * have / need))
        raise TooLargeError(
            f"{entities:,} entities need about {need / 2**30:,.1f} GiB: every pair of them is held, {width} channels a layer; "
            f"{SHARE:.0%} of the {have / 2**30:,.1f} GiB of {device} may be taken\n"
            f"  take a part of the graph with up to {most:,} entities, or another --device"
        )


def _counting(graph: Graph, context: Context) -> dict[str, Any]:
    """Counts alone; what paths weigh, and whether pairs that have an edge are left out, is chosen on validation."""
    known, seen = table(graph.everything, graph), table(torch.cat([graph.train, graph.valid]), graph)
    train = table(graph.train, graph)
    paths = len(graph.relations) ** 2 * len(graph.entities) ** 3 < MOST_PRODUCTS
    rules = {"train": counting_rule(train, paths), "seen": counting_rule(seen, paths)}
    weights = WEIGHTS if paths else WEIGHTS[:1]

    def scored(name: str, weight: float, empty: bool) -> torch.Tensor:
        base, evidence = rules[name]
        given = train if name == "train" else seen
        found = base + weight * evidence
        return found.masked_fill(given.sum(2, keepdim=True) > 0, -1e9) if empty else found

    def validated(choice: tuple[float, bool]) -> float:
        scores = scored("train", *choice)
        return scores_of(ranks(scores, scores, graph.valid, seen))["mrr"]

    def named(weight: float) -> float:
        return scores_of(relation_ranks(scored("train", weight, False), graph.valid, seen))["mrr"]

    def tested(scores: torch.Tensor, prefix: str = "") -> dict[str, float]:
        return scores_of(ranks(scores, scores, graph.test, known), prefix)

    weight, empty = max([(one, leave) for one in weights for leave in (False, True)], key=validated)
    metrics = tested(scored("seen", weight, empty)) | tested(scored("train", weight, empty), "train_only_")
    metrics |= tested(scored("seen", weight, False), "anywhere_") | tested(
        -seen.sum(2, keepdim=True).expand_as(seen), "empty_"
    )
    found = relation_ranks(scored("seen", max(weights, key=named), False), graph.test, known)
    metrics |= scores_of(found, "relation_") | {"relation_accuracy": (found == 1).double().mean().item()}
    common = torch.bincount(graph.train[:, 1]).argmax()
    head, relation, tail = graph.test.unbind(1)
    metrics["majority_accuracy"] = (relation == common).double().mean().item()
    metrics["test_pairs_empty"] = (seen.sum(2)[head, tail] == 0).double().mean().item()
    metrics["test_edges_given"] = seen[head, tail, relation].double().mean().item()
    metrics["most_relations_of_a_pair"] = known.sum(2).max().item()
    metrics |= numbers_of(graph)
    return {"metrics": metrics, "weight": weight, "empty": empty}


def network(relations: int, outputs: int, sizes: tuple[int, int, int], device: torch.device) -> torch.nn.Module:
    """From the table of a graph to so many scores of each pair; `sizes` are the width, the width of poolings, the depth."""
    width, pool_width, depth = sizes
    return EinNet("aaH", relations, outputs, width, pool_width, depth, order=2, device=device)


def _split(edges: torch.Tensor, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Edges to show and edges to hide."""
    mixed = edges[torch.randperm(len(edges), generator=generator).to(edges.device)]
    hidden = max(1, round(HIDDEN * len(edges)))
    return mixed[hidden:], mixed[:hidden]


def _entities(graph: Graph, recipe: Recipe, sizes: tuple[int, int, int], context: Context) -> dict[str, Any]:
    """Learn to rank tails and heads: hide a tenth of the edges, predict them from the rest."""
    graph, known, train, given = _moved(graph, context.device)
    count = len(graph.relations)
    model = network(count, 2 * count, sizes, context.device)

    def loss(model: torch.nn.Module, step: int, generator: torch.Generator) -> torch.Tensor:
        shown, hidden = _split(graph.train, generator)
        found = model(table(shown, graph).to(context.device))
        head, relation, tail = hidden.unbind(1)
        tails, heads = found[head, :, relation], found[:, tail, count + relation].mT
        return _entropy(tails, train[head, :, relation], tail) + _entropy(heads, train[:, tail, relation].mT, head)

    def judged(x: torch.Tensor, edges: torch.Tensor, true: torch.Tensor, prefix: str = "") -> dict[str, float]:
        with torch.no_grad():
            found = model(x)
        return scores_of(ranks(found[..., :count], found[..., count:], edges, true), prefix)

    about = {"entities": list(graph.entities), "relations": list(graph.relations), "sizes": list(sizes)}
    fitted = fit(
        context, model, loss, recipe, validate=lambda model: 1 - judged(train, graph.valid, given)["mrr"], about=about
    )
    metrics = judged(given, graph.test, known) | judged(train, graph.test, known, "train_only_")
    metrics["valid_mrr"] = judged(train, graph.valid, known)["mrr"]
    return {"fitted": fitted.to_dict(), "parameters": parameters_of(model), "metrics": metrics}


def _relations(graph: Graph, recipe: Recipe, sizes: tuple[int, int, int], context: Context) -> dict[str, Any]:
    """Learn which relation a pair has, of which it is told that there is one."""
    graph, known, train, given = _moved(graph, context.device)
    model = network(len(graph.relations), len(graph.relations), sizes, context.device)

    def loss(model: torch.nn.Module, step: int, generator: torch.Generator) -> torch.Tensor:
        shown, hidden = _split(graph.train, generator)
        head, relation, tail = hidden.unbind(1)
        return _entropy(model(table(shown, graph).to(context.device))[head, tail], train[head, tail], relation)

    def judged(x: torch.Tensor, edges: torch.Tensor, true: torch.Tensor) -> dict[str, float]:
        with torch.no_grad():
            found = relation_ranks(model(x), edges, true)
        return scores_of(found, "relation_") | {"relation_accuracy": (found == 1).double().mean().item()}

    fitted = fit(
        context, model, loss, recipe, validate=lambda model: 1 - judged(train, graph.valid, given)["relation_mrr"]
    )
    return {
        "fitted": fitted.to_dict(),
        "parameters": parameters_of(model),
        "metrics": judged(given, graph.test, known),
    }


def _learned(graph: Graph, steps: int, context: Context) -> dict[str, Any]:
    """The baseline that learns a vector for each entity."""
    recipe = Recipe(steps, rate=3e-2, decay=0.0, every=max(1, min(30, steps // 4)))
    return complete(_moved(graph, context.device)[0], recipe, context)


def _moved(graph: Graph, device: torch.device) -> tuple[Graph, torch.Tensor, torch.Tensor, torch.Tensor]:
    """The graph on a device, and its tables: of all edges, of training, of training and validation."""
    train, valid, test = (part.to(device) for part in (graph.train, graph.valid, graph.test))
    graph = replace(graph, train=train, valid=valid, test=test)
    edges = (graph.everything, graph.train, torch.cat([graph.train, graph.valid]))
    known, given_train, given = (table(one, graph).to(device) for one in edges)
    return graph, known, given_train, given


def _entropy(logits: torch.Tensor, true: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of the right answer among those that are wrong: other right ones (of training) are left out."""
    others = true > 0
    others[torch.arange(len(own), device=own.device), own] = False
    return functional.cross_entropy(logits.masked_fill(others, -math.inf), own)


def report(setting: Setting, done: list[dict[str, Any]]) -> Report:
    """The table of ranks, for networks, learned baselines and counting, and the numbers that were to be reached."""
    counted = next(job["metrics"] for job in done if job["name"] == "counting")
    net, rule = "EinNet", "counting rule"
    rows: list[tuple[Any, ...]] = [
        ("EinNet (aaH, order 2)", *(over_seeds(done, net, key) for key in KEYS)),
        (LEARNED, *(over_seeds(done, LEARNED, key) for key in KEYS)),
        (rule, *(counted[key] for key in KEYS)),
    ]
    if setting.options.get("data") is None:
        rows.append(("ConvE, as published", *(CONVE[key] for key in KEYS)))
    rows += [
        ("EinNet, given train only", *(over_seeds(done, net, f"train_only_{key}") for key in KEYS)),
        (f"{LEARNED}, given train only", *(over_seeds(done, LEARNED, f"train_only_{key}") for key in KEYS)),
        (f"{rule}, given train only", *(counted[f"train_only_{key}"] for key in KEYS)),
        ("which relation? EinNet", *(over_seeds(done, "EinNet for relations", f"relation_{key}") for key in KEYS)),
        (f"which relation? {rule}", *(counted[f"relation_{key}"] for key in KEYS)),
        ("which relation? the most common", None, counted["majority_accuracy"], None, None),
    ]
    bars = (
        *(Bar(what, mean_of(done, net, key), bar) for what, key, bar in _BARS),
        Bar("MRR given train only", mean_of(done, net, "train_only_mrr"), 0.90),
        Bar("relation of a held-out pair", mean_of(done, "EinNet for relations", "relation_accuracy"), 0.85),
        Bar("training, seconds", mean_seconds(done, net), 180.0, at_most=True),
    )
    own = setting.options.get("data") is not None
    return Report(
        ("filtered ranks, test", "MRR", "Hits@1", "Hits@3", "Hits@10"),
        tuple(rows),
        () if own else bars,
        _notes(counted),
    )


_BARS = (("MRR", "mrr", 0.935), ("Hits@1", "hits1", 0.88), ("Hits@10", "hits10", 0.995))
"""What the metrics of the network, by name and key, were to reach."""


def _notes(counted: Mapping[str, float]) -> tuple[str, ...]:
    notes = [
        "Ties count against; other known edges are left out of a ranking: of all parts in tests, of training and validation "
        "where something is chosen by validation. ComplEx learns from train; for the first rows, where train and valid are "
        "given, it learns from both again, with the regulariser and the number of steps that validation has chosen."
    ]
    if counted["test_pairs_empty"] == 1 and counted["most_relations_of_a_pair"] == 1:
        notes.append(
            "No pair has two relations, so with train and valid given every test edge lies on a pair that is still empty, and "
            "whoever is related to a person already cannot be the answer. "
            f"The counting rule has MRR {counted['mrr']:.3f} by this and {counted['anywhere_mrr']:.3f} without (emptiness "
            f"alone {counted['empty_mrr']:.3f}): the headline leans on it, the rows 'which relation?' cannot."
        )
    if counted["test_edges_given"]:
        notes.append(f"Of the test edges {counted['test_edges_given']:.1%} are in train or valid too.")
    return tuple(notes)
