"""Modules of many more kinds: the number of permutations by hand, and that the spec holds and misses nothing."""

from functools import cache
from math import factorial as f

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from symshare.errors import SpecError
from symshare.weights import read_spec, spec
from tests.weights import written
from tests.weights.written import Written

L = nn.Linear


def hidden(does, width=5):
    """A layer, what is done with its units, and a layer after it."""
    return Written(lambda net, x: net.o(does(net.a(x))), a=L(3, width), o=L(width, 2))


def ins(*shape):
    """The same numbers whatever was drawn before: some modules have inputs on which they do nothing."""
    return (torch.randn(*shape, generator=torch.Generator().manual_seed(1)),)


CASES = {
    "heads, of each q, k and v": (
        lambda: Written(written.packed_by_heads, e=L(3, 6), i=L(6, 36), o=L(12, 2)),
        ins(2, 5, 3),
        f(6) * f(3) * (f(4) * f(4)) ** 3,
    ),
    "heads, q, k and v, units": (
        lambda: Written(written.packed_in_the_middle, e=L(3, 6), i=L(6, 36), o=L(12, 2)),
        ins(2, 5, 3),
        f(6) * f(3) * (f(4) * f(4)) ** 3,
    ),
    "grouped queries": (
        lambda: Written(written.shared_keys, q=L(5, 12), k=L(5, 6), v=L(5, 6), o=L(12, 2)),
        ins(2, 4, 5),
        f(2) * (f(2) * f(3) * f(3)) ** 2,
    ),
    "grouped queries by repetition": (
        lambda: Written(written.repeated_keys, q=L(5, 12), k=L(5, 6), v=L(5, 6), o=L(12, 2)),
        ins(2, 4, 5),
        f(2) * (f(2) * f(3) * f(3)) ** 2,
    ),
    "weight norm": (
        lambda: nn.Sequential(nn.utils.parametrizations.weight_norm(L(3, 5)), nn.ReLU(), L(5, 2)),
        ins(4, 3),
        f(5),
    ),
    "spectral norm": (
        lambda: nn.Sequential(nn.utils.parametrizations.spectral_norm(L(3, 5)), nn.ReLU(), L(5, 2)),
        ins(4, 3),
        f(5),
    ),
    "bags of embeddings": (
        lambda: nn.Sequential(nn.EmbeddingBag(10, 5), nn.ReLU(), L(5, 2)),
        (torch.randint(0, 10, (9, 4)),),
        f(5),
    ),
    "gru in both directions": (
        lambda: Written(
            lambda net, x: net.o(net.g(x)[0]), g=nn.GRU(3, 4, 2, batch_first=True, bidirectional=True), o=L(8, 2)
        ),
        ins(2, 5, 3),
        f(4) ** 4,
    ),
    "lstm with projections": (
        lambda: Written(
            lambda net, x: net.o(net.g(x)[0][:, -1]), g=nn.LSTM(3, 4, batch_first=True, proj_size=2), o=L(2, 2)
        ),
        ins(2, 5, 3),
        f(4) * f(2),
    ),
    "instance norm": (
        lambda: nn.Sequential(nn.Conv1d(2, 4, 3), nn.InstanceNorm1d(4, affine=True), nn.ReLU(), nn.Conv1d(4, 1, 1)),
        ins(2, 2, 7),
        f(4),
    ),
    "group norm": (
        lambda: nn.Sequential(nn.Conv1d(2, 6, 3), nn.GroupNorm(2, 6), nn.ReLU(), nn.Conv1d(6, 1, 1)),
        ins(2, 2, 7),
        f(2) * f(3) ** 2,
    ),
    "an image without a batch": (
        lambda: nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 1, 1)),
        ins(2, 8, 8),
        f(4),
    ),
    "pixel shuffle": (
        lambda: nn.Sequential(nn.Conv2d(2, 12, 3, padding=1), nn.PixelShuffle(2), nn.ReLU(), nn.Conv2d(3, 1, 1)),
        ins(2, 2, 4, 4),
        f(3),
    ),
    "interpolation and circular padding": (
        lambda: nn.Sequential(
            nn.Conv2d(2, 4, 3, padding="same", padding_mode="circular"),
            nn.Upsample(scale_factor=2, mode="bilinear"),
            nn.ReLU(),
            nn.Conv2d(4, 1, 3, padding=1, padding_mode="reflect"),
        ),
        ins(2, 2, 4, 4),
        f(4),
    ),
    "prelu": (lambda: nn.Sequential(L(3, 5), nn.PReLU(5), L(5, 4), nn.PReLU(), L(4, 1)), ins(2, 3), f(5) * f(4)),
    "maxout": (
        lambda: Written(lambda net, x: net.o(net.a(x).unflatten(-1, (4, 3)).max(-1)[0]), a=L(3, 12), o=L(4, 2)),
        ins(2, 3),
        f(4) * f(3) ** 4,
    ),
    "maxout across": (
        lambda: Written(lambda net, x: net.o(net.a(x).unflatten(-1, (3, 4)).amax(-2)), a=L(3, 12), o=L(4, 2)),
        ins(2, 3),
        f(4) * f(3) ** 4,
    ),
    "the largest": (
        lambda: Written(lambda net, x: net.o(net.a(x).topk(3, -1)[0]), a=L(3, 6), o=L(3, 2)),
        ins(2, 3),
        f(6),
    ),
    "places of the largest": (lambda: hidden(lambda x: x * x.argsort(-1)), ins(2, 3), 1),
    "experts": (lambda: Written(written.experts, g=L(3, 4), u=(4, 3, 5), d=(4, 5, 2)), ins(6, 3), f(4) * f(5) ** 4),
    "bilinear": (
        lambda: Written(
            lambda net, x: net.o(net.b(net.a(x), net.c(x))), a=L(3, 4), c=L(3, 5), b=nn.Bilinear(4, 5, 6), o=L(6, 2)
        ),
        ins(2, 3),
        f(4) * f(5) * f(6),
    ),
    "distances to centres": (
        lambda: Written(lambda net, x: net.o(torch.exp(-torch.cdist(x, net.c))), c=(5, 3), o=L(5, 2)),
        ins(2, 3),
        f(5),
    ),
    "a quadratic form": (
        lambda: Written(lambda net, x: torch.einsum("bi,bj,ij->b", net.a(x), net.a(x), net.m), a=L(3, 5), m=(5, 5)),
        ins(2, 3),
        f(5),
    ),
    "an outer product, flattened": (
        lambda: Written(
            lambda net, x: net.o(torch.relu(net.a(x)[:, :, None] * net.a(x)[:, None, :]).flatten(1)),
            a=L(3, 5),
            o=L(25, 2),
        ),
        ins(2, 3),
        f(5),
    ),
    "a diagonal": (
        lambda: Written(lambda net, x: net.o(net.a(x) @ net.m.diagonal().diag()), a=L(3, 5), m=(5, 5), o=L(5, 1)),
        ins(2, 3),
        f(5),
    ),
    "transposed convolution in groups": (
        lambda: nn.Sequential(
            nn.Conv2d(2, 4, 1), nn.ReLU(), nn.ConvTranspose2d(4, 6, 2, groups=2), nn.ReLU(), nn.Conv2d(6, 1, 1)
        ),
        ins(2, 2, 3, 3),
        f(2) * (f(2) * f(3)) ** 2,
    ),
    "squeeze and excite": (
        lambda: Written(written.squeezed, c=nn.Conv2d(2, 6, 3), d=L(6, 3), u=L(3, 6), o=L(6, 2)),
        ins(2, 2, 5, 5),
        f(6) * f(3),
    ),
    "vision transformer": (
        lambda: Written(
            written.vision,
            p=nn.Conv2d(1, 8, 2, stride=2),
            first=(1, 1, 8),
            places=(1, 5, 8),
            e=nn.TransformerEncoderLayer(8, 2, 6, batch_first=True),
            o=L(8, 2),
        ),
        ins(3, 1, 4, 4),
        f(8) * f(2) * (f(4) * f(4)) ** 2 * f(6),
    ),
    "encoder and decoder": (
        lambda: Written(
            lambda net, x, y: net.o(net.t(net.e(x), net.e(y))),
            e=L(3, 8),
            t=nn.Transformer(8, 2, 1, 1, 6, batch_first=True),
            o=L(8, 1),
        ),
        (torch.randn(2, 4, 3), torch.randn(2, 5, 3)),
        f(8) * (f(2) * (f(4) * f(4)) ** 2) ** 3 * f(6) ** 2,
    ),
    "positions in the state": (
        lambda: Written(
            lambda net, x: net.o(torch.relu(net.e(x) + net.places)), e=L(3, 8), places=torch.randn(5, 8), o=L(8, 1)
        ),
        ins(2, 5, 3),
        f(8),
    ),
    "outputs in a dictionary": (
        lambda: Written(
            lambda net, x: {"a": [net.o(torch.relu(net.e(x))), None, 3], "b": (net.e(x).sum(-1),)}, e=L(3, 8), o=L(8, 1)
        ),
        ins(2, 3),
        f(8),
    ),
    "inputs in a dictionary": (
        lambda: Written(lambda net, x: net.o(torch.relu(net.e(x["x"][0]))), e=L(3, 8), o=L(8, 1)),
        ({"x": [torch.randn(2, 3)]},),
        f(8),
    ),
    "a Fourier layer": (
        lambda: Written(
            lambda net, x: net.o(
                torch.fft.irfft(
                    torch.einsum(
                        "bix,iox->box", torch.fft.rfft(net.e(x).transpose(1, 2)), torch.view_as_complex(net.w)
                    ),
                    n=8,
                )
                .relu()
                .transpose(1, 2)
            ),
            e=L(3, 4),
            w=(4, 5, 5, 2),
            o=L(5, 1),
        ),
        ins(2, 8, 3),
        f(4) * f(5),
    ),
    "written into two halves": (
        lambda: Written(written.written_into, a=L(3, 5), b=L(3, 5), o=L(10, 2)),
        ins(2, 3),
        f(5),
    ),
    "scattered": (
        lambda: Written(
            lambda net, x, i: net.o(
                torch.zeros(4, 5, dtype=x.dtype).scatter_add(0, i[:, None].expand(-1, 5), torch.relu(net.a(x)))
            ),
            a=L(3, 5),
            o=L(5, 2),
        ),
        (torch.randn(6, 3), torch.randint(0, 4, (6,))),
        f(5),
    ),
    "summed by indices": (
        lambda: Written(
            lambda net, x, i: net.o(torch.zeros(4, 5, dtype=x.dtype).index_add(0, i, torch.relu(net.a(x)))),
            a=L(3, 5),
            o=L(5, 2),
        ),
        (torch.randn(6, 3), torch.randint(0, 4, (6,))),
        f(5),
    ),
    "filled where the input says": (
        lambda: Written(
            lambda net, x: net.o(torch.relu(net.a(x)).masked_fill(x.sum(-1, keepdim=True) > 0, 0.0)),
            a=L(3, 5),
            o=L(5, 2),
        ),
        ins(6, 3),
        f(5),
    ),
    "filled where units say": (lambda: Written(written.masked, a=L(3, 5), o=L(5, 2)), ins(6, 3), f(5)),
    "without derivatives": (lambda: Written(written.without_derivatives, a=L(3, 5), o=L(5, 2)), ins(6, 3), f(5)),
    "einsum with an ellipsis": (
        lambda: Written(
            lambda net, x: torch.einsum("...h,hko->...ko", torch.relu(x @ net.a), net.b).relu().sum(-2),
            a=(3, 4),
            b=(4, 5, 2),
        ),
        ins(2, 6, 3),
        # o is fixed, and each of its values has its own list of k
        f(4) * f(5) ** 2,
    ),
    "a Kronecker product": (
        lambda: Written(lambda net, x: torch.relu(x @ torch.kron(net.a, net.b)) @ net.c, a=(3, 2), b=(1, 4), c=(8, 2)),
        ins(2, 3),
        f(2) * f(4),
    ),
    "rolled": (lambda: hidden(lambda x: x.roll(1, -1)), ins(2, 3), 1),
    "sums along units": (lambda: hidden(lambda x: x.cumsum(-1)), ins(2, 3), 1),
    "sums along a sequence": (lambda: hidden(lambda x: x.cumsum(-2)), ins(2, 3), f(5)),
    "units twice, each time with a bias of its own": (
        lambda: Written(
            lambda net, x: net.o(torch.relu(net.a(x).repeat(1, 3) + net.b)), a=L(3, 5), b=(15,), o=L(15, 2)
        ),
        ins(6, 3),
        f(5) * f(3) ** 5,
    ),
    "three gates": (
        lambda: Written(
            lambda net, x: net.o((lambda a, b, c: a * torch.sigmoid(b) + c)(*net.a(x).split(4, -1))),
            a=L(3, 12),
            o=L(4, 2),
        ),
        ins(6, 3),
        f(4),
    ),
    "parts of two lengths": (
        lambda: Written(
            lambda net, x: net.o((lambda a, b: torch.cat([torch.relu(b), a], -1))(*net.a(x).split([4, 2], -1))),
            a=L(3, 6),
            o=L(6, 2),
        ),
        ins(6, 3),
        f(4) * f(2),
    ),
    "every second unit": (
        lambda: Written(lambda net, x: net.o(net.a(x)[..., ::2]), a=L(3, 8), o=L(4, 2)),
        ins(6, 3),
        1,
    ),
    "convolution in three dimensions": (
        lambda: nn.Sequential(nn.Conv3d(1, 3, 2), nn.ReLU(), nn.MaxPool3d(2), nn.Flatten(), L(3, 2)),
        ins(2, 1, 3, 3, 3),
        f(3),
    ),
    "one layer, thrice": (
        lambda: (lambda one: nn.Sequential(L(3, 4), one, nn.Tanh(), one, nn.Tanh(), one, L(4, 2)))(L(4, 4)),
        ins(2, 3),
        f(4),
    ),
    "ensemble": (
        lambda: Written(lambda net, x: (torch.tanh(x @ net.i) @ net.w).sum(0), i=(4, 3, 5), w=(4, 5, 2)),
        ins(2, 3),
        f(4) * f(5) ** 4,
    ),
    "half precision": (lambda: nn.Sequential(L(3, 5), nn.ReLU(), L(5, 2)).half(), (torch.randn(2, 3).half(),), f(5)),
    "float32 inside": (
        lambda: Written(lambda net, x: net.o(torch.relu(net.a(x.float())).float()), a=L(3, 5), o=L(5, 2)),
        ins(2, 3),
        f(5),
    ),
    "complex": (
        lambda: nn.Sequential(L(3, 5, dtype=torch.complex64), nn.Tanh(), L(5, 2, dtype=torch.complex64)),
        (torch.randn(2, 3, dtype=torch.complex64),),
        f(5),
    ),
    "no weights": (nn.ReLU, ins(2, 3), 1),
}


@cache
def scaled(name):
    """The spec of a module with its scales, found once for all tests, the module, its inputs, and its permutations."""
    make, inputs, order = CASES[name]
    torch.manual_seed(1)
    module = make()
    return spec(module, inputs, scales=True), module, inputs, order


@pytest.mark.parametrize("name", CASES)
def test_the_number_of_permutations(name):
    make, inputs, order = CASES[name]
    torch.manual_seed(1)
    module = make()
    one = spec(module, inputs)
    assert one.order == order
    outcome = one.verify(module, inputs, redraw=True)
    assert outcome.ok
    assert not outcome.missed
    assert read_spec(one.to_json()) == one


@pytest.mark.parametrize(
    ("module", "said"),
    [
        (Written(lambda net, x: torch.det(net.m) * x, m=(3, 3)), "there is no rule for _linalg_det"),
        (hidden(lambda x: F.dropout(x)), "draws random numbers"),
        (hidden(lambda x: x + torch.randn(5)), "draws random numbers"),
        (hidden(lambda x: x if x.sum() > 0 else -x), "decides by the values of tensors"),
        (hidden(lambda x: x[x[:, 0] > 0]), "values of tensors"),
        (hidden(lambda x: x * len(x.nonzero())), "values of tensors"),
        (hidden(lambda x: x * int(x.sum())), "values of tensors"),
        (
            nn.Sequential(nn.utils.parametrizations.orthogonal(L(3, 5)), L(5, 2)),
            "there is no rule for linalg_householder",
        ),
    ],
)
def test_what_has_no_rule_is_refused_with_its_place(module, said):
    with pytest.raises(SpecError, match=said) as error:
        spec(module, torch.randn(2, 3))
    lines = str(error.value).splitlines()
    assert len(lines) <= 3
    assert "test_orders.py" in str(error.value) or "written.py" in str(error.value) or "submodule" in str(error.value)


def test_a_layer_of_no_units_has_no_symmetry_and_its_inputs_do_not_matter():
    module = nn.Sequential(L(3, 0), L(0, 2))
    one = spec(module, torch.randn(2, 3))
    assert one.order == 1
    assert one.verify(module, torch.randn(2, 3), redraw=True).missed == ("In (an input)",)
