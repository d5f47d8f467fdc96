"""Layers that are written as tables: the values and the weights of those with a statement for each term."""

import ast
import builtins
import copy
import inspect
import pickle
from keyword import iskeyword

import pytest
import torch

import symshare
from symshare.nn import load
from symshare.nn.checking.layer_files import verify_file
from tests import zoo
from tests.measured import equivariance_errors, random_inputs, small_sizes

CASES = [
    *((text, [], {}) for text in (*zoo.PLAIN, "abcH,cabH,aaH,H->aH,abcH", "aaabH->baaH", "aH->adhH", "H->adhH")),
    *((text, ["a->b"], {}) for text in zoo.NESTED),
    *((text, ["a->b", "b->c"], {}) for text in zoo.TWICE),
    *((text, depends, zoo.latent_sizes(sizes)) for text, depends, sizes, _ in zoo.STACKED),
    ("Lhkd,Lhkd,Lhvd,dLhv", ["L->h", "h->k", "h->v"], {"L": 3}),
    ("W0:(h0 h1),b0:(h1),W1:(h2 h1),b1:(h2)", [], {}),
    ("sizes:(name),name:(x)->y:(self name),x:(torch)", [], {}),
    ("Lha,a,Lhb->aLb,Lh", ["L->h"], {"L": 2}),
    ("aHbK,HaK->aH", [], {}),
    ("W0:(hidden In),b0:(hidden),W1:(Out hidden),b1:(Out)", [], {}),
    ("H,aKb,ab->HbKa", [], {}),
]
CASES = [case for case in CASES if zoo.has_free_channels(case[1], case[2])]
NAMES = sorted(
    # what a forward method calls, reads and assigns: none of it stands in the way of a tensor or an axis
    {
        one.id
        for text, more in (("abH,bH->adH,H", {"normalise_scale": True, "reduce": "sum"}), ("aH->aH", {}))
        for one in ast.walk(ast.parse(symshare.emit(text, form="tables", **more)))
        if isinstance(one, ast.Name) and one.id[0] != "_"
    }
    | {*vars(builtins), "self", "measure", "n_a", "blocks", "mix", "mix_a", "bias", "spec", "training"}
)
NAMES = [one for one in NAMES if one[0].isalpha() and one.isascii() and not iskeyword(one)]
OPTIONS = [{}, {"reduce": "sum"}, {"normalise_scale": True}, {"reduce": "sum", "normalise_scale": True}]


def both(text, depends, sizes, number, **options):
    """The module of a layer with statements and that with tables, and a layer of each with the same weights."""
    one = symshare.signature(text, depends=depends, sizes=sizes)
    modules = [load(symshare.emit(one, form=form, **options)) for form in ("statements", "tables")]
    ins, outs, _ = zoo.channels(one, number)
    ins, outs = (2 if isinstance(ins, tuple) and len(ins) < len(one.inputs) else ins), outs
    outs = 3 if isinstance(outs, tuple) and len(outs) < len(one.outputs) else outs
    layers = [module.Layer(ins, outs, dtype=torch.float64).requires_grad_(False) for module in modules]
    torch.manual_seed(number)
    for weight in layers[0].parameters():
        weight.normal_()
    layers[1].load_state_dict(layers[0].state_dict())
    return one.stacked(), modules, layers


def lengths(layer, sizes):
    """The keyword-only arguments of a layer: lengths of axes that no input has."""
    given = inspect.signature(layer.forward).parameters.values()
    return {one.name: sizes[one.name.removeprefix("n_")] for one in given if one.kind is inspect.Parameter.KEYWORD_ONLY}


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_values_are_those_of_the_layer_with_statements(case, options):
    one, modules, (first, second) = both(*case, CASES.index(case), **options)
    assert modules[0].TERMS == modules[1].TERMS
    assert first.SPEC == second.SPEC
    states = [layer.state_dict() for layer in (first, second)]
    assert states[0].keys() == states[1].keys()
    assert all(torch.equal(weight, states[1][key]) for key, weight in states[0].items())
    sizes = small_sizes(one)
    inputs, more = random_inputs(first, one, sizes), lengths(first, sizes)
    random = torch.Generator().manual_seed(1)
    weights = {
        axis: torch.rand([dict(one.sizes).get(above, sizes.get(above)) for above in chain], generator=random).double()
        for axis, chain in modules[1].MEASURED.items()
    }
    for measure in ({}, {"measure": weights} if weights else {}):
        values = [zoo.listed(layer(*inputs, **more, **measure)) for layer in (first, second)]
        for mine, theirs in zip(*values, strict=True):
            assert mine.shape == theirs.shape
            assert torch.allclose(mine, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("start", [*range(0, len(NAMES) - 12, 12), len(NAMES) - 12])
def test_no_name_stands_in_the_way(start):
    """Twelve names at a time, as tensors on both sides and as axes that no input has."""
    names = NAMES[start : start + 12]
    new = " ".join(dict.fromkeys(one[0].lower() + one[1:] for one in names[:4]))
    tensors = ",".join(f"{name}:({'ab'[place % 2]})" for place, name in enumerate(names))
    one, modules, (first, second) = both(
        f"{tensors}->{names[0]}:(a {new}),{names[-1]}:(b)", [], {}, 1, normalise_scale=True
    )
    assert modules[0].TERMS == modules[1].TERMS
    sizes = small_sizes(one)
    inputs = random_inputs(first, one, sizes)
    values = [zoo.listed(layer(*inputs, **lengths(layer, sizes))) for layer in (first, second)]
    for mine, theirs in zip(*values, strict=True):
        assert torch.allclose(mine, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_first_values_have_the_variance_of_the_layer_with_statements(case):
    """Each column of a matrix has its share exactly, so that the squares of both are equal, whatever is drawn."""
    for options in OPTIONS[:2]:
        *_, layers = both(*case, CASES.index(case), **options)
        for layer in layers:
            layer.reset_parameters()
        for key, weight in layers[0].state_dict().items():
            other = layers[1].state_dict()[key]
            if key.startswith("mix."):
                assert torch.allclose(weight.square().sum(-2), other.square().sum(-2), rtol=1e-10)
            else:
                assert torch.equal(weight, other)


def perceptron(layers):
    return ",".join(f"W{n}:(h{n} h{n + 1} Channels),b{n}:(h{n + 1} Channels)" for n in range(layers))


BLOCKS = (
    # the weights of a transformer, its blocks stacked, between an embedding and a head
    "Q:(Block stream heads keys C),K:(Block stream heads keys C),V:(Block stream heads values C),"
    "O:(Block heads values stream C),q:(Block heads keys C),k:(Block heads keys C),v:(Block heads values C),o:(Block stream C),"
    "g1:(Block stream C),c1:(Block stream C),W1:(Block stream hidden C),b1:(Block hidden C),W2:(Block hidden stream C),"
    "b2:(Block stream C),g2:(Block stream C),c2:(Block stream C),E:(tokens stream C),P:(places stream C),H:(stream out C),"
    "h:(out C)"
).replace(" C", " Channels")
BELOW = ["Block->heads", "heads->keys", "heads->values", "Block->hidden"]


@pytest.mark.parametrize(("layers", "most"), [(25, 1_500), (50, 1_600)])
def test_files_grow_with_what_is_different_not_with_depth(layers, most):
    source = symshare.emit(perceptron(layers))
    assert source.count("\n") <= most
    module = load(source)
    assert len(module.TERMS) == 4 * layers**2 + 12 * layers - 4
    assert symshare.emit(perceptron(layers + 1)).count("\n") - source.count("\n") < 12


def test_twelve_stacked_blocks_are_one_short_file():
    source = symshare.emit(BLOCKS, depends=BELOW, sizes={"Block": 12})
    assert source.count("\n") <= 2_000
    assert symshare.emit(BLOCKS, depends=BELOW, sizes={"Block": 3}).count("\n") == source.count("\n")
    one = symshare.signature(BLOCKS, depends=BELOW, sizes={"Block": 3}).stacked()
    layer = load(symshare.emit(BLOCKS, depends=BELOW, sizes={"Block": 3})).Layer(2, 3, dtype=torch.float64)
    errors = equivariance_errors(layer, one, random_inputs(layer, one, small_sizes(one)))
    assert set(errors) == set(one.symmetric_axes)
    assert max(errors.values()) < 1e-12


@pytest.mark.parametrize(("text", "depends", "sizes"), [(perceptron(2), [], {}), ("LhdH,dH->dLhH", ["L->h"], {"L": 2})])
def test_tables_are_traced_compiled_exported_and_differentiated(text, depends, sizes):
    one, _, layers = both(text, depends, sizes, 0)
    layer = layers[1].requires_grad_(True)
    inputs = tuple(random_inputs(layer, one, small_sizes(one)))
    wanted = layer(*inputs)
    torch._dynamo.reset()
    for found in (
        torch.compile(layer, fullgraph=True, backend="eager")(*inputs),
        torch.export.export(layer, inputs).module()(*inputs),
        torch.func.functional_call(layer, dict(layer.named_parameters()), inputs),
        copy.deepcopy(layer)(*inputs),
        pickle.loads(pickle.dumps(layer))(*inputs),
    ):
        assert all(torch.allclose(mine, theirs) for mine, theirs in zip(wanted, found, strict=True))
    sum(one.square().sum() for one in wanted).backward()
    assert all(weight.grad is not None and weight.grad.abs().sum() > 0 for weight in layer.parameters())


def test_files_verify(tmp_path):
    for number, options in enumerate(({}, {"normalise_scale": True}, {"reduce": "sum"})):
        path = tmp_path / f"layer{number}.py"
        path.write_text(symshare.emit(perceptron(2), form="tables", **options))
        assert max(verify_file(path).errors.values()) < 1e-10


class Pair(torch.nn.Module):
    """Two layers within another module."""

    def __init__(self, kind):
        super().__init__()
        self.first, self.second = kind(2, 3), kind(3, 1)


def test_states_are_loaded_whatever_module_has_the_layer():
    kind = load(symshare.emit("abH,bH->abH,bH", form="tables")).Layer
    one, two = Pair(kind), Pair(kind)
    assert any(key.startswith("first.mix.") for key in one.state_dict())
    two.load_state_dict(one.state_dict())
    assert all(torch.equal(weight, two.state_dict()[key]) for key, weight in one.state_dict().items())
    with torch.device("meta"):
        blank = Pair(kind)
    blank.load_state_dict({key: one.double() for key, one in one.state_dict().items()}, assign=True)
    assert {one.dtype for one in blank.parameters()} == {torch.float64}
    assert all(torch.equal(weight, one.state_dict()[key].to(weight)) for key, weight in blank.state_dict().items())


def test_states_that_do_not_fit_are_refused_with_the_key():
    module = load(symshare.emit("abH,bH->abH,bH", form="tables"))
    layer = module.Layer(2, 3)
    state = layer.state_dict()
    key = next(one for one in state if one.startswith("mix."))
    with pytest.raises(RuntimeError, match=f"Missing key.*{key}"):
        layer.load_state_dict({one: weight for one, weight in state.items() if one != key})
    with pytest.raises(RuntimeError, match=r"Unexpected key.*mix\.other"):
        layer.load_state_dict({**state, "mix.other": torch.ones(2)})
    with pytest.raises(RuntimeError, match=f"size mismatch for {key}"):
        layer.load_state_dict({**state, key: torch.ones(5, 5)})
    with pytest.raises(RuntimeError, match="the weights of another layer"):
        layer.load_state_dict(
            load(symshare.emit("abH,bH->abH,bH", form="tables", reduce="sum")).Layer(2, 3).state_dict()
        )
    found = layer.load_state_dict({key: state[key], "mix.other": torch.ones(2)}, strict=False)
    assert found.unexpected_keys == ["mix.other"]
    assert sorted(found.missing_keys) == sorted(state.keys() - {key})


def test_weights_of_a_state_are_those_of_the_layer():
    """As in every module: what is written into them changes what it computes."""
    layer = load(symshare.emit("abH,bH->abH,bH", form="tables")).Layer(2, 3, dtype=torch.float64)
    inputs = torch.randn(3, 4, 2, dtype=torch.float64), torch.randn(4, 2, dtype=torch.float64)
    for weight in layer.state_dict().values():
        if weight.is_floating_point():
            weight.zero_()
    assert all(value.abs().max() == 0 for value in layer(*inputs))


def test_wrong_inputs_are_refused_by_name():
    layer = load(symshare.emit(perceptron(2), form="tables")).Layer(2, 3)
    shapes = {"W0": (3, 4, 2), "b0": (4, 2), "W1": (4, 5, 2), "b1": (5, 2)}
    inputs = {name: torch.zeros(shape) for name, shape in shapes.items()}
    layer(**inputs)
    with pytest.raises(ValueError, match=r"W1 needs shape .* h1 = 4"):
        layer(**{**inputs, "W1": torch.zeros(6, 5, 2)})
    with pytest.raises(TypeError, match=r"b0 is torch.float64"):
        layer(**{**inputs, "b0": torch.zeros(4, 2, dtype=torch.float64)})
    with pytest.raises(ValueError, match="measure has 'h9'"):
        layer(**inputs, measure={"h9": torch.ones(4)})
