"""The terms of a layer: of a text, a Signature, a basis or poolings."""

import pytest
from click.testing import CliRunner
from symshare_cli.main import main

import symshare
from symshare import SymshareError, TooLargeError, derive, pools, signature
from symshare.core.notation.orders import USUAL_ORDER
from symshare.plans.choices import MOST_TERMS
from symshare.plans.sources import poolings_of, terms_of


@pytest.mark.parametrize("order", [None, 1, 2, 3])
def test_a_text_is_its_basis_to_the_order(order):
    found = terms_of("abH", order=order, depends=["a->b"])
    assert found == derive("abH", order or 1, depends=["a->b"])
    assert terms_of(signature("abH"), order=order, depends="a->b") == terms_of(found) == found


@pytest.mark.parametrize("order", [None, 0, 1, 2, 3])
def test_for_a_pooling_layer_it_is_its_irreducible_poolings(order):
    found = terms_of("abH", "pooling", order=order, sizes={"a": 3})
    assert found == pools("abH", order or 1, sizes={"a": 3})
    assert terms_of(found, "pooling", sizes={"a": 3}) == terms_of(found) == found


def test_a_basis_made_into_a_pooling_layer_keeps_its_terms():
    basis = derive("abH", 2)
    assert terms_of(basis, "pooling") is basis


def test_only_names_the_products_to_keep():
    assert terms_of("abH", order=3, only="ab,cb,cd->ad") == derive("abH", 3).only("ab,cb,cd->ad")
    assert terms_of(derive("abH", 2), only=["ab,ab->ab"]).counts == (1, 4, 1)
    assert terms_of("abH", "pooling", only=["ab,ab->ab", "ab->ab"]).counts == (1, 1)


def test_more_terms_than_a_layer_has_are_refused_before_they_are_listed():
    with pytest.raises(TooLargeError, match="over the limit of 4,000"):
        symshare.plan("aabH", order=4)
    assert len(terms_of("a", order=1, max_terms=3)) == 3
    with pytest.raises(TooLargeError, match="over the limit of 2"):
        terms_of("a", order=1, max_terms=2)


def test_options_that_are_not_those_of_poolings_are_refused():
    found = pools("ab", 2, sizes={"a": 3})
    assert poolings_of(found, 2, sizes={"a": 3}) is found
    for wrong in ({"order": 3}, {"sizes": {"a": 4}}, {"sizes": {"b": 4}}, {"depends": ["a->b"]}):
        with pytest.raises(SymshareError):
            poolings_of(found, **wrong)
    with pytest.raises(SymshareError, match="in any order"):
        terms_of(found, ordered=True)


@pytest.mark.parametrize("wrong", ["x", -1, 1.5, True])
@pytest.mark.parametrize("kind", [None, "pooling"])
def test_what_is_no_order_is_refused(kind, wrong):
    with pytest.raises(SymshareError, match=r"is not an order|is a negative order"):
        terms_of("ab", kind, order=wrong)


@pytest.mark.parametrize("wrong", [{"nonsense": 3}, {"nonsense": None}, {"orders": 2}])
def test_a_name_that_is_no_option_is_refused(wrong):
    for make in (symshare.plan, symshare.emit, symshare.costs):
        with pytest.raises(TypeError, match="unexpected keyword argument"):
            make("ab", **wrong)


def test_the_command_line_has_the_same_usual_order_and_limit():
    done = CliRunner().invoke(main, ["emit", "-s", "abH"])
    assert done.stdout == symshare.emit("abH") == symshare.emit("abH", order=USUAL_ORDER)
    (limit,) = [one for one in main.commands["emit"].params if one.name == "max_terms"]
    assert limit.default == MOST_TERMS
