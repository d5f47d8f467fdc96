"""A trained network with the names of its data, and the triples that it completes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from symshare.codegen.files import write_text
from symshare.errors import ExperimentError, shown
from symshare.experiments.harness.checkpoints import read_state
from symshare.experiments.harness.restoring import check_weights
from symshare.experiments.kinship.experiment import network
from symshare.experiments.kinship.triples import Graph, read_triples, table

__all__ = ["Trained", "load_network", "predictions", "write_predictions"]

MOST = 10
"""So many answers are given to each question, and the right one."""
COLUMNS = ("head", "relation", "tail", "asked", "rank", "score", "in_test")


@dataclass(frozen=True, slots=True)
class Trained:
    """A network that completes triples, and the names of the entities and relations that it has learned."""

    model: torch.nn.Module
    entities: tuple[str, ...]
    relations: tuple[str, ...]

    def scores(self, edges: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Of all tails and of all heads given these edges, both (entities, entities, relations) at (head, tail, relation)."""
        number, kinds = len(self.entities), len(self.relations)
        x = torch.zeros(number, number, kinds)
        x[edges[:, 0], edges[:, 2], edges[:, 1]] = 1
        with torch.no_grad():
            found = self.model(x)
        return found[..., :kinds], found[..., kinds:]


def load_network(path: Path) -> Trained:
    """The network of a finished training of the experiment kinship, from EinNet-SEED.safetensors in the folder of its parts.

    Raises ExperimentError where there is no such file, it is damaged, or it is that of another training.
    """
    stored = read_state(path)
    if stored is None:
        raise ExperimentError(f"there is no file {shown(path)}\n  name EinNet-SEED.safetensors of a run of kinship")
    tensors, notes = stored
    try:
        about = notes["about"]
        entities, relations = tuple(about["entities"]), tuple(about["relations"])
        width, pool_width, depth = about["sizes"]
    except (KeyError, TypeError, ValueError):
        raise ExperimentError(
            f"{shown(path)} is no network that ranks entities\n  name EinNet-SEED.safetensors of a run of kinship"
        ) from None
    if notes.get("done") is not True:
        raise ExperimentError(f"the training of {shown(path)} is not finished\n  go on with it by --resume")
    model = network(len(relations), 2 * len(relations), (width, pool_width, depth), torch.device("cpu"))
    weights = {name.removeprefix("best/"): tensor for name, tensor in tensors.items()}
    try:
        check_weights(weights, model)
    except ValueError as error:
        raise ExperimentError(
            f"{shown(path)} does not fit its network: {error}\n  delete it, and start again"
        ) from None
    model.load_state_dict(weights)
    return Trained(model.eval(), entities, relations)


def predictions(trained: Trained, graph: Graph) -> Iterator[tuple[str, ...]]:
    """The rows of `COLUMNS`: for each head and relation of a test triple the best tails, for its relation and tail the heads.

    Given are train and valid, which are no answers. The rank of an answer is one and the number of wrong answers (in no part)
    that score as well or better, so that for the test triples it is the rank of the table.
    """
    tails, heads = trained.scores(torch.cat([graph.train, graph.valid]))
    parts = [table(edges, graph) for edges in (torch.cat([graph.train, graph.valid]), graph.test, graph.everything)]
    questions = [("tail", head, relation) for head, relation, _ in graph.test.tolist()]
    questions += [("head", tail, relation) for _, relation, tail in graph.test.tolist()]
    for asked, end, relation in dict.fromkeys(questions):
        score = tails[end, :, relation] if asked == "tail" else heads[:, end, relation]
        given, test, known = (
            (part[end, :, relation] if asked == "tail" else part[:, end, relation]) > 0 for part in parts
        )
        rival = score[~known]
        order = [one for one in score.sort(descending=True, stable=True).indices.tolist() if not given[one]]
        for place, one in enumerate(order):
            if place < MOST or test[one]:
                rank = 1 + int((rival >= score[one]).sum()) - (0 if known[one] else 1)
                head, tail = (end, one) if asked == "tail" else (one, end)
                names = graph.entities[head], graph.relations[relation], graph.entities[tail]
                yield (*names, asked, str(rank), f"{score[one].item():.6g}", "yes" if test[one] else "no")


def write_predictions(
    record: Mapping[str, Any], out: Path, data: Path | None, path: Path, *, force: bool = False
) -> None:
    """Write the predictions of the network with the best validation of a run, as a text with tabs and a first line of names.

    `record` is what the run gave, `out` its folder, `data` the folder of its graph. Raises LayerFileError where the file
    exists and `force` is not set.
    """
    best = min((job for job in record["jobs"] if job["name"] == "EinNet"), key=lambda job: job["fitted"]["best"])
    trained = load_network(out / "kinship" / f"EinNet-{best['seed']}.safetensors")
    graph = read_triples(data)
    if (trained.entities, trained.relations) != (graph.entities, graph.relations):
        raise ExperimentError(
            f"the names in {shown(data)} are not those that the network has learned\n  name the data of the run"
        )
    rows = [COLUMNS, *predictions(trained, graph)]
    write_text(path, "".join("\t".join(row) + "\n" for row in rows), force=force)
