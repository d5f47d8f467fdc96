"""How tensors are read and written: every linear term is one way to read that meets one way to write."""

import pytest

import symshare
from symshare.codegen.tables.forms import forms_of
from tests import zoo

CASES = [
    *((text, [], {}) for text in (*zoo.PLAIN, "abcH,cabH,aaH,H->aH,abcH", "aabbH", "aaabH->baaH", "->ab", "ab->")),
    *((text, ["a->b"], {}) for text in (*zoo.NESTED, "aabbH->baH", "abbH")),
    *((text, ["a->b", "b->c"], {}) for text in zoo.TWICE),
    *((text, depends, zoo.latent_sizes(sizes)) for text, depends, sizes, _ in zoo.STACKED),
]


@pytest.mark.parametrize(("text", "depends", "sizes"), CASES)
def test_forms_that_meet_are_the_terms_that_characters_count(text, depends, sizes):
    """`count` averages over permutations; of latent parents the number of lists is left out, as weights have it."""
    if not zoo.has_free_channels(depends, sizes):
        return
    one = symshare.signature(text, depends=depends, sizes=sizes)
    forms = forms_of(one.stacked())
    if one.latent_parents:
        assert forms.terms == tuple(symshare.derive(one.stacked(), 1).counts)
    else:
        assert forms.terms == (symshare.count(one, 0), symshare.count(one, 1))


@pytest.mark.parametrize("layers", range(2, 7))
def test_a_perceptron_has_the_number_that_is_known(layers):
    """4 L^2 + 12 L - 4, the dimension of the equivariant linear maps on the weights and biases of L layers, and constants."""
    text = ",".join(f"W{n}:(h{n + 1} h{n}),b{n}:(h{n + 1})" for n in range(layers))
    assert sum(forms_of(symshare.signature(text)).terms) == 4 * layers**2 + 12 * layers - 4


def test_tensors_are_of_a_kind_up_to_the_names_of_their_axes():
    forms = forms_of(symshare.signature("W:(in hidden),V:(hidden out),b:(hidden)->V:(hidden out)"))
    assert [kind.letters for kind in forms.inputs] == ["ab", "ab", "a"]
    # of W only what the output has axes of is read
    assert [[str(form) for form in kind.forms] for kind in forms.inputs] == [
        ["ij->j", "ij->"],
        ["ij->ij", "ij->i", "ij->j", "ij->"],
        ["i->i", "i->"],
    ]
    assert [*forms.named(forms.inputs).items()] == list(zip(forms.inputs, ["ab", "ab2", "a"], strict=True))


@pytest.mark.parametrize("text", ["abH,baH->abH", "W:(h1 h0),V:(h0 h1)->(h1 h0)"])
def test_axes_meet_in_one_order(text):
    forms = forms_of(symshare.signature(text))
    assert [str(kind.forms[0]) for kind in forms.inputs] == ["ij->ij", "ij->ji"]


def test_lists_that_hang_on_each_other_in_two_ways_are_told():
    """Of two values of a with two of b the latter may hang on one or on both."""
    one = symshare.signature("aabbH,aabH->aabbH", depends=["a->b"])
    two = symshare.signature("ababH,aabbH->ababH", depends=["a->b"])
    found = [forms_of(each) for each in (one, two)]
    assert [each.terms for each in found] == [(symshare.count(each, 0), symshare.count(each, 1)) for each in (one, two)]
    assert (found[0].plain, found[1].plain) == (True, False)
    with pytest.raises(symshare.SymshareError, match="hang on each other in different ways"):
        symshare.emit(two, form="tables")
