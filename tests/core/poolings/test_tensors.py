"""Invariant tensors by their entries, beside numpy's contractions of the tensors of terms."""

import numpy as np
import pytest

import symshare
from symshare.core.notation.reading import signature
from symshare.core.poolings.matchings import Matchings
from symshare.core.poolings.tensors import Tensors, tied_of
from symshare.core.terms.evaluation import evaluate

CASES = [("r", {"r": "SO(3)"}), ("r", {"r": "C(4)"}), ("r", {"r": "B(3)"}), ("r", {"r": "Cube"}), ("r", {"r": "U(1)"})]


def dense(term, size):
    """The coefficient tensor of a term of r, by its values on unit vectors."""
    unit = np.eye(size, dtype=int)
    columns = [range(size)] * term.order
    found = np.zeros([size] * (term.order + 1))
    for place in np.ndindex(*map(len, columns)):
        found[(slice(None), *place)] = evaluate(term, *(unit[one] for one in place))
    return found


@pytest.mark.parametrize(("text", "axes"), CASES)
def test_compositions_are_contractions(text, axes):
    one = signature(text, axes=axes)
    tied, size = Tensors(one), one.size("r")
    outer, inner, whole = ((0,) * number for number in (3, 2, 3))
    listed = {
        kinds: [_term(one, tied, kinds, number) for number in range(len(tied.chosen(kinds)))]
        for kinds in (outer, inner)
    }
    found = tied.plugged(outer, inner, 1)
    for at, first in enumerate(listed[outer]):
        for number, second in enumerate(listed[inner]):
            wanted = np.einsum("abc,cd->abd", dense(first, size), dense(second, size))
            made = sum(
                (int(value) if value < 2**30 else int(value) - 2147145001) * dense(term, size)
                for value, term in zip(found[at, number], listed[whole], strict=True)
            )
            assert np.array_equal(made if listed[whole] else np.zeros_like(wanted), wanted)


def _term(one, tied, kinds, number):
    from symshare.core.terms.exchanges import numbered

    indices, constants = tied.indices(kinds, tied.chosen(kinds)[number])
    labels = [[index] for index in indices]
    return numbered(one, 0, [(0, ())] * (len(kinds) - 1), labels[1:], labels[0], constants)


@pytest.mark.parametrize(("text", "axes"), CASES)
def test_as_many_are_chosen_as_are_counted(text, axes):
    one = signature(text, axes=axes)
    for order in (1, 2, 3):
        assert len(Tensors(one).chosen((0,) * (order + 1))) == symshare.count(one, order, ordered=True)


@pytest.mark.parametrize(
    ("axes", "order", "kind"),
    [
        ({"r": "O(3)"}, 9, Matchings),
        ({"r": "Lorentz"}, 3, Matchings),
        ({"r": "Sp(2)"}, 3, Matchings),
        ({"r": "GL(2)"}, 3, Matchings),
        ({"r": "SO(8)"}, 3, Matchings),
        ({"r": "SO(3)"}, 2, Tensors),
        ({"r": "SL(2)"}, 2, Tensors),
        ({"r": "C(3)"}, 2, Tensors),
        ({}, 2, Matchings),
    ],
)
def test_diagrams_serve_where_pairs_are_all(axes, order, kind):
    assert type(tied_of(signature("r" if axes else "a", axes=axes), order)) is kind


def test_floats_and_too_large_tensors_are_refused():
    mirror = symshare.generators_from({"sizes": {"r": 2}, "generator": [{"r": [[1, 0.3], [0, -1]]}]})
    with pytest.raises(symshare.SymshareError, match="floats, so that no rank is exact") as caught:
        symshare.pools("r", 2, axes=mirror)
    assert "rule='none'" in str(caught.value)
    with pytest.raises(symshare.TooLargeError, match="of 65,536 entries") as caught:
        symshare.pools("rr", 3, axes={"r": "SO(4)"})
    assert "rule='none'" in str(caught.value)


@pytest.mark.parametrize("kind", ["signs", "large", "moved"])
def test_products_modulo_the_prime_are_exact(kind):
    from symshare.core.algebra.primes import PRIME
    from symshare.core.poolings.tensors import _product

    random = np.random.default_rng(0)
    one = random.integers(0, PRIME, (5, 6)) if kind != "signs" else random.integers(-1, 2, (5, 6)) % PRIME
    other = random.integers(0, PRIME, (6, 4)) if kind == "large" else random.integers(-1, 2, (6, 4)) % PRIME
    if kind == "moved":
        other = np.eye(6, dtype=np.int64)[random.permutation(6)] * (PRIME - 2)
    wanted = (one.astype(object) @ other.astype(object)) % PRIME
    assert np.array_equal(_product(one, other), wanted.astype(np.int64))
