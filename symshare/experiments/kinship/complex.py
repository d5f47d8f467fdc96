"""A learned baseline for graphs of relations: ComplEx with the N3 regulariser.

Sources: Trouillon et al., Complex embeddings for simple link prediction (2016); Lacroix, Usunier and Obozinski, Canonical
tensor decomposition for knowledge base completion (2018).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch.nn import functional

from symshare.experiments.harness.training import Context, Fitted, Recipe, fit, parameters_of
from symshare.experiments.kinship.triples import Graph, ranks, scores_of, table

__all__ = ["ComplEx", "complete", "cubes"]

RANK, BATCH = 100, 500
"""Complex numbers for each entity and relation, and questions in each step of training."""

N3 = (0.003, 0.01, 0.03)
"""Weights of the regulariser: the best on validation is taken."""


class ComplEx(torch.nn.Module):
    """A complex vector for each entity and relation; a triple scores Re(head * relation * conj(tail)), summed.

    Relations are there twice, as they are and from tail to head, so that both ends are asked for as tails.

    >>> ComplEx(5, 2)(torch.tensor([0, 1, 2]), torch.tensor([0, 0, 3])).shape
    torch.Size([3, 5])
    """

    def __init__(self, entities: int, relations: int) -> None:
        super().__init__()
        self.entities = torch.nn.Parameter(0.1 * torch.randn(entities, 2 * RANK))
        self.relations = torch.nn.Parameter(0.1 * torch.randn(2 * relations, 2 * RANK))

    def forward(self, head: torch.Tensor, relation: torch.Tensor) -> torch.Tensor:
        """The scores (number, entities) of all tails."""
        (a, b), (c, d) = self.entities[head].chunk(2, -1), self.relations[relation].chunk(2, -1)
        return torch.cat([a * c - b * d, a * d + b * c], -1) @ self.entities.mT

    def tables(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The scores of all tails and of all heads, both (entities, entities, relations) at (head, tail, relation)."""
        number, kinds = len(self.entities), len(self.relations)
        every = torch.arange(number * kinds, device=self.entities.device)
        with torch.no_grad():
            found = self(every // kinds, every % kinds).reshape(number, kinds, number)
        return found[:, : kinds // 2].mT, found[:, kinds // 2 :].permute(2, 0, 1)


def cubes(vectors: torch.Tensor) -> torch.Tensor:
    """The N3 regulariser: the sum of |z|^3 over complex numbers z, given as (number, real and then imaginary parts).

    >>> cubes(torch.tensor([[3.0, 0.0, 4.0, 2.0]])).round().item()
    133.0
    """
    squares = vectors.reshape(len(vectors), 2, -1).square().sum(1)
    return ((squares + 1e-12) ** 1.5).sum()  # its derivative at zero is a number so


def complete(graph: Graph, recipe: Recipe, context: Context) -> dict[str, Any]:
    """Learn from train; weight and step are chosen on validation, and with these it learns from train and valid again."""
    seen = torch.cat([graph.train, graph.valid])
    known, given = table(graph.everything, graph).to(context.device), table(seen, graph).to(context.device)

    def judged(model: ComplEx, edges: torch.Tensor, true: torch.Tensor, prefix: str = "") -> dict[str, float]:
        return scores_of(ranks(*model.tables(), edges, true), prefix)

    def learned(edges: torch.Tensor, weight: float, recipe: Recipe, part: int, choose: bool) -> tuple[ComplEx, Fitted]:
        model = ComplEx(len(graph.entities), len(graph.relations)).to(context.device)
        turned = torch.stack([edges[:, 2], edges[:, 1] + len(graph.relations), edges[:, 0]], 1)
        questions = torch.cat([edges, turned])

        def loss(_: torch.nn.Module, step: int, generator: torch.Generator) -> torch.Tensor:
            chosen = questions[torch.randint(len(questions), (BATCH,), generator=generator).to(edges.device)]
            head, relation, tail = chosen.unbind(1)
            vectors = torch.cat([model.entities[head], model.relations[relation], model.entities[tail]])
            wrong: torch.Tensor = functional.cross_entropy(model(head, relation), tail)
            return wrong + weight * cubes(vectors) / BATCH

        share = context.share(part / (len(N3) + 1), (part + 1) / (len(N3) + 1))
        score = (lambda _: 1 - judged(model, graph.valid, given)["mrr"]) if choose else None
        return model, fit(share, model, loss, recipe, validate=score)

    tried = [learned(graph.train, weight, recipe, part, True) for part, weight in enumerate(N3)]
    best = min(range(len(N3)), key=lambda place: tried[place][1].best or 0.0)
    model, fitted = tried[best]
    again = replace(recipe, steps=fitted.best_step)
    metrics = judged(learned(seen, N3[best], again, len(N3), False)[0], graph.test, known)
    metrics |= judged(model, graph.test, known, "train_only_") | {"n3": N3[best]}
    return {"fitted": fitted.to_dict(), "parameters": parameters_of(model), "metrics": metrics}
