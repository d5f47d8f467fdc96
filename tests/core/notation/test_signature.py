"""A signature's own words for its axes, each against the text that it was read from."""

import pickle

import pytest

from symshare import NotationError, Signature, count, signature
from symshare.core.notation.tensor import Tensor


def test_equal_signatures_are_equal_and_hash_equal():
    pairs = [
        (signature("abH"), signature("abH->abH")),
        (signature("abc", depends=["a->b", "b->c"]), signature("abc", depends=["b->c", "a->b"])),
        (signature("abc", depends="a->b,b->c"), signature("abc", depends=("a->b", "b->c", "a->b"))),
        (signature("ab", sizes={"a": 3, "b": 2}), signature("ab", sizes={"b": 2, "a": 3})),
        (signature("ab", axes={"a": "S(3)"}), signature("ab", sizes={"a": 3})),
    ]
    for one, two in pairs:
        assert one == two
        assert hash(one) == hash(two)
        assert pickle.loads(pickle.dumps(one)) == two
    assert signature("ab") != signature("ba")
    assert signature("ab") != signature("ab", depends=["a->b"])
    assert signature("ab") != signature("ab", sizes={"a": 2})


def test_a_signature_is_taken_as_it_is_and_added_to():
    base = signature("ab", depends=["a->b"], sizes={"a": 2})
    assert signature(base) == base
    assert dict(signature(base, sizes={"b": 4}).sizes) == {"a": 2, "b": 4}
    with pytest.raises(NotationError, match="contradicts the signature, whose a has the size 2"):
        signature(base, sizes={"a": 5})


def test_what_is_left_of_a_signature_without_its_latent_axes_is_taken():
    """One scalar, which has no text of its own."""
    assert count(signature("H").without_latents(), 3) == 1
    assert str(signature("H").without_latents()) == "->"


TEXTS = ["abH->aH", "aHb,Kc->cbK", "a,->a", "W:baH,v:bK->W:abK", "->ab", "aab,bcH->HcKa", "H->K", "s:,Ha->"]
SIZES = [{}, {"H": 2}, {"K": 3}, {"H": 2, "K": 3}]


def first_seen(text, wanted):
    """The letters of a kind in a text without names, each once."""
    return tuple(dict.fromkeys(letter for letter in text if getattr(letter, wanted)()))


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("text", TEXTS)
def test_letters_latents_and_channels_are_read_off_the_text(text, sizes):
    sizes = {letter: size for letter, size in sizes.items() if letter in text}
    one = signature(text, sizes=sizes)
    bare = text.replace("W:", "").replace("v:", "").replace("s:", "")
    assert ["".join(tensor.axes) for tensor in one] == bare.replace("->", ",").split(",")
    assert one.set_axes == first_seen(bare, "islower")
    assert one.latent_axes == first_seen(bare, "isupper")
    assert "".join(one.channels) == "".join(letter for letter in one.latent_axes if letter not in sizes)
    left = bare.split("->")[0]
    assert one.has_channels == any(letter.isupper() and letter not in sizes for letter in left)
    for tensor in one:
        assert tensor.set_axes == tuple(filter(str.islower, tensor.axes))
        assert tensor.latent_axes == tuple(filter(str.isupper, tensor.axes))
        assert "".join(one.sized_latents(tensor)) == "".join(letter for letter in tensor.axes if letter in sizes)
        assert sorted(one.free_latents(tensor) + one.sized_latents(tensor)) == sorted(tensor.latent_axes)
        kept = tuple(letter for letter in tensor.axes if letter.islower() or letter in sizes)
        assert one.without_channels(tensor) == Tensor(kept)
    for dropped in (None, "H", "K", ""):
        gone = "HK" if dropped is None else dropped
        other = one.without_latents(dropped)
        assert [tensor.axes for tensor in other] == [
            tuple(letter for letter in tensor.axes if letter not in gone) for tensor in one
        ]
        assert [tensor.name for tensor in other] == [tensor.name for tensor in one]
        assert dict(other.sizes) == {letter: size for letter, size in sizes.items() if letter not in gone}


def test_groups_bases_and_blocks():
    """An axis and its dual move together, and so do axes that one generator moves."""
    one = signature("abrsPt->", axes={"r": "GL(3)", "s": "dual(r)", "t": "C(4)"}, sizes={"a": 2})
    assert one.symmetric_axes == ("a", "b")
    assert sorted(one.blocks) == [("r", "s"), ("t",)]
    assert [one.base(letter) for letter in "abrst"] == ["a", "b", "r", "r", "t"]
    assert [one.size(letter) for letter in "abrstP"] == [2, None, 3, 3, 4, None]
    assert one.group("a") is None
    assert str(one.group("t")) == "C(4)"


def test_an_arrow_is_written_where_it_was_and_where_it_must_be():
    assert str(signature("ab")) == "ab"
    assert str(signature("ab->ab")) == "ab->ab"
    left = signature("ab").inputs
    assert str(Signature(left, (Tensor(("a",)),), arrow=False)) == "ab->a"
    assert str(Signature((), (), arrow=False)) == "->"
