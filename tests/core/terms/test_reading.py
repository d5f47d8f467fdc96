"""Reading terms from their einsum strings: each mistake has an error of its own, with its place."""

import pytest

from symshare import NotationError, Term, signature


@pytest.mark.parametrize(
    ("written", "factors", "indices", "order"),
    [
        ("()->a", (1,), ((),), 1),
        ("->a", (), (), 0),
        ("a,->a", (0, 1), ((0,), ()), 2),
        (",a->a", (0, 1), ((0,), ()), 2),
        ("a,()->b", (0, 1), ((0,), ()), 2),
        (",,->a", (1, 1, 1), ((), (), ()), 3),
    ],
)
def test_scalars_are_read(written, factors, indices, order):
    found = Term.from_einsum(signature("a,->a"), written)
    assert (found.factors, found.factor_indices, found.order) == (factors, indices, order)


@pytest.mark.parametrize(
    ("text", "einsum", "problem"),
    [
        ("ab", "ab", "does not have one arrow"),
        ("ab", "ab->ab->ab", "does not have one arrow"),
        ("ab", "abc->ab", "with 3 axes"),
        ("ab", "ab->a", "with 1 axis"),
        ("ab", "ab->ba", "on the axes"),
        ("ab", "a1->ab", "where axis 'b' is"),
        ("ab", "a b->ab", "in it"),
        ("aH", "aK->aH", "where the latent axis 'H' is"),
        ("ab", "ab,,ab->ab", "with 0 axes"),
    ],
)
def test_what_is_no_term_is_refused(text, einsum, problem):
    with pytest.raises(NotationError, match=problem):
        Term.from_einsum(signature(text), einsum)


def test_what_a_dependency_forbids_is_refused():
    """SEEDS: with a->b, `ab,cb->cb` is not allowed; with b->a it is."""
    with pytest.raises(NotationError, match="under two indices of 'a'"):
        Term.from_einsum(signature("ab", depends=["a->b"]), "ab,cb->cb")
    assert str(Term.from_einsum(signature("ab", depends=["b->a"]), "ab,cb->cb")) == "ab,cb->ab"


def test_a_value_beyond_a_latent_axis_is_refused():
    with pytest.raises(NotationError, match="where the latent axis 'H' is"):
        Term.from_einsum(signature("aH->", sizes={"H": 2}), "a2->")


# the signature, what is written, options, the problem, the place of the caret, a piece of the cure
MISTAKES = [
    ("ab", 7, {}, "is not a text", 0, "write a term as 'ab,cb->ac'"),
    ("ab", "ab->ab", {"factors": 1}, "is given factors=1", 0, "factors=(0, 1)"),
    ("ab", "ab,cb", {}, "does not have one arrow", 0, "write a term as 'ab,cb->ac'"),
    ("ab", "ab,cb->ab", {"factors": (0,)}, "has 2 factors, not 1", 0, "as many numbers as the term has factors: 2"),
    ("ab", "ab->ab", {"factors": (0, 0)}, "has 1 factor, not 2", 0, "as many numbers as the term has factors: 1"),
    ("a,b->a", "a->a", {}, "has 'a', which may be any of 'a,b'", 0, "say which, from 0: factors=(0, ..), output=0"),
    ("a->a,a", "a->a", {}, "has 'a', which may be any of 'a,a'", 3, "output=0 (--factors 0,1 --output 0)"),
    ("ab,b->a", "a,ab->a", {"factors": (1, 1)}, "has 'ab', which is not tensor 1 of 'ab,b'", 2, "match its axes"),
    ("ab,b->a", "ab->a", {"factors": (5,)}, "has 'ab', which is not tensor 5 of 'ab,b'", 0, "match its axes"),
    ("ab->a", "ab,abc->a", {}, "has 'abc' with 3 axes", 3, "the signature has 'ab'"),
    ("ab", "ab,a?c->ab", {}, "has '?' in it", 4, "write letters, ',' and '->' only"),
    ("ab", "ab->ac!", {}, "has '!' in it", 6, "write letters, ',' and '->' only"),
    ("ab", "ab->2b", {}, "has '2' where axis 'a' is", 4, "write a letter"),
    ("aH", "aH->aK", {}, "has 'K' where the latent axis 'H' is", 5, "write 'H'"),
    ("ab", "ab,cb->bc", {}, "has 'b' on the axes 'b' and 'a'", 7, "an index runs over one axis"),
]


@pytest.mark.parametrize(("text", "written", "options", "problem", "place", "cure"), MISTAKES)
def test_each_mistake_is_pointed_at_and_has_its_cure(text, written, options, problem, place, cure):
    with pytest.raises(NotationError) as caught:
        Term.from_einsum(signature(text), written, **options)
    assert caught.value.problem == problem
    assert caught.value.position == place
    assert cure in caught.value.cure
    assert len(str(caught.value).split("\n")) == 3


@pytest.mark.parametrize("value", ["2", "9", "(2)", "(99999999999999999999)", "b"])
def test_every_value_beyond_a_latent_axis_is_refused_with_those_it_has(value):
    with pytest.raises(NotationError, match=r"write one of its values, 0 to 1$") as caught:
        Term.from_einsum(signature("aH->", sizes={"H": 2}), f"a0,a{value}->")
    assert caught.value.position == 4


def test_a_dependency_is_held_whichever_tensor_comes_first():
    one = signature("ab,a->ab", depends=["a->b"])
    with pytest.raises(NotationError, match="has 'b' under two indices of 'a'") as caught:
        Term.from_einsum(one, "ab,c->cb")
    assert caught.value.position == 7
    assert caught.value.cure == "with 'a->b' an index of 'b' belongs to one index of 'a'"


@pytest.mark.parametrize(
    ("text", "sizes", "written", "indices", "output", "latents"),
    [
        ("ab", {}, "xy,zy->xw", ((0, 1), (2, 1)), (0, 3), ((), ())),
        ("aa->a", {}, "pq,qp->p", ((0, 1), (1, 0)), (0,), ((), ())),
        ("aHb->bH", {"H": 12}, "a(11)b,c3b->b0", ((0, 1), (2, 1)), (1,), ((11,), (3,))),
        ("aH", {}, "aH,bH->bH", ((0,), (1,)), (1,), ((), ())),
    ],
)
def test_indices_are_numbered_by_first_appearance(text, sizes, written, indices, output, latents):
    found = Term.from_einsum(signature(text, sizes=sizes), written, ordered=True)
    assert (found.factor_indices, found.output_indices, found.factor_latents) == (indices, output, latents)
