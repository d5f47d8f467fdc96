"""The arguments of layers and networks are the tensors' names, and each is checked at the door by its name."""

import ast
import inspect
import re
from functools import cache
from itertools import permutations

import pytest
import torch

import symshare
from symshare import derive, network, nn
from tests import zoo

ONE = ("aH->aH", "abH->aH", "H->aH", "H->H", "aaH->H")
NAMED = (
    # tensors with names, of one type and of several, scalars, and names that a forward method might have of its own
    *("adj:aaH,nodes:aH->nodes:aH", "W:abH,v:bH->v:bH", "W:abH,V:abH->abH", "g:H,nodes:aH->aH", "nodes:aH,g:H->H"),
    *("adj:aaH,aH->aH", "key:aH,value:aH,query:bH->bH", "x1:aH,aH->aH", "a:bH,b:aH->abH", "y:aH->aH,y:H"),
    *("hidden:aH,added:H->aH", "hidden:aH,active:abH,layer:bH->aH", "sizes:aH,found:bH->aabH", "placed:H,one:aH->aabH"),
    *("str:aH,dict:H->aH", "t1:aH,x_a:abH->aH", "mean:aH,peak:H,wide:aH->H", "isinstance:aH,ValueError:H,int:aH->aH"),
    *("range:aH,zip:H,tuple:aH->aH,H", "rounds:aH,every:H->aH", "n_a:aH,w_a:H->abH", "in_channels:aH,head:H->aH"),
)
RESERVED = ("self:aH,torch:H->aH", "measure:aH,x:H->aH")
CHANNELS = (3, 1, 2)
WIDTH = {"width": 4, "pool_width": 2, "depth": 1}


def channels(one):
    ins = CHANNELS[: len(one.inputs)]
    return (ins if len(ins) > 1 else ins[0]), ((1, 3)[: len(one.outputs)] if len(one.outputs) > 1 else 5)


@cache
def made(text, how, depends=()):
    one = symshare.signature(text, depends=depends)
    ins, outs = channels(one)
    torch.manual_seed(0)
    if how == "network":
        return one, nn.EinNet(one, ins, outs, **WIDTH).double().requires_grad_(False)
    if how == "recurrent":
        return one, nn.EinNet(one, ins, outs, rounds=2, **WIDTH).double().requires_grad_(False)
    more = {"order": 2, "normalise_scale": True} if how == "polynomial" else {}
    return one, nn.compile(one, ins, outs, dtype=torch.float64, **more).requires_grad_(False)


def drawn(one, sizes=None, dtype=torch.float64):
    lengths = {"a": 3, "b": 4, "c": 2} | dict(one.sizes) | (sizes or {})
    torch.manual_seed(1)
    return [
        torch.randn(2, *(lengths[letter] for letter in tensor.set_axes), number, dtype=dtype)
        for tensor, number in zip(one.inputs, CHANNELS, strict=False)
    ]


def expected_names(one, reserved=("self", "torch", "measure")):
    """By hand: a tensor's own name, else x, or x and its number."""
    plain = [f"x{n}" if len(one.inputs) > 1 else "x" for n in range(len(one.inputs))]
    wanted = [tensor.name or name for tensor, name in zip(one.inputs, plain, strict=True)]
    own = [tensor.name for tensor in one.inputs]
    return [
        f"{name}_2" if name in reserved or (name in own and tensor.name is None) else name
        for name, tensor in zip(wanted, one.inputs, strict=True)
    ]


def missing(one, layer):
    """A length for each axis that no input has, by the layer's keywords."""
    found = inspect.signature(layer.forward).parameters.values()
    return {p.name: 5 for p in found if p.kind is p.KEYWORD_ONLY and p.name not in ("rounds", "every")}


def same(one, other):
    one, other = zoo.listed(one), zoo.listed(other)
    assert len(one) == len(other)
    for left, right in zip(one, other, strict=True):
        assert torch.equal(left, right)


HOW = ("linear", "polynomial", "network", "recurrent")
SWEEP = [(text, ()) for text in (*ONE, *NAMED, *RESERVED, *zoo.PLAIN)]
SWEEP += [(text, ("a->b",)) for text in zoo.NESTED] + [(text, ("a->b", "b->c")) for text in zoo.TWICE]
LONG = {text for text, _ in SWEEP if len(text) > 24} | {"babaH->aH", "aaH,abH,bH->aH"}
"""Hundreds of terms as polynomials."""


def small(cases):
    """The cases for each kind of layer, without polynomial layers of hundreds of terms."""
    return [(*case, how) for case in cases for how in HOW if how != "polynomial" or case[0] not in LONG]


@pytest.mark.parametrize(("text", "depends", "how"), small(SWEEP))
def test_keywords_in_any_order_are_what_positions_are(text, depends, how):
    one, layer = made(text, how, depends)
    taken = {"rounds", "every", "range", "tuple", "zip"} if how == "recurrent" else set()
    names = expected_names(one, {"self", "torch", "measure", *taken})
    assert list(inspect.signature(layer.forward).parameters)[: len(names)] == names
    inputs, lengths = drawn(one), missing(one, layer)
    usual = layer(*inputs, **lengths)
    for order in permutations(range(len(names))):
        same(layer(**{names[place]: inputs[place] for place in order}, **lengths), usual)
    if len(names) > 1:
        given = dict(zip(names[1:], inputs[1:], strict=True))
        same(layer(inputs[0], **given, **lengths), usual)


@pytest.mark.parametrize(("text", "how"), small((text,) for text in NAMED))
def test_a_name_changes_nothing_but_the_argument(text, how):
    """A layer of the same tensors without names gives the same values, whatever the names are."""
    plain = ",".join(piece.rpartition(":")[2] for piece in text.partition("->")[0].split(","))
    plain += "->" + ",".join(piece.rpartition(":")[2] for piece in text.partition("->")[2].split(","))
    (one, layer), (_, other) = made(text, how), made(plain, how)
    for mine, theirs in zip(layer.parameters(), other.parameters(), strict=True):
        theirs.copy_(mine)
    inputs = drawn(one)
    same(layer(*inputs, **missing(one, layer)), other(*inputs, **missing(one, other)))


@pytest.mark.parametrize(("text", "how"), small((text,) for text in (*NAMED, *RESERVED)))
def test_a_forward_method_reads_nothing_that_an_argument_hides(text, how):
    """What it reads and never sets is an argument of its own, torch, a function of the file or a builtin: no tensor's name."""
    _, layer = made(text, how)
    source = inspect.getsource(type(layer))
    tree = ast.parse(source)
    (forward,) = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == "forward"]
    arguments = [one.arg for one in (*forward.args.args, *forward.args.kwonlyargs)]
    assert len(set(arguments)) == len(arguments)
    called = {n.func.id for n in ast.walk(forward) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    read = {n.value.id for n in ast.walk(forward) if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)}
    tensors = set(arguments) - {"self"}
    assert not called & tensors
    assert "torch" not in tensors
    assert read <= {"self", "torch", *arguments, *_set(forward)}


def _set(forward):
    """The names that a method sets itself."""
    return {n.id for n in ast.walk(forward) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def test_a_network_with_names_in_a_readme():
    net = nn.EinNet("adj:aaH,nodes:aH->nodes:aH", (1, 3), 8, width=4, depth=1)
    assert net(adj=torch.zeros(5, 5, 1), nodes=torch.zeros(5, 3)).shape == (5, 8)
    with pytest.raises(TypeError, match="nodes"):
        net(adj=torch.zeros(5, 5, 1))
    with pytest.raises(TypeError, match="edges"):
        net(torch.zeros(5, 5, 1), edges=torch.zeros(5, 3))


DOORS = {
    # a kind of tensor: the text, what is beside it, the changed input, its shape, and what is said of it
    "rank": ("adj:aaH,nodes:aH->aH", {}, "adj", (3, 3), "adj needs shape (..., a, a, 3), not (3, 3)"),
    "no axis at all": ("W:abH,v:bH->bH", {}, "v", (1,), "v needs shape (..., b, 1), not (1,)"),
    "one length twice": (
        "adj:aaH,nodes:aH->aH",
        {},
        "adj",
        (2, 3, 4, 3),
        "adj needs shape (..., a, a, 3), not (2, 3, 4, 3)",
    ),
    "two lengths of an axis": (
        *("adj:aaH,nodes:aH->aH", {}, "nodes", (2, 4, 1)),
        "nodes needs shape (..., a, 1), not (2, 4, 1); inputs before it have a = 3",
    ),
    "two lengths of two axes": (
        *("W:abH,V:baH->aH", {}, "V", (2, 6, 7, 1)),
        "V needs shape (..., b, a, 1), not (2, 6, 7, 1); inputs before it have b = 4, a = 3",
    ),
    "of one type": (
        "W:abH,V:abH->H",
        {},
        "V",
        (2, 3, 5, 1),
        "V needs shape (..., a, b, 1), not (2, 3, 5, 1); inputs before it have b = 4",
    ),
    "channels": ("adj:aaH,nodes:aH->aH", {}, "nodes", (2, 3, 3), "nodes needs shape (..., a, 1), not (2, 3, 3)"),
    "one channel": (
        "adj:aaH,nodes:aH->aH",
        {},
        "adj",
        (2, 3, 3, 1),
        "adj needs shape (..., a, a, 3), not (2, 3, 3, 1)",
    ),
    "no channels": ("adj:aaH,nodes:aH->aH", {}, "nodes", (2, 3, 0), "nodes needs shape (..., a, 1), not (2, 3, 0)"),
    "a scalar": ("g:H,nodes:aH->aH", {}, "g", (2, 1), "g needs shape (..., 3), not (2, 1)"),
    "a scalar without axes": ("g:H,nodes:aH->aH", {}, "g", (), "g needs shape (..., 3), not ()"),
    "a child left of its parent": (
        *("cards:baH,players:aH->aH", {"depends": ["a->b"]}, "cards", (4, 3)),
        "cards needs shape (..., b, a, 3), not (4, 3)",
    ),
    "a child's parent": (
        *("cards:baH,players:aH->aH", {"depends": ["a->b"]}, "players", (2, 4, 1)),
        "players needs shape (..., a, 1), not (2, 4, 1); inputs before it have a = 3",
    ),
    "a parent after its child": (
        *("players:aH,cards:baH->aH", {"depends": ["a->b"]}, "cards", (2, 4, 4, 1)),
        "cards needs shape (..., b, a, 1), not (2, 4, 4, 1); inputs before it have a = 3",
    ),
    "an empty axis beside one that is not": (
        *("adj:aaH,nodes:aH->aH", {}, "nodes", (2, 0, 1)),
        "nodes needs shape (..., a, 1), not (2, 0, 1); inputs before it have a = 3",
    ),
    "an axis that is empty once": (
        "adj:aaH,nodes:aH->aH",
        {},
        "adj",
        (2, 3, 0, 3),
        "adj needs shape (..., a, a, 3), not (2, 3, 0, 3)",
    ),
    "outputs only": ("g:H->abH", {}, "g", (2, 1), "g needs shape (..., 3), not (2, 1)"),
    "an output with a child": ("g:H->baH", {"depends": ["a->b"]}, "g", (2, 2), "g needs shape (..., 3), not (2, 2)"),
}
UNDER = {
    # layers alone: networks take set axes
    "a group": (
        "v:arH,s:aH->arH",
        {"axes": {"r": "SO(3)"}},
        "v",
        (2, 3, 4, 3),
        "v needs shape (..., a, 3, 3), not (2, 3, 4, 3)",
    ),
    "a scalar beside a group": (
        "v:rH,s:H->rH",
        {"axes": {"r": "SO(3)"}},
        "s",
        (2, 2),
        "s needs shape (..., 1), not (2, 2)",
    ),
    "a group beside a scalar": (
        "s:H,v:rH->rH",
        {"axes": {"r": "O(3)"}},
        "v",
        (2, 2, 1),
        "v needs shape (..., 3, 1), not (2, 2, 1)",
    ),
    "a circle": (
        "f:atH,g:tH->tH",
        {"axes": {"t": "C(16)"}},
        "g",
        (2, 15, 1),
        "g needs shape (..., 16, 1), not (2, 15, 1)",
    ),
    "a set axis under S(3)": (
        "f:rrH,g:rH->rH",
        {"axes": {"r": "D(4)"}},
        "f",
        (2, 4, 3, 3),
        "f needs shape (..., 4, 4, 3), not (2, 4, 3, 3)",
    ),
    "a dual": (
        "p:rH,q:sH->sH",
        {"axes": {"r": "GL(2)", "s": "dual(r)"}},
        "q",
        (2, 3, 1),
        "q needs shape (..., 2, 1), not (2, 3, 1)",
    ),
}
CASES = [(name, how) for name in DOORS for how in ("linear", "network", "recurrent")] + [
    (name, "linear") for name in UNDER
]


@cache
def door(name, how):
    text, given, wrong, shape, said = (DOORS | UNDER)[name]
    one = symshare.signature(text, **given)
    ins, outs = channels(one)
    if how == "linear":
        layer = nn.compile(one, ins, outs, dtype=torch.float64)
    else:
        layer = nn.EinNet(one, ins, outs, rounds=2 if how == "recurrent" else None, **WIDTH).double()
    return one, layer, [tensor.name for tensor in one.inputs].index(wrong), shape, said


@pytest.mark.parametrize(("name", "how"), CASES)
def test_a_shape_is_refused_by_the_tensors_name(name, how):
    one, layer, place, shape, said = door(name, how)
    inputs, lengths = drawn(one, dict(one.sizes)), missing(one, layer)
    layer(*inputs, **lengths)
    inputs[place] = torch.zeros(shape, dtype=torch.float64)
    for call in (
        lambda: layer(*inputs, **lengths),
        lambda: layer(**dict(zip([tensor.name for tensor in one.inputs], inputs, strict=True)), **lengths),
    ):
        with pytest.raises(ValueError, match="^" + re.escape(said) + "$"):
            call()


@pytest.mark.parametrize(("name", "how"), CASES)
def test_another_type_is_refused_by_the_tensors_name(name, how):
    one, layer, place, _, _ = door(name, how)
    for dtype in (torch.float32, torch.float16, torch.int64, torch.complex128):
        inputs = drawn(one, dict(one.sizes))
        inputs[place] = inputs[place].to(dtype)
        said = f"^{one.inputs[place].name} is {dtype}, weights are torch.float64: convert one$"
        with pytest.raises(TypeError, match=said):
            layer(*inputs, **missing(one, layer))


@pytest.mark.parametrize("how", ["linear", "network", "recurrent"])
@pytest.mark.parametrize("text", ["W:abH,V:abH->H", "W:abH,v:bH->bH", "g:H,h:H->aH", "x:aH,y:aH,z:aH->aH"])
def test_batches_that_do_not_go_together_are_refused_also_where_inputs_are_added_up(text, how):
    one, layer = made(text, how)
    inputs, lengths = drawn(one), missing(one, layer)
    inputs[-1] = torch.cat([inputs[-1], inputs[-1][:1]])
    with pytest.raises(ValueError, match=r"^inputs have batches that do not go together: .*\(2,\).*\(3,\)"):
        layer(*inputs, **lengths)
    inputs[-1] = inputs[-1][:1]
    whole = layer(*inputs, **lengths)
    inputs[-1] = inputs[-1].expand(2, *inputs[-1].shape[1:])
    for left, right in zip(zoo.listed(whole), zoo.listed(layer(*inputs, **lengths)), strict=True):
        assert torch.allclose(left, right)


@pytest.mark.parametrize("how", ["linear", "network", "recurrent"])
@pytest.mark.parametrize("text", ["adj:aaH,nodes:aH->aH", "cards:baH,players:aH->aH", "g:H->abH", "W:abH,V:abH->H"])
def test_an_empty_axis_is_taken_where_all_inputs_have_it_so(text, how):
    one, layer = made(text, how, ("a->b",) if "cards" in text else ())
    inputs, lengths = drawn(one, {"a": 0}), missing(one, layer)
    for found in zoo.listed(layer(*inputs, **lengths)):
        assert torch.isfinite(found).all()


TOOLED = {
    "layer": lambda: nn.compile("adj:aaH,nodes:aH->nodes:aH", (3, 1), 5, dtype=torch.float64),
    "network": lambda: nn.EinNet("adj:aaH,nodes:aH->nodes:aH", (3, 1), 5, dtype=torch.float64, **WIDTH),
    "network of one type": lambda: nn.EinNet("x:aH,y:aH->H", (3, 1), 5, dtype=torch.float64, **WIDTH),
    "recurrent": lambda: nn.EinNet("adj:aaH,nodes:aH->aH", (3, 1), 5, rounds=2, dtype=torch.float64, **WIDTH),
}


def given(name, batch, n):
    first = (batch, n, n, 3) if "one type" not in name else (batch, n, 3)
    names = ("adj", "nodes") if "one type" not in name else ("x", "y")
    torch.manual_seed(n)
    return dict(zip(names, (torch.randn(first).double(), torch.randn(batch, n, 1).double()), strict=True))


@pytest.mark.parametrize("name", ["layer", "network", "network of one type"])
def test_named_arguments_go_through_the_compiler_in_one_graph(name):
    torch.compiler.reset()
    layer = TOOLED[name]().requires_grad_(False)
    compiled = torch.compile(layer, fullgraph=True, dynamic=True, backend="aot_eager")
    for batch, n in ((2, 4), (3, 6)):
        assert torch.allclose(compiled(**given(name, batch, n)), layer(**given(name, batch, n)))


@pytest.mark.parametrize("name", TOOLED)
def test_checks_leave_nothing_in_a_compiled_graph(name):
    """A graph has the same operations whether shapes are checked or not."""
    torch.compiler.reset()
    counts = []

    def keep(graph, _):
        counts.append([node.target for node in graph.graph.nodes if node.op in ("call_function", "call_method")])
        return graph.forward

    layer = TOOLED[name]().requires_grad_(False)
    for check in (True, False):
        globals_of = type(layer).forward.__globals__
        kept = globals_of["_check"]
        try:
            globals_of["_check"] = kept if check else (lambda *_: None)
            torch.compiler.reset()
            torch.compile(layer, fullgraph=True, dynamic=False, backend=keep)(**given(name, 2, 4))
        finally:
            globals_of["_check"] = kept
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", ["layer", "network", "network of one type"])
def test_named_arguments_are_exported_and_run_at_other_sizes(name):
    layer, dynamic = TOOLED[name]().requires_grad_(False), torch.export.Dim.DYNAMIC
    inputs = given(name, 4, 5)
    shapes = {key: dict.fromkeys(range(x.dim() - 1), dynamic) for key, x in inputs.items()}
    exported = torch.export.export(layer, (), inputs, dynamic_shapes=shapes).module()
    for batch, n in ((2, 4), (3, 6)):
        assert torch.allclose(exported(**given(name, batch, n)), layer(**given(name, batch, n)))


@pytest.mark.parametrize("name", TOOLED)
def test_named_arguments_under_vmap_and_autocast(name):
    layer, inputs = TOOLED[name]().requires_grad_(False), given(name, 3, 4)
    names = list(inputs)
    found = torch.vmap(lambda *values: layer(**dict(zip(names, values, strict=True))))(*inputs.values())
    assert torch.allclose(found, layer(**inputs))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = layer.float()(**{key: x.to(torch.bfloat16) for key, x in inputs.items()})
    assert torch.isfinite(half.float()).all()


@pytest.mark.filterwarnings("ignore")
def test_named_arguments_go_to_onnx():
    for package in ("onnx", "onnxscript"):
        pytest.importorskip(package)
    runtime = pytest.importorskip("onnxruntime")
    layer = TOOLED["network of one type"]().float().requires_grad_(False)
    inputs = {key: x.float() for key, x in given("network of one type", 4, 5).items()}
    shapes = {key: dict.fromkeys(range(x.dim() - 1), torch.export.Dim.DYNAMIC) for key, x in inputs.items()}
    program = torch.onnx.export(layer, (), kwargs=inputs, dynamic_shapes=shapes, dynamo=True)
    assert program is not None
    session = runtime.InferenceSession(program.model_proto.SerializeToString())
    assert [one.name for one in session.get_inputs()] == ["x", "y"]
    other = {key: x.float() for key, x in given("network of one type", 3, 6).items()}
    (found,) = session.run(None, {key: x.numpy() for key, x in other.items()})
    assert torch.allclose(torch.from_numpy(found), layer(**other), atol=1e-5)


def test_a_network_is_compiled_as_a_layer_is():
    made = network("adj:aaH,nodes:aH->nodes:aH", 2, **WIDTH)
    net = nn.compile(made, (1, 3), 8, dtype=torch.float64)
    assert type(net).__name__ == "EinNet"
    assert net(adj=torch.zeros(5, 5, 1).double(), nodes=torch.zeros(5, 3).double()).shape == (5, 8)
    assert type(nn.compile(derive("aH", 1), 1, 1)).__name__ == "Layer"
