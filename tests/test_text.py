"""A symmetry is a text or a Signature, with the same options, for every public function that takes one."""

import inspect
from functools import cache

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

import symshare
from symshare import nn, show
from symshare.errors import SymshareError
from tests import zoo
from tests.measured import small_sizes

matplotlib.use("Agg")


def layer(make):
    """What tells one layer from another: its class, which the same text has, and its numbers."""

    def made(one, **given):
        found = make(one, **given)
        return type(found), [(name, tuple(weight.shape)) for name, weight in found.named_parameters()]

    return made


def first_term(one, **given):
    """A term of the signature that all functions of terms are asked about."""
    symmetry = {name: given[name] for name in ("depends", "axes", "sizes") if name in given}
    return str(symshare.derive(one, 1, **symmetry).of_order(1)[0])


def evaluated(one, **given):
    read = symshare.signature(one, **given)
    sizes = {letter: read.size(letter) or 2 for letter in read.set_axes + read.latent_axes}
    (number,) = symshare.term(read, text := first_term(read)).factors
    x = np.arange(np.prod([sizes[letter] for letter in read.inputs[number].axes], dtype=int))
    x = x.reshape([sizes[letter] for letter in read.inputs[number].axes])
    lengths = {letter: sizes[letter] for letter in read.set_axes} | dict(read.sizes)
    return symshare.evaluate(text, x, symmetry=one, **given | {"sizes": lengths}).tolist()


def drawn(make):
    """A picture by its title and the names in its legend."""

    def made(one, **given):
        try:
            ax = make(one, **given)
            ax = ax if not isinstance(ax, list) else ax[0]
            texts = ax.get_legend().get_texts() if ax.get_legend() else []
            images = [image.get_array().tolist() for image in ax.images]
            return ax.get_title(), [text.get_text() for text in texts], images
        finally:
            plt.close("all")

    return made


class Nothing(torch.nn.Module):
    """Zeros of the shapes of some outputs."""

    def __init__(self, shapes):
        super().__init__()
        self.shapes = shapes

    def forward(self, *inputs):
        found = tuple(inputs[0].new_zeros(shape) if inputs else torch.zeros(shape) for shape in self.shapes)
        return found if len(found) > 1 else found[0]


def reported(one, **given):
    read = symshare.signature(one, **given)
    lengths = dict.fromkeys(read.latent_axes, 2) | small_sizes(read) | dict(read.sizes)
    shapes = [[lengths[letter] for letter in tensor.axes] for tensor in read.outputs]
    inputs = [torch.ones([lengths[letter] for letter in tensor.axes]) for tensor in read.inputs]
    return nn.check(Nothing(shapes), one, *inputs, resize=False, **given).to_dict()


FUNCTIONS = {
    # by the public name: the function of a text or a Signature and the options beside it, and what can be compared
    "signature": lambda one, **given: symshare.signature(one, **given),
    "derive": lambda one, **given: symshare.derive(one, 1, **given).to_json(),
    "terms": lambda one, **given: symshare.terms(one, 1, **given),
    "term": lambda one, **given: symshare.term(one, first_term(one, **given), **given),
    "count": lambda one, **given: symshare.count(one, 2, **given),
    "molien_count": lambda one, **given: symshare.molien_count(one, 1, **given),
    "certify": lambda one, **given: str(symshare.certify(one, **given)),
    "evaluate": evaluated,
    "cost": lambda one, sizes=None, **given: str(
        symshare.cost(first_term(one, sizes=sizes, **given), sizes, symmetry=one, **given)
    ),
    "pools": lambda one, **given: symshare.pools(one, 2, **given).to_json(),
    "explain": lambda one, **given: str(symshare.explain(one, first_term(one, **given), **given)),
    "taylor": lambda one, **given: repr(symshare.taylor(one, 1, **given)),
    "laurent": lambda one, **given: repr(symshare.laurent(one, (-1, 1), **given)),
    "constrain": lambda one, **given: repr(symshare.constrain(one, **given)),
    "equations": lambda one, **given: symshare.equations(one, **given),
    "solve": lambda one, **given: repr(symshare.solve(one, **given)),
    "entries": lambda one, **given: str(symshare.entries(one, **given)),
    "series": lambda one, **given: str(symshare.series(_outputs(one, **given), one, **given)),
    "sharing_pattern": lambda one, **given: symshare.sharing_pattern(one, **given).tolist(),
    "diagrams_to_orbits": lambda one, **given: symshare.diagrams_to_orbits(one, 1, **given).toarray().tolist(),
    "orbits_to_diagrams": lambda one, **given: symshare.orbits_to_diagrams(one, 1, **given).toarray().tolist(),
    "complexified": lambda one, **given: symshare.complexified(one, **given),
    "plan": lambda one, **given: str(symshare.plan(one, **given)),
    "costs": lambda one, **given: symshare.costs(one, **given).to_dict(),
    "network": lambda one, **given: symshare.network(one, width=4, pool_width=2, depth=1, **given),
    "emit": lambda one, **given: symshare.emit(one, **given),
    "nn.compile": layer(lambda one, **given: nn.compile(one, 2, 3, **given)),
    "nn.EinNet": layer(lambda one, **given: nn.EinNet(one, 2, 3, 4, 2, 1, **given)),
    "nn.check": reported,
    "show.plot_pooling": drawn(lambda one, **given: show.plot_pooling(first_term(one, **given), symmetry=one, **given)),
    "show.plot_pools": drawn(lambda one, **given: show.plot_pools(one, 2, **given)),
    "show.plot_pattern": drawn(lambda one, **given: show.plot_pattern(one, **given)),
    "show.plot_solution": drawn(lambda one, **given: show.plot_solution(one, **given)),
}
OTHERS = {
    # public functions of something else: of files, of what one symmetry has led to, and nouns
    *(
        "generators_from",
        "read_generators",
        "nn.load",
        "nn.assert_equivariant",
        "nn.Report",
        "nn.StackWarning",
        "nn.Support",
        "show.save",
    ),
    *(
        "Basis",
        "Certificate",
        "Ansatz",
        "Solution",
        "AxisGroup",
        "Signature",
        "Composition",
        "PoolingSet",
        "Cost",
        "Term",
    ),
    *("CheckError", "LayerFileError", "NotationError", "PlanError", "SymshareError", "TooLargeError", "Plan"),
    *("distil", "Distilled"),  # of a network, or of examples
}


def _outputs(one, order=1, **given):
    """A function of a symmetry that has one: 1 in each output entry."""
    return [1] * symshare.taylor(one, order, **given).outputs


def outcome(function, *given, **named):
    """What comes of a call, or the error of ours that does."""
    try:
        return function(*given, **named)
    except SymshareError as error:
        return type(error), str(error)


def test_every_public_function_is_here():
    public = {name for name in symshare.__all__ if callable(getattr(symshare, name))}
    public |= {f"nn.{name}" for name in nn.__all__} | {f"show.{name}" for name in show.__all__}
    assert public == {*FUNCTIONS, *OTHERS}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_the_options_of_a_signature(name):
    function = symshare
    for part in name.split("."):
        function = getattr(function, part)
    found = inspect.signature(function).parameters
    for option in ("depends", "axes", "sizes"):
        assert option in found


SYMMETRIES = {
    # a text, and the options beside it
    **{text: (text, {}) for text in zoo.PLAIN},
    **{f"{text}, a->b": (text, {"depends": ["a->b"]}) for text in zoo.NESTED},
    **{f"{text}, a->b->c": (text, {"depends": ["a->b", "b->c"]}) for text in zoo.TWICE},
    **{
        f"{text}, {', '.join(depends)}, {sizes}": (text, {"depends": depends, "sizes": sizes})
        for text, depends, sizes, _ in zoo.STACKED
    },
    "sized": ("abH->aH", {"sizes": {"a": 2, "b": 1}}),
    "sized latent": ("aH->H", {"sizes": {"a": 2, "H": 2}}),
    "all sized": ("ab->ab", {"sizes": {"a": 2, "b": 2}}),
    "all at once": ("abrH->arH", {"depends": "a->b", "axes": {"r": "C"}, "sizes": {"r": 3, "a": 2}}),
    "complex": ("uH->uH", {"axes": {"u": "U(2)"}}),
    "wrong: a space": ("a bH", {}),
    "wrong: an unknown axis": ("abH", {"sizes": {"z": 2}}),
    "wrong: a circle": ("ab", {"depends": ["a->b", "b->a"]}),
    "wrong: no group": ("ar", {"axes": {"r": "X(3)"}}),
}
GROUPED = {f"{family}: {text}": (family, text) for family in zoo.FAMILIES for text in ("rH->rH", "rH,H->arH")}


@cache
def under(family, text):
    """A text of a family of groups, and the options beside it."""
    one = zoo.signature(text, family)
    named = {letter: group for letter, group in zoo.axes(family).items() if letter in one.set_axes}
    return zoo.of_family(text, family), {"axes": named}


def splits(text, given):
    """The ways to say a symmetry: options beside the text, in a Signature, some here and some there, and some twice."""
    yield text, given
    whole = outcome(symshare.signature, text, **given)
    if isinstance(whole, tuple):
        return
    yield whole, {}
    yield whole, given
    for name in given:
        rest = {other: value for other, value in given.items() if other != name}
        first = outcome(symshare.signature, text, **{name: given[name]})
        if not isinstance(first, tuple):
            yield first, rest


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("symmetry", SYMMETRIES)
def test_text_and_signature_are_one(name, symmetry):
    text, given = SYMMETRIES[symmetry]
    found = [outcome(FUNCTIONS[name], one, **rest) for one, rest in splits(text, given)]
    for one in found[1:]:
        assert one == found[0]
    if symmetry.startswith("wrong"):
        assert isinstance(found[0], tuple)
        assert issubclass(found[0][0], SymshareError)


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name not in ("equations", "entries")])
@pytest.mark.parametrize("symmetry", GROUPED)
def test_text_and_signature_are_one_under_every_group(name, symmetry):
    text, given = under(*GROUPED[symmetry])
    found = [outcome(FUNCTIONS[name], one, **rest) for one, rest in splits(text, given)]
    for one in found[1:]:
        assert one == found[0]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_no_symmetry_is_an_error_of_ours(name):
    for wrong in (5, None, ["ab"], b"ab"):
        with pytest.raises(SymshareError) as caught:
            FUNCTIONS[name](wrong)
        assert len(str(caught.value).splitlines()) <= 3


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("wrong", [{"sizes": {"a": 3}}, {"axes": {"t": "D(4)"}}, {"axes": {"t": "S"}}])
def test_what_a_signature_contradicts_is_refused(name, wrong):
    one = symshare.signature("at->at", axes={"t": "C(4)"}, sizes={"a": 2})
    with pytest.raises(SymshareError, match="contradicts the signature"):
        FUNCTIONS[name](one, **wrong)


ORDERED = ("certify", "constrain", "equations", "solve", "entries", "series", "plan", "costs", "emit", "nn.compile")


@pytest.mark.parametrize("name", [*ORDERED, "show.plot_solution"])
def test_the_order_is_one_everywhere_unless_it_is_given(name):
    """Where a basis, an ansatz or a plan is needed; a network's poolings start at order 2."""
    usual = FUNCTIONS[name]("aa->a", sizes={"a": 2})
    assert FUNCTIONS[name]("aa->a", order=1, sizes={"a": 2}) == usual
    if name not in ("entries", "series"):
        assert FUNCTIONS[name]("aa->a", order=2, sizes={"a": 2}) != usual


def test_networks_have_one_order_too():
    assert symshare.network("abH") == symshare.network("abH", 2)
    assert type(nn.EinNet("abH", 1, 1)) is type(nn.compile(symshare.network("abH"), 1, 1))
