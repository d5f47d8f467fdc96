"""Equivariant linear layer for W:ba,b:b,V:cb->V:cb,b:b.

  axis b: permuted
  axis a: permuted
  axis c: permuted

  input W: (..., b, a, in_channels[0])
  input b: (..., b, in_channels[1])
  input V: (..., c, b, in_channels[2])
  output y_V: (..., c, b, out_channels[0])
  output y_b: (..., b, out_channels[1])

Works at any axis sizes, without redundant coefficients at b >= 2, a >= 1, c >= 2.
An index on the left of -> but not on its right is a mean over its values; a reduced
input is named by the axes it keeps. Terms, each with coefficients of its own:

  order 0: 2
    ->cb  a constant everywhere
    ->b   a constant everywhere

  order 1: 14
    ba->cb  W: averaged over a, repeated along c
    ba->cd  W: averaged over b, a, repeated along c, d
    b->cb   b: the input itself, repeated along c
    b->cd   b: averaged over b, repeated along c, d
    cb->cb  V: the input itself
    cb->cd  V: averaged over b, repeated along d
    cb->db  V: averaged over c, repeated along d
    cb->de  V: averaged over c, b, repeated along d, e
    ba->b   W: averaged over a
    ba->d   W: averaged over b, a, repeated along d
    b->b    b: the input itself
    b->d    b: averaged over b, repeated along d
    cb->b   V: averaged over c
    cb->d   V: averaged over c, b, repeated along d

Made by:
  symshare emit --symmetry 'W:ba,b:b,V:cb->V:cb,b:b' --order 1 --kind linear
"""

import torch

SIGNATURE = "W:ba,b:b,V:cb->V:cb,b:b"
DEPENDS = ()
SIZES = {}
TERMS = (
    "->cb",
    "->b",
    "ba->cb",
    "ba->cd",
    "b->cb",
    "b->cd",
    "cb->cb",
    "cb->cd",
    "cb->db",
    "cb->de",
    "ba->b",
    "ba->d",
    "b->b",
    "b->d",
    "cb->b",
    "cb->d",
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


def _rows(weights: torch.nn.ParameterDict, *keys: str) -> torch.Tensor:
    """Matrices one below the other, for values that stand side by side."""
    return torch.cat([weights[key] for key in keys])


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


def _same_batch(*inputs: tuple[torch.Tensor, int]) -> tuple[torch.Tensor, ...]:
    """Tensors, each with its number of own axes, their leading axes made the same."""
    batch = torch.broadcast_shapes(*[x.shape[: x.dim() - own] for x, own in inputs])
    return tuple(x.expand(*batch, *x.shape[x.dim() - own :]) for x, own in inputs)


def _per_tensor(channels: int | tuple[int, ...], number: int) -> tuple[int, ...]:
    """One channel number for each tensor; a single int is meant for all."""
    found = (channels,) * number if isinstance(channels, int) else tuple(channels)
    if len(found) != number:
        raise ValueError(f"{number} channel numbers are needed, not {len(found)}")
    return found


class Layer(torch.nn.Module):
    """All equivariant terms of order 1, each with coefficients of its own.

    in_channels, out_channels: the length of the last axis (one for all, or one each).
    """

    SPEC = 3328298

    def __init__(
        self,
        in_channels: int | tuple[int, ...],
        out_channels: int | tuple[int, ...],
        *,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.in_channels = _per_tensor(in_channels, 3)
        self.out_channels = _per_tensor(out_channels, 2)

        def weight(*shape: int) -> torch.nn.Parameter:
            if min(shape) < 1:
                raise ValueError(f"a weight of shape {shape}: channels start at 1")
            return torch.nn.Parameter(torch.empty(shape, device=device, dtype=dtype))

        self.bias = torch.nn.ParameterDict()
        self.bias["__V_cb"] = weight(self.out_channels[0])
        self.bias["__b_b"] = weight(self.out_channels[1])
        self.mix = torch.nn.ParameterDict()
        for key in ("W_ba__V_cb", "W_ba__V_cd"):
            self.mix[key] = weight(self.in_channels[0], self.out_channels[0])
        for key in ("b_b__V_cb", "b_b__V_cd"):
            self.mix[key] = weight(self.in_channels[1], self.out_channels[0])
        for key in ("V_cb__V_cb", "V_cb__V_cd", "V_cb__V_db", "V_cb__V_de"):
            self.mix[key] = weight(self.in_channels[2], self.out_channels[0])
        for key in ("W_ba__b_b", "W_ba__b_d"):
            self.mix[key] = weight(self.in_channels[0], self.out_channels[1])
        for key in ("b_b__b_b", "b_b__b_d"):
            self.mix[key] = weight(self.in_channels[1], self.out_channels[1])
        for key in ("V_cb__b_b", "V_cb__b_d"):
            self.mix[key] = weight(self.in_channels[2], self.out_channels[1])
        self.register_buffer("spec", torch.tensor(self.SPEC, device=device))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights: each order adds the same to an output's variance."""
        for key in (
            "W_ba__V_cb",
            "W_ba__V_cd",
            "b_b__V_cd",
            "V_cb__V_cd",
            "V_cb__V_db",
            "V_cb__V_de",
        ):
            _fill(self.mix[key], 1 / 48 / (1 + 5 / min(self.in_channels)))
        for key in ("b_b__V_cb", "V_cb__V_cb"):
            _fill(self.mix[key], 1 / 2)
        for key in ("W_ba__b_b", "W_ba__b_d", "b_b__b_d", "V_cb__b_b", "V_cb__b_d"):
            _fill(self.mix[key], 1 / 40 / (1 + 4 / min(self.in_channels)))
        _fill(self.mix["b_b__b_b"], 1)
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
                f"this layer is linear, W:ba,b:b,V:cb->V:cb,b:b (spec {self.SPEC})"
            )
            return
        super()._load_from_state_dict(state_dict, prefix, *rest)

    def forward(
        self,
        W: torch.Tensor,
        b: torch.Tensor,
        V: torch.Tensor,
        measure: dict[str, torch.Tensor] | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Map W (..., b, a, in_channels[0]) and b (..., b, in_channels[1]) and V (...,
        c, b, in_channels[2]) to (..., c, b, out_channels[0]) and (..., b,
        out_channels[1]).

        measure: weights of the values of an axis, b: (..., b); a: (..., a); c: (...,
        c).
        """
        if W.dim() < 3 or W.shape[-1] != self.in_channels[0]:
            shape = tuple(W.shape)
            raise ValueError(
                f"W needs shape (..., b, a, {self.in_channels[0]}), not {shape}"
            )
        if (
            b.dim() < 2
            or b.shape[-2] != W.shape[-3]
            or b.shape[-1] != self.in_channels[1]
        ):
            shape = tuple(b.shape)
            raise ValueError(
                f"b needs shape (..., b, {self.in_channels[1]}), not {shape}"
            )
        if (
            V.dim() < 3
            or V.shape[-2] != W.shape[-3]
            or V.shape[-1] != self.in_channels[2]
        ):
            shape = tuple(V.shape)
            raise ValueError(
                f"V needs shape (..., c, b, {self.in_channels[2]}), not {shape}"
            )
        for key in measure or ():
            if key not in ("b", "a", "c"):
                raise ValueError(f"measure has {key!r}; an axis is one of b, a, c")
        W, b, V = _same_batch((W, 3), (b, 2), (V, 3))
        n_b = W.shape[-3]
        n_a = W.shape[-2]
        n_c = V.shape[-3]
        w_b = _weights(measure, "b", W, W.shape[:-3], n_b)
        w_b = _proportions(w_b)
        w_a = _weights(measure, "a", W, W.shape[:-3], n_a)
        w_a = _proportions(w_a)
        w_c = _weights(measure, "c", W, W.shape[:-3], n_c)
        w_c = _proportions(w_c)
        W_b = _mean(W, "baC", w_a, "a")
        W_all = _mean(W_b, "bC", w_b, "b")
        b_all = _mean(b, "bC", w_b, "b")
        # cb->cb: V: the input itself
        y_V = V @ self.mix["V_cb__V_cb"]
        V_c = _mean(V, "cbC", w_b, "b")
        # cb->cd: V: averaged over b, repeated along d
        t4 = V_c @ self.mix["V_cb__V_cd"]
        V_b = _mean(V, "cbC", w_c, "c")
        V_all = _mean(V_c, "cC", w_c, "c")
        # ba->b: W: averaged over a
        y_b = W_b @ self.mix["W_ba__b_b"]
        t8 = _stack(W_all, b_all, V_all)
        # ba->cd: W: averaged over b, a, repeated along c, d
        # b->cd: b: averaged over b, repeated along c, d
        # cb->de: V: averaged over c, b, repeated along d, e
        t9 = t8 @ _rows(self.mix, "W_ba__V_cd", "b_b__V_cd", "V_cb__V_de")
        # ->cb: a constant everywhere
        t9 += self.bias["__V_cb"]
        t4 += t9[..., None, :]
        t12 = _stack(W_b, b, V_b)
        # ba->cb: W: averaged over a, repeated along c
        # b->cb: b: the input itself, repeated along c
        # cb->db: V: averaged over c, repeated along d
        t13 = t12 @ _rows(self.mix, "W_ba__V_cb", "b_b__V_cb", "V_cb__V_db")
        y_V += t4[..., :, None, :]
        y_V += t13[..., None, :, :]
        # ba->d: W: averaged over b, a, repeated along d
        # b->d: b: averaged over b, repeated along d
        # cb->d: V: averaged over c, b, repeated along d
        t16 = t8 @ _rows(self.mix, "W_ba__b_d", "b_b__b_d", "V_cb__b_d")
        # ->b: a constant everywhere
        t16 += self.bias["__b_b"]
        # b->b: b: the input itself
        y_b += b @ self.mix["b_b__b_b"]
        # cb->b: V: averaged over c
        y_b += V_b @ self.mix["V_cb__b_b"]
        y_b += t16[..., None, :]
        return y_V, y_b

    def extra_repr(self) -> str:
        return f"{self.in_channels}, {self.out_channels}"
