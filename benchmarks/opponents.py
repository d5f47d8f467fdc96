"""Layers as one writes them by hand, with the weights of symshare's: what its layers run beside.

Inputs are (batch, axes, channels), all axes of one length n. A term such as `abH,bcH->acH` names its weights `ab_bc__ac`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import torch
from torch import Tensor, nn


def terms(layer: nn.Module) -> list[str]:
    """The terms of a generated layer, without its constants."""
    return [term for term in sys.modules[type(layer).__module__].TERMS if not term.startswith("->")]


def key(term: str) -> str:
    return term.replace("H", "").replace(",", "_").replace("->", "__")


def linear(matrices: list[Tensor], bias: Tensor | None = None) -> nn.Linear:
    """A torch layer with copies of matrices (in, out), one below the other."""
    matrix = torch.cat(matrices).detach()
    made = nn.Linear(*matrix.shape, bias=bias is not None, device=matrix.device, dtype=matrix.dtype)
    made.weight.data.copy_(matrix.mT)
    if bias is not None:
        made.bias.data.copy_(bias)
    return made


def constants(layer: nn.Module) -> tuple[Tensor | None, nn.Parameter | None]:
    """The biases everywhere and on the diagonal."""
    everywhere = diagonal = None
    for name, bias in getattr(layer, "bias", {}).items():
        if len(set(name[2:])) == len(name[2:]):
            everywhere = bias
        else:
            diagonal = nn.Parameter(bias.detach().clone())
    return everywhere, diagonal


def add_on_diagonal(y: Tensor, values: Tensor) -> Tensor:
    """Add values (batch, n, channels), or one for all n, on the diagonal of y (batch, n, n, channels)."""
    y.diagonal(dim1=1, dim2=2).add_(values.mT)
    return y


def spread(term: str, x: Tensor) -> Tensor:
    """A term of order one at full size: means over indices that end, copies along those that are new."""
    source, target = term.replace("H", "").split("->")
    n = x.shape[1]
    own = "".join(dict.fromkeys(source))
    if own != source:
        x = torch.einsum(f"z{source}H->z{own}H", x)
    gone = [1 + at for at, index in enumerate(own) if index not in target]
    if gone:
        x = x.mean(gone)
    own = [index for index in own if index in target]
    wanted = dict.fromkeys(target)
    x = x.permute(0, *(1 + own.index(index) for index in wanted if index in own), -1)
    x = x[(slice(None), *(slice(None) if index in own else None for index in wanted))]
    x = x.expand(-1, *(n for _ in wanted), -1)
    return torch.diag_embed(x.mT).movedim(1, -1) if len(wanted) < len(target) else x


def in_given_order(equation: str, *operands: Tensor) -> Tensor:
    """torch.einsum from left to right."""
    with torch.backends.opt_einsum.flags(enabled=False):
        return torch.einsum(equation, *operands)


class Literal(nn.Module):
    """Every term at full size, side by side, one matrix for all."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.terms = terms(layer)
        everywhere, self.diagonal = constants(layer)
        self.mix = linear([layer.mix[key(term)] for term in self.terms], everywhere)

    def forward(self, x: Tensor) -> Tensor:
        y = self.mix(torch.cat([spread(term, x) for term in self.terms], -1))
        return y if self.diagonal is None else add_on_diagonal(y, self.diagonal[None, None])


class LiteralPooling(nn.Module):
    """A matrix into the factors of all poolings, each pooling at full size, a matrix out of them."""

    def __init__(self, layer: nn.Module, contract: Callable[..., Tensor] = torch.einsum) -> None:
        super().__init__()
        self.terms = terms(layer)
        self.rank = layer.rank
        self.contract = contract
        factors = [layer.factor[f"{key(term)}__{at}"] for term in self.terms for at in range(term.count(",") + 1)]
        everywhere, self.diagonal = constants(layer)
        self.into = linear([torch.cat(factors, 1)])
        self.out = linear([layer.mix[key(term)] for term in self.terms], everywhere)

    def forward(self, x: Tensor) -> Tensor:
        factors = iter(self.into(x).split(self.rank, -1))
        pooled = [self.pool(term, [next(factors) for _ in range(term.count(",") + 1)]) for term in self.terms]
        y = self.out(torch.cat(pooled, -1))
        return y if self.diagonal is None else add_on_diagonal(y, self.diagonal[None, None])

    def pool(self, term: str, factors: list[Tensor]) -> Tensor:
        if len(factors) == 1:
            return spread(term, factors[0])
        sources, target = key(term).split("__")
        equation = ",".join(f"z{source}H" for source in sources.split("_")) + f"->z{target}H"
        y = self.contract(equation, *factors)
        gone = set(sources) - set(target) - {"_"}
        return y / factors[0].shape[1] ** len(gone) if gone else y


class DeepSets(nn.Module):
    """Zaheer et al., Deep Sets (2017): each element, and the mean of all."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.each = linear([layer.mix["a__a"]], layer.bias["__a"])
        self.all = linear([layer.mix["a__b"]])

    def forward(self, x: Tensor) -> Tensor:
        return self.each(x) + self.all(x.mean(1, keepdim=True))


class Sets(DeepSets):
    """The same with the bias on the mean and the sum in place."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__(layer)
        self.each = linear([layer.mix["a__a"]])
        self.all = linear([layer.mix["a__b"]], layer.bias["__a"])

    def forward(self, x: Tensor) -> Tensor:
        y = self.each(x)
        y += self.all(x.mean(1, keepdim=True))
        return y


class Tables(nn.Module):
    """Rows and columns permuted apart: the input, and its means mixed before they are repeated."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.each, self.row, self.column = (linear([layer.mix[name]]) for name in ("ab__ab", "ab__ac", "ab__cb"))
        self.all = linear([layer.mix["ab__cd"]], layer.bias["__ab"])

    def forward(self, x: Tensor) -> Tensor:
        rows = x.mean(2)
        y = self.each(x)
        y += (self.row(rows) + self.all(rows.mean(1, keepdim=True)))[:, :, None]
        y += self.column(x.mean(1))[:, None]
        return y


class Cubes(nn.Module):
    """Three axes permuted apart: all means mixed before they are repeated."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        names = ("abc", "abd", "adc", "dbc", "ade", "dbe", "dec")
        self.each, self.ab, self.ac, self.bc, self.a, self.b, self.c = (
            linear([layer.mix[f"abc__{name}"]]) for name in names
        )
        self.all = linear([layer.mix["abc__def"]], layer.bias["__abc"])

    def forward(self, x: Tensor) -> Tensor:
        ab, ac, bc = x.mean(3), x.mean(2), x.mean(1)
        a, b, c = ab.mean(2), ab.mean(1), ac.mean(1)
        a = self.a(a) + self.all(a.mean(1, keepdim=True))
        y = self.each(x)
        y += (self.ab(ab) + a[:, :, None] + self.b(b)[:, None])[:, :, :, None]
        y += (self.ac(ac) + self.c(c)[:, None])[:, :, None]
        y += self.bc(bc)[:, None]
        return y


class Graphs(nn.Module):
    """Both axes permuted alike: the input and its transpose, and one matrix for all vectors, one for all totals."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        mix = layer.mix
        self.each, self.turned = linear([mix["ab__ab"]]), linear([mix["ab__ba"]])
        vectors = (("aa__aa", "ab__aa", "ab__bb"), ("aa__ab", "ab__ac", "ab__bc"), ("aa__ba", "ab__ca", "ab__cb"))
        self.vectors = linear([torch.cat([torch.cat([mix[name] for name in names]) for names in vectors], 1)])
        totals = (("aa__bb", "ab__cc"), ("aa__bc", "ab__cd"))
        self.totals = linear(
            [torch.cat([torch.cat([mix[name] for name in names]) for names in totals], 1)],
            torch.cat([layer.bias["__aa"], layer.bias["__ab"]]),
        )

    def forward(self, x: Tensor) -> Tensor:
        diagonal, rows, columns = x.diagonal(dim1=1, dim2=2).mT, x.mean(2), x.mean(1)
        totals = self.totals(torch.cat([diagonal.mean(1, keepdim=True), rows.mean(1, keepdim=True)], -1)).chunk(2, -1)
        vectors = self.vectors(torch.cat([diagonal, rows, columns], -1)).chunk(3, -1)
        y = self.each(x)
        y += self.turned(x).transpose(1, 2)
        y += (vectors[1] + totals[1])[:, :, None]
        y += vectors[2][:, None]
        return add_on_diagonal(y, vectors[0] + totals[0])


class InvariantGraphNetwork(nn.Module):
    """The 15 operations of Maron et al. (2019) as in their code: channels first, stacked, mixed by one einsum."""

    channels_first = True
    names = (
        *("aa__aa", "aa__bb", "ab__aa", "ab__bb", "ab__cc", "ab__bc", "ab__ac", "ab__cb"),
        *("ab__ca", "ab__ab", "ab__ba", "aa__ab", "aa__ba", "aa__bc", "ab__cd"),
    )

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.coefficients = nn.Parameter(torch.stack([layer.mix[name].detach() for name in self.names], -1))
        self.bias = nn.Parameter(layer.bias["__ab"].detach().clone()[:, None, None])
        self.diagonal = nn.Parameter(layer.bias["__aa"].detach().clone()[:, None, None])

    def forward(self, x: Tensor) -> Tensor:
        n = x.shape[-1]
        operations = torch.stack(self.operations(x, n), 2)
        y = torch.einsum("dsb,ndbij->nsij", self.coefficients, operations)
        return y + self.bias + self.diagonal * torch.eye(n, device=x.device, dtype=x.dtype)

    def operations(self, x: Tensor, n: int) -> list[Tensor]:
        diagonal, rows, columns = x.diagonal(dim1=2, dim2=3), x.mean(3), x.mean(2)
        trace, total = diagonal.mean(2, keepdim=True), rows.mean(2, keepdim=True)
        return [
            *(torch.diag_embed(one) for one in (diagonal, trace.expand(-1, -1, n), rows, columns)),
            torch.diag_embed(total.expand(-1, -1, n)),
            *(one[..., None].repeat(1, 1, 1, n) for one in (columns, rows)),
            *(one[:, :, None].repeat(1, 1, n, 1) for one in (columns, rows)),
            *(x, x.transpose(2, 3)),
            diagonal[..., None].repeat(1, 1, 1, n),
            diagonal[:, :, None].repeat(1, 1, n, 1),
            *(one[..., None].repeat(1, 1, n, n) for one in (trace, total)),
        ]


def orbit_labels(n: int) -> Tensor:
    """For each of the entries (p, q, r, s) of an n^2 x n^2 matrix the number of its orbit under permutations of n."""
    p, q, r, s = torch.meshgrid(*[torch.arange(n)] * 4, indexing="ij")
    pairs = ((p, q), (p, r), (p, s), (q, r), (q, s), (r, s))
    code = sum((one == other).long() << at for at, (one, other) in enumerate(pairs))
    return code.unique(return_inverse=True)[1].reshape(n * n, n * n)


class Gathered(nn.Module):
    """A dense matrix gathered from the weights of orbits, then one product with the flattened input."""

    def __init__(self, layer: nn.Module, n: int) -> None:
        super().__init__()
        labels, channels = orbit_labels(n), layer.in_channels
        with torch.no_grad():
            constant = layer(layer.bias["__ab"].new_zeros(1, n, n, channels)).flatten()
            x = constant.new_zeros(2, channels, n * n, channels)
            x[(0, 1), :, (0, 1)] = torch.eye(channels, dtype=x.dtype)
            y = layer(x.view(-1, n, n, channels)).view(2, channels, n * n, -1) - constant.view(n * n, -1)
        # every orbit has an entry in the column of (0, 0) or of (0, 1)
        entries = [(labels[:, :2] == label).nonzero()[0] for label in range(15)]
        self.weights = nn.Parameter(torch.stack([y[column, :, row] for row, column in entries]))
        self.bias = nn.Parameter(constant)
        self.register_buffer("labels", labels.mT.contiguous())

    def forward(self, x: Tensor) -> Tensor:
        matrix = self.weights[self.labels].transpose(1, 2).reshape(x[0].numel(), -1)
        return torch.addmm(self.bias, x.flatten(1), matrix).view(*x.shape[:-1], -1)


class Circulant(nn.Module):
    """Convolutions along a circle as products with circulant matrices; of order 2: two of them, multiplied."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.bias = nn.Parameter(layer.bias["__t"].detach().clone())
        kernels = [layer.mix["t__t"], *getattr(layer, "factor", {}).values()]
        self.kernels = nn.ParameterList([kernel.detach().clone() for kernel in kernels])
        self.mix = linear([layer.mix["t_t__t"]]) if len(kernels) > 1 else None
        place = torch.arange(len(kernels[0]))
        self.register_buffer("offsets", (place - place[:, None]) % len(place))

    def forward(self, x: Tensor) -> Tensor:
        y, *factors = (self.convolve(x, kernel) for kernel in self.kernels)
        if factors:
            y = y + self.mix(factors[0] * factors[1])
        return y + self.bias

    def convolve(self, x: Tensor, kernel: Tensor) -> Tensor:
        matrix = kernel[self.offsets].transpose(1, 2).reshape(x[0].numel(), -1)
        return (x.flatten(1) @ matrix).view(*x.shape[:-1], -1)
