import opt_einsum
import pytest

from symshare import SymshareError, Term, cost, pools, signature, terms


@pytest.mark.parametrize(("text", "order"), [("ab", 5), ("aa", 5), ("abc", 3), ("aab", 3)])
def test_flops_are_those_of_the_best_path_at_large_sizes(text, order):
    for pooling in pools(text, order).poolings:
        sizes = dict.fromkeys("abc", 1_000)
        left = str(pooling).split("->")[0]
        shapes = [tuple(1_000 for _ in one) for one in left.split(",")]
        _, told = opt_einsum.contract_path(str(pooling), *shapes, shapes=True, optimize="optimal")
        assert cost(pooling).at(sizes) == told.opt_cost
        assert max(len(one) for one in cost(pooling).intermediates) == len(
            max((step[2].split("->")[1] for step in told.contraction_list), key=len)
        )


@pytest.mark.parametrize(
    ("text", "einsum", "order", "largest", "polynomial"),
    [
        ("ab", "ab,ab->ab", "O(a b)", "a b", "1 a b"),
        ("ab", "ab,cb,cd->ad", "O(a b c)", "a c", "4 a^2 b"),
        ("ab", "ab,ac,db,dc,de->ae", "O(a b d)", "a d", "6 a^2 b + 1 a^2"),
        ("aa", "ab,bc->ac", "O(a b c)", "a c", "2 a^3"),
        ("ab", "ab->cb", "O(a b)", "b", "1 a b"),
        ("ab", "ab->ab", "O(a b)", "a b", "1 a b"),
        ("aa", "aa->aa", "O(a)", "a", "1 a"),
        ("aa", "ab->cd", "O(a b)", "1", "1 a^2"),
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
    with pytest.raises(SymshareError, match="the size of b is not given"):
        cost(Term.from_einsum(signature("ab"), "ab->ab")).at({"a": 3})
