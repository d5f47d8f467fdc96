from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from symshare.core.terms.canonical import canonical
from tests.oracle import least_form

DIAGRAMS = st.tuples(
    st.lists(st.integers(0, 4), max_size=3),
    st.lists(st.tuples(st.integers(0, 1), st.tuples(st.integers(0, 4), st.integers(0, 4))), max_size=5),
)


@settings(max_examples=300)
@given(DIAGRAMS, st.randoms(use_true_random=False))
def test_renaming_and_exchange_give_one_form(diagram, random):
    output, factors = diagram
    names = list(range(5))
    random.shuffle(names)
    exchanged = [(kind, tuple(names[node] for node in nodes)) for kind, nodes in factors]
    random.shuffle(exchanged)
    renamed = [names[node] for node in output]
    assert canonical(output, factors) == canonical(renamed, exchanged)


@settings(max_examples=300)
@given(DIAGRAMS)
def test_the_form_is_the_same_diagram_and_its_own_form(diagram):
    output, factors = diagram
    found = canonical(output, factors)
    assert least_form(*found) == least_form(output, factors)
    assert canonical(*found) == found


@settings(max_examples=300)
@given(DIAGRAMS, DIAGRAMS)
def test_different_diagrams_have_different_forms(one, two):
    assert (canonical(*one) == canonical(*two)) == (least_form(*one) == least_form(*two))


def test_graphs_that_colour_refinement_cannot_tell_apart():
    """The hexagon and two triangles: all indices alike, not isomorphic."""
    hexagon = [(0, (place, (place + 1) % 6)) for place in range(6)]
    triangles = [(0, (0, 1)), (0, (1, 2)), (0, (2, 0)), (0, (3, 4)), (0, (4, 5)), (0, (5, 3))]
    assert canonical((), hexagon) != canonical((), triangles)
    for order in list(permutations(range(6)))[::97]:
        assert canonical((), [hexagon[place] for place in order]) == canonical((), hexagon)


def test_many_equal_parts_do_not_multiply_the_work():
    """Twelve separate pairs have 12! 2^12 orders; each is one orbit of the search."""
    pairs = [(0, (2 * place, 2 * place + 1)) for place in range(12)] + [
        (0, (2 * place, 2 * place + 1)) for place in range(12)
    ]
    assert len(canonical((), pairs)[1]) == 24
