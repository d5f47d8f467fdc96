"""The same symmetry in letters and in words: the same terms, counts, words, costs, poolings, null spaces, plans and values."""

import json
import re

import numpy as np
import pytest

import symshare
from symshare import count, derive, signature
from symshare.plans.interpret import interpret
from tests import zoo

SIZES = [("aH->aH", {"H": 2}), ("aHK->aK", {"H": 11}), ("ab,b->ab", {"a": 2, "b": 3}), ("aS->S", {"a": 3, "S": 2})]
NAMED = ["W:ab,v:b->W:ab", "a,->a", "s:,v:a->s:", "W:baH,v:aH", ",aab->b", "->ab", "ab->"]
PAIRS = [
    *((signature(text), 2) for text in (*zoo.PLAIN, *NAMED)),
    *((signature(text, depends=["a->b"]), 2) for text in zoo.NESTED),
    *((signature(text, depends=["a->b", "b->c"]), 1) for text in zoo.TWICE),
    *((signature(text, sizes=sizes), 2) for text, sizes in SIZES),
    *(
        (zoo.signature(text, family), 1 if text.count("r") > 1 else 2)
        for family in zoo.FAMILIES
        for text in ("rH->rH", "arH->arH", "rrH->H", "rrH->arH")
    ),
]
MOST = 400


@pytest.fixture(scope="module", params=PAIRS, ids=lambda pair: f"{pair[0]}{dict(pair[0].groups) or ''}{pair[1]}")
def bases(request):
    one, order = request.param
    other = zoo.in_words(one)
    try:
        first = derive(one, order, max_terms=MOST)
    except symshare.TooLargeError:
        order = 1
        first = derive(one, order)
    return first, derive(other, order)


def test_both_forms_have_the_same_terms(bases):
    """Diagrams number tensors and indices, so that they are equal but for the signature."""
    one, other = bases
    assert len(one) == len(other)
    for first, second in zip(one, other, strict=True):
        assert first.sort_key[:-1] == second.sort_key[:-1]
        assert [(constant.nonzeros, legs) for constant, legs in first.constants] == [
            (constant.nonzeros, legs) for constant, legs in second.constants
        ]
        assert list(second.index_axes) == [zoo.WORDS[axis] for axis in first.index_axes]
        assert list(second.averaged_indices) == list(first.averaged_indices)
    assert len(one.notes) == len(other.notes)


def test_both_forms_are_counted_alike(bases):
    one, other = bases
    for order in range(one.order + 1):
        try:
            wanted = count(one.signature, order)
        except symshare.SymshareError:
            continue
        assert count(other.signature, order) == wanted


def test_every_term_in_words_is_read_back_from_its_text(bases):
    """Where tensors are alike their numbers tell which."""
    _, other = bases
    for term in other:
        text = str(term)
        assert text.count("(") == text.count(")")
        found = symshare.term(other.signature, text, factors=term.factors, output=term.output)
        assert found == term
        assert str(found) == text
        assert term.names() == tuple(dict.fromkeys(term.names())) or term.offsets()


def test_indices_in_words_are_told_apart(bases):
    """No index has the name of another axis, and the first on an axis has its name."""
    _, other = bases
    axes = {*other.signature.set_axes, *other.signature.latent_axes}
    for term in other:
        seen = dict(zip(term.names(), term.index_axes, strict=True))
        for name, axis in seen.items():
            assert name == axis or (name not in axes and re.fullmatch(rf"{axis}_?[0-9]+", name))


def test_words_and_latex_and_json_say_the_same_of_both_forms(bases):
    one, other = bases
    first, second = one.to_dict(), other.to_dict()
    for mine, theirs in zip(first["terms"], second["terms"], strict=True):
        assert {key: mine[key] for key in ("order", "inputs", "output")} == {
            key: theirs[key] for key in ("order", "inputs", "output")
        }
        assert len(mine["words"].split(", ")) == len(theirs["words"].split(", "))
    assert first["counts"] == second["counts"]
    assert json.loads(other.to_json()) == second
    assert len(one.latex().splitlines()) == len(other.latex().splitlines())
    assert other.latex().count("{") == other.latex().count("}")
    assert not re.search(r"(?<!\\)_[^{]", other.latex())


EXACT = [pair for pair in PAIRS if not any(group.size > 4 or not group.exact for _, group in pair[0].groups)]


@pytest.mark.parametrize(("one", "order"), EXACT[:40:2], ids=str)
def test_certificates_and_null_spaces_are_alike(one, order):
    other = zoo.in_words(one)
    first, second = (derive(form, 1, certified=True) for form in (one, other))
    assert second.certificate.ok
    assert [own.rank for own in first.certificate.orders] == [own.rank for own in second.certificate.orders]
    assert {zoo.WORDS[axis]: size for axis, size in first.certificate.sizes} == dict(second.certificate.sizes)
    solved = [symshare.solve(symshare.taylor(form, 1)) for form in (one, other)]
    assert solved[0].dimensions == solved[1].dimensions


def drawn(plan, seed=0):
    """Parameters of a plan and inputs with a channel number of each tensor's own."""
    random = np.random.default_rng(seed)
    numbers = {("in", n): 2 + n for n in range(9)} | {("out", n): 3 + n for n in range(9)} | {("rank", 0): 2}
    lengths = {axis: plan.signature.size(axis) or 2 + place for place, axis in enumerate(plan.signature.set_axes)}
    shapes = [
        [one if isinstance(one, int) else numbers[one.side, one.number] for one in parameter.shape]
        for parameter in plan.parameters
    ]
    inputs = [
        random.normal(size=(2, *(lengths[axis] for axis in tensor.set_axes), 2 + number))
        for number, tensor in enumerate(plan.signature.inputs)
    ]
    values = [random.normal(size=shape) for shape in shapes]
    return dict(zip([one.name for one in plan.parameters], values, strict=True)), inputs, lengths


OPTIONS = [{}, {"reduce": "sum", "normalise_scale": True}, {"normalise_factors": True, "coefficients": "full"}]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_plans_of_both_forms_are_the_same_steps_with_the_same_values(bases, options):
    one, other = bases
    order = 1 if len(one) > 60 else one.order
    try:
        first = symshare.plan(derive(one.signature, order), kind="polynomial", check=True, **options)
    except symshare.SymshareError as error:
        with pytest.raises(type(error)):
            symshare.plan(derive(other.signature, order), kind="polynomial", check=True, **options)
        return
    second = symshare.plan(derive(other.signature, order), kind="polynomial", check=True, **options)
    assert [step.op for step in first.steps] == [step.op for step in second.steps]
    assert [one.shape for one in first.parameters] == [one.shape for one in second.parameters]
    weights, inputs, lengths = drawn(first)
    theirs = dict(zip([one.name for one in second.parameters], weights.values(), strict=True))
    sizes = {zoo.WORDS[axis]: length for axis, length in lengths.items()}
    values = interpret(first, weights, inputs, sizes=lengths)
    for mine, own in zip(values, interpret(second, theirs, inputs, sizes=sizes), strict=True):
        assert np.array_equal(mine, own)


TYPES = ["ab", "aab", "a,ab", "abH", "aabb", ",a"]


@pytest.mark.parametrize("depends", [(), ("a->b",)])
@pytest.mark.parametrize("text", TYPES)
def test_poolings_and_explanations_are_alike(text, depends):
    depends = depends if "b" in text and ",a" not in text else ()
    one = signature(text, depends=depends)
    other = zoo.in_words(one)
    first, second = symshare.pools(one, 3), symshare.pools(other, 3)
    assert first.counts == second.counts
    assert [(term.factors, term.factor_indices, term.output_indices) for term in first] == [
        (term.factors, term.factor_indices, term.output_indices) for term in second
    ]
    lengths = {axis: 7 + place for place, axis in enumerate(one.set_axes)}
    for mine, own in zip(first, second, strict=True):
        sizes = {zoo.WORDS[axis]: length for axis, length in lengths.items()}
        assert symshare.cost(mine).at(lengths) == symshare.cost(own).at(sizes)
        steps = [symshare.explain(form, term).steps for form, term in ((one, mine), (other, own))]
        assert [step.operands for step in steps[0]] == [step.operands for step in steps[1]]
    named = second.only(*(str(term) for term in second)) if len(one.inputs) == 1 else second
    assert set(named) == set(second)
