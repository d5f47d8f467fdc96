"""Every term from irreducible poolings: the proof by exhaustion that they suffice, and words about it."""

import json
import random

import numpy as np
import pytest

from symshare import NotationError, SymshareError, Term, evaluate, explain, pools, signature, terms

# all terms of these orders; the demand (ab to 5, aa to 4, abc to 3, one type with a dependency) and more
EVERY_TERM = [
    *(("ab", (), order) for order in range(1, 6)),
    *(("aa", (), order) for order in range(1, 5)),
    *(("abc", (), order) for order in range(1, 4)),
    *(("ab", ("a->b",), order) for order in range(1, 6)),
    *(("abc", ("a->b",), order) for order in range(1, 4)),
    *(("a", (), order) for order in range(1, 7)),
    *(("aab", (), order) for order in range(1, 3)),
    *(("abb", ("a->b",), order) for order in range(1, 3)),
    *(("aab", ("a->b",), order) for order in range(1, 4)),
    *(("abab", ("a->b",), order) for order in range(1, 2)),
    *(("ab,b->ab,b", (), order) for order in range(1, 4)),
    *(("ab,bc->ab,bc", (), order) for order in range(1, 4)),
    *(("aa,a->aa,a", (), order) for order in range(1, 3)),
    *((text, (), 1) for text in ("aabb", "abab", "abba", "aabbc", "abcc", "aaa", "aabb,ab->aabb,ab")),
    *((text, (), order) for text in ("abb", "aa,bb->aa,bb", "ab,ba->ab,ba") for order in (1, 2)),
    *(
        (text, ("a->b",), order)
        for text in ("ba", "bac", "bab", "acb", "ba,a->ba,a", "ba,ab->ba,ab")
        for order in (1, 2)
    ),
    *((text, ("a->b", "b->c"), order) for text in ("abc", "cba", "bca", "abc,ab->abc,ab") for order in (1, 2)),
    *((text, ("a->b", "a->c"), order) for text in ("abc", "cba", "cab") for order in (1, 2)),
    *((text, (), order) for text in ("a,->a,", ",->,", "s:", "aa,,b->aa,,b") for order in (1, 2)),
    *(("ba,,a->ba,,a", ("a->b",), order) for order in (1, 2)),
]
# types with too many terms to try each
SOME_TERMS = [
    *(
        (text, (), 3)
        for text in ("aabb", "abab", "abba", "aabbc", "abcc", "aaa", "aab", "aa,bb->aa,bb", "ab,ba->ab,ba")
    ),
    ("aabb,ab->aabb,ab", (), 2),
    *((text, ("a->b",), 3) for text in ("abab", "baab", "bba", "abbc", "aab,ab->aab,ab")),
    *((text, ("a->b", "b->c"), 3) for text in ("abcc", "abbc", "cba,ab->cba,ab")),
]
SIZES = {"a": 3, "b": 2, "c": 4}


@pytest.mark.parametrize(("text", "depends", "order"), EVERY_TERM)
def test_every_term_is_a_composition_of_the_poolings_listed(text, depends, order):
    one = signature(text, depends=depends)
    assert_explained(one, set(pools(one, order)), terms(one, order))


@pytest.mark.parametrize(("text", "depends", "order"), SOME_TERMS)
def test_any_term_is_a_composition_of_the_poolings_listed(text, depends, order):
    one = signature(text, depends=depends)
    chosen = random.Random(text)
    assert_explained(one, set(pools(one, order)), [any_term(one, chosen.randint(1, order), chosen) for _ in range(60)])


def assert_explained(one, listed, some):
    rng = np.random.default_rng(1)
    for term in some:
        found = explain(one, term)
        assert all(step.pooling in listed for step in found.steps), term
        operands = [rng.integers(-4, 5, [SIZES[letter] for letter in tensor.axes]) for tensor in term.factor_tensors]
        value = found.evaluate(*operands, sizes=SIZES)
        assert value.dtype.kind == "i"
        assert np.array_equal(value, evaluate(term, *operands, sizes=SIZES)), (term, str(found))


def any_term(one, order, chosen):
    """A term whose indices are drawn slot by slot, parents first: one met before, or a new one."""
    names, met = {}, {}
    places = [*(chosen.randrange(len(one.inputs)) for _ in range(order)), chosen.randrange(len(one.outputs))]
    drawn = []
    for tensor in [*(one.inputs[place] for place in places[:-1]), one.outputs[places[-1]]]:
        layout, found = one.slots(tensor), {}

        def draw(slot, layout=layout, found=found):
            if slot not in found:
                letter, parent = layout[slot].axis, layout[slot].parent
                there = met.setdefault((letter, draw(parent) if parent >= 0 else None), [])
                if not there or chosen.random() < 0.3:
                    there.append((letter, len(names)))
                    names[there[-1]] = len(names)
                found[slot] = chosen.choice(there)
            return found[slot]

        drawn.append([draw(slot) for slot in range(len(layout))])
    numbers = {}
    for index in (index for tensor in drawn for index in tensor):
        numbers.setdefault(index, len(numbers))
    *factors, output = [tuple(numbers[index] for index in tensor) for tensor in drawn]
    return Term(one, places[-1], tuple(places[:-1]), output, tuple(factors), (), ((),) * order)


def test_irreducible_poolings_explain_themselves():
    for text, order in [("abH", 5), ("aaH", 7), ("abc", 3)]:
        for term in pools(text, order):
            found = explain(text, term)
            identity = term.order == 1 and term.output_indices == tuple(range(len(term.output_indices)))
            assert [step.pooling for step in found.steps] == ([] if identity else [term])
            assert found.irreducible == (term.order > 1)


def test_explanations_of_the_article_read_well():
    assert str(explain("abH", "ab,cb,cd,ad->ad")) == (
        "abH,cbH,cdH,adH->adH, from irreducible poolings\n"
        "  y1 = abH,cbH,cdH->adH  of x1, x2, x3\n"
        "  y  = abH,abH->abH      of y1, x4"
    )
    assert str(explain("ab", "ab,cb,cd->ad")) == "ab,cb,cd->ad is irreducible\n  y = ab,cb,cd->ad  of x1, x2, x3"
    assert str(explain("ab", "ab->ab")) == "ab->ab is the identity"
    assert str(explain("aa", "ab->aa")).startswith("ab->aa, by operations of order 1")
    assert str(explain("aa", "ab->ba")) == "ab->ba, one of the operations of order 1\n  y = ab->ba  of x1"
    assert "is irreducible, up to swaps of axes" in str(explain("aa", "ab,cb->ac"))
    assert not explain("ab", "ab,cd->ad").irreducible  # the product of two sums
    # a path of five is a path of three in a path of three: the order of the factors is kept as it is written
    assert [step.operands for step in explain("ab", "ab,cb,cd,ed,ef->af").steps] == [(-1, -2, -3), (0, -4, -5)]


def test_a_size_is_divided_by_where_a_sum_of_ones_cannot_be_avoided():
    one = signature("ab,bc->ab,bc")
    found = explain(one, Term.from_einsum(one, "ab->db", factors=(0,), output=0))
    assert found.sizes == (("c", 1),)
    assert "/ (c), by the sizes of the axes" in str(found)
    x = np.arange(6).reshape(3, 2)
    assert found.evaluate(x, sizes=SIZES).tolist() == [[6, 9]] * 3
    assert found.evaluate(x / 2, sizes=SIZES).tolist() == [[3.0, 4.5]] * 3


def test_terms_of_sized_signatures_and_lists_are_taken():
    sized = terms("ab", 2, sizes={"a": 5})[0]
    assert explain("ab", sized).term.signature == signature("ab")
    assert explain("ab", "ab->cb").evaluate([[1, 2], [3, 4]]).tolist() == [[4, 6], [4, 6]]


def test_types_with_many_axes_are_explained_letter_by_letter():
    assert explain("abcdefghijklm", "abcdefghijklm->nbcdefghijklo").steps[0].pooling.order == 1
    assert explain("aaaaaa", "abcdef->abcdef").steps == ()
    assert len(explain("aabb", "acbd->cadb").steps) == 2


def test_tensors_are_numbered_where_types_have_equally_many_axes():
    found = explain("a,b->a,b", "a,b->a", factors=(0, 1), output=0)
    assert [step.pooling.factors for step in found.steps] == [(1,), (0, 0)]


@pytest.mark.parametrize(
    ("text", "term", "said"),
    [
        ("a,", "a,->a", "y1 = ()->a   of x2\n  y  = a,a->a  of x1, y1"),
        ("a,", "()->a", "y = ()->a  of x1"),
        ("H,aH", "H,aH->aH", "y1 = H->aH      of x1\n  y  = aH,aH->aH  of y1, x2"),
        ("H,aH", ",a->a", "y1 = H->aH      of x1\n  y  = aH,aH->aH  of y1, x2"),
        ("s:", ",->", "y = ,->  of x1, x2"),
    ],
)
def test_terms_with_scalars_are_read(text, term, said):
    assert str(explain(text, term)).endswith("\n  " + said)


def test_json_says_what_is_printed():
    found = json.loads(explain("abH", "ab,cb,cd,ad->ad").to_json())
    assert (found["signature"], found["term"], found["irreducible"]) == ("abH", "abH,cbH,cdH,adH->adH", False)
    assert [(step["name"], step["einsum"], step["of"]) for step in found["steps"]] == [
        ("y1", "abH,cbH,cdH->adH", ["x1", "x2", "x3"]),
        ("y", "abH,abH->abH", ["y1", "x4"]),
    ]
    assert found["divide_by"] == {}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: explain("ab,cb,cd->ad", "abH"), "the signature comes first, then the term"),
        (lambda: explain("abH", "->ab"), "has no factors"),
        (lambda: explain("a,", "->a"), r"a scalar alone is written '\(\)->a'"),
        (lambda: explain("abH->H", "ab->"), "gives other tensors than it takes"),
        *(
            (lambda group=group: explain(signature("arH", axes={"r": group}), "ar->ar"), "under another group")
            for group in ("B", "Scaled")
        ),
        (lambda: explain("ab", Term.from_einsum(signature("aa"), "ab->ba")), "no term of 'ab': it has other tensors"),
        (lambda: explain("ab", terms("ab", 1, depends=["a->b"])[0]), "other dependencies"),
        (lambda: explain("aH", terms("aH", 1, sizes={"H": 2})[0]), "values picked on latent axes"),
        (lambda: explain("ab", "ab,ab->ab").evaluate(np.ones((2, 3))), "2 factors, but 1 array came"),
        (lambda: explain("ab", "ab->cb").evaluate([1, 2]), "has 1 axis"),
        (lambda: explain("ab", ",".join(["ab"] * 61) + "->ab"), "61 factors, over the limit of 60"),
        (lambda: explain("aaaaaa", "abcdef->bacdef"), "4,213,597 operations of order 1 on axis a"),
    ],
)
def test_what_cannot_be_explained_is_refused(call, said):
    with pytest.raises(SymshareError, match=said):
        call()


@pytest.mark.parametrize("text", ["ab,cb,cd", "ab,ba->ab", "abc->ab", "a b->ab", "abK->abK", "", "ab->ab->ab"])
def test_texts_that_are_no_terms_are_refused_with_the_place(text):
    with pytest.raises(NotationError):
        explain("abH", text)
