"""Equivariant polynomial layer for abH->H.

  axis a: permuted
  axis b: permuted

  input x: (..., a, b, in_channels)
  output y: (..., out_channels)

Works at any axis sizes, without redundant coefficients at a >= 2, b >= 2.
An index on the left of -> but not on its right is a mean over its values; a reduced
input is named by the axes it keeps. Terms, each with coefficients of its own:

  order 0: 1
    ->H  a constant

  order 1: 1
    abH->H  averaged over a, b

  order 2: 4
    abH,abH->H
    abH,acH->H
    abH,cbH->H
    abH,cdH->H

Made by:
  symshare emit --symmetry 'abH->H' --order 2 --kind polynomial
"""

import torch

SIGNATURE = "abH->H"
DEPENDS = ()
SIZES = {}
TERMS = ("->H", "abH->H", "abH,abH->H", "abH,acH->H", "abH,cbH->H", "abH,cdH->H")


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


def _means(x, axes: str, *measured: tuple) -> torch.Tensor:
    """The mean of x (..., *axes) over several axes at once, with weights (..., *own)."""
    dims = tuple(axes.index(own[-1]) - len(axes) for _, own in measured)
    if all(weight is None for weight, _ in measured):
        return x.mean(dims)
    for weight, own in reversed(measured):
        x, axes = _mean(x, axes, weight, own), axes.replace(own[-1], "")
    return x


def _rows(weights: torch.nn.ParameterDict, *keys: str) -> torch.Tensor:
    """Matrices one below the other, for values that stand side by side."""
    return torch.cat([weights[key] for key in keys])


def _columns(weights: torch.nn.ParameterDict, *keys: str) -> torch.Tensor:
    """Matrices side by side, for the same value."""
    return torch.cat([weights[key] for key in keys], -1)


def _stack(*values: torch.Tensor) -> torch.Tensor:
    """The channels of several values, one behind the other."""
    return torch.cat(values, -1)


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
    """All equivariant terms of orders up to 2, each with coefficients of its own.

    in_channels, out_channels: the length of the last axis.
    rank: channels in which the factors of a product meet.
    """

    SPEC = 6356113

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        rank: int = 8,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.rank = rank

        def weight(*shape: int) -> torch.nn.Parameter:
            if min(shape) < 1:
                raise ValueError(f"a weight of shape {shape}: channels start at 1")
            return torch.nn.Parameter(torch.empty(shape, device=device, dtype=dtype))

        self.bias = torch.nn.ParameterDict()
        self.bias["__"] = weight(self.out_channels)
        self.mix = torch.nn.ParameterDict()
        self.mix["ab__"] = weight(self.in_channels, self.out_channels)
        for key in ("ab_ab__", "ab_ac__", "ab_cb__", "ab_cd__"):
            self.mix[key] = weight(rank, self.out_channels)
        self.factor = torch.nn.ParameterDict()
        for key in (
            "ab_ab____0",
            "ab_ab____1",
            "ab_ac____0",
            "ab_ac____1",
            "ab_cb____0",
            "ab_cb____1",
            "ab_cd____0",
            "ab_cd____1",
        ):
            self.factor[key] = weight(self.in_channels, rank)
        self.register_buffer("spec", torch.tensor(self.SPEC, device=device))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights: each order adds the same to an output's variance."""
        _fill(self.mix["ab__"], 1 / 2)
        _fill(
            self.mix["ab_ab__"],
            1 / 8,
            self.factor["ab_ab____0"],
            self.factor["ab_ab____1"],
            entries=(0, 0),
        )
        for key in ("ab_ac__", "ab_cb__", "ab_cd__"):
            _fill(
                self.mix[key], 1 / 8, self.factor[f"{key}__0"], self.factor[f"{key}__1"]
            )
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
                f"this layer is polynomial, abH->H (spec {self.SPEC})"
            )
            return
        super()._load_from_state_dict(state_dict, prefix, *rest)

    def forward(
        self, x: torch.Tensor, measure: dict[str, torch.Tensor] | None = None
    ) -> torch.Tensor:
        """Map x (..., a, b, in_channels) to (..., out_channels).

        measure: weights of the values of an axis, a: (..., a); b: (..., b).
        """
        if x.dim() < 3 or x.shape[-1] != self.in_channels:
            shape = tuple(x.shape)
            raise ValueError(
                f"x needs shape (..., a, b, {self.in_channels}), not {shape}"
            )
        for key in measure or ():
            if key not in ("a", "b"):
                raise ValueError(f"measure has {key!r}; an axis is one of a, b")
        n_a = x.shape[-3]
        n_b = x.shape[-2]
        w_a = _weights(measure, "a", x, x.shape[:-3], n_a)
        w_a = _proportions(w_a)
        w_b = _weights(measure, "b", x, x.shape[:-3], n_b)
        w_b = _proportions(w_b)
        x_a = _mean(x, "abC", w_b, "b")
        x_all = _mean(x_a, "aC", w_a, "a")
        # abH->H: averaged over a, b
        y = x_all @ self.mix["ab__"]
        t3 = x @ _columns(self.factor, "ab_ab____0", "ab_ab____1")
        t3 = t3.chunk(2, -1)
        # abH,abH->H
        t6 = torch.einsum("...abC,...abC->...abC", t3[0], t3[1])
        t7 = _means(t6, "abC", (w_a, "a"), (w_b, "b"))
        t8 = x_a @ _columns(self.factor, "ab_ac____0", "ab_ac____1")
        t8 = t8.chunk(2, -1)
        # abH,acH->H
        t11 = torch.einsum("...aC,...aC->...aC", t8[0], t8[1])
        t12 = _mean(t11, "aC", w_a, "a")
        x_b = _mean(x, "abC", w_a, "a")
        t13 = x_b @ _columns(self.factor, "ab_cb____0", "ab_cb____1")
        t13 = t13.chunk(2, -1)
        # abH,cbH->H
        t16 = torch.einsum("...bC,...bC->...bC", t13[0], t13[1])
        t17 = _mean(t16, "bC", w_b, "b")
        t18 = x_all @ _columns(self.factor, "ab_cd____0", "ab_cd____1")
        t18 = t18.chunk(2, -1)
        # abH,cdH->H
        t21 = torch.einsum("...C,...C->...C", t18[0], t18[1])
        t22 = _stack(t7, t12, t17, t21)
        t23 = t22 @ _rows(self.mix, "ab_ab__", "ab_ac__", "ab_cb__", "ab_cd__")
        y += t23
        # ->H: a constant
        y += self.bias["__"]
        return y

    def extra_repr(self) -> str:
        return f"{self.in_channels}, {self.out_channels}, rank={self.rank}"
