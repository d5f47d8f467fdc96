"""Sharing patterns are orbits of index tuples."""

from itertools import permutations, product

import numpy as np
import pytest

import symshare
from symshare import SymshareError, TooLargeError, sharing_pattern
from symshare.core.bases.pattern import pattern_terms


def test_a_sharing_pattern_is_the_orbits_of_index_pairs():
    """Label by label against the equality pattern of (output index, input index)."""
    pattern = symshare.sharing_pattern("aa", sizes={"a": 4})
    labels = {}
    for place in pattern.ravel().nonzero()[0]:
        index = tuple(int(value) for value in np.unravel_index(place, pattern.shape))
        shape = tuple(index.index(value) for value in index)
        labels.setdefault(shape, set()).add(int(pattern[index]))
    assert len(labels) == 15
    assert all(len(found) == 1 for found in labels.values())
    assert len(set.union(*labels.values())) == 15


@pytest.mark.parametrize(
    ("text", "sizes", "depends"),
    [
        ("a->a", {"a": 4}, ()),
        ("ab->ba", {"a": 3, "b": 2}, ()),
        ("aa->a", {"a": 3}, ()),
        ("->aa", {"a": 3}, ()),
        ("aab->b", {"a": 2, "b": 3}, ()),
        ("ab->ab", {"a": 3, "b": 2}, ("a->b",)),
        ("ab->a", {"a": 2, "b": 2}, ("a->b",)),
    ],
)
def test_equal_labels_are_orbits_under_every_permutation(text, sizes, depends):
    """Every element of the group is tried; below a parent each list has its own permutation."""
    inner, outer = text.split("->")
    letters = sorted(set(text) - set("->"), key=lambda letter: letter != "a")
    axes = outer + inner
    found = sharing_pattern(symshare.signature(text, depends=depends), sizes=sizes)
    groups = [list(permutations(range(sizes[letter]))) for letter in letters]
    if depends:
        groups[1] = list(product(groups[1], repeat=sizes["a"]))  # one for each a

    def moved(place, chosen):
        image = []
        for at, letter in enumerate(axes):
            own = chosen[letters.index(letter)]
            if depends and letter == "b":
                own = own[place[0 if at < len(outer) else len(outer)]]
            image.append(own[place[at]])
        return tuple(image)

    places = list(np.ndindex(*found.shape))
    orbits = {frozenset(moved(place, chosen) for chosen in product(*groups)) for place in places}
    assert {frozenset(place for place in places if found[place] == label) for label in set(found.ravel())} == orbits
    assert set(found.ravel()) == set(range(1, len(orbits) + 1))


def test_orbits_are_numbered_as_their_terms_are():
    """The label at (output, input) is that of the finest term whose indices are equal there."""
    listed = pattern_terms("aa->aa")
    pattern = sharing_pattern("aa->aa")
    for number, term in enumerate(listed, 1):
        slots = (*term.output_indices, *term.factor_indices[0])
        assert pattern[slots] == number


def test_other_groups_have_signs_and_zeros():
    """A quarter of a turn: c = a + b J; a mirror keeps what does not change its sign."""
    assert sharing_pattern(symshare.signature("r->r", axes={"r": "PlaneC(4)"})).tolist() == [[1, 2], [-2, 1]]
    mirror = symshare.generators_from({"generator": [{"r": [[1, 0], [0, -1]]}]})
    assert sharing_pattern(symshare.signature("r->r", axes=mirror)).tolist() == [[1, 0], [0, 2]]


@pytest.mark.parametrize(
    ("text", "sizes", "kind", "said"),
    [
        ("a,b->a", {}, SymshareError, "for one input and one output; 'a,b->a' has more"),
        ("a->a,b", {}, SymshareError, "for one input and one output"),
        ("H", {}, SymshareError, "'H' has no permuted axis, so that no entries share a coefficient"),
        (
            "aa->aa",
            {"a": 100},
            TooLargeError,
            "the pattern has 100,000,000 entries, over 20,000,000\n  give smaller sizes",
        ),
    ],
)
def test_what_has_no_pattern_is_refused(text, sizes, kind, said):
    with pytest.raises(kind, match=said):
        sharing_pattern(text, sizes=sizes)
