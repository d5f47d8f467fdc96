"""Equivariant linear layer for a->bab.

  axis a: permuted
  axis b: permuted

  input x: (..., a, in_channels)
  output y: (..., b, a, b, out_channels)

Works at any axis sizes, without redundant coefficients at a >= 2, b >= 2.
An index on the left of -> but not on its right is a mean over its values; a reduced
input is named by the axes it keeps. Terms, each with coefficients of its own:

  order 0: 2
    ->bab  a constant on the diagonal of axes 1, 3
    ->bac  a constant everywhere

  order 1: 4
    a->bab  the input itself, repeated along b (axis 1), on the diagonal of axes 1, 3
    a->bac  the input itself, repeated along b (axis 1), c (axis 3)
    a->bcb  averaged over a, repeated along b (axis 1), c, on the diagonal of axes 1, 3
    a->bcd  averaged over a, repeated along b (axis 1), c, d (axis 3)

Made by:
  symshare emit --symmetry 'a->bab' --order 1 --kind linear
"""

import torch

SIGNATURE = "a->bab"
DEPENDS = ()
SIZES = {}
TERMS = ("->bab", "->bac", "a->bab", "a->bac", "a->bcb", "a->bcd")


def _weights(measure: dict, axis: str, x, batch: tuple, *lengths: int) -> torch.Tensor:
    """The weights (..., *lengths) of an axis; None where its entries all count alike."""
    if measure is None or axis not in measure:
        return None
    weight = measure[axis]
    outer, own = weight.shape[: -len(lengths)], weight.shape[-len(lengths) :]
    fits = [one == 1 or one == size for one, size in zip(outer[::-1], batch[::-1])]
    if own != lengths or len(outer) > len(batch) or not all(fits):
        shape = f"(..., {', '.join(map(str, lengths))})"
        shape += f" with ... as in the input, {tuple(batch)}" if own == lengths else ""
        raise ValueError(f"measure of {axis} needs shape {shape}, not {weight.shape}")
    return weight.to(torch.promote_types(x.dtype, torch.float32))


def _proportions(weight: torch.Tensor | None) -> torch.Tensor | None:
    """Weights that add up to one along their axis."""
    if weight is None:
        return None
    total = weight.sum(-1, keepdim=True)
    return weight / torch.where(total == 0, 1, total)


def _placed(weight: torch.Tensor, x: torch.Tensor, axes: str, own: str) -> torch.Tensor:
    """Weights (..., *own) with new axes of length one, to go with x (..., *axes)."""
    places = [slice(None) if axis in own else None for axis in axes]
    return weight.to(x.dtype)[(..., *places)]


def _mean(x, axes: str, weight, own: str, keep: bool = False) -> torch.Tensor:
    """The mean of x (..., *axes) over the axis own[-1], with weights (..., *own)."""
    dim = axes.index(own[-1]) - len(axes)
    if weight is not None:
        return (x * _placed(weight, x, axes, own)).sum(dim, keepdim=keep)
    if x.dtype.itemsize < 4:  # a sum of half precision may overflow
        return x.mean(dim, keepdim=keep)
    return x.sum(dim, keepdim=keep) / x.shape[dim]


@torch.no_grad()
def _fill(weight, variance: float, *factors, entries: tuple = (), like=None) -> None:
    """Draw a matrix whose product with values of variance one has this variance.

    The values are products of `factors`, drawn here. Factors that meet on the same of
    the `entries` are orthogonal, as far as there are channels, so that their product
    has no mean; with a single channel an odd power goes along with the sign of `like`.
    """
    torch.nn.init.normal_(weight)
    flat = weight.view(-1, weight.shape[-1])
    squares = flat.square()
    if factors:
        entries = entries or tuple(range(len(factors)))
        drawn, gram = [], 1
        for place, factor in enumerate(factors):
            columns = torch.nn.init.normal_(factor).view(-1, factor.shape[-1])
            met = [one for at, one in enumerate(drawn) if entries[at] == entries[place]]
            for other in met if len(met) < len(columns) else ():
                columns -= other * (other * columns).sum(0)
            columns /= columns.norm(dim=0)
            drawn.append(columns)
            gram = gram * (columns.mT @ columns)
        flat.copy_(gram @ flat)
        squares = flat * (gram @ flat)
        variance = variance / _moment(max(map(entries.count, entries)), len(drawn[0]))
    weight *= (variance / squares.sum(0)).sqrt()
    if like is not None and len(like) == 1:
        weight *= torch.sign(torch.stack(drawn).prod(0) @ weight) * torch.sign(like)


def _moment(alike: int, channels: int) -> int:
    """The variance of a product of normal values where there are too few channels for
    all of them to be independent: four times it for odd powers, which keep a mean."""
    if (alike, channels) == (2, 1):
        return 2
    surplus = range(1, alike - channels + 1)
    moment = 4 if surplus else 1
    for one in surplus:
        moment *= 2 * one + 1
    return moment


class Layer(torch.nn.Module):
    """All equivariant terms of order 1, each with coefficients of its own.

    in_channels, out_channels: the length of the last axis.
    """

    SPEC = 5278338

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.out_channels = out_channels

        def weight(*shape: int) -> torch.nn.Parameter:
            if min(shape) < 1:
                raise ValueError(f"a weight of shape {shape}: channels start at 1")
            return torch.nn.Parameter(torch.empty(shape, device=device, dtype=dtype))

        self.bias = torch.nn.ParameterDict()
        for key in ("__bab", "__bac"):
            self.bias[key] = weight(self.out_channels)
        self.mix = torch.nn.ParameterDict()
        for key in ("a__bab", "a__bac", "a__bcb", "a__bcd"):
            self.mix[key] = weight(self.in_channels, self.out_channels)
        self.register_buffer("spec", torch.tensor(self.SPEC, device=device))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights: each order adds the same to an output's variance."""
        for key in ("a__bab", "a__bcb", "a__bcd"):
            _fill(self.mix[key], 1 / 24 / (1 + 2 / self.in_channels))
        _fill(self.mix["a__bac"], 1)
        for weight in self.bias.values():
            torch.nn.init.zeros_(weight)
        self.spec.fill_(self.SPEC)

    def _load_from_state_dict(self, state_dict, prefix, *rest) -> None:
        """Refuse the weights of another layer, which may have the same shapes."""
        given = state_dict.setdefault(prefix + "spec", torch.tensor(self.SPEC))
        if given != torch.tensor(self.SPEC).to(given):
            own = self.state_dict(prefix=prefix, keep_vars=True)
            for key in [key for key in state_dict if key.startswith(prefix)]:
                del state_dict[key]
            state_dict.update(own)
            rest[-1].append(
                f"these are the weights of another symmetry or of other terms (spec {int(given)}); "
                f"this layer is linear, a->bab (spec {self.SPEC})"
            )
            return
        super()._load_from_state_dict(state_dict, prefix, *rest)

    def forward(
        self,
        x: torch.Tensor,
        measure: torch.Tensor | dict[str, torch.Tensor] | None = None,
        *,
        b: int,
    ) -> torch.Tensor:
        """Map x (..., a, in_channels) to (..., b, a, b, out_channels).

        measure: weights of the values of an axis, a: (..., a).
        """
        if x.dim() < 2 or x.shape[-1] != self.in_channels:
            shape = tuple(x.shape)
            raise ValueError(f"x needs shape (..., a, {self.in_channels}), not {shape}")
        if b < 1:
            raise ValueError(f"b={b} is not a size")
        if isinstance(measure, torch.Tensor):
            measure = {"a": measure}
        for key in measure or ():
            if key not in ("a",):
                raise ValueError(f"measure has {key!r}; an axis is one of a")
        n_a = x.shape[-2]
        w_a = _weights(measure, "a", x, x.shape[:-2], n_a)
        w_a = _proportions(w_a)
        # a->bab: the input itself, repeated along b (axis 1), on the diagonal of axes
        #   1, 3
        t3 = x @ self.mix["a__bab"]
        # a->bac: the input itself, repeated along b (axis 1), c (axis 3)
        t4 = x @ self.mix["a__bac"]
        x_all = _mean(x, "aC", w_a, "a")
        # a->bcb: averaged over a, repeated along b (axis 1), c, on the diagonal of
        #   axes 1, 3
        t5 = x_all @ self.mix["a__bcb"]
        # a->bcd: averaged over a, repeated along b (axis 1), c, d (axis 3)
        t6 = x_all @ self.mix["a__bcd"]
        # ->bac: a constant everywhere
        t6 += self.bias["__bac"]
        # ->bab: a constant on the diagonal of axes 1, 3
        t5 += self.bias["__bab"]
        t4 += t6[..., None, :]
        t3 += t5[..., None, :]
        placed = t3[..., None, :, :]
        placed = placed.expand(*placed.shape[:-3], b, -1, -1)
        t11 = torch.diag_embed(placed.movedim(-3, -1), dim1=-4, dim2=-2)
        y = t11 + t4[..., None, :, None, :]
        return y

    def extra_repr(self) -> str:
        return f"{self.in_channels}, {self.out_channels}"
