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
  symshare emit --symmetry ab --order 2 --kind polynomial
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


def _means(x, axes: str, *measured: tuple) -> torch.Tensor:
    """The mean of x (..., *axes) over several axes at once, with weights (..., *own)."""
    dims = tuple(axes.index(own[-1]) - len(axes) for _, own in measured)
    if all(weight is None for weight, _ in measured):
        return x.mean(dims)
    for weight, own in reversed(measured):
        x, axes = _mean(x, axes, weight, own), axes.replace(own[-1], "")
    return x


def _weigh(x, axes: str, weight, own: str) -> torch.Tensor:
    """x (..., *axes) times weights (..., *own), so that a sum over own[-1] is a mean."""
    if weight is None:
        return x / x.shape[axes.index(own[-1]) - len(axes)]
    return x * _placed(weight, x, axes, own)


def _rows(weights: torch.nn.ParameterDict, *keys: str) -> torch.Tensor:
    """Matrices one below the other, for values that stand side by side."""
    return torch.cat([weights[key] for key in keys])


def _columns(weights: torch.nn.ParameterDict, *keys: str) -> torch.Tensor:
    """Matrices side by side, for the same value."""
    return torch.cat([weights[key] for key in keys], -1)


def _stack(*values: torch.Tensor) -> torch.Tensor:
    """The channels of several values, one behind the other."""
    return torch.cat(values, -1)


def _to_front(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """x (..., channels) @ weight with the new channels in front, (channels, ...)."""
    front = weight.mT @ x.reshape(-1, x.shape[-1]).mT
    return front.reshape(weight.shape[-1], *x.shape[:-1])


def _to_back(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """x (channels, ...) with its channels last, @ weight."""
    back = x.reshape(x.shape[0], -1).mT @ weight
    return back.reshape(*x.shape[1:], weight.shape[-1])


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

    SPEC = 4683283

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
            self.mix[key] = weight(rank, self.out_channels)
        self.factor = torch.nn.ParameterDict()
        for key in (
            "ab_ab__ab__0",
            "ab_ab__ab__1",
            "ab_ab__ac__0",
            "ab_ab__ac__1",
            "ab_ab__cb__0",
            "ab_ab__cb__1",
            "ab_ab__cd__0",
            "ab_ab__cd__1",
            "ab_ac__ab__0",
            "ab_ac__ab__1",
            "ab_ac__ad__0",
            "ab_ac__ad__1",
            "ab_ac__db__0",
            "ab_ac__db__1",
            "ab_ac__de__0",
            "ab_ac__de__1",
            "ab_cb__ab__0",
            "ab_cb__ab__1",
            "ab_cb__ad__0",
            "ab_cb__ad__1",
            "ab_cb__db__0",
            "ab_cb__db__1",
            "ab_cb__de__0",
            "ab_cb__de__1",
            "ab_cd__ab__0",
            "ab_cd__ab__1",
            "ab_cd__ad__0",
            "ab_cd__ad__1",
            "ab_cd__ae__0",
            "ab_cd__ae__1",
            "ab_cd__eb__0",
            "ab_cd__eb__1",
            "ab_cd__ef__0",
            "ab_cd__ef__1",
        ):
            self.factor[key] = weight(self.in_channels, rank)
        self.register_buffer("spec", torch.tensor(self.SPEC, device=device))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights: each order adds the same to an output's variance."""
        _fill(self.mix["ab__ab"], 1 / 2)
        for key in ("ab__ac", "ab__cb", "ab__cd"):
            _fill(self.mix[key], 1 / 48 / (1 + 2 / self.in_channels))
        _fill(
            self.mix["ab_ab__ab"],
            1 / 2,
            self.factor["ab_ab__ab__0"],
            self.factor["ab_ab__ab__1"],
            entries=(0, 0),
        )
        for key in ("ab_ab__ac", "ab_ab__cb", "ab_ab__cd"):
            _fill(
                self.mix[key],
                1 / 256 / (1 + 63 / self.in_channels),
                self.factor[f"{key}__0"],
                self.factor[f"{key}__1"],
                entries=(0, 0),
            )
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
            _fill(
                self.mix[key],
                1 / 256 / (1 + 63 / self.in_channels),
                self.factor[f"{key}__0"],
                self.factor[f"{key}__1"],
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
        t3 = x @ _columns(
            self.factor,
            "ab_ab__ab__0",
            "ab_ab__ab__1",
            "ab_ab__ac__0",
            "ab_ab__ac__1",
            "ab_ab__cb__0",
            "ab_ab__cb__1",
            "ab_ab__cd__0",
            "ab_ab__cd__1",
            "ab_ac__ab__0",
            "ab_cb__ab__0",
            "ab_cd__ab__0",
        )
        t3 = t3.chunk(11, -1)
        # ab,ab->ab
        t6 = torch.einsum("...abC,...abC->...abC", t3[0], t3[1])
        # ab,ab->ac
        t9 = torch.einsum("...abC,...abC->...abC", t3[2], t3[3])
        t10 = _mean(t9, "abC", w_b, "b")
        # ab,ab->cb
        t13 = torch.einsum("...abC,...abC->...abC", t3[4], t3[5])
        t14 = _mean(t13, "abC", w_a, "a")
        # ab,ab->cd
        t17 = torch.einsum("...abC,...abC->...abC", t3[6], t3[7])
        t18 = _means(t17, "abC", (w_a, "a"), (w_b, "b"))
        t20 = x_a @ _columns(
            self.factor,
            "ab_ac__ab__1",
            "ab_ac__ad__0",
            "ab_ac__ad__1",
            "ab_ac__de__0",
            "ab_ac__de__1",
            "ab_cd__ad__0",
            "ab_cd__ae__0",
        )
        t20 = t20.chunk(7, -1)
        # ab,ac->ab
        t22 = torch.einsum("...abC,...aC->...abC", t3[8], t20[0])
        # ab,ac->ad
        t25 = torch.einsum("...aC,...aC->...aC", t20[1], t20[2])
        t26 = _to_front(x, _columns(self.factor, "ab_ac__db__0", "ab_cb__ad__0"))
        t26 = t26.chunk(2, 0)
        t28 = _to_front(x_a, self.factor["ab_ac__db__1"])
        # ab,ac->db
        t29 = torch.einsum("C...ab,C...a->C...b", t26[0], _weigh(t28, "a", w_a, "a"))
        t30 = _to_back(t29, self.mix["ab_ac__db"])
        # ab,ac->de
        t33 = torch.einsum("...aC,...aC->...aC", t20[3], t20[4])
        t34 = _mean(t33, "aC", w_a, "a")
        t36 = x_b @ _columns(
            self.factor,
            "ab_cb__ab__1",
            "ab_cb__db__0",
            "ab_cb__db__1",
            "ab_cb__de__0",
            "ab_cb__de__1",
            "ab_cd__ad__1",
            "ab_cd__eb__0",
        )
        t36 = t36.chunk(7, -1)
        # ab,cb->ab
        t38 = torch.einsum("...abC,...bC->...abC", t3[9], t36[0])
        t40 = _to_front(x_b, self.factor["ab_cb__ad__1"])
        # ab,cb->ad
        t41 = torch.einsum("C...ab,C...b->C...a", t26[1], _weigh(t40, "b", w_b, "b"))
        t42 = _to_back(t41, self.mix["ab_cb__ad"])
        # ab,cb->db
        t45 = torch.einsum("...bC,...bC->...bC", t36[1], t36[2])
        # ab,cb->de
        t48 = torch.einsum("...bC,...bC->...bC", t36[3], t36[4])
        t49 = _mean(t48, "bC", w_b, "b")
        t51 = x_all @ _columns(
            self.factor,
            "ab_cd__ab__1",
            "ab_cd__ae__1",
            "ab_cd__eb__1",
            "ab_cd__ef__0",
            "ab_cd__ef__1",
        )
        t51 = t51.chunk(5, -1)
        # ab,cd->ab
        t53 = torch.einsum("...abC,...C->...abC", t3[10], t51[0])
        # ab,cd->ad
        t56 = torch.einsum("...aC,...dC->...adC", t20[5], t36[5])
        # ab,cd->ae
        t59 = torch.einsum("...aC,...C->...aC", t20[6], t51[1])
        # ab,cd->eb
        t62 = torch.einsum("...bC,...C->...bC", t36[6], t51[2])
        # ab,cd->ef
        t65 = torch.einsum("...C,...C->...C", t51[3], t51[4])
        t66 = _stack(x_all, t18, t34, t49, t65)
        # ab->cd: averaged over a, b, repeated along c, d
        t67 = t66 @ _rows(
            self.mix, "ab__cd", "ab_ab__cd", "ab_ac__de", "ab_cb__de", "ab_cd__ef"
        )
        # ->ab: a constant everywhere
        t67 += self.bias["__ab"]
        t69 = _stack(x_a, t10, t25, t59)
        # ab->ac: averaged over b, repeated along c
        t70 = t69 @ _rows(self.mix, "ab__ac", "ab_ab__ac", "ab_ac__ad", "ab_cd__ae")
        t42 += t70
        t42 += t67[..., None, :]
        t73 = _stack(x_b, t14, t45, t62)
        # ab->cb: averaged over a, repeated along c
        t74 = t73 @ _rows(self.mix, "ab__cb", "ab_ab__cb", "ab_cb__db", "ab_cd__eb")
        t30 += t74
        t76 = _stack(t6, t22, t38, t53, t56)
        t77 = t76 @ _rows(
            self.mix, "ab_ab__ab", "ab_ac__ab", "ab_cb__ab", "ab_cd__ab", "ab_cd__ad"
        )
        y += t77
        y += t42[..., :, None, :]
        y += t30[..., None, :, :]
        return y

    def extra_repr(self) -> str:
        return f"{self.in_channels}, {self.out_channels}, rank={self.rank}"
