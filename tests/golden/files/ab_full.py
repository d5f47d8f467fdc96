"""Equivariant polynomial layer for ab.

  axis a: permuted
  axis b: permuted

  input x: (..., a, b, in_channels)
  output y: (..., a, b, out_channels)

Works at any axis sizes, without redundant coefficients at a >= 3, b >= 3.
An index on the left of -> but not on its right is a mean over its values; a reduced
input is named by the axes it keeps. Terms, each with coefficients of its own:

  order 0: 1
    ->ab  a constant everywhere

  order 1: 4
    ab->ab  the input itself
    ab->ac  averaged over b, repeated along c
    ab->cb  averaged over a, repeated along c
    ab->cd  averaged over a, b, repeated along c, d

  order 2: 17
    ab,ab->ab
    ab,ab->ac
    ab,ab->cb
    ab,ab->cd
    ab,ac->ab
    ab,ac->ad
    ab,ac->db
    ab,ac->de
    ab,cb->ab
    ab,cb->ad
    ab,cb->db
    ab,cb->de
    ab,cd->ab
    ab,cd->ad
    ab,cd->ae
    ab,cd->eb
    ab,cd->ef

Made by:
  symshare emit --symmetry ab --order 2 --kind polynomial --coefficients full
"""

import torch

SIGNATURE = "ab"
DEPENDS = ()
SIZES = {}
TERMS = (
    "->ab",
    "ab->ab",
    "ab->ac",
    "ab->cb",
    "ab->cd",
    "ab,ab->ab",
    "ab,ab->ac",
    "ab,ab->cb",
    "ab,ab->cd",
    "ab,ac->ab",
    "ab,ac->ad",
    "ab,ac->db",
    "ab,ac->de",
    "ab,cb->ab",
    "ab,cb->ad",
    "ab,cb->db",
    "ab,cb->de",
    "ab,cd->ab",
    "ab,cd->ad",
    "ab,cd->ae",
    "ab,cd->eb",
    "ab,cd->ef",
)


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


def _weigh(x, axes: str, weight, own: str) -> torch.Tensor:
    """x (..., *axes) times weights (..., *own), so that a sum over own[-1] is a mean."""
    if weight is None:
        return x / x.shape[axes.index(own[-1]) - len(axes)]
    return x * _placed(weight, x, axes, own)


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
    """

    SPEC = 4963718

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
        self.bias["__ab"] = weight(self.out_channels)
        self.mix = torch.nn.ParameterDict()
        for key in ("ab__ab", "ab__ac", "ab__cb", "ab__cd"):
            self.mix[key] = weight(self.in_channels, self.out_channels)
        for key in (
            "ab_ab__ab",
            "ab_ab__ac",
            "ab_ab__cb",
            "ab_ab__cd",
            "ab_ac__ab",
            "ab_ac__ad",
            "ab_ac__db",
            "ab_ac__de",
            "ab_cb__ab",
            "ab_cb__ad",
            "ab_cb__db",
            "ab_cb__de",
            "ab_cd__ab",
            "ab_cd__ad",
            "ab_cd__ae",
            "ab_cd__eb",
            "ab_cd__ef",
        ):
            self.mix[key] = weight(
                self.in_channels, self.in_channels, self.out_channels
            )
        self.register_buffer("spec", torch.tensor(self.SPEC, device=device))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights: each order adds the same to an output's variance."""
        _fill(self.mix["ab__ab"], 1 / 2)
        for key in ("ab__ac", "ab__cb", "ab__cd"):
            _fill(self.mix[key], 1 / 48 / (1 + 2 / self.in_channels))
        _fill(self.mix["ab_ab__ab"], 1 / 2)
        for key in ("ab_ab__ac", "ab_ab__cb", "ab_ab__cd"):
            _fill(self.mix[key], 1 / 256 / (1 + 63 / self.in_channels))
        for key in (
            "ab_ac__ab",
            "ab_ac__ad",
            "ab_ac__db",
            "ab_ac__de",
            "ab_cb__ab",
            "ab_cb__ad",
            "ab_cb__db",
            "ab_cb__de",
            "ab_cd__ab",
            "ab_cd__ad",
            "ab_cd__ae",
            "ab_cd__eb",
            "ab_cd__ef",
        ):
            _fill(self.mix[key], 1 / 256 / (1 + 63 / self.in_channels))
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
                f"this layer is polynomial, ab (spec {self.SPEC})"
            )
            return
        super()._load_from_state_dict(state_dict, prefix, *rest)

    def forward(
        self, x: torch.Tensor, measure: dict[str, torch.Tensor] | None = None
    ) -> torch.Tensor:
        """Map x (..., a, b, in_channels) to (..., a, b, out_channels).

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
        # ab->ab: the input itself
        y = x @ self.mix["ab__ab"]
        x_a = _mean(x, "abC", w_b, "b")
        x_b = _mean(x, "abC", w_a, "a")
        x_all = _mean(x_a, "aC", w_a, "a")
        # ab,ab->ab
        t6 = torch.einsum("...abD,CDE->...abCE", x, self.mix["ab_ab__ab"])
        t7 = torch.einsum("...abC,...abCE->...abE", x, t6)
        # ab,ab->ac
        t8 = torch.einsum("...abD,CDE->...abCE", x, self.mix["ab_ab__ac"])
        t9 = torch.einsum("...abC,...abCE->...aE", _weigh(x, "abC", w_b, "b"), t8)
        # ab,ab->cb
        t10 = torch.einsum("...abD,CDE->...abCE", x, self.mix["ab_ab__cb"])
        t11 = torch.einsum("...abC,...abCE->...bE", _weigh(x, "abC", w_a, "a"), t10)
        # ab,ab->cd
        t12 = torch.einsum("...abD,CDE->...abCE", x, self.mix["ab_ab__cd"])
        t13 = torch.einsum(
            "...abC,...abCE->...E",
            _weigh(x, "abC", w_a, "a"),
            _weigh(t12, "abCE", w_b, "b"),
        )
        # ab,ac->ab
        t14 = torch.einsum("...aD,CDE->...aCE", x_a, self.mix["ab_ac__ab"])
        t15 = torch.einsum("...abC,...aCE->...abE", x, t14)
        # ab,ac->ad
        t16 = torch.einsum("...aD,CDE->...aCE", x_a, self.mix["ab_ac__ad"])
        t17 = torch.einsum("...aC,...aCE->...aE", x_a, t16)
        # ab,ac->db
        t18 = torch.einsum("...aD,CDE->...aCE", x_a, self.mix["ab_ac__db"])
        t19 = torch.einsum("...abC,...aCE->...bE", x, _weigh(t18, "aCE", w_a, "a"))
        # ab,ac->de
        t20 = torch.einsum("...aD,CDE->...aCE", x_a, self.mix["ab_ac__de"])
        t21 = torch.einsum("...aC,...aCE->...E", _weigh(x_a, "aC", w_a, "a"), t20)
        # ab,cb->ab
        t22 = torch.einsum("...bD,CDE->...bCE", x_b, self.mix["ab_cb__ab"])
        t23 = torch.einsum("...abC,...bCE->...abE", x, t22)
        # ab,cb->ad
        t24 = torch.einsum("...bD,CDE->...bCE", x_b, self.mix["ab_cb__ad"])
        t25 = torch.einsum("...abC,...bCE->...aE", x, _weigh(t24, "bCE", w_b, "b"))
        # ab,cb->db
        t26 = torch.einsum("...bD,CDE->...bCE", x_b, self.mix["ab_cb__db"])
        t27 = torch.einsum("...bC,...bCE->...bE", x_b, t26)
        # ab,cb->de
        t28 = torch.einsum("...bD,CDE->...bCE", x_b, self.mix["ab_cb__de"])
        t29 = torch.einsum("...bC,...bCE->...E", _weigh(x_b, "bC", w_b, "b"), t28)
        # ab,cd->ab
        t30 = torch.einsum("...D,CDE->...CE", x_all, self.mix["ab_cd__ab"])
        t31 = torch.einsum("...abC,...CE->...abE", x, t30)
        # ab,cd->ad
        t32 = torch.einsum("...dD,CDE->...dCE", x_b, self.mix["ab_cd__ad"])
        t33 = torch.einsum("...aC,...dCE->...adE", x_a, t32)
        # ab,cd->ae
        t34 = torch.einsum("...D,CDE->...CE", x_all, self.mix["ab_cd__ae"])
        t35 = torch.einsum("...aC,...CE->...aE", x_a, t34)
        # ab,cd->eb
        t36 = torch.einsum("...D,CDE->...CE", x_all, self.mix["ab_cd__eb"])
        t37 = torch.einsum("...bC,...CE->...bE", x_b, t36)
        # ab,cd->ef
        t38 = torch.einsum("...D,CDE->...CE", x_all, self.mix["ab_cd__ef"])
        t39 = torch.einsum("...C,...CE->...E", x_all, t38)
        t13 += t21
        t13 += t29
        t13 += t39
        # ab->cd: averaged over a, b, repeated along c, d
        t13 += x_all @ self.mix["ab__cd"]
        # ->ab: a constant everywhere
        t13 += self.bias["__ab"]
        t9 += t17
        t9 += t25
        t9 += t35
        # ab->ac: averaged over b, repeated along c
        t9 += x_a @ self.mix["ab__ac"]
        t9 += t13[..., None, :]
        t11 += t19
        t11 += t27
        t11 += t37
        # ab->cb: averaged over a, repeated along c
        t11 += x_b @ self.mix["ab__cb"]
        y += t7
        y += t15
        y += t23
        y += t31
        y += t33
        y += t9[..., :, None, :]
        y += t11[..., None, :, :]
        return y

    def extra_repr(self) -> str:
        return f"{self.in_channels}, {self.out_channels}"
