"""Terms under other groups than the symmetric one, against brute force: they commute, are independent, and none is missing."""

from collections import Counter
from itertools import combinations_with_replacement, permutations, product
from math import comb, prod

import numpy as np
import pytest

import symshare
from symshare.core.groups.files import generators_from
from symshare.errors import UnknownCharactersError
from tests.definition import act, draw, element, move, operands, rank, row, shape_of, value


def check_commutes(listed, signature, axes, sizes, random, words, ordered=False):
    for _ in range(2):
        matrices = move(signature, axes, sizes, random, words)
        at = draw(signature, sizes, max((t.order for t in listed), default=1) or 1 if ordered else 1, 2, random)
        there = [[act(matrices, signature, t, x) for t, x in zip(signature.inputs, copy, strict=True)] for copy in at]
        for term in listed:
            expected = act(matrices, signature, term.output_tensor, value(term, operands(term, at), sizes))
            found = value(term, operands(term, there), sizes)
            assert np.abs(found - expected).max() < 1e-9 * max(1, np.abs(expected).max()), str(term)


def check_independent(listed, signature, sizes, random, ordered=False):
    width = sum(prod(shape_of(signature, tensor, sizes)) for tensor in signature.outputs)
    points = 2 + -(-3 * len(listed) // (2 * max(1, width)))
    at = draw(signature, sizes, max((t.order for t in listed), default=1) or 1 if ordered else 1, points, random)
    assert rank([row(term, at, sizes) for term in listed]) == len(listed)


QUATERNIONS = [  # i and j acting on R^4 from the left
    {"q": [[0, -1, 0, 0], [1, 0, 0, 0], [0, 0, 0, -1], [0, 0, 1, 0]]},
    {"q": [[0, 0, -1, 0], [0, 0, 0, 1], [1, 0, 0, 0], [0, -1, 0, 0]]},
]
HEXAGON = [{"p": [[0.5, -(3**0.5) / 2], [3**0.5 / 2, 0.5]]}]
TIED = [{"s": np.eye(3)[[2, 0, 1]], "t": np.eye(2)[[1, 0]]}]

# text, axes, options, number of terms by order, words of custom generators
CASES = [
    # cyclic: one slot is the origin, the others are offsets
    ("t", {"t": "C(4)"}, {}, [1, 4, 10, 20], {}),  # necklaces: C(n+k-1, k) monomials, each free on one output entry
    ("tt->tt", {"t": "C(4)"}, {}, [4, 64], {}),
    ("at", {"t": "C(4)"}, {}, [1, 8, 46], {}),
    ("tu->t", {"t": "C(3)", "u": "C(2)"}, {}, [1, 3, 12], {}),
    ("t->", {"t": "C(6)"}, {}, [1, 1, 4, 10], {}),  # necklaces of 6 beads with 0..3 marks, with repetition
    ("t,u->tu", {"t": "C(2)", "u": "C(3)"}, {}, [1, 5, 15], {}),
    ("->tt", {"t": "C(3)"}, {}, [3], {}),  # no input axes: circulant matrices
    ("t->tu", {"t": "C(3)", "u": "C(2)"}, {}, [1, 3, 6], {}),
    ("t->t", {"t": "C(3)"}, {"ordered": True}, [1, 3, 9, 27], {}),
    # dihedral
    ("t->", {"t": "D(5)"}, {}, [1, 1, 3, 5], {}),
    (
        "t",
        {"t": "D(4)"},
        {},
        [1, 3, 7],
        {},
    ),  # (10 + 4) / 2 quadratic monomials under the reflection that keeps a corner
    ("tt->t", {"t": "D(3)"}, {}, [1, 5], {}),
    # signed permutations
    ("r", {"r": "B(3)"}, {}, [0, 1, 0, 2], {}),
    ("rr->", {"r": "B(2)"}, {}, [1, 1, 4], {}),
    ("ar->ar", {"r": "B(2)"}, {}, [0, 2, 0], {}),
    # rotations and reflections
    ("ar->ar", {"r": "O(3)"}, {}, [0, 2, 0], {}),
    ("ar->", {"r": "O(3)"}, {}, [1, 0, 2], {}),
    ("ar->r", {"r": "O(3)"}, {}, [0, 1, 0, 4], {}),
    ("rr->rr", {"r": "O(3)"}, {}, [1, 3], {}),
    ("rr->", {"r": "O(2)"}, {}, [1, 1, 3, 3], {}),  # tr, tr^2, tr(XX), tr(XX'), ..: beyond the stable range
    ("r->rr", {"r": "O(2)"}, {}, [1, 0, 2], {}),
    ("arr->r", {"r": "O(2)"}, {}, [0, 0], {}),
    ("rrrr->", {"r": "O(3)"}, {}, [1, 3], {}),
    ("rrrrr->", {"r": "O(3)"}, {}, [1, 0], {}),
    # rotations
    ("rrrr->", {"r": "SO(3)"}, {}, [1, 3], {}),
    ("rrrrr->", {"r": "SO(3)"}, {}, [1, 6], {}),
    ("u:r,v:r->w:r", {"r": "SO(3)"}, {}, [0, 2, 1], {}),
    ("rr->r", {"r": "SO(3)"}, {}, [0, 1, 2], {}),  # spins 0 x 1 and 1 x 2 have a vector, S2 of each spin has none
    ("ar->r", {"r": "SO(3)"}, {"ordered": True}, [0, 1, 2], {}),
    ("r->rr", {"r": "SO(2)"}, {}, [2, 0, 4], {}),  # weights 2, 0, -2 into 2, 0, 0, -2
    ("r->r", {"r": "SO(2)"}, {}, [0, 2, 0, 2], {}),
    ("r->rr", {"r": "SO(4)"}, {}, [1, 0, 2], {}),
    ("rrrr->", {"r": "SO(4)"}, {}, [1, 4], {}),
    # forms with signs
    ("r->r", {"r": "O(1,2)"}, {}, [0, 1, 0, 1], {}),
    ("rr->", {"r": "SO(1,2)"}, {}, [1, 1, 3], {}),
    ("rr->r", {"r": "SO+(1,2)"}, {}, [0, 1], {}),
    ("rr->rr", {"r": "SO+(1,1)"}, {}, [2, 6], {}),  # weights 2, 0, 0, -2: C(4, 2) of the eight-fold product
    ("rr->rr", {"r": "Lorentz"}, {}, [1, 3], {}),
    ("rr->rr", {"r": "SO(1,3)"}, {}, [1, 4], {}),
    # symplectic
    ("r->", {"r": "Sp(2)"}, {}, [1, 0, 0], {}),
    ("u:r,v:r->", {"r": "Sp(2)"}, {}, [1, 0, 1, 0], {}),
    ("rr->rr", {"r": "Sp(2)"}, {}, [1, 2], {}),  # T4 of Sp(2): Catalan's number
    ("ar->r", {"r": "Sp(4)"}, {}, [0, 1, 0], {}),
    # general and special linear, with dual axes
    ("ab->ab", {"a": "GL(2)", "b": "dual(a)"}, {}, [1, 2], {}),
    ("ab->", {"a": "GL(2)", "b": "dual(a)"}, {}, [1, 1, 2, 2], {}),  # partitions of k in parts 1, 2 (Cayley, Hamilton)
    ("u:a,v:b->w:a,s:b", {"a": "GL(2)", "b": "dual(a)"}, {}, [0, 2, 0, 2], {}),  # u, v, (u v) u, (u v) v
    ("ab->", {"a": "SL(2)", "b": "SL(2)"}, {}, [1, 0, 1], {}),  # the determinant
    ("aa->", {"a": "SL(2)"}, {}, [1, 1, 2], {}),
    ("u:a,v:a->", {"a": "SL(2)"}, {}, [1, 0, 1, 0], {}),
    ("ab->b", {"a": "SL(2)", "b": "dual(a)"}, {}, [0, 0, 0], {}),
    # unitary: complex linear maps are two dimensions each
    ("r->r", {"r": "U(2)"}, {}, [0, 2, 0, 2], {}),
    ("r->r", {"r": "SU(2)"}, {}, [0, 4, 0, 4], {}),  # the quaternions
    ("rr->", {"r": "U(2)"}, {}, [1, 2], {}),
    ("rr->", {"r": "SU(2)"}, {}, [1, 4], {}),
    # turns of the plane: z^a conj(z)^b with a - b = 1 modulo the order
    ("r->r", {"r": "PlaneC(3)"}, {}, [0, 2, 2, 2], {}),
    ("r->r", {"r": "PlaneC(5)"}, {}, [0, 2, 0, 2], {}),
    ("r->r", {"r": "PlaneD(7)"}, {}, [0, 1, 0, 1], {}),
    ("rr->r", {"r": "PlaneD(5)"}, {}, [0, 0, 1], {}),  # z^4 is conj(z) to the power of one
    ("r->", {"r": "PlaneD(3)"}, {}, [1, 0, 1, 1], {}),
    ("ar->r", {"r": "PlaneC(4)"}, {}, [0, 2, 0], {}),
    # a finite group of matrices, no group, scalings
    ("rr->rr", {"r": "Cube"}, {}, [1, 4], {}),
    ("r->r", {"r": "Cube"}, {}, [0, 1, 0, 2], {}),
    ("r", {"r": "Trivial(2)"}, {}, [2, 4, 6], {}),
    ("ar->r", {"r": "Trivial(2)"}, {}, [2, 4], {}),
    ("r->r", {"r": "Scale(1,2)"}, {}, [0, 2, 1, 0], {}),
    ("r->", {"r": "Scale(1,-1)"}, {}, [1, 0, 1, 0], {}),
    # custom generators
    (
        "q->q",
        generators_from({"generator": QUATERNIONS}),
        {},
        [0, 4, 0],
        {"q": QUATERNIONS},
    ),
    (
        "p->p",
        generators_from({"generator": [{"p": [["1/2", "-sqrt(3)/2"], ["sqrt(3)/2", "1/2"]]}]}),
        {},
        [0, 2, 0, 2],
        {"p": HEXAGON},
    ),
    (
        "st->s",
        generators_from({"generator": [{"s": "(0 1 2)", "t": "(0 1)"}]}),
        {},
        [1, 3, 12],
        {"st": TIED},
    ),  # (63 + 9) / 6
    # products with set axes: one diagram for each
    ("abr->ar", {"r": "SO(3)"}, {"depends": ["a->b"]}, [0, 2], {}),
    ("aar->r", {"r": "O(2)"}, {}, [0, 2], {}),
    ("art->t", {"r": "O(2)", "t": "C(2)"}, {}, [1, 0, 6], {}),  # a = b or not, times 3 exchanged offsets of 4
    ("arH->H", {"r": "O(3)"}, {"sizes": {"H": 2}}, [2, 0, 12], {}),
    ("rH->r", {"r": "SO(3)"}, {"sizes": {"H": 3}}, [0, 3, 3], {}),
    ("ar->br", {"r": "O(2)"}, {"sizes": {"a": 1}}, [0, 1, 0, 1], {}),
]
NAMES = [f"{case[0]}|{','.join(map(str, case[1].values()))}|{'-'.join(case[2])}" for case in CASES]


@pytest.mark.parametrize(("text", "axes", "options", "numbers", "words"), CASES, ids=NAMES)
def test_terms_commute_are_independent_and_none_is_missing(text, axes, options, numbers, words):
    random = np.random.default_rng(0)
    given = {name: value for name, value in options.items() if name != "ordered"}
    ordered = options.get("ordered", False)
    basis = symshare.derive(text, len(numbers) - 1, axes=axes, ordered=ordered, **given)
    assert list(basis.counts) == numbers
    for order in range(len(numbers)):
        listed = basis.of_order(order)
        ansatz = symshare.taylor(text, order, axes=axes, ordered=ordered, least=order, **given)
        assert symshare.solve(ansatz).dimensions == (len(listed),)
        try:
            assert symshare.count(text, order, axes=axes, ordered=ordered, **given) == len(listed)
        except UnknownCharactersError:
            assert any(not isinstance(group, str) for group in axes.values())
        sizes = ansatz.sizes
        if not basis.signature.depends:
            check_commutes(listed, basis.signature, axes, sizes, random, words, ordered)
        check_independent(listed, basis.signature, sizes, random, ordered)


def test_lists_under_a_dependency_are_permuted_on_their_own():
    """abr->ar with a->b: every a has its own permutation of b, and all are turned by one rotation."""
    random = np.random.default_rng(0)
    turn = element("SO(3)", random)
    x = random.normal(size=(3, 2, 3, 1))
    outer = random.permutation(3)
    moved = np.stack([x[a][random.permutation(2)] for a in outer])
    sizes = {"a": 3, "b": 2, "r": 3}
    for term in symshare.derive("abr->ar", 1, axes={"r": "SO(3)"}, depends=["a->b"]):
        expected = np.einsum("rs,asp->arp", turn, value(term, [x], sizes)[outer])
        assert np.allclose(value(term, [np.einsum("rs,absp->abrp", turn, moved)], sizes), expected)


CHANNELS = [
    # text, axes, order, number of terms
    ("rH->H", {"r": "O(3)"}, 2, 1),  # dots
    ("rH->H", {"r": "O(3)"}, 3, 0),
    ("rH->H", {"r": "SO(3)"}, 3, 1),  # the triple product
    ("rH->rH", {"r": "SO(3)"}, 2, 1),  # the vector product
    ("rH->rH", {"r": "SO(3)"}, 3, 1),  # (x . y) z
    ("arH->rH", {"r": "SO(3)"}, 2, None),
    ("rH->H", {"r": "SL(3)"}, 3, 1),  # the determinant
    ("rH->H", {"r": "SL(2)"}, 2, 1),
    ("rH->H", {"r": "Sp(4)"}, 2, 1),
    ("rH->rH", {"r": "Sp(2)"}, 3, 1),
    ("rH->rH", {"r": "SO(2)"}, 3, None),
    ("rrH->H", {"r": "O(2)"}, 2, None),
    ("rH->rH", {"r": "PlaneC(3)"}, 2, 2),
    ("rH->rH", {"r": "U(2)"}, 3, None),
    ("tH->tH", {"t": "C(3)"}, 2, None),
    ("tH->H", {"t": "D(4)"}, 2, 3),
    ("tH->H", {"t": "D(4)"}, 3, None),
    ("rH->H", {"r": "Lorentz"}, 2, 1),
    ("rH->H", {"r": "Trivial(2)"}, 2, 3),
    ("u:rH,v:rH->w:rH", {"r": "SO(3)"}, 2, 3),
]


@pytest.mark.parametrize(("text", "axes", "order", "expected"), CHANNELS)
def test_with_channels_the_exchanges_of_the_terms_span_the_ordered_maps(text, axes, order, expected):
    """Every factor has channels of its own, so exchanged factors are other maps; none of the terms can be left out."""
    random = np.random.default_rng(0)
    basis = symshare.derive(text, order, axes=axes)
    listed, signature = basis.of_order(order), basis.signature
    assert expected in (None, len(listed))
    sizes = symshare.taylor(text.replace("H", ""), order, axes=axes).sizes
    width = sum(prod(shape_of(signature, tensor, sizes)) for tensor in signature.outputs)
    count = symshare.count(text, order, axes=axes, ordered=True)
    at = draw(signature, sizes, order, 3 + 2 * count // max(1, width), random)
    check_commutes(listed, signature, axes, sizes, random, {}, ordered=True)
    rows, owners = [], []
    for term in listed:
        for copies in permutations(range(order)):
            # every factor reads its input from a copy of its own; exchanging factors exchanges the copies
            own = [at[copy][which] for copy, which in zip(copies, term.factors, strict=True)]
            rows.append(value(term, own, sizes).ravel())
            owners.append(term)
    assert rank(rows) == count
    for term in listed:
        assert rank([one for one, owner in zip(rows, owners, strict=True) if owner is not term]) < count


def test_the_first_fundamental_theorem_by_its_examples():
    """Dots of O(3), the vector and the triple product of SO(3), the determinant of SL(3), the symplectic form."""
    random = np.random.default_rng(0)
    x, y, z = random.normal(size=(3, 3, 1))
    at = {"r": 3, "a": 3, "b": 3}
    (dot,) = symshare.derive("rH->H", 2, axes={"r": "O(3)"}).of_order(2)
    assert np.isclose(value(dot, [x, y], at)[0], np.dot(x[:, 0], y[:, 0]))
    (cross,) = symshare.derive("rH->rH", 2, axes={"r": "SO(3)"}).of_order(2)
    found, expected = value(cross, [x, y], at)[:, 0], np.cross(x[:, 0], y[:, 0])
    assert np.allclose(found, expected) or np.allclose(found, -expected)
    (triple,) = symshare.derive("rH->H", 3, axes={"r": "SO(3)"}).of_order(3)
    volume = np.linalg.det(np.stack([x[:, 0], y[:, 0], z[:, 0]]))
    assert np.isclose(abs(value(triple, [x, y, z], at)[0]), abs(volume))
    (determinant,) = symshare.derive("ab->", 3, axes={"a": "SL(3)", "b": "SL(3)"}).of_order(3)
    matrix = random.normal(size=(3, 3, 1))
    assert np.isclose(abs(value(determinant, [matrix] * 3, at)[0]), 6 * abs(np.linalg.det(matrix[:, :, 0])))
    (wedge,) = symshare.derive("rH->H", 2, axes={"r": "Sp(4)"}).of_order(2)
    p, q = random.normal(size=(2, 4, 1))
    area = p[0] * q[2] + p[1] * q[3] - p[2] * q[0] - p[3] * q[1]
    assert np.isclose(abs(value(wedge, [p, q], {"r": 4})[0]), abs(area[0]))
    (interval,) = symshare.derive("r->", 2, axes={"r": "Lorentz"}).of_order(2)
    found = value(interval, [p, p], {"r": 4})[0]
    assert np.isclose(abs(found), abs(p[0, 0] ** 2 - np.sum(p[1:] ** 2)))


def _orbits(points, moves):
    """The number of orbits of points under some maps."""
    root = {point: point for point in points}

    def find(point):
        while root[point] != point:
            root[point] = root[root[point]]
            point = root[point]
        return point

    for image in moves:
        for point in points:
            root[find(point)] = find(image(point))
    return len({find(point) for point in points})


@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_cyclic_and_dihedral_invariants_are_orbits_of_monomials(size):
    """Necklaces and bracelets: multisets of places around a ring."""
    for order in range(4):
        points = list(combinations_with_replacement(range(size), order))
        shift = lambda point: tuple(sorted((one + 1) % size for one in point))  # noqa: E731
        turn = lambda point: tuple(sorted(size - 1 - one for one in point))  # noqa: E731
        basis = symshare.derive("t->", order, axes={"t": f"C({size})"})
        assert basis.counts[order] == _orbits(points, [shift])
        basis = symshare.derive("t->", order, axes={"t": f"D({size})"})
        assert basis.counts[order] == _orbits(points, [shift, turn])


@pytest.mark.parametrize("text", ["a", "aa->a", "ab", "aa->"])
def test_the_symmetric_group_by_name_gives_what_a_set_axis_of_that_size_gives(text):
    for order in range(3):
        letters = {letter for letter in text if letter.islower()}
        named = symshare.derive(text, order, axes=dict.fromkeys(letters, "S(3)"))
        plain = symshare.derive(text, order, sizes=dict.fromkeys(letters, 3))
        assert [str(one) for one in named] == [str(one) for one in plain]


@pytest.mark.parametrize(("text", "order"), [("r", 3), ("rr->", 2), ("rr->rr", 1), ("ar->r", 3)])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_signed_permutations_by_diagrams_equal_orbits(text, order, size):
    """Even set partitions are the orbits of index tuples, in which every value stands an even number of times."""
    letters = {"r": size, "a": 4}
    ins, _, outs = text.partition("->") if "->" in text else (text, "", text)
    inner = list(product(*(range(letters[letter]) for letter in ins)))
    outer = list(product(*(range(letters[letter]) for letter in outs)))
    points = set()
    for out in outer:
        for factors in combinations_with_replacement(inner, order):
            seen = Counter(v for letter, v in zip(outs, out, strict=True) if letter == "r")
            for one in factors:
                seen.update(v for letter, v in zip(ins, one, strict=True) if letter == "r")
            if all(many % 2 == 0 for many in seen.values()):
                points.add((out, factors))

    def moved(letter, images):
        def image(point):
            out, factors = point
            first = tuple(images[v] if one == letter else v for one, v in zip(outs, out, strict=True))
            rest = sorted(
                tuple(images[v] if one == letter else v for one, v in zip(ins, own, strict=True)) for own in factors
            )
            return first, tuple(rest)

        return image

    moves = []
    for letter in set(ins + outs):
        n = letters[letter]
        moves += [moved(letter, [*range(1, n), 0]), moved(letter, [1, 0, *range(2, n)] if n > 1 else [0])]
    expected = _orbits(sorted(points), moves)
    assert symshare.derive(text, order, axes={"r": f"B({size})"}).counts[order] == expected


def test_products_of_independent_axes_are_products_of_diagrams():
    """One factor: no exchange, so the numbers multiply. S: 2 (a->a), O(3): 3 (rr->rr), C(4): 4 (t->t)."""
    basis = symshare.derive("arrt->arrt", 1, axes={"r": "O(3)", "t": "C(4)"})
    assert basis.counts[1] == 2 * 3 * 4
    assert all(len(term.constants) <= 1 for term in basis)


def test_ordered_terms_are_the_tensor_product():
    """Ordered maps of order k from T1 to T1 are the invariants of T(k+1): 1, 3, .. for O(3), 1 for every odd rank of SO."""
    double = [1, 0, 1, 0, 3]
    for order in range(4):
        assert symshare.derive("r->r", order, axes={"r": "O(4)"}, ordered=True).counts[order] == double[order + 1]
    assert symshare.derive("r->r", 2, axes={"r": "SO(3)"}, ordered=True).counts == (0, 1, 1)
    assert symshare.derive("r->r", 2, axes={"r": "SO(3)"}).counts == (0, 1, 0)


def test_commuting_and_ordered_numbers_for_no_group():
    """Trivial(n) leaves n * C(n + k - 1, k) coefficients, or n^(k+1) ordered ones."""
    for order in range(4):
        assert symshare.derive("r->r", order, axes={"r": "Trivial(3)"}).counts[order] == 3 * comb(2 + order, order)
    assert symshare.derive("r->r", 2, axes={"r": "Trivial(2)"}, ordered=True).counts == (2, 4, 8)


def test_terms_are_told_apart_and_in_order():
    for text, axes, options, numbers, _ in CASES:
        if not options:
            basis = symshare.derive(text, len(numbers) - 1, axes=axes)
            assert len(set(basis.terms)) == len(basis.terms)
            assert all(list(basis.of_order(k)) == sorted(basis.of_order(k)) for k in range(len(numbers)))
