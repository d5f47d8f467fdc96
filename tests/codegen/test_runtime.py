"""Which functions a file brings along: those whose names its lines use, in code, and those that these use."""

import builtins
import dis
import importlib
import inspect
import types
from dataclasses import replace
from pathlib import Path

import pytest

from symshare import derive, emit, network
from symshare.codegen.runtime import MARK, MODULES, PLAIN, brought, functions, marked
from symshare.nn.runtime import messages, weights

TYPES = "  # type: ignore["
HOME = {name[-1]: importlib.import_module(".".join(["symshare", *name])) for name in PLAIN}
HOME |= {name: importlib.import_module(f"symshare.nn.runtime.{name}") for name in MODULES}
FUNCTIONS = {
    name: one
    for module in HOME.values()
    for name, one in sorted(vars(module).items(), key=lambda item: getattr(item[1], "__name__", ""))
    if (inspect.isfunction(one) or inspect.isclass(one)) and one.__module__ == module.__name__ and name.startswith("_")
}
"""Functions, and those with derivatives of their own, which are classes."""


def source(function):
    """The text of a function, without remarks to a type checker."""
    return [line.split(TYPES)[0] for line in inspect.getsource(function).rstrip("\n").split("\n")]


def place(function):
    """Where a function is defined: its module, and its line there."""
    module = function.__module__.rpartition(".")[2]
    return [*HOME].index(module), inspect.getsourcelines(inspect.unwrap(function))[1]


def global_names(function):
    """The global names of a function, or of the methods of a class."""
    own = vars(function).values() if inspect.isclass(function) else [function]
    codes = [getattr(one, "__func__", inspect.unwrap(one) if callable(one) else one) for one in own]
    return set().union(*(used(one.__code__) for one in codes if hasattr(one, "__code__")))


def used(code):
    """The global names of compiled code, as the interpreter looks them up."""
    own = {one.argval for one in dis.get_instructions(code) if one.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return own.union(*(used(one) for one in code.co_consts if isinstance(one, types.CodeType)))


def names(lines):
    return [line.split("(")[0].split()[1] for line in brought(lines) if line.startswith(("def ", "class "))]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["y = _weigh_sum(x, 'aC', w_a, 'a')"], ["_wide", "_placed", "_weigh_sum"]),  # its name ends in `_sum`
        (['y = "_rows(self.mix)"'], []),
        (["y = x  # _rows(self.mix)"], []),
        (["def f(x):", '    """_rows(self.mix)"""', "    # _stack(x)", "    return x"], []),
        (["y = self._rows(x)"], []),
        (["y = f(_rows=x)"], []),
        (["my_rows(x)", "_rows_(x)"], []),
        (["y = map(_wide, xs)"], ["_wide"]),
        (['y = f"{_wide(x)}"'], ["_wide"]),
        (["class A:", "    def f(self, x):", "        return [_stack(", "            x, x", "        )]"], ["_stack"]),
        (["y = _stack(x)", "z = _rows(y)"], ["_rows", "_stack"]),
        ([], []),
    ],
)
def test_a_name_counts_where_code_uses_it(lines, expected):
    assert names(lines) == expected


def test_a_name_in_the_text_of_a_function_counts_where_code_uses_it_too():
    text = f'import torch{MARK}\ndef _one(x):\n    """Not _two(x)."""\n    return "_two(x)"  # _two(x)\n'
    (one,) = marked(text)
    assert "_two" not in one.names


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_functions_that_a_function_uses_come_along_in_the_order_of_definition(name):
    """By what the interpreter looks up, in the modules themselves."""
    expected, found = {name}, {name}
    while found:
        found = {one for own in found for one in global_names(FUNCTIONS[own])} & FUNCTIONS.keys()
        found -= expected
        expected |= found
    assert names([f"{name}(x)"]) == sorted(expected, key=lambda one: place(FUNCTIONS[one]))


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_function_travels_as_it_is_written_and_stands_alone(name):
    lines = brought([f"{name}(x)"])
    text = "\n".join(lines)
    assert "\n".join(["", "", *source(FUNCTIONS[name])]) in text
    assert TYPES not in text
    alone = {}
    exec(compile("import torch\n" + text, "alone.py", "exec"), alone)  # noqa: S102
    for one in names([f"{name}(x)"]):
        assert global_names(alone[one]) <= {*alone, *dir(builtins)}


def test_every_function_may_travel_and_nothing_else_does():
    assert [*functions()] == sorted(FUNCTIONS, key=lambda one: place(FUNCTIONS[one]))
    folder = Path(HOME["checks"].__file__).parent
    assert {path.stem for path in folder.glob("*.py")} == {"__init__", *MODULES}
    for name in MODULES:
        text = (folder / f"{name}.py").read_text(encoding="utf-8")
        above, below = text.split(MARK)
        assert "def " not in above
        assert "__future__" not in text  # files have it neither
        assert len(text.splitlines()) < 300
        assert all(one.name.startswith("_") for one in marked(MARK + below))


@pytest.mark.parametrize("line", ["ONE = 1", "import torch", "class A:\n    pass", "async def f():\n    pass"])
def test_only_functions_travel(line):
    with pytest.raises(ValueError, match=f"only functions travel, not {line.split()[0]}"):
        [*marked(f"{MARK}\n{line}\n")]


def test_decorators_travel_and_comments_between_functions_do_not():
    text = f"import torch{MARK}\n\n# of home\n@f\n@g(\n    1\n)\n"
    text += "def a(x):  # type: ignore[a, b-c]  # why\n    # on tour\n    return x\n\n\n# of home too\ndef b(): pass\n"
    one, two = marked(text)
    assert one.lines == ("@f", "@g(", "    1", ")", "def a(x):", "    # on tour", "    return x")
    assert (two.name, two.lines) == ("b", ("def b(): pass",))


def files():
    """Layers and networks that bring along every function between them."""
    (diagonal,) = [one for one in derive("aH->aaH", 1).terms if one.to_einsum() == "aH->aaH"]
    turned, around = {"axes": {"r": "SO(3)"}}, {"axes": {"t": "C(64)"}}
    return [
        emit(derive("ab", 2)),
        emit(derive("ab,b->ab", 2), normalise_scale=True, normalise_factors=True),
        emit(derive("ab,ab->a", 2), reduce="sum"),
        emit(derive("rrH->rH", 1, **turned)),
        emit(derive("tH->tH", 1, **around), circular="fft"),
        emit(derive("LhH->LhH", 2, depends=["L->h"], sizes={"L": 3})),
        emit("LhH->LhH", depends=["L->h"], sizes={"L": 3}, form="tables"),
        emit(network("abcH->abcH", 2, rounds=2)),
        emit(network("abcH->abcH", 3, reduce="sum")),
        emit(network("pos:arH->arH", 3, rounds=2, centred="pos", axes={"r": "O(3)"})),
        emit(network("ab,b->b,ab", 2, scaled=-1, inject=True)),
        emit(network("arH->arH", 2, axes={"r": "Lorentz"})),
        emit(derive("aaH->aaH", 2), kind="pooling", channels={"in": 64, "out": 64, "rank": 8}),
        emit(derive("aaH,H->aaH,H", 2), sparse="aa"),
        emit(derive("H->aaH", 1), sparse="aa"),
        emit(replace(derive("aH->aaH", 1), terms=(diagonal,)), sparse="aa"),
        emit(derive("aaH,aH", 2), sparse="aa", normalise_factors=True),
        emit(derive("aaH,H", 1), sparse="aa", normalise_scale=True),
        emit(network("e:aaH,f:aaH,g:abH->aH", 2, sparse=("aa", "ab"))),
        emit(derive("e:aabH,bH->e:aabH,bH", 2), sparse="e", normalise_factors=True),
        emit(derive("e:aabH,bH->bH", 1), sparse="e", normalise_scale=True),
        emit(derive("e:aaaH->aH", 1), sparse="e"),
        emit(derive("aH->e:aaaH", 1), sparse="e"),
        emit(derive("e:aabbH", 1), sparse="e"),
        emit(derive("e:aaH,f:aaH", 1), sparse="e"),
        emit("e:aaH,f:aaH->f:aaH", order=2, only=["f:ab,f:bc->ac"], sparse="e"),
        emit(derive("aaH->aH", 2), sparse="aa", coefficients="full"),
        emit(derive("e:aabH", 2), measured="e"),
        emit(derive("aaH", 1), measured="aa"),
        emit(derive("aaH", 2), measured="aa", normalise_factors=True),
        emit(derive("aaH,aH", 1), measured="aa", normalise_scale=True),
    ]


def test_a_file_has_the_functions_that_it_uses_and_each_is_in_some_file():
    """What no file ever calls would be dead."""
    every = set()
    for text in files():
        found = {name for name in FUNCTIONS if f"\ndef {name}(" in text or f"\nclass {name}(" in text}
        assert found == used(compile(text, "emitted.py", "exec")) & FUNCTIONS.keys()
        every |= found
    # those of networks on weights are held in tests/cli/test_weightnet_cli.py
    texts = [Path(inspect.getfile(one)).read_text(encoding="utf-8") for one in (weights, messages)]
    assert every | {one.name for text in texts for one in marked(text)} == FUNCTIONS.keys()


@pytest.mark.parametrize("text", ["a->b", "aH->abH", "a->bab", "ab->cb,d"])
def test_layers_whose_output_has_an_axis_that_no_input_has_are_written(text):
    """Their lengths are keyword-only arguments, some without a default."""
    source = emit(derive(text, 1))
    assert "*," in source
    compile(source, "layer", "exec")
