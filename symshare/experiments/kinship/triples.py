"""Knowledge graphs as triples (head, relation, tail): reading them, ranking by the filtered protocol, counting rules."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from symshare.errors import ExperimentError, shown
from symshare.experiments.harness.datasets import SPLITS, fetch, members

__all__ = ["Graph", "counting_rule", "ranks", "read_triples", "relation_ranks", "scores_of", "table"]

MOST_ENTITIES = 20_000
"""Entities of a graph: a table of 20,000 by 20,000 floats takes 1.5 GiB for each relation; computed, not measured."""


@dataclass(frozen=True, slots=True)
class Graph:
    """The triples of a knowledge graph in three parts, each (edges, 3) with the numbers of head, relation, tail."""

    entities: tuple[str, ...]
    relations: tuple[str, ...]
    train: torch.Tensor
    valid: torch.Tensor
    test: torch.Tensor
    repeated: tuple[int, int, int] = (0, 0, 0)
    """How many lines of each part repeat another one of it; each triple is in a part once."""

    @property
    def unseen(self) -> int:
        """The number of entities that are not in training."""
        return len(self.entities) - len({*self.train[:, 0].tolist(), *self.train[:, 2].tolist()})

    @property
    def everything(self) -> torch.Tensor:
        """The triples of all parts."""
        return torch.cat([self.train, self.valid, self.test])


def read_triples(folder: Path | None = None) -> Graph:
    """The graph of a folder with train.txt, valid.txt and test.txt, a triple a line (head, relation, tail); kinship by default.

    Columns are parted by tabs, else by spaces; a line that repeats another one of its file does not count. Raises
    ExperimentError where a file or a line is not of this form.
    """
    if folder is not None and folder.exists() and not folder.is_dir():
        raise ExperimentError(
            f"{shown(folder)} is a file, not a folder\n"
            "  name a folder with train.txt, valid.txt and test.txt (of an archive, the folder that it is unpacked to)"
        )
    if folder is None:
        path = fetch("kinship.tar.gz")
        texts = {part: members(path, (f"{part}.txt",))[f"{part}.txt"] for part in SPLITS}
    else:
        texts = {part: _text(folder / f"{part}.txt") for part in SPLITS}
    lines = {part: _lines(text, f"{part}.txt") for part, text in texts.items()}
    found = {part: list(dict.fromkeys(written)) for part, written in lines.items()}
    repeated = [len(lines[part]) - len(found[part]) for part in SPLITS]
    triples = [triple for part in SPLITS for triple in found[part]]
    entities = tuple(sorted({name for head, _, tail in triples for name in (head, tail)}))
    relations = tuple(sorted({relation for _, relation, _ in triples}))
    if len(entities) > MOST_ENTITIES:
        raise ExperimentError(
            f"the graph has {len(entities):,} entities, over the limit of {MOST_ENTITIES:,}\n"
            "  every pair of entities is held in memory; take a part of the graph"
        )
    number = {name: place for place, name in enumerate(entities)}
    kind = {name: place for place, name in enumerate(relations)}
    train, valid, test = (
        torch.tensor([(number[head], kind[relation], number[tail]) for head, relation, tail in found[part]])
        for part in SPLITS
    )
    return Graph(entities, relations, train, valid, test, (repeated[0], repeated[1], repeated[2]))


def _text(path: Path) -> str:
    if path.exists() and not path.is_file() and not path.is_dir():
        raise ExperimentError(f"{shown(path)} is no file\n  a folder of triples has train.txt, valid.txt and test.txt")
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a text in UTF-8"
        raise ExperimentError(
            f"{shown(path)} cannot be read: {reason}\n  a folder of triples has train.txt, valid.txt and test.txt"
        ) from None


def _lines(text: str, name: str) -> list[tuple[str, str, str]]:
    found = []
    for place, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        words = line.rstrip("\r\n").split("\t") if "\t" in line else line.split()
        if len(words) != 3 or not all(word.strip() for word in words):
            raise ExperimentError(
                f"{name}, line {place}: {line[:60]!r} is not a triple\n  write head, relation, tail, parted by tabs"
            )
        if "\t" not in line and all(word.endswith((",", ";")) for word in words[:2]):
            raise ExperimentError(
                f"{name}, line {place}: {line[:60]!r} is parted by {words[0][-1]!r}\n"
                "  write head, relation, tail, parted by tabs"
            )
        found.append((words[0].strip(), words[1].strip(), words[2].strip()))
    if not found:
        raise ExperimentError(f"{name} has no triple\n  each part needs one at least")
    return found


def table(edges: torch.Tensor, graph: Graph) -> torch.Tensor:
    """The edges as a tensor (entities, entities, relations) of zeros and ones."""
    found = torch.zeros(len(graph.entities), len(graph.entities), len(graph.relations))
    found[edges[:, 0], edges[:, 2], edges[:, 1]] = 1
    return found


def ranks(tails: torch.Tensor, heads: torch.Tensor, edges: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """Filtered ranks (2, edges) of the right tail and head of each edge among all entities; ties count against.

    `tails` and `heads` are scores (entities, entities, relations) at (head, tail, relation); `known` is the table of all
    edges there are: other right answers are left out (Bordes et al., Translating embeddings, 2013). A score that is not a
    number counts against too, on either side.
    """
    head, relation, tail = edges.unbind(1)
    found = []
    for score, true, own in (
        (tails[head, :, relation], known[head, :, relation], tail),
        (heads[:, tail, relation].mT, known[:, tail, relation].mT, head),
    ):
        found.append(_ranks(score, true, own))
    return torch.stack(found)


def relation_ranks(scores: torch.Tensor, edges: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """Filtered ranks (edges,) of the relation of each edge among all relations; ties count against."""
    head, relation, tail = edges.unbind(1)
    return _ranks(scores[head, tail], known[head, tail], relation)


def _ranks(score: torch.Tensor, true: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
    rows = torch.arange(len(own), device=own.device)
    right = score[rows, own][:, None]
    rivals = (score >= right) | score.isnan() | right.isnan()
    others = true == 0
    others[rows, own] = False
    return 1 + (rivals & others).sum(1)


def scores_of(found: torch.Tensor, prefix: str = "") -> dict[str, float]:
    """Mean reciprocal rank and the shares of ranks up to 1, 3, 10."""
    rank = found.double()
    shares = {f"{prefix}hits{top}": (rank <= top).double().mean().item() for top in (1, 3, 10)}
    return {f"{prefix}mrr": rank.reciprocal().mean().item()} | shares


def counting_rule(given: torch.Tensor, paths: bool = True) -> tuple[torch.Tensor, torch.Tensor]:
    """The scores that counts alone give each pair and relation, both (entities, entities, relations), without learning.

    The first: the logarithm of how often a relation goes with the relation of the inverse pair. The second: what two-step
    paths say, the sum over them of log p(r | relations on the way) - log p(r), to be added with a weight; zeros without
    `paths`, which take relations^2 products of matrices. Counted on the given edges, with one added, shared out as
    relations are in all.

    >>> edges = torch.zeros(3, 3, 1)
    >>> edges[0, 1] = edges[1, 2] = 1
    >>> [part.shape for part in counting_rule(edges)]
    [torch.Size([3, 3, 1]), torch.Size([3, 3, 1])]
    """
    x = given.numpy()
    kinds = x.shape[2]
    frequency = x.sum((0, 1)) + 1
    share = frequency / frequency.sum()
    inverse = np.einsum("jis,ijr->sr", x, x, optimize=True) + share
    scores = np.einsum("jis,sr->ijr", x, np.log(inverse / inverse.sum(1, keepdims=True)), optimize=True)
    scores += np.where(x.sum(2).T[..., None] > 0, 0, np.log(share))
    evidence = np.zeros_like(scores)
    for one in range(kinds if paths else 0):
        ways = np.stack([x[:, :, one] @ x[:, :, two] for two in range(kinds)], -1)
        counts = np.einsum("ijq,ijr->qr", ways, x, optimize=True) + share
        evidence += ways @ (np.log(counts / counts.sum(1, keepdims=True)) - np.log(share))
    return torch.from_numpy(scores), torch.from_numpy(evidence)
