"""Weights of pairs: each term is a weighted sum, or that over the same of ones."""

import pytest
import torch

import symshare
from symshare import nn
from symshare.plans.sparse import label, sparse_labels
from tests.nn.sparse.brute import on_diagonals, standardised
from tests.nn.sparse.made import SUPPORTS, Case, assert_close, plan_of

DOUBLE = torch.float64
LAYERS = {
    "linear": ("edges:aaH,nodes:aH", ["edges"], {}),
    "products": ("edges:aaH,nodes:aH", ["edges"], {"order": 2}),
    "pooling": ("edges:aaH,nodes:aH", ["edges"], {"order": 2, "kind": "pooling"}),
    "table": ("abH", ["ab"], {"order": 2}),
    "read": ("edges:aaH->aH,H", ["edges"], {"order": 2}),
    "written": ("nodes:aH->edges:aaH", ["edges"], {"order": 2}),
    "one of two": ("e:aaH,f:aaH->f:aaH", ["e"], {"order": 2}),
    "turned": ("ab->ba", ["ab", "ba"], {"order": 2, "channels": {"in": 2, "out": 3}}),
    "two": ("e:aaH,f:aaH->f:aaH", ["aa"], {"order": 2}),
    "normalised": ("edges:aaH,nodes:aH", ["edges"], {"order": 2, "normalise_factors": True}),
    "normalised scale": ("edges:aaH,nodes:aH", ["edges"], {"order": 2, "normalise_scale": True}),
    "one scale": ("e:aaH,f:abH,H->aH", ["e", "f"], {"normalise_scale": True}),
    "words": ("e:(user user H),(user H)", ["e"], {"order": 2, "normalise_factors": True}),
    "order 3": ("edges:aaH,nodes:aH->nodes:aH", ["edges"], {"order": 3}),
    "order 3, pooling": ("edges:aaH", ["edges"], {"order": 3, "kind": "pooling"}),
    "order 3, two": ("e:aaH,f:aaH->aH", ["e", "f"], {"order": 3, "only": ["e:ab,f:ab,e:bc->a", "e:ab,e:ab,f:ab->a"]}),
    "order 4": (
        "edges:aaH->aH",
        ["edges"],
        {"order": 4, "only": ["ab,ab,bc,cb->a", "ab,bc,cd,da->a", "aa,ab,ab,bb->b"]},
    ),
    "third axis": ("edges:aabH,bH->edges:aabH,abH,aH", ["edges"], {"order": 1}),
    "third axis, products": ("edges:aabH,aaH->edges:aabH,aH", ["edges"], {"order": 2}),
    "third axis, pooling": ("edges:aabH,nodes:aH", ["edges"], {"order": 2, "kind": "pooling"}),
    "third axis, order 3": ("e:aabH,f:aaH->aH", ["e", "f"], {"order": 3, "only": ["e:abc,e:abd,f:ab->b"]}),
    "third axis, normalised": ("edges:aabH,nodes:aH", ["edges"], {"normalise_scale": True}),
    "full": ("edges:aaH,nodes:aH", ["edges"], {"order": 2, "coefficients": "full"}),
    "full, order 3": (
        "edges:aaH->aH",
        ["edges"],
        {"order": 3, "coefficients": "full", "only": ["ab,ab,bc->a", "ab,ab,ab->b"]},
    ),
    "known channels": ("edges:aaH,nodes:aH", ["edges"], {"order": 2, "channels": {"in": 3, "out": 4, "rank": 3}}),
}
SIZES = {"a": 3, "b": 4, "user": 3}


def weighted(plan, weights, inputs, pairs, axes):
    """The outputs by brute force: every term with all its indices at once, `pairs` weights by label, `axes` by axis."""
    signature, own = plan.signature, {}
    for one in plan.parameters:
        own.setdefault((one.group, one.term), []).append(weights[f"{one.group}.{one.key}"])
    outputs = [0] * len(signature.outputs)
    for number, term in enumerate(plan.terms):
        name = [chr(97 + index) for index in range(len(term.index_axes))]
        labels = ["".join(name[index] for index in indices) for indices in term.factor_indices]
        out = "".join(name[index] for index in term.output_indices)
        kept = "".join(dict.fromkeys(out))
        factors = [inputs[factor] for factor in term.factors]
        mixes = own.get(("factor", number))
        if mixes is not None:
            factors = [factor @ mix for factor, mix in zip(factors, mixes, strict=True)]
        carried = [(label(tensor), one[:2]) for tensor, one in zip(term.factor_tensors, labels, strict=True)]
        own_weights = [whole_weights(pairs, tensor) for tensor in term.factor_tensors]
        mean = plan.choices.reduce == "mean"
        if plan.choices.normalise_factors and term.order > 1:
            along = {letter: axes[term.index_axes[name.index(letter)]] for letter in name}
            factors, labels, own_weights = standardised(factors, labels, own_weights, along, kept, mean)
        summed = {letter for one in labels for letter in one if letter not in kept}
        first = {pair: place for place, pair in reversed([*enumerate(carried)])}
        weigh = [(own_weights[at], labels[at]) for at in first.values() if own_weights[at] is not None]
        weigh += [(axes[term.index_axes[name.index(letter)]], letter) for letter in sorted(summed)]
        weigh += [(torch.ones(SIZES[term.index_axes[name.index(letter)]], dtype=DOUBLE), letter) for letter in kept]
        texts, given = [one for _, one in weigh], [one for one, _ in weigh]
        if term.order == 0:
            (value,) = own["bias", number]
            value = torch.einsum(f"Z{''.join(',' + one for one in texts)}->{kept}Z", value, *given)
        else:
            (mix,) = own["mix", number]
            whole = mixes is None and term.order > 1  # an array over the channels of all factors
            ends = "STUV"[: len(factors)] if whole else "Z" * len(factors)
            array = [ends + "X"] if whole else []
            spec = [f"...{one}{end}" for one, end in zip(labels, ends, strict=True)] + [f"...{one}" for one in texts]
            spec = f"{','.join([*spec, *array])}->...{kept}{'X' if whole else 'Z'}"
            value = torch.einsum(spec, *factors, *given, *([mix] if whole else []))
            if mean:
                ones = [
                    torch.ones([SIZES[term.index_axes[name.index(i)]] for i in one], dtype=DOUBLE) for one in labels
                ]
                spec = ",".join([*labels, *(f"...{one}" for one in texts)])
                total = torch.einsum(f"{spec}->...{kept}", *ones, *given)
                value = value / torch.where(total == 0, 1, total)[..., None]
            value = value if whole else value @ mix
        if len(out) > len(kept):
            value = on_diagonals(value, kept, out)
        target = signature.outputs[term.output]
        if label(target) in pairs:
            value = value * at_entries(pairs[label(target)] != 0, target)
        outputs[term.output] = outputs[term.output] + value
    return outputs


def whole_weights(pairs, tensor):
    """The weights of all entries of a tensor, None for ones."""
    if label(tensor) not in pairs:
        return None
    weights = pairs[label(tensor)]
    more = [SIZES[axis] for axis in tensor.set_axes[2:]]
    return weights[(..., *[None] * len(more))].expand(*weights.shape, *more)


def at_entries(weights, tensor):
    """Weights of pairs at all entries of a tensor."""
    return weights[(..., *[None] * (len(tensor.set_axes) - 1))]


def over_one_scale(plan, inputs, pairs, axes):
    """Inputs over the root of their mean squares, added up, with weights of pairs and of axes."""
    square = 0
    for tensor, x in zip(plan.signature.inputs, inputs, strict=True):
        letters = "abc"[: len(tensor.set_axes)]
        given = [(pairs[label(tensor)], letters[:2])] if label(tensor) in pairs else []
        given += [(axes[axis], letter) for axis, letter in zip(tensor.set_axes, letters, strict=True)]
        texts, weights = "".join(f",...{own}" for _, own in given), [one for one, _ in given]
        ones = torch.ones(x.shape[-1 - len(letters) :], dtype=DOUBLE)
        total = torch.einsum(f"{letters}Z{texts}->...Z", ones, *weights)
        square = square + (torch.einsum(f"...{letters}Z{texts}->...Z", x.square(), *weights) / total).mean(-1)
    return [
        x / square.sqrt()[(..., *[None] * (len(t.axes)))] for t, x in zip(plan.signature.inputs, inputs, strict=True)
    ]


def drawn(*shape):
    """Weights of all sorts, some of them 0."""
    return torch.randint(0, 4, shape).to(DOUBLE) * torch.rand(shape, dtype=DOUBLE)


@pytest.mark.parametrize("batch", [(), (2,)])
@pytest.mark.parametrize("reduce", ["sum", "mean"])
@pytest.mark.parametrize("layer", LAYERS)
def test_values_are_weighted_sums_and_means(layer, reduce, batch):
    symmetry, measured, options = LAYERS[layer]
    torch.manual_seed(len(layer))
    plan, module = plan_of(symmetry, measured=measured, reduce=reduce, **options)
    signature = plan.signature
    into, out = (tuple(range(2, 2 + len(side))) for side in (signature.inputs, signature.outputs))
    channels = [own if len(own) > 1 else own[0] for own in (into, out)]
    made = module.Layer(*channels, dtype=DOUBLE, **({"rank": 3} if plan.ranked else {}))
    for one in made.parameters():
        torch.nn.init.normal_(one)
    lengths = [[SIZES[axis] for axis in one.set_axes] for one in signature.inputs]
    inputs = [torch.randn(*batch, *own, c, dtype=DOUBLE) for own, c in zip(lengths, into, strict=True)]
    pairs = {
        name: drawn(*batch, *(SIZES[axis] for axis in one.set_axes[:2]))
        for name, one in sparse_labels(signature, plan.choices.measured).items()
    }
    axes = {axis: drawn(*batch, SIZES[axis]) + 0.1 for axis in signature.set_axes}
    both = zip(signature.inputs, inputs, strict=True)
    masked = [x * at_entries(pairs[label(one)] != 0, one) if label(one) in pairs else x for one, x in both]
    for weigh in ({}, axes):
        found = made(*inputs, measure=pairs | weigh)
        used = {axis: weigh.get(axis, torch.ones(SIZES[axis], dtype=DOUBLE)) for axis in signature.set_axes}
        given = over_one_scale(plan, masked, pairs, used) if plan.choices.normalise_scale else masked
        wanted = weighted(plan, made.state_dict(), given, pairs, used)
        assert_close(found if isinstance(found, tuple) else (found,), wanted)


@pytest.mark.parametrize("support", SUPPORTS)
@pytest.mark.parametrize("reduce", ["sum", "mean"])
@pytest.mark.parametrize(
    ("symmetry", "options"),
    [(LAYERS[one][0], LAYERS[one][2]) for one in ("products", "pooling", "normalised", "normalised scale")],
)
def test_a_sparse_layer_is_the_dense_one_on_its_support(symmetry, options, reduce, support):
    case = Case(symmetry, ["edges"], SUPPORTS[support], reduce=reduce, **options)
    plain = case.made(*plan_of(symmetry, measured=["edges"], reduce=reduce, **options))
    plain.load_state_dict(case.layer.state_dict())
    (mask,) = case.masks([one for one in case.plan.signature.inputs if one.name == "edges"])
    edges, nodes = case.dense_inputs()
    anything = edges + (1 - mask)[..., None] * 7  # what is off the support does not count
    found = plain(anything, nodes, measure={"edges": mask.bool()})
    assert_close(case.outputs(), case.on_supports(found))
    assert (found[0] * (1 - mask)[..., None] == 0).all()


@pytest.mark.parametrize("layer", LAYERS)
def test_without_weights_it_is_the_layer_without(layer):
    symmetry, measured, options = LAYERS[layer]
    plans = [symshare.plan(symmetry, **options, **more) for more in ({"measured": measured}, {})]
    ins, outs = len(plans[0].signature.inputs), len(plans[0].signature.outputs)
    one, two = (
        nn.compile(plan, (2,) * ins if ins > 1 else 2, (3,) * outs if outs > 1 else 3, dtype=DOUBLE) for plan in plans
    )
    one.load_state_dict(two.state_dict())
    inputs = [torch.randn(*(SIZES[a] for a in t.set_axes), 2, dtype=DOUBLE) for t in plans[0].signature.inputs]
    found = [made if isinstance(made, tuple) else (made,) for made in (one(*inputs), two(*inputs))]
    assert_close(*found)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_half_precision(kind):
    made = nn.compile("edges:aaH,nodes:aH", 2, 3, measured="edges", order=2, dtype=kind)
    weights = torch.randint(0, 3, (5, 5))
    found = made(torch.randn(5, 5, 2, dtype=kind), torch.randn(5, 2, dtype=kind), measure={"edges": weights})
    assert [one.dtype for one in found] == [kind, kind]
    assert all(one.isfinite().all() for one in found)


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        (torch.ones(3, 4), r"measure of edges needs shape \(..., 3, 3\)"),
        (-torch.ones(3, 3), "negative or not finite"),
        ("mask", "measure of edges is str"),
    ],
)
def test_weights_that_do_not_fit(weights, said):
    made = nn.compile("edges:aaH", 2, 2, measured="edges")
    with pytest.raises((ValueError, TypeError), match=said):
        made(torch.zeros(3, 3, 2), measure={"edges": weights})


@pytest.mark.parametrize(
    ("symmetry", "options", "said"),
    [
        ("edges:aaH,nodes:aH", {"measured": "nodes"}, "nodes has 1 axis, and pairs have weights"),
        ("edges:aaH,nodes:aH", {"measured": "other"}, "measured='other' is no tensor"),
        ("a:aaH", {"measured": "a"}, "measured='a' is an axis too"),
        ("abH", {"measured": "ab", "depends": ["a->b"]}, "permuted axes that hang on no other"),
        ("aaH", {"measured": "aa", "axes": {"a": "C(4)"}}, "permuted axes that hang on no other"),
        ("aaH", {"measured": "aa", "sparse": "aa"}, "no sparse tensors yet\n  leave out --sparse"),
        ("aaH", {"measured": "aa", "form": "tables"}, "no form='tables' yet\n  leave out --form"),
    ],
)
def test_what_weights_of_pairs_are_not_for(symmetry, options, said):
    with pytest.raises(symshare.SymshareError) as caught:
        symshare.emit(symmetry, **options)
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) <= 3
