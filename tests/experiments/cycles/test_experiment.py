"""Counting 4-cycles: a matter of the pooling of order 3."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from symshare.experiments.cycles import experiment as cycles
from symshare.experiments.cycles.graphs import class_key, four_cliques, four_cycles
from symshare.experiments.harness.jobs import Setting
from symshare.experiments.harness.training import Context

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


class Given(torch.nn.Module):
    """Says the numbers that it is given, whatever the graphs."""

    def __init__(self, values):
        super().__init__()
        self.values = values

    def forward(self, x):
        return self.values[: len(x), None]


def standardised(values):
    """In training, and in use after it."""
    counter, graphs = cycles.Counter("abH->H", 2), torch.zeros(len(values), 3, 3, 1)
    counter.net = Given(values)
    trained = counter(graphs)
    counter.settle(graphs)
    return trained, counter.eval()(graphs)


@pytest.mark.parametrize("level", [0.0, 1e-3, 1.0, -30.0, 1e3, 1e5, 1e8])
def test_graphs_that_differ_by_roundings_stay_at_the_mean_at_any_level(level):
    """A mean is wrong by a rounding too on some devices: no loss may be made of that."""
    torch.manual_seed(0)
    roundings = torch.finfo(torch.float32).eps * torch.randint(-2, 3, (50,))
    for found in standardised(level * (1 + roundings)):
        assert found.abs().max() < 0.1


@pytest.mark.parametrize("level", [0.0, 1e-3, 1.0, -30.0, 1e3, 1e5, 1e8])
def test_graphs_that_differ_by_more_are_standardised_at_any_level(level):
    torch.manual_seed(0)
    for found in standardised(level + max(1.0, abs(level)) * 1e-3 * torch.randn(50)):
        assert abs(found.mean()) < 0.1
        assert found.std() == pytest.approx(1, abs=0.02)


def test_a_seed_gives_the_same_numbers_again():
    one, two, other = (counted(3, 12, seed) for seed in (0, 0, 1))
    assert one["metrics"] == two["metrics"]
    assert one["shown"] == two["shown"] != other["shown"]


@pytest.mark.parametrize("name", ["4-cycles", "4-cliques"])
def test_graphs_differ_in_their_counts_but_not_in_their_sums(name):
    problem = replace(cycles.PROBLEMS[name], numbers=(12, 3, 3))
    graphs, counts = problem.draw(0)[0]
    assert len({*graphs.sum(1).flatten().tolist(), *graphs.sum(2).flatten().tolist()}) == 1
    of = four_cycles if name == "4-cycles" else four_cliques
    assert counts.tolist() == of(graphs.numpy().astype(int)).tolist()
    assert len(set(counts.tolist())) > 1
    assert torch.equal(problem.draw(0)[0][0], graphs)


@pytest.mark.parametrize("name", ["4-cycles", "4-cliques"])
def test_no_graph_of_a_test_is_one_of_training_in_another_order(name):
    """Traces of powers of a matrix that tells more than sums do are the same for graphs that are alike up to order."""
    problem = replace(cycles.PROBLEMS[name], numbers=(60, 20, 20))

    def invariant(graph):
        a = graph.numpy().astype(np.int64)
        if name == "4-cliques":
            a = np.array([[sum_of_cliques(a, i, j) for j in range(len(a))] for i in range(len(a))])
        return tuple(np.trace(np.linalg.matrix_power(a @ a.T, k)) for k in range(1, 8))

    def sum_of_cliques(a, i, j):
        both = a[i] * a[j]
        return a[i, j] * (both @ a @ both)

    train, held, test = ({invariant(graph) for graph in graphs} for graphs, _ in problem.draw(1))
    assert len(train | held | test) == len(train) + len(held) + len(test)


@pytest.mark.parametrize("bipartite", [True, False])
def test_the_key_of_a_class_does_not_depend_on_the_order(bipartite):
    rng = np.random.default_rng(0)
    graphs = [(rng.random((7, 7)) < 0.6).astype(np.int8) for _ in range(20)]
    graphs = graphs if bipartite else [np.triu(one, 1) + np.triu(one, 1).T for one in graphs]
    rows = rng.permutation(7)
    columns = rng.permutation(7) if bipartite else rows
    assert all(class_key(one, bipartite) == class_key(one[rows][:, columns], bipartite) for one in graphs)
    assert len({class_key(one, bipartite) for one in graphs}) > 3


def test_the_share_of_variance_that_is_explained():
    """True 1, 2, 3, 6 with mean 3 and squares 14; the mean explains nothing, errors of one each leave 10 of 14."""
    true = torch.tensor([1.0, 2.0, 3.0, 6.0])
    assert cycles.determination(torch.full((4,), 3.0), true) == pytest.approx(0.0)
    assert cycles.determination(true + torch.tensor([1.0, -1.0, 1.0, 1.0]), true) == pytest.approx(10 / 14)
    assert cycles.determination(true.flip(0), true) < 0


def test_each_problem_is_run_with_and_without_its_pooling():
    names = [job.name for job in cycles.jobs(Setting(seeds=1))]
    assert names == ["4-cycles, order 3", "4-cycles, order 2", "4-cliques, order 5", "4-cliques, order 4"]
