"""Axes whose values have scales or signs: terms, counts and certificates against null spaces of explicit matrices."""

from itertools import permutations, product
from random import Random

import numpy as np
import pytest

import symshare
from symshare import NotationError, count, derive, molien_count, signature
from tests import zoo

LAYERS = "W1:ba,v1:b,W2:cd,v2:c"
UNITS = "W1:bA,v1:b,W2:Cd,v2:C"
"""Two layers of weights and biases around hidden neurons b, with inputs a and outputs c; and with one of each."""
KINDS = {"Scaled": [2.0], "B": [-1.0]}
"""For each kind a factor of one value, from which permutations and products make all that matter: powers of 2, and signs."""


def axes(kind, text):
    return {letter: group for letter, group in (("b", kind), ("d", "dual(b)")) if letter in text}


def representation(tensors, moved, sizes):
    """The matrix of a group element on all entries of some tensors: of `moved` axes a matrix each, of others the identity."""
    blocks = []
    for tensor in tensors:
        matrix = np.eye(1)
        for axis in tensor:
            matrix = np.kron(matrix, moved.get(axis, np.eye(sizes[axis])))
        blocks.append(matrix)
    whole = np.zeros([sum(map(len, blocks))] * 2)
    start = 0
    for block in blocks:
        whole[start : start + len(block), start : start + len(block)] = block
        start += len(block)
    return whole


def elements(kind, text, sizes):
    """Matrices of b, d and of every other axis that is permuted: all transpositions, and a factor of the first value of b."""
    for axis in sorted({letter for letter in text if letter.islower()} - {"d"}):
        for one, other in permutations(range(sizes[axis]), 2):
            matrix = np.eye(sizes[axis])
            matrix[[one, other]] = matrix[[other, one]]
            yield {"b": matrix, "d": matrix} if axis == "b" else {axis: matrix}
    for factor in KINDS[kind]:
        scale = np.ones(sizes["b"])
        scale[0] = factor
        yield {"b": np.diag(scale), "d": np.diag(1 / scale)}


def dimension(kind, text, sizes, order, ordered=False):
    """The dimension of the equivariant maps of a degree, from the equations of the elements on coefficient tensors."""
    left, _, right = text.partition("->")
    inner, outer = ([one.rpartition(":")[2] for one in side.split(",")] for side in (left, right or left))
    letters = "".join(inner + outer)
    size = len(representation(inner, {}, sizes))
    equations = []
    for moved in elements(kind, letters, sizes):
        into, out = representation(inner, moved, sizes), representation(outer, moved, sizes)
        power = np.eye(1)
        for _ in range(order):
            power = np.kron(power, into)
        equations.append(np.kron(out, np.eye(size**order)) - np.kron(np.eye(len(out)), power.T))
    if not ordered:
        places = list(product(range(size), repeat=order))
        for swap in range(order - 1):
            images = [list(place) for place in places]
            for place in images:
                place[swap], place[swap + 1] = place[swap + 1], place[swap]
            matrix = np.eye(len(places))[[places.index(tuple(place)) for place in images]]
            equations.append(np.kron(np.eye(len(representation(outer, {}, sizes))), matrix - np.eye(len(places))))
    whole = np.vstack(equations)
    return whole.shape[1] - np.linalg.matrix_rank(whole)


# the dimensions that Monomial-NFN (arXiv 2409.11697) and MAGEP-NFN (2410.04213) derive by hand are those of such layers
@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("Scaled", LAYERS, [1, 9, 18]),
        ("B", LAYERS, [1, 13, 34]),
        ("Scaled", UNITS, [1, 6, 8]),
        ("B", UNITS, [1, 10, 16]),
    ],
)
def test_layers_of_weights_have_these_terms(kind, text, expected):
    sizes = {axis: 1 for axis in "AC" if axis in text}
    one = signature(text, axes=axes(kind, text), sizes=sizes)
    basis = derive(one, 2, certified=True)
    assert list(basis.counts) == [count(one, order) for order in range(3)] == expected
    assert basis.certificate.ok
    assert list(symshare.solve(one, order=1).dimensions) == expected[:2]
    small = {"a": 2, "b": 2, "c": 2, "d": 2, "A": 1, "C": 1}
    assert [dimension(kind, text, small, order) for order in range(2)] == expected[:2]
    if text == UNITS:
        assert list(symshare.solve(one, order=2).dimensions) == expected
        assert dimension(kind, text, small, 2) == expected[2]


def drawn(seed):
    """A small signature with b and its dual in several places, beside a set axis."""
    random = Random(seed)
    sides = [[random.choice(("b", "d", "bd", "bb", "ab", "da", "a", "dd")) for _ in range(many)] for many in (2, 1)]
    # a dual stands beside its axis
    inner = [*sides[0], *([] if "b" in "".join(sides[0] + sides[1]) else ["b"])]
    return "->".join((",".join(inner), ",".join(sides[1]))), random.choice(sorted(KINDS))


SWEPT = list(dict.fromkeys(map(drawn, range(40))))


@pytest.mark.parametrize(("text", "kind"), SWEPT)
def test_terms_counts_and_null_spaces_agree(text, kind):
    one = signature(text, axes=axes(kind, text))
    for order in range(4):
        for ordered in (False, True):
            listed = symshare.terms(one, order, ordered=ordered)
            assert len(set(listed)) == len(listed) == count(one, order, ordered=ordered)
    sizes = symshare.taylor(one, 1).sizes
    for order in range(2):
        assert dimension(kind, text, sizes | {"d": sizes["b"]}, order) == count(one, order)
    if sum(sizes["b"] ** len(tensor.axes) for tensor in one.inputs) < 7:
        small = {"a": 3, "b": 2, "d": 2}
        fixed = signature(one, sizes={axis: size for axis, size in small.items() if axis in text})
        for ordered in (False, True):
            number = dimension(kind, text, small, 2, ordered=ordered)
            assert number == len(derive(fixed, 2, ordered=ordered).of_order(2))
            assert number == count(fixed, 2, ordered=ordered) == molien_count(fixed, 2, ordered=ordered)


@pytest.mark.parametrize(("text", "kind"), SWEPT[::3])
def test_certificates_hold_and_the_basis_of_orbits_is_triangular(text, kind):
    one = signature(text, axes=axes(kind, text))
    basis = derive(one, 2, certified=True)
    assert basis.certificate.ok
    forth, back = symshare.diagrams_to_orbits(basis, 2), symshare.orbits_to_diagrams(basis, 2)
    assert np.array_equal((forth @ back).toarray(), np.eye(basis.counts[2]))
    for term in basis:
        assert symshare.term(one, str(term), factors=term.factors, output=term.output) == term


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize(
    ("text", "depends", "sizes", "order"),
    [
        ("hb,hd->hb", ["h->b"], {}, 3),
        ("hb,hd->hb", ["h->d"], {}, 3),
        ("bx,dx->bx", ["b->x"], {}, 3),
        ("hbx,hdx->h", ["h->b", "b->x"], {}, 2),
        ("Lb,Ld->Lb", ["L->b"], {"L": 2}, 3),
        ("Lba,Lcd->Lba", ["L->b"], {"L": 2}, 1),
    ],
)
def test_values_below_others_and_others_below_them(kind, text, depends, sizes, order):
    one = signature(text, axes=axes(kind, text), depends=depends, sizes=sizes)
    numbers = [count(one, degree) for degree in range(order + 1)]
    assert numbers == [len(symshare.terms(one, degree)) for degree in range(order + 1)]
    assert sum(numbers[:3]) == sum(symshare.solve(one, order=min(order, 2)).dimensions)
    assert symshare.certify(one, order=min(order, 2)).ok


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_words_and_letters_are_one_symmetry(kind):
    one = signature("W1:ba,v1:b,W2:cd,v2:c", axes=axes(kind, "bd"))
    other = zoo.in_words(one)
    assert other.named_groups == {zoo.WORDS["b"]: kind, zoo.WORDS["d"]: f"dual({zoo.WORDS['b']})"}
    found, expected = derive(other, 2), derive(one, 2)
    assert found.counts == expected.counts
    assert [term.factor_indices for term in found] == [term.factor_indices for term in expected]
    assert symshare.signature(str(other), axes=other.named_groups) == other


def test_a_mixture_with_another_group_has_the_products_of_both():
    one = signature("bar,dr->a", axes={"b": "Scaled", "d": "dual(b)", "r": "O(3)"})
    assert list(map(str, derive(one, 2).of_order(2))) == ["bar,br->a", "bar,br->c"]
    assert symshare.certify(one, order=2).ok


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("b,d->", {"axes": {"d": "dual(b)"}}, "is the dual of 'b', a set axis"),
        ("bd->", {"axes": {"b": "B", "d": "dual(b)"}, "depends": ["b->d"]}, "makes an axis depend on its dual"),
        ("hb,d->", {"axes": {"b": "B", "d": "dual(b)"}, "depends": ["h->b"]}, "has 'd' without 'h'"),
        ("Lb->L", {"axes": {"b": "B"}, "depends": ["L->b"], "sizes": {"L": 2, "b": 3}}, "with group B(3)"),
        ("b->b", {"axes": {"b": "scaled"}}, "names the group 'scaled'"),
        ("b->b", {"axes": {"b": "B"}, "sizes": {"b": 0}}, "has the size zero"),
        ("b,d->", {"axes": {"b": "B", "d": "dual(b)"}, "sizes": {"b": 2, "d": 3}}, "but the axis has the size 3"),
    ],
)
def test_each_mistake_has_an_error_of_its_own(text, options, said):
    with pytest.raises(NotationError) as caught:
        signature(text, **options)
    assert said in str(caught.value)
    assert caught.value.cure
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_term_that_does_not_balance_is_refused_at_its_place(kind):
    one = signature(LAYERS, axes=axes(kind, LAYERS))
    for read in (symshare.term, symshare.Term.from_einsum):
        with pytest.raises(NotationError, match=f"does not commute with b={kind}") as caught:
            read(one, "W1:ba,W2:ce->v2:c")
        assert caught.value.position == 3
    # the dual's letter may stand for the index as well
    assert str(symshare.term(one, "W1:da,W2:cd->v2:c")) == "ba,cb->c"


def test_scales_of_a_layer_are_those_of_its_length():
    """With a size the group is that of fixed length, and there are no more indices than values."""
    one = signature("bd,bd->", axes=axes("Scaled", "bd"))
    # of each pair of matrices tr x tr y, tr xy and the sum of x_ii y_ii
    assert [count(one, order) for order in range(3)] == [1, 2, 9]
    assert count(one, 2, sizes={"b": 1}) == molien_count(one, 2, sizes={"b": 1}) == 3
    with pytest.raises(symshare.SymshareError, match="use count, which needs none"):
        molien_count(one, 2)
