"""Counting 4-cycles: a matter of the pooling of order 3."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from symshare.experiments import cycles
from symshare.experiments.graphs import four_cliques, four_cycles
from symshare.experiments.running import Setting
from symshare.experiments.training import Context

SMALL = replace(cycles.PROBLEMS["4-cycles"], size=9, numbers=(300, 100, 200))


def counted(order, steps=120, seed=0):
    torch.manual_seed(seed)
    return cycles._count(SMALL, order, steps, Context(seed, torch.device("cpu")))


def test_cycles_are_counted_with_the_pooling_and_not_without():
    """Row and column sums are the same in all graphs: what is left is to say the mean."""
    found, without = counted(3), counted(2)
    assert found["metrics"]["r2"] > 0.7
    assert abs(without["metrics"]["r2"]) < 0.05
    assert found["metrics"]["counts"] > 5
    losses = [loss for _, loss, _ in found["fitted"]["curve"]]
    assert losses[-1] < 0.3 < without["fitted"]["curve"][-1][1]


def test_a_seed_gives_the_same_numbers_again():
    one, two, other = (counted(3, 12, seed) for seed in (0, 0, 1))
    assert one["metrics"] == two["metrics"]
    assert one["shown"] == two["shown"] != other["shown"]


@pytest.mark.parametrize("name", ["4-cycles", "4-cliques"])
def test_graphs_differ_in_their_counts_but_not_in_their_sums(name):
    graphs, counts = cycles.PROBLEMS[name].draw(12, np.random.default_rng(0))
    assert len({*graphs.sum(1).flatten().tolist(), *graphs.sum(2).flatten().tolist()}) == 1
    of = four_cycles if name == "4-cycles" else four_cliques
    assert counts.tolist() == of(graphs.numpy().astype(int)).tolist()
    assert len(set(counts.tolist())) > 1
    assert torch.equal(cycles.PROBLEMS[name].draw(12, np.random.default_rng(0))[0], graphs)


def test_the_share_of_variance_that_is_explained():
    """True 1, 2, 3, 6 with mean 3 and squares 14; the mean explains nothing, errors of one each leave 10 of 14."""
    true = torch.tensor([1.0, 2.0, 3.0, 6.0])
    assert cycles.determination(torch.full((4,), 3.0), true) == pytest.approx(0.0)
    assert cycles.determination(true + torch.tensor([1.0, -1.0, 1.0, 1.0]), true) == pytest.approx(10 / 14)
    assert cycles.determination(true.flip(0), true) < 0


def test_each_problem_is_run_with_and_without_its_pooling():
    names = [job.name for job in cycles.jobs(Setting(seeds=1))]
    assert names == ["4-cycles, order 3", "4-cycles, order 2", "4-cliques, order 5", "4-cliques, order 4"]
