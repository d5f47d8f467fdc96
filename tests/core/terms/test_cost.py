import random
from functools import cache
from itertools import combinations, pairwise
from math import prod
from string import ascii_letters

import pytest

from symshare import SymshareError, Term, cost, pools, signature, terms
from symshare.core.terms.cost import _path, best_path


def least_operations(einsum, sizes):
    """The fewest operations of any order of pairwise contractions, each order tried; lonely indices are summed first."""
    left, right = einsum.split("->")
    operands = [frozenset(one) for one in left.split(",")]
    output = frozenset(right) & frozenset(left)

    def length(indices):
        return prod(sizes[index] for index in indices)

    def wanted(others):
        return output.union(*others)

    total, reduced = 0, []
    for place, operand in enumerate(operands):
        kept = operand & wanted(operands[:place] + operands[place + 1 :])
        total += length(operand) if kept < operand else 0
        reduced.append(kept)
    if len(operands) == 1:
        return total or length(output)

    def best(now):
        if len(now) == 1:
            return 0
        found = []
        for one, two in combinations(range(len(now)), 2):
            rest = [operand for place, operand in enumerate(now) if place not in (one, two)]
            met = now[one] | now[two]
            kept = met & wanted(rest)
            found.append(length(met) * (1 + (kept < met)) + best([*rest, kept]))
        return min(found)

    return total + best(reduced)


@pytest.mark.parametrize(("text", "order"), [("ab", 5), ("aa", 5), ("abc", 3), ("aab", 3), ("abc", 4)])
@pytest.mark.parametrize("lengths", [(1_000, 1_000, 1_000), (7, 100, 3)])
def test_irreducible_poolings_take_the_fewest_operations(text, order, lengths):
    sizes = {letter: length for letter, length in zip("abc", lengths, strict=True) if letter in text}
    for pooling in pools(text, order).poolings:
        axes = dict(zip(pooling.names(), pooling.index_axes, strict=True))
        expected = least_operations(str(pooling), {index: sizes[letter] for index, letter in axes.items()})
        assert cost(pooling, sizes).at(sizes) == expected


@pytest.mark.parametrize(("text", "order"), [("ab", 3), ("aa", 2), ("a", 4), ("ab", 4)])
def test_so_does_every_term(text, order):
    sizes = dict.fromkeys(text, 50)
    for term in terms(text, order):
        expected = least_operations(str(term), dict.fromkeys(term.names(), 50))
        assert cost(term, sizes).at(sizes) == expected, term


def test_terms_with_equal_factors_and_long_ones():
    one = signature("ab")
    assert cost(Term.from_einsum(one, "ab,cd,ab,ab->ef")).order == "O(a b)"
    long = Term.from_einsum(one, ",".join(["ab,cb,cd,ed,ef,gf"] * 2) + "->af")
    assert long.order == 12
    assert cost(long).at({"a": 10, "b": 10}) > 0


@pytest.mark.parametrize(
    ("text", "einsum", "order", "largest", "polynomial"),
    [
        ("ab", "ab,ab->ab", "O(a b)", "a b", "a b"),
        ("ab", "ab,cb,cd->ad", "O(a b c)", "a c", "4 a^2 b"),
        ("ab", "ab,ac,db,dc,de->ae", "O(a b d)", "a d", "6 a^2 b + a^2"),
        ("aa", "ab,bc->ac", "O(a b c)", "a c", "2 a^3"),
        ("ab", "ab->cb", "O(a b)", "b", "a b"),
        ("ab", "ab,cd->ab", "O(a b)", "1", "2 a b"),
        ("a", "a,b->a", "O(a)", "1", "2 a"),
        ("ab", "ab->ab", "O(a b)", "a b", "a b"),
        ("aa", "aa->aa", "O(a)", "a", "a"),
        ("aa", "ab->cd", "O(a b)", "1", "a^2"),
    ],
)
def test_costs_by_hand(text, einsum, order, largest, polynomial):
    found = cost(Term.from_einsum(signature(text), einsum))
    assert (found.order, found.largest, found.polynomial) == (order, largest, polynomial)


def test_the_path_follows_the_sizes():
    term = Term.from_einsum(signature("ab"), "ab,cb,cd->ad")
    assert cost(term, {"a": 1_000, "b": 2}).steps[0] == "cb,cd->bd"
    assert cost(term, {"a": 2, "b": 1_000}).steps[0] == "ab,cb->ac"
    given = Term.from_einsum(signature("ab", sizes={"a": 1_000, "b": 2}), "ab,cb,cd->ad")
    assert cost(given).steps[0] == "cb,cd->bd"


def test_every_term_of_order_two_has_a_cost():
    for term in terms("aa", 2):
        found = cost(term)
        assert found.at({"a": 10}) > 0
        assert found.order.startswith("O(")


def test_what_has_no_cost_is_refused():
    with pytest.raises(SymshareError, match="is a constant"):
        cost(Term.from_einsum(signature("ab"), "->ab"))
    for wrong in ({"a": 0}, {"a": "x"}, {"z": 3}, 5):
        with pytest.raises(SymshareError):
            cost(Term.from_einsum(signature("ab"), "ab->ab"), wrong)
    for wrong in ({"a": -3, "b": 2}, 5):
        with pytest.raises(SymshareError):
            cost(Term.from_einsum(signature("ab"), "ab->ab")).at(wrong)
    with pytest.raises(SymshareError, match="is not a Term"):
        cost("ab->ab")
    with pytest.raises(SymshareError, match="the size of b is not given"):
        cost(Term.from_einsum(signature("ab"), "ab->ab")).at({"a": 3})


def operations(operands, output, path, length):
    """Multiplications along a path, straight from its definition."""
    left, total = list(operands), 0
    for pair in path:
        taken = [left[place] for place in pair]
        left = [one for place, one in enumerate(left) if place not in pair]
        present = set("".join(taken))
        total += prod(length[index] for index in present) if len(pair) > 1 else 0
        needed = set(output).union(*left)
        left.append("".join(sorted(present & needed)) if left else output)
    assert len(left) == 1
    return total


@pytest.mark.parametrize("seed", range(40))
def test_equal_operands_multiplied_first_take_hardly_more_than_the_best_order(seed):
    source = random.Random(seed)
    kinds = ["".join(source.sample("abcd", source.randint(1, 3))) for _ in range(3)]
    operands = [source.choice(kinds) for _ in range(source.randint(3, 9))]
    present = sorted(set("".join(operands)))
    output = "".join(index for index in present if source.random() < 0.4)
    length = {index: source.randint(2, 9) for index in present}
    found = operations(operands, output, _path(operands, output, length), length)
    best = operations(operands, output, best_path(operands, output, length), length)
    assert found <= 1.02 * best + 2  # sums that a product could have taken along are steps of their own


@pytest.mark.parametrize("number", [11, 20, 40, 90])
def test_long_products_have_a_path_at_once(number):
    operands = ["ab"[place % 2] + "s" for place in range(number)]
    path = best_path(operands, "s", {"a": 5, "b": 6, "s": 7})
    assert operations(operands, "s", path, {"a": 5, "b": 6, "s": 7}) <= 42 * number


def shuffled_chain(lengths, seed=0):
    """A row of matrices of these lengths, its operands in no order: the operands, the output, and the length of each index."""
    names = ascii_letters[: len(lengths)]
    operands = ["".join(pair) for pair in pairwise(names)]
    random.Random(seed).shuffle(operands)
    return operands, names[0] + names[-1], dict(zip(names, lengths, strict=True))


def chain_operations(lengths):
    """The fewest multiplications of a row of matrices: the recursion over its parts (Godbole 1973)."""

    @cache
    def best(start, end):
        if end == start + 1:
            return 0
        ends = lengths[start] * lengths[end]
        return min(best(start, at) + best(at, end) + ends * lengths[at] for at in range(start + 1, end))

    return best(0, len(lengths) - 1)


def test_the_recursion_over_a_row_of_matrices_is_the_published_one():
    """Cormen, Leiserson, Rivest and Stein, Introduction to Algorithms, section 15.2: 15,125 multiplications."""
    assert chain_operations((30, 35, 15, 5, 10, 20, 25)) == 15_125


@pytest.mark.parametrize("number", [11, 12, 14, 15, 20, 40])
def test_more_than_ten_factors_are_not_contracted_left_to_right(number):
    """A row of n x n matrices takes n^3 for each product but the first, however its operands are written."""
    operands, output, length = shuffled_chain([3] * (number + 1))
    path = best_path(operands, output, length)
    assert operations(operands, output, path, length) == (number - 1) * 3**3


@pytest.mark.parametrize("number", [11, 12, 13, 14])
@pytest.mark.parametrize("seed", range(5))
def test_more_than_ten_factors_of_unlike_sizes_take_the_fewest_operations(number, seed):
    source = random.Random(seed)
    lengths = tuple(source.randint(2, 50) for _ in range(number + 1))
    operands, output, length = shuffled_chain(lengths, seed)
    path = best_path(operands, output, length)
    assert operations(operands, output, path, length) == chain_operations(lengths)


def test_a_term_of_more_than_ten_factors_is_not_contracted_left_to_right():
    """Eleven factors in a row under `aa`: ten products of two matrices, n^3 multiplications and additions each."""
    operands, output, _ = shuffled_chain([7] * 12)
    found = cost(Term.from_einsum(signature("aa"), f"{','.join(operands)}->{output}"))
    assert found.polynomial == "20 a^3"
    assert max(map(len, found.intermediates)) == 2
