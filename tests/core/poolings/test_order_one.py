import pytest

from symshare import Term, TooLargeError, count, signature
from symshare.core.poolings.order_one import _closure, generators, identity, word
from symshare.core.terms.composition import compose

# Bell numbers of 2m for one letter m times, products over letters
TYPES = [
    ("a", (), 2),
    ("aa", (), 15),
    ("aaa", (), 203),
    ("ab", (), 4),
    ("abc", (), 8),
    ("aab", (), 30),
    ("aabb", (), 225),
    ("ab", ("a->b",), 3),
    ("abb", ("a->b",), None),
    ("aab", ("a->b",), None),
    ("abab", ("a->b",), None),
    ("ab,b->ab,b", (), None),
    ("ab,bc->ab,bc", (), None),
    ("aa,a->aa,a", (), None),
    ("H", (), 1),
]


@pytest.mark.parametrize(("text", "depends", "number"), TYPES)
def test_generators_give_every_term_of_order_one_and_each_is_needed(text, depends, number):
    one = signature(text, depends=depends)
    found = generators(one)
    own, chosen = list(found[: len(one.inputs)]), list(found[len(one.inputs) :])
    assert own == [identity(one, place) for place in range(len(one.inputs))]
    assert len(_closure(own, chosen)) == count(one, 1)
    assert number is None or number == count(one, 1)
    for term in chosen:
        assert term not in _closure(own, [other for other in chosen if other != term])


@pytest.mark.parametrize("text", ["aa", "aab", "aabb", "abba", "aabbc", "ab,bc->ab,bc"])
def test_words_compose_to_their_term(text):
    from symshare import terms

    one = signature(text)
    for term in terms(one, 1):
        steps, powers = word(term)
        made, lost = identity(one, term.factors[0]), {}
        for step in steps:
            made, more = compose(step, made)
            for letter, power in more:
                lost[letter] = lost.get(letter, 0) + power
        assert made == term
        assert dict(powers) == lost


def test_many_axes_of_one_letter_are_refused_with_the_number():
    with pytest.raises(TooLargeError, match="115,975"):
        word(Term.from_einsum(signature("aaaaa"), "aaaaa->aaaaa"))
