"""Sentences on a user's graph: what was read of it, and what hints that its file has another form than was assumed."""

from __future__ import annotations

from collections import Counter

import torch

from symshare.experiments.harness.datasets import SPLITS
from symshare.experiments.kinship.triples import Graph

__all__ = ["numbers_of", "remarks_on"]


def numbers_of(graph: Graph) -> dict[str, int]:
    """The numbers of entities, relations and triples of a graph, for a result file.

    >>> edges = torch.tensor([[0, 0, 1]])
    >>> numbers_of(Graph(("a", "b"), ("r",), edges, edges, edges))["train_triples"]
    1
    """
    parts = (graph.train, graph.valid, graph.test)
    found = {"entities": len(graph.entities), "relations": len(graph.relations), "unseen_entities": graph.unseen}
    found |= {f"{part}_triples": len(edges) for part, edges in zip(SPLITS, parts, strict=True)}
    return found | {f"{part}_repeated": number for part, number in zip(SPLITS, graph.repeated, strict=True)}


def remarks_on(graph: Graph) -> tuple[str, ...]:
    """The numbers of what was read, and warnings, each in a sentence or two.

    >>> edges = torch.tensor([[0, 0, 1]])
    >>> print(remarks_on(Graph(("a", "b"), ("r",), edges, edges, edges, (3, 0, 0)))[1])
    train.txt: 3 lines repeat another one; they count once.
    """
    numbers = numbers_of(graph)
    counts = ", ".join(f"{numbers[f'{part}_triples']:,} in {part}.txt" for part in SPLITS)
    found = [
        f"The graph was read: {_counted(len(graph.entities), 'entity', 'entities')}, "
        f"{_counted(len(graph.relations), 'relation', 'relations')}; triples: {counts}; "
        f"{_counted(graph.unseen, 'entity', 'entities')} of valid.txt and test.txt not in train.txt."
    ]
    for part, number in zip(SPLITS, graph.repeated, strict=True):
        if number:
            found.append(
                f"{part}.txt: {_counted(number, 'line repeats', 'lines repeat')} another one; they count once."
            )
    before = _rows(graph.train)
    for part, edges, where in (("valid", graph.valid, "train.txt"), ("test", graph.test, "train.txt or valid.txt")):
        own = _rows(edges)
        if common := len(own & before):
            found.append(f"{part}.txt: {_counted(common, 'triple is', 'triples are')} in {where} too, in plain sight.")
        before = before | own
    return (*found, *_order(graph), *_headers(graph))


def _order(graph: Graph) -> list[str]:
    """Warnings where the columns may be in another order than head, relation, tail."""
    found, cure = [], "are the columns head, relation, tail, in this order?"
    if len(graph.relations) > len(graph.entities):
        found.append(
            f"There are more relations ({len(graph.relations):,}) than entities ({len(graph.entities):,}): {cure}"
        )
    both = sorted(set(graph.relations) & set(graph.entities))
    if both:
        number = _counted(
            len(both), "name is that of a relation and of an entity", "names are those of relations and of entities"
        )
        found.append(f"{number}, such as {_named(both[0])}: {cure}")
    return found


def _headers(graph: Graph) -> list[str]:
    """Warnings where the names of a first line are in first lines only, as names of columns would be."""
    parts = (graph.train, graph.valid, graph.test)
    firsts = [part[0].tolist() for part in parts if len(part)]
    kinds, ends = Counter(graph.everything[:, 1].tolist()), Counter(graph.everything[:, [0, 2]].flatten().tolist())
    kinds.subtract(relation for _, relation, _ in firsts)
    ends.subtract(end for head, _, tail in firsts for end in (head, tail))
    found = []
    for part, edges in zip(SPLITS, parts, strict=True):
        head, relation, tail = edges[0].tolist() if len(edges) else (0, 0, 0)
        if len(edges) > 1 and not (kinds[relation] or ends[head] or ends[tail]):
            words = graph.entities[head], graph.relations[relation], graph.entities[tail]
            names = ", ".join(map(_named, words))
            found.append(
                f"{part}.txt, line 1: {names} are in first lines only, as names of columns would be; take it out if so."
            )
    return found


def _rows(edges: torch.Tensor) -> set[tuple[int, ...]]:
    return {tuple(edge) for edge in edges.tolist()}


def _named(name: str) -> str:
    """A name from a file, short and with no signs that a terminal obeys."""
    return repr(name if len(name) <= 40 else f"{name[:37]}...")


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
