"""Terms as programs: run, each gives what `evaluate` gives, for every family of groups and every shape of tensors."""

import ast
from fractions import Fraction
from string import ascii_lowercase

import numpy as np
import pytest

import symshare
from symshare.core.algebra.numbers import as_float, root
from symshare.core.terms.constant import made
from symshare.core.terms.loops import MOST_TERMS, as_loops, check_loops
from symshare.errors import TooLargeError
from tests import zoo

MORE = ("r,->r", ",r->r,", "H->rr,rr", "H,mrH->mrH", "r->bar", "bar,r->ba", "rK,aH->KarH", "ar->raa")
SIZES = (
    # by place among the letters that have no length: all different, with a 1, with a 0
    (2, 3, 4, 5),
    (1, 2, 3, 1),
    (2, 0, 1, 3),
    (0, 2, 2, 1),
)
DRAWN = np.random.default_rng(0)


def program(basis):
    """The names that the program of a basis defines."""
    text = basis.as_loops()
    tree = ast.parse(text)
    assert {one.module for one in ast.walk(tree) if isinstance(one, ast.ImportFrom)} <= {"math"}
    assert [one.names[0].name for one in ast.walk(tree) if isinstance(one, ast.Import)] == ["numpy"]
    assert max(map(len, text.splitlines())) < 200
    names = {}
    exec(compile(text, "loops", "exec"), names)  # noqa: S102  # it is what is tested
    assert len(names["TERMS"]) == len(basis)
    return names


def drawn(shape, kind):
    if kind is complex:
        return DRAWN.integers(-3, 4, shape) + 1j * DRAWN.integers(-3, 4, shape)
    return np.asarray(DRAWN.integers(-3, 4, shape), dtype=kind)


def assert_same(basis, lengths, kind=np.int64):
    """Every function of the program against `evaluate`, on inputs of these lengths."""
    one = basis.signature
    inputs = [drawn([lengths[letter] for letter in tensor.axes], kind) for tensor in one.inputs]
    read = {letter for tensor in one.inputs for letter in tensor.axes}
    given = {letter.upper(): size for letter, size in lengths.items() if letter not in read and not one.size(letter)}
    for function, term in zip(program(basis)["TERMS"], basis, strict=True):
        wanted = symshare.evaluate(term, *(inputs[number] for number in term.factors), sizes=lengths)
        found = function(*inputs, **given)
        assert np.shape(found) == wanted.shape, (term, function.__name__)
        assert np.allclose(found, wanted, rtol=1e-12, atol=1e-12), (term, function.__name__)
        whole = all(isinstance(value, int) for constant, _ in term.constants for _, value in constant.nonzeros)
        if term.order and whole and one.outputs[term.output].axes:
            assert found.dtype == inputs[0].dtype, term
        assert function.__doc__.startswith(str(term))
        assert function.__name__.split("_")[1] == str(term.order)


def sweep(one, order, kinds=(np.int64,), most=150):
    """A basis of a signature, at every choice of lengths."""
    basis = symshare.derive(one, order, max_terms=2_000)
    if len(basis) > most:  # some of every order
        chosen = sorted(set(DRAWN.choice(len(basis), most, replace=False)))
        basis = symshare.Basis(one, order, tuple(basis.terms[place] for place in chosen))
    free = [letter for letter in one.set_axes + one.latent_axes if one.size(letter) is None]
    for sizes in SIZES if free else SIZES[:1]:
        lengths = dict(one.sizes) | dict(zip(free, sizes * 2, strict=False))
        for kind in kinds:
            assert_same(basis, lengths, kind)


@pytest.mark.parametrize("text", (*zoo.BESIDE, *MORE))
@pytest.mark.parametrize("family", zoo.FAMILIES)
def test_every_family_beside_other_axes(family, text):
    one = zoo.signature(text, family, depends=["a->b"] if "b" in text else [])
    sweep(one, 1 if text.count("r") > 2 else 2)


@pytest.mark.parametrize(
    "family", ("C", "SO3", "SO(p,q)", "Sp", "PlaneC", "Icosahedral", "Trivial", "two", "generators")
)
def test_complex_and_single_numbers(family):
    sweep(zoo.signature("arH->arH", family), 1, (complex, np.float32, np.float64))


@pytest.mark.parametrize("text", (*zoo.PLAIN, *zoo.NESTED, *zoo.TWICE))
def test_set_axes_and_dependencies(text):
    depends = ["a->b"] * (text in (*zoo.NESTED, *zoo.TWICE)) + ["b->c"] * (text in zoo.TWICE)
    one = symshare.signature(text, depends=depends)
    sweep(one, 1 if len(text) > 8 else 2, (np.int64, complex))


@pytest.mark.parametrize(("text", "depends", "sizes", "order"), zoo.STACKED)
def test_lists_below_latent_axes(text, depends, sizes, order):
    latent = zoo.latent_sizes(sizes)
    sweep(symshare.signature(text, depends=depends, sizes=latent), min(order, 2))
    sweep(symshare.signature(text, depends=depends, sizes=sizes), 1)


@pytest.mark.parametrize(
    ("text", "order", "options"),
    [
        ("aH", 2, {"sizes": {"H": 2}}),
        ("aHK->Ka", 2, {"sizes": {"H": 2}}),
        ("Ha,K->aH", 2, {"sizes": {"H": 3, "K": 2}}),
        ("tH->tH", 2, {"sizes": {"H": 2}, "axes": {"t": "C(3)"}}),
        ("aa->aa", 2, {"sizes": {"a": 2}}),
        ("tt->tt", 2, {"axes": {"t": "C(4)"}}),
        ("->aab", 1, {}),
        ("s:->s:", 2, {}),
        (",->", 3, {}),
        ("aA,A->Aa", 2, {}),
        ("uu->uu", 1, {"axes": {"u": "U(2)"}}),
        ("ur->ur", 2, {"axes": {"u": "C(3)", "r": "D(5)"}}),
        ("xX,yY->xyXY", 2, {}),
    ],
)
def test_other_shapes(text, order, options):
    one = symshare.signature(text, **options)
    if "A" in text:  # the length of a is A, so that of the channels has another name
        basis = symshare.derive(one, order)
        assert "A, A_ = x0.shape" in basis.as_loops()
    sweep(one, order, (np.int64, complex))


def test_ordered_terms_and_complexified_signatures():
    assert_same(symshare.derive("ab->a", 2, ordered=True), {"a": 3, "b": 2})
    sweep(symshare.complexified("uuv->uu", axes={"u": "U(2)", "v": "SU(2)"}), 1, (complex,))


CLASHES = (
    # names of tensors that the program, its loops or its lengths could want
    *(
        "np",
        "range",
        "sqrt",
        "TERMS",
        "y",
        "x",
        "x0",
        "x1",
        "a",
        "b",
        "c",
        "h",
        "r",
        "s",
        "t",
        "A",
        "B",
        "H",
        "E3",
        "e3",
    ),
    *("term_1_1", "float", "len", "print", "value", "T1", "t1", "y_", "a_", "match", "self"),
)


@pytest.mark.parametrize("name", CLASHES)
def test_names_of_tensors_that_the_loops_want_too(name):
    one = symshare.signature(f"{name}:arH,bH->{name}:arH,bH", axes={"r": "SO(3)"})
    sweep(one, 2)
    assert "import numpy as np" in symshare.derive(one, 1).as_loops()


def test_arguments_are_the_names_of_the_tensors():
    text = symshare.derive("adj:aaH,nodes:aH->nodes:aH", 1).as_loops()
    assert "def term_1_1(adj, nodes):" in text
    assert "y[a, h] += adj[a, b, h]" in text
    assert "A, H = nodes.shape" in text


def test_an_input_of_the_wrong_shape_is_noticed():
    function = program(symshare.derive("aa->a", 1))["term_1_1"]
    with pytest.raises(AssertionError):
        function(np.ones((2, 3)))
    function = program(symshare.derive("ar->ar", 1, axes={"r": "O(3)"}))["term_1_1"]
    with pytest.raises(AssertionError):
        function(np.ones((2, 4)))


def test_deep_nests_are_one_loop():
    """Python has at most twenty blocks in one another."""
    one = symshare.signature("a->")
    widest = symshare.Basis(one, 24, (symshare.term(one, ",".join(ascii_lowercase[:24]) + "->"),))
    assert "np.ndindex(" in widest.as_loops()
    assert_same(widest, {"a": 1})
    for text, axes, order in (("r->", {"r": "O(1,1)"}, 10), ("ar->", {"r": "O(1,1)"}, 6), ("r->r", {"r": "O(1,2)"}, 9)):
        found = symshare.derive(text, order, axes=axes).of_order(order)
        basis = symshare.Basis(symshare.signature(text, axes=axes), order, found[-2:])
        assert "np.ndindex(" in basis.as_loops()
        assert ".get((" in basis.as_loops()
        assert_same(basis, {"a": 1, **dict(basis.signature.sizes)} if "a" in text else dict(basis.signature.sizes))


def constant(name, shape, cells):
    return made(name, "made up", shape, cells)


@pytest.mark.parametrize("several", [1, 2, 3])
def test_constants_that_share_indices_or_repeat_them(several):
    """On indices that another constant has already, or twice on one: looked up."""
    one = symshare.signature("rs->r", axes={"r": "Trivial(2)", "s": "Trivial(3)"})
    (base,) = symshare.terms(symshare.signature("rs->r"), 1)[:1]
    half = constant("half", (2, 3), {(0, 1): Fraction(1, 2), (1, 2): root(3) / 2 - 1, (1, 0): 0.25})
    single = constant("single", (2,), {(1,): 1})
    square = constant("square", (2, 2), {(0, 0): -3, (1, 1): root(2)})
    listed = [(half, (0, 1)), (half, (0, 1)), (single, (0,)), (square, (0, 0)), (square, (0, 2))]
    term = symshare.Term(one, 0, (0,), (2,), ((0, 1),), (), ((),), tuple(listed[-several:] + listed[: several - 1]))
    assert base.order == 1
    assert_same(symshare.Basis(one, 1, (term,)), {"r": 2, "s": 3})


def test_numbers_are_written_exactly():
    values = [
        3,
        -1,
        Fraction(-2, 3),
        root(2),
        -root(5),
        root(3) / 2,
        1 - root(3) / 2 + root(7) * Fraction(5, 3),
        0.1,
        -1e-30,
    ]
    one = symshare.signature("r->r", axes={"r": f"Trivial({len(values)})"})
    table = constant("v", (len(values),), {(place,): value for place, value in enumerate(values)})
    term = symshare.Term(one, 0, (0,), (0,), ((0,),), (), ((),), ((table, (0,)),))
    basis = symshare.Basis(one, 1, (term,))
    assert "from math import sqrt" in basis.as_loops()
    assert "-2 / 3" in basis.as_loops()
    (function,) = program(basis)["TERMS"]
    assert np.allclose(function(np.ones(len(values))), [as_float(value) for value in values], rtol=1e-15, atol=0)


def test_what_is_too_much_is_refused_with_the_number():
    with pytest.raises(TooLargeError, match=rf"^2,001 terms .*{MOST_TERMS:,}"):
        check_loops(MOST_TERMS + 1)
    with pytest.raises(TooLargeError, match=r"^7,730 terms"):
        symshare.derive("aa", 4).as_loops()
    one = symshare.signature("r->", axes={"r": "Trivial(60000)"})
    table = constant("v", (60_000,), dict.fromkeys(((place,) for place in range(60_000)), 2))
    term = symshare.Term(one, 0, (0,), (), ((0,),), (), ((),), ((table, (0,)),))
    with pytest.raises(TooLargeError, match="60,000 nonzero entries"):
        as_loops(one, [term])
