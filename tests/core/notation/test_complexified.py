"""Complex dimensions: against permutations without long increasing subsequences, and random unitary matrices."""

from itertools import combinations, permutations

import numpy as np
import pytest

from symshare import SymshareError, complexified, count, signature


def longest_increase(images):
    return max(k for k in range(len(images) + 1) for some in combinations(images, k) if list(some) == sorted(some))


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("slots", [1, 2, 3, 4])
def test_maps_between_powers_of_the_plane_are_permutations_of_its_factors(size, slots):
    """Schur 1901, Weyl 1939: those without an increase longer than d; d = 2 Catalan's, d = 3 OEIS A005802."""
    expected = sum(longest_increase(images) <= size for images in permutations(range(slots)))
    for name in ("U", "SU"):
        one = complexified("u" * slots + "->" + "u" * slots, axes={"u": f"{name}({size})"})
        assert count(one, 1) == expected


@pytest.mark.parametrize(("size", "numbers"), [(2, [1, 2, 5, 14]), (3, [1, 5, 42])])
def test_invariants_of_the_special_group_are_determinants(size, numbers):
    """Standard tableaux of d equal rows: Catalan's numbers, OEIS A000108 and A005789; none under U(d)."""
    for rows, number in enumerate(numbers, 1):
        text = "u" * (size * rows) + "->"
        assert count(complexified(text, axes={"u": f"SU({size})"}), 1) == number
        assert count(complexified(text, axes={"u": f"U({size})"}), 1) == 0


def unitary(random, size, special):
    found, _ = np.linalg.qr(random.normal(size=(size, size)) + 1j * random.normal(size=(size, size)))
    return found / np.linalg.det(found) ** (1 / size) if special else found


CASES = [
    ("u->u", {"u": "SU(3)"}),
    ("uu->v", {"u": "SU(3)", "v": "dual(u)"}),
    ("uv->", {"u": "U(2)", "v": "dual(u)"}),
    ("uv->uv", {"u": "SU(2)", "v": "dual(u)"}),
    ("uw->uw", {"u": "U(2)", "w": "SU(2)"}),
    ("uuw->w", {"u": "SU(2)", "w": "U(2)"}),
    ("ur->ur", {"u": "U(2)", "r": "O(3)"}),
    ("uat->uat", {"u": "U(1)", "a": "S(3)", "t": "C(3)"}),
]


@pytest.mark.parametrize(("text", "axes"), CASES)
def test_the_complex_dimension_is_that_of_the_maps_that_random_elements_keep(text, axes):
    """Random elements of each group, as many as settle the rank; the dual has the inverse transposed."""
    random = np.random.default_rng(0)
    left, right = text.split("->")
    blocks = []
    for _ in range(6):
        moves = {}
        for letter, name in axes.items():
            size = int(name[-2]) if name[-2].isdigit() else 0
            if name.startswith(("U", "SU")):
                moves[letter] = unitary(random, size, name.startswith("S"))
            elif name.startswith("O"):
                moves[letter] = np.linalg.qr(random.normal(size=(size, size)))[0]
            elif name.startswith("dual"):
                moves[letter] = np.linalg.inv(moves[name[-2]]).T
            else:
                turn = (
                    random.permutation(size)
                    if name.startswith("S")
                    else (np.arange(size) + random.integers(size)) % size
                )
                moves[letter] = np.eye(size)[turn]
        total = np.eye(1)
        for letter in right:
            total = np.kron(total, moves[letter])
        for letter in left:
            total = np.kron(total, np.linalg.inv(moves[letter]).T)
        blocks.append(total - np.eye(len(total)))
    values = np.linalg.svd(np.vstack(blocks), compute_uv=False)
    assert count(complexified(text, axes=axes), 1) == int((values < 1e-9).sum())


def test_all_but_the_complex_axes_stays():
    given = signature("ubcrH->u", axes={"u": "U(2)", "r": "O(3)"}, depends=["b->c"], sizes={"b": 4, "H": 2})
    found = complexified(given)
    assert str(found) == str(given)
    assert found.depends == given.depends
    assert dict(found.sizes) == {"u": 2, "r": 3, "b": 4, "H": 2}
    assert {letter: str(group) for letter, group in found.groups} == {"u": "GL(2)", "r": "O(3)"}


@pytest.mark.parametrize(
    ("text", "axes"), [("ab", None), ("r->r", {"r": "O(3)"}), ("rs", {"r": "GL(2)", "s": "dual(r)"})]
)
def test_a_signature_without_a_complex_axis_is_refused(text, axes):
    with pytest.raises(SymshareError) as caught:
        complexified(text, axes=axes)
    cure = "give an axis the group U(d) or SU(d): axes={'u': 'U(2)'}"
    assert str(caught.value) == f"{text!r} has no complex axis\n  {cure}"
