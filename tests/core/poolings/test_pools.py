from itertools import permutations, product

import pytest

from symshare import SymshareError, TooLargeError, count, pools, signature, terms

# SEEDS A3 (the source article's table) and DESIGN section 4: type, order, poolings of that order without channels
TABLE = [
    ("aH", 1, ["a->a", "a->b"]),
    ("aH", 2, ["a,a->a"]),
    *(("aH", order, []) for order in (3, 4, 5)),
    ("abH", 1, ["ab->ab", "ab->cb", "ab->ac"]),
    ("abH", 2, ["ab,ab->ab"]),
    ("abH", 3, ["ab,cb,cd->ad"]),
    ("abH", 4, []),
    ("abH", 5, ["ab,ac,db,dc,de->ae", "ab,ac,db,dc,ec->eb"]),
    ("abH", 6, []),
    ("aaH", 1, ["ab->ab", "aa->aa", "ab->ba", "ab->cb"]),
    ("aaH", 2, ["ab,bc->ac", "ab,ab->ab"]),
    *(("aaH", order, []) for order in (3, 4, 6)),
    ("aaH", 5, ["ab,ac,db,dc,bc->ad"]),
    ("abcH", 2, ["abc,abc->abc"]),
]


def least(text):
    """One text for all that differ by names, by the order of factors and, for one letter twice, by transposing tensors."""
    left, right = text.replace("H", "").split("->")
    tensors = [*left.split(","), right]
    flips = [[one, one[::-1]] for one in tensors] if len(set(map(len, tensors))) == 1 and len(right) == 2 else None
    return tensors, flips


def same(one, other, *, transposing):
    """Whether two einsum texts are one pooling, by trying every order of the factors and every transposition."""
    tensors, flips = least(one)
    wanted = least(other)[0]
    if len(tensors) != len(wanted):
        return False

    def named(listed):
        names = {}
        return [tuple(names.setdefault(letter, len(names)) for letter in one) for one in listed]

    goal = named([wanted[-1], *wanted[:-1]])
    for order in permutations(range(len(tensors) - 1)):
        choices = [flips[place] if transposing else [tensors[place]] for place in (-1, *order)]
        if any(named(choice) == goal for choice in product(*choices)):
            return True
    return False


@pytest.mark.parametrize(("text", "order", "expected"), TABLE)
def test_the_table_of_the_source_article_and_its_corrections(text, order, expected):
    found = [str(term) for term in pools(text, order).of_order(order)]
    assert len(found) == len(expected)
    transposing = text == "aaH" and order > 1
    for one in expected:
        assert sum(same(one, other, transposing=transposing) for other in found) == 1, (one, found)


def test_the_least_sets_are_written_as_people_write_them():
    assert [str(term) for term in pools("abH", 5).poolings] == [
        "abH,abH->abH",
        "abH,cbH,cdH->adH",
        "abH,acH,dbH,dcH,deH->aeH",
        "abH,cbH,cdH,ebH,edH->adH",
    ]
    assert [str(term) for term in pools("aa", 5).poolings] == ["ab,ab->ab", "ab,bc->ac", "ab,ac,bc,bd,cd->ad"]


def test_poolings_of_three_letters_are_those_of_two_halvings():
    """Order 3: four tensors; a letter has them all together or halved in one of three ways; two ways must differ.

    So by letter: (one letter whole: 3) + (two letters alike: 3) + (all three differ: 1) = 7.
    """
    assert pools("abc", 3).counts == (4, 1, 7)


def test_a_dependent_index_may_occur_once():
    """With a->b the type aab cannot always avoid it: b belongs to the second index alone."""
    found = [str(term) for term in pools("aab", 2, depends=["a->b"]).poolings]
    assert "acb,cde->ade" in found
    assert len(found) == 3


def test_sizes_and_channels_change_nothing():
    assert pools("abH", 5, sizes={"H": 7, "a": 3}).sizes == (("a", 3),)
    assert pools("aa", 2, sizes={"a": 1}).counts == (4, 2)
    assert [str(term) for term in pools("abH", 5, sizes={"H": 7, "a": 3})] == [str(term) for term in pools("abH", 5)]
    plain = [str(term) for term in pools("ab", 5)]
    assert [str(term).replace("H", "").replace("K", "") for term in pools("abHK", 5)] == plain


def test_named_tensors_and_several_types():
    found = pools("W:ab,v:b->W:ab,v:b", 3)
    assert [str(term) for term in found.poolings] == ["ab,ab->ab", "ab,cb,cd->ad"]
    assert [str(term) for term in found.order_one] == ["ab->ab", "b->b", "ab->ac", "ab->b", "b->ab"]
    rectangles = [str(term) for term in pools("ab,bc->ab,bc", 3).poolings]
    assert rectangles == ["ab,ab->ab", "bc,bc->bc", "ab,db,de->ae", "ab,bc,dc->ad", "ab,ad,dc->bc", "bc,dc,de->be"]


def test_a_type_without_permuted_axes_has_the_product():
    assert [str(term) for term in pools("H", 4)] == ["H->H", "H,H->H"]


def test_rules():
    everything = pools("ab", 3, rule="none")
    assert list(everything) == [term for order in (1, 2, 3) for term in terms("ab", order)]
    assert everything.counts == tuple(count("ab", order) for order in (1, 2, 3))
    article = pools("abH", 4, rule="article")
    assert [str(term) for term in article.of_order(2)] == ["abH,abH->abH"]
    assert [str(term) for term in article.of_order(3)] == ["abH,cbH,cdH->adH"]
    # a factor beside an equal one is a product of two, but not of two terms with the same output: the filters leave it
    assert [str(term) for term in article.of_order(4)] == [
        "abH,abH,cbH,cdH->adH",
        "abH,cbH,cbH,cdH->adH",
        "abH,cbH,cdH,cdH->adH",
    ]


@pytest.mark.parametrize("text", ["ab", "aa"])
def test_what_the_articles_filters_leave_contains_the_irreducible_ones(text):
    kept = {str(term) for term in pools(text, 5 if text == "ab" else 4, rule="article")}
    smallest = pools(text, 5 if text == "ab" else 4)
    for term in smallest.poolings:
        assert any(same(str(term), other, transposing=text == "aa") for other in kept if len(other) == len(str(term)))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: pools("abH->H", 3), "a pooling stays within its types, so that layers stack: write 'abH'"),
        (lambda: pools("ab,b->ab", 3), "write 'ab,b'"),
        (lambda: pools("ar", 3, sizes={"r": 3}, rule="best"), "give one of irreducible, article, none"),
        (lambda: pools(signature("ar", axes={"r": "B"}), 3), "another group"),
        (lambda: pools("aH,aG->aH,aG", 2), "give all tensors the same latent axis"),
        (lambda: pools("ab", 101), "order 101 is over the limit of 100"),
        (lambda: pools("ab", 0), "order 0 has no poolings"),
        (lambda: pools("ab", -1), "negative order"),
        (lambda: pools("ab", 1.5), "is not an order"),
    ],
)
def test_what_has_no_poolings_is_refused(call, said):
    with pytest.raises(SymshareError, match=said.replace("(", r"\(")):
        call()


def test_orders_out_of_reach_are_refused_before_the_work():
    with pytest.raises(TooLargeError, match="would take over 2,000,000 steps") as told:
        pools("ab", 40)
    assert "ask for order 1" in str(told.value)


def test_types_with_many_axes_are_done_or_refused(monkeypatch):
    assert pools("aaaaaaa", 2).counts[1] == 4
    assert pools("abcdef", 3).counts[1:] == (1, 651)
    monkeypatch.setattr("symshare.core.poolings.pools.MOST_TRIED", 10_000)
    with pytest.raises(TooLargeError, match="parts of 3 factors"):
        pools("abcdefg", 3)


def test_lists_that_would_be_too_long_are_refused_with_the_number():
    with pytest.raises(TooLargeError, match="has 1,475,403 terms to order 6") as told:
        pools("abc", 6, rule="none")
    assert "rule='irreducible' does not list them" in str(told.value)
