"""Graphs that sums cannot tell apart, and their counts, beside brute force over quadruples."""

from itertools import combinations, product

import networkx
import numpy as np
import pytest

from symshare.errors import ExperimentError
from symshare.experiments.cycles.graphs import four_cliques, four_cycles, latin_graphs, latin_squares, regular_bipartite

CYCLIC = np.array([[(row + column) % 4 for column in range(4)] for row in range(4)])
KLEIN = np.array([[row ^ column for column in range(4)] for row in range(4)])


def cycles_by_hand(table):
    """Two rows and two columns with four ones."""
    rows, columns = table.shape
    return sum(
        all(table[row, column] for row in pair for column in other)
        for pair in combinations(range(rows), 2)
        for other in combinations(range(columns), 2)
    )


def cliques_by_hand(graph):
    return sum(
        all(graph[one, two] for one, two in combinations(points, 2)) for points in combinations(range(len(graph)), 4)
    )


def strongly_regular(graph, degree, joined, apart):
    """A^2 = k I + lambda A + mu (J - I - A)."""
    one, all_ones = np.eye(len(graph), dtype=int), np.ones_like(graph, dtype=int)
    graph = graph.astype(int)
    return np.array_equal(graph @ graph, degree * one + joined * graph + apart * (all_ones - one - graph))


@pytest.mark.parametrize(("side", "degree"), [(2, 1), (5, 1), (6, 2), (7, 3), (9, 8)])
def test_rows_and_columns_have_their_degree(side, degree):
    tables = regular_bipartite(20, side, degree, np.random.default_rng(1))
    assert tables.shape == (20, side, side)
    assert set(np.unique(tables)) == {0, 1}
    assert (tables.sum(1) == degree).all()
    assert (tables.sum(2) == degree).all()


def test_switches_reach_every_regular_table():
    """There are 6 permutation matrices of size 3, and 90 tables of size 4 with two ones a row (published: 1, 6, 90)."""
    for side, degree, number in ((3, 1, 6), (4, 2, 90)):
        tables = regular_bipartite(2000, side, degree, np.random.default_rng(0))
        found = {tuple(table.flatten().tolist()) for table in tables}
        assert len(found) == number


def test_the_same_seed_draws_the_same_graphs():
    draws = [regular_bipartite(3, 6, 2, np.random.default_rng(seed)) for seed in (0, 0, 1)]
    assert np.array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[0], draws[2])


@pytest.mark.parametrize("degree", [-1, 0, 4, 5])
def test_a_degree_without_choice_is_refused(degree):
    with pytest.raises(ExperimentError, match="the degree lies between 1 and 3"):
        regular_bipartite(1, 4, degree, np.random.default_rng(0))


def test_four_cycles_are_those_of_brute_force():
    rng = np.random.default_rng(2)
    tables = np.concatenate([rng.integers(2, size=(10, 5, 7)), np.zeros((1, 5, 7), int), np.ones((1, 5, 7), int)])
    assert four_cycles(tables).tolist() == [cycles_by_hand(table) for table in tables]
    assert four_cycles(tables)[-1] == 10 * 21  # C(5, 2) C(7, 2)
    regular = regular_bipartite(10, 6, 3, rng)
    counts = four_cycles(regular)
    assert counts.tolist() == [cycles_by_hand(table) for table in regular]
    assert len(set(counts.tolist())) > 1


def test_many_ones_do_not_overflow():
    side = 300
    assert four_cycles(np.ones((side, side), dtype=np.int8)) == (side * (side - 1) // 2) ** 2


def test_four_cliques_are_those_of_brute_force():
    rng = np.random.default_rng(3)
    upper = np.triu(rng.random((8, 9, 9)) < 0.6, 1)
    graphs = (upper | np.swapaxes(upper, 1, 2)).astype(int)
    counts = four_cliques(graphs)
    assert counts.tolist() == [cliques_by_hand(graph) for graph in graphs]
    assert max(counts) > 0
    order = rng.permutation(9)
    assert four_cliques(graphs[:, order][:, :, order]).tolist() == counts.tolist()


@pytest.mark.parametrize("order", [1, 2, 3, 4, 6, 7])
def test_latin_squares_have_each_symbol_once(order):
    squares = latin_squares(5, order, np.random.default_rng(4))
    assert squares.shape == (5, order, order)
    every = list(range(order))
    for square in squares:
        assert all(sorted(line) == every for line in [*square.tolist(), *square.T.tolist()])


def test_every_latin_square_of_order_three_is_drawn():
    """There are 12 (published: 1, 2, 12, 576)."""
    squares = latin_squares(400, 3, np.random.default_rng(0))
    assert len({tuple(square.flatten().tolist()) for square in squares}) == 12


@pytest.mark.parametrize("order", [4, 5, 6])
def test_graphs_of_latin_squares_are_strongly_regular_alike(order):
    for graph in latin_graphs(latin_squares(4, order, np.random.default_rng(5))):
        assert np.array_equal(graph, graph.T)
        assert not graph.diagonal().any()
        assert strongly_regular(graph, 3 * order - 3, order, 6)


def test_cells_are_joined_where_they_share_row_column_or_symbol():
    cells = list(product(range(4), repeat=2))
    graph = latin_graphs(CYCLIC[None])[0]
    for (one, first), (two, second) in product(enumerate(cells), repeat=2):
        shared = first[0] == second[0] or first[1] == second[1] or CYCLIC[first] == CYCLIC[second]
        assert graph[one, two] == (shared and one != two)


def test_cliques_of_latin_graphs_differ_by_their_subsquares():
    """Each row, column and symbol is a clique of n points; a 2 x 2 subsquare (two symbols in two rows) is one of 4."""
    squares = latin_squares(6, 5, np.random.default_rng(6))
    for square, count in zip(squares, four_cliques(latin_graphs(squares)), strict=True):
        subsquares = sum(
            square[r, c] == square[s, d] and square[r, d] == square[s, c]
            for r, s in combinations(range(5), 2)
            for c, d in combinations(range(5), 2)
        )
        assert count == 3 * 5 * 5 + subsquares  # C(5, 4) quadruples in each of 15 lines


def test_the_rooks_graph_and_the_shrikhande_graph_differ_in_cliques_alone():
    """Both are strongly regular (16, 6, 2, 2); published: 8 and no 4-cliques. They are the complements of the graphs of the
    Klein group's table and of the cyclic group's."""
    rook = networkx.to_numpy_array(networkx.line_graph(networkx.complete_bipartite_graph(4, 4)), dtype=int)
    steps = {(0, 1), (0, 3), (1, 0), (3, 0), (1, 1), (3, 3)}
    points = list(product(range(4), repeat=2))
    shrikhande = np.array([[((a - c) % 4, (b - d) % 4) in steps for c, d in points] for a, b in points], dtype=int)
    assert all(strongly_regular(graph, 6, 2, 2) for graph in (rook, shrikhande))
    assert four_cliques(np.stack([rook, shrikhande])).tolist() == [8, 0]
    others = 1 - np.eye(16, dtype=int) - latin_graphs(np.stack([KLEIN, CYCLIC]))
    assert four_cliques(others).tolist() == [8, 0]
    assert all(
        networkx.is_isomorphic(networkx.from_numpy_array(one), networkx.from_numpy_array(two))
        for one, two in zip((rook, shrikhande), others, strict=True)
    )
