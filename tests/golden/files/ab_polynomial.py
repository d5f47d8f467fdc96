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


def _check(name: str, x, axes: tuple, channels: int, sizes: dict, weight) -> None:
    """Refuse x unless it has shape (..., *axes, channels) and the type of a weight; an axis
    is a length, or a name whose length is the same in all tensors (`sizes` has them)."""
    if not isinstance(x, torch.Tensor):
        raise TypeError(f"{name} is a {type(x).__name__}, not a tensor")
    own, known = tuple(x.shape)[-1 - len(axes) :], set(sizes)
    fits = len(own) == len(axes) + 1 and own[-1] == channels
    for axis, length in zip(axes, own):
        wanted = sizes.setdefault(axis, length) if isinstance(axis, str) else axis
        fits = fits and length == wanted
    if not fits:
        shape = f"(..., {', '.join(map(str, (*axes, channels)))})"
        pairs = zip(axes, own) if len(own) == len(axes) + 1 else ()
        told = [f"{a} = {sizes[a]}" for a, n in pairs if a in known and sizes[a] != n]
        others = f"; inputs before it have {', '.join(told)}" if told else ""
        raise ValueError(f"{name} needs shape {shape}, not {tuple(x.shape)}{others}")
    if x.dtype != weight.dtype:
        castable = x.is_floating_point() and not x.is_meta
        if not (castable and torch.is_autocast_enabled(x.device.type)):
            raise TypeError(
                f"{name} is {x.dtype}, weights are {weight.dtype}: convert one"
            )


def _measures(measure, *axes: str) -> dict:
    """The weights of axes by name: a dict, or the weights alone where one axis has some."""
    if measure is None:
        return {}
    if isinstance(measure, torch.Tensor) and len(axes) == 1:
        return {axes[0]: measure}
    if not isinstance(measure, dict):
        kind = type(measure).__name__
        raise TypeError(
            f"measure is a {kind}; give a dict of tensors for {', '.join(axes)}"
        )
    for key in measure:
        if key not in axes:
            raise ValueError(
                f"measure has {key!r}; an axis is one of {', '.join(axes)}"
            )
    return measure


def _weights(measure: dict, axis: str, x, batch: tuple, *lengths: int) -> torch.Tensor:
    """The weights (..., *lengths) of an axis, at least of single precision; None where its
    entries all count alike."""
    if axis not in measure:
        return None
    weight = measure[axis]
    if not isinstance(weight, torch.Tensor) or weight.is_complex():
        tensor = isinstance(weight, torch.Tensor)
        kind = weight.dtype if tensor else type(weight).__name__
        raise TypeError(f"measure of {axis} is {kind}; give a tensor of real numbers")
    outer, own = weight.shape[: -len(lengths)], weight.shape[-len(lengths) :]
    fits = [one == 1 or one == size for one, size in zip(outer[::-1], batch[::-1])]
    if own != lengths or len(outer) > len(batch) or not all(fits):
        shape = f"(..., {', '.join(map(str, lengths))})"
        shape += f" with ... as in the input, {tuple(batch)}" if own == lengths else ""
        raise ValueError(
            f"measure of {axis} needs shape {shape}, not {tuple(weight.shape)}"
        )
    if not weight.is_floating_point():
        weight = weight.to(_wide(x))
    return _sound(weight.to(torch.promote_types(weight.dtype, _wide(x))), axis)


def _sound(weight: torch.Tensor, axis: str) -> torch.Tensor:
    """Weights that are 0 or more and finite. Others are refused; where values cannot be
    looked at (in a graph, under torch.vmap, on another device) they become NaN."""
    good = (weight >= 0) & (weight < torch.inf)
    if weight.device.type == "cpu" and not torch.compiler.is_compiling():
        try:
            whole = bool(good.all())
        except RuntimeError:  # torch.vmap
            return torch.where(good, weight, torch.nan)
        if not whole:
            raise ValueError(
                f"measure of {axis} has weights that are negative or not finite"
            )
        return weight
    return torch.where(good, weight, torch.nan)


def _proportions(weight: torch.Tensor | None) -> torch.Tensor | None:
    """Weights that add up to one along their axis, or are all zero."""
    if weight is None or weight.shape[-1] == 0:
        return weight
    peak = weight.amax(-1, keepdim=True)  # a sum of large weights may overflow
    weight = weight / torch.where(peak == 0, 1, peak)
    total = weight.sum(-1, keepdim=True)
    return weight / torch.where(total == 0, 1, total)


def _wide(x: torch.Tensor) -> torch.dtype:
    """The type to add and square in: half precision would overflow or lose digits."""
    return torch.promote_types(x.dtype, torch.float32)


def _placed(weight: torch.Tensor, axes: str, own: str) -> torch.Tensor:
    """Weights (..., *own) in the order of axes, with new ones of length one between."""
    if len(own) > 1:
        order = [own.index(axis) - len(own) for axis in axes if axis in own]
        weight = weight.movedim(order, [*range(-len(own), 0)])
    return weight[(..., *(slice(None) if axis in own else None for axis in axes))]


def _mean(x, axes: str, weight, own: str, keep: bool = False) -> torch.Tensor:
    """The mean of x (..., *axes) over the axis own[-1], with weights (..., *own)."""
    dim, wide = axes.index(own[-1]) - len(axes), _wide(x)
    if weight is not None:
        weighed = x.to(wide) * _placed(weight.to(wide), axes, own)
        return weighed.sum(dim, keepdim=keep).to(x.dtype)
    mean = x.sum(dim, keepdim=keep, dtype=wide) / max(x.shape[dim], 1)
    return mean.to(x.dtype)


def _means(x, axes: str, *measured: tuple) -> torch.Tensor:
    """The mean of x (..., *axes) over several axes at once, with weights (..., *own)."""
    total, number = x.to(_wide(x)), 1
    if all(weight is None for weight, _ in measured):
        dims = [axes.index(own[-1]) - len(axes) for _, own in measured]
        for dim in dims:
            number = number * x.shape[dim]
        return (total.sum(dims) / max(number, 1)).to(x.dtype)
    for weight, own in reversed(measured):
        total, axes = _mean(total, axes, weight, own), axes.replace(own[-1], "")
    return total.to(x.dtype)


def _weigh(x, axes: str, weight, own: str) -> torch.Tensor:
    """x (..., *axes) times weights (..., *own), so that a sum over own[-1] is a mean."""
    if weight is None:
        return x / x.shape[axes.index(own[-1]) - len(axes)]
    return _weigh_sum(x, axes, weight, own)


def _weigh_sum(x, axes: str, weight, own: str) -> torch.Tensor:
    """x (..., *axes) times weights (..., *own), where there are any."""
    if weight is None:
        return x
    wide = _wide(x)
    return (x.to(wide) * _placed(weight.to(wide), axes, own)).to(x.dtype)


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
    has no mean; of a single channel an odd power has the sign of `like`, its first.
    """
    torch.nn.init.normal_(weight)
    flat = weight.view(-1, weight.shape[-1])
    wide = flat.to(_wide(flat))  # in half precision a square may be 0
    squares = wide.square()
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
        wide = flat.to(wide.dtype)
        squares = wide * (gram.to(wide.dtype) @ wide)
        for one in set(entries):
            variance = variance / _moment(entries.count(one), len(drawn[one]))
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


def _is_spec(given, spec: tuple[int, ...]) -> bool:
    """Whether the numbers in a state dict say that it is of this layer."""
    same = isinstance(given, torch.Tensor) and given.shape == (len(spec),)
    return same and not given.is_meta and given.tolist() == list(spec)


def _foreign(given, said: str) -> str:
    """What to say of weights whose numbers are not those of a layer that is `said`."""
    found = given
    if isinstance(given, torch.Tensor) and not given.is_meta:
        found = given.tolist()
    return (
        f"these are the weights of another layer (spec {found}); this layer is {said}"
    )


def _number(name: str, number) -> int:
    """A number of channels, layers, rounds or values of an axis: a whole one, 1 or more."""
    whole = number
    if not isinstance(number, int):
        try:
            whole = 0 if isinstance(number, torch.Tensor) else number.__index__()
        except (AttributeError, TypeError):
            whole = 0
    if isinstance(number, bool) or not 1 <= whole < 2**31:
        raise ValueError(f"{name}={number!r} is not a whole number, 1 or more")
    return whole


class Layer(torch.nn.Module):
    """All equivariant terms of orders up to 2, each with coefficients of its own.

    in_channels, out_channels: the length of the last axis.
    rank: channels in which the factors of a product meet.
    """

    SPEC = (142, 236, 38)

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
        self.in_channels = _number("in_channels", in_channels)
        self.out_channels = _number("out_channels", out_channels)
        self.rank = _number("rank", rank)

        def weight(*shape: int) -> torch.nn.Parameter:
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
            self.mix[key] = weight(self.rank, self.out_channels)
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
            self.factor[key] = weight(self.in_channels, self.rank)
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
        self.spec.copy_(torch.tensor(self.SPEC))

    def _load_from_state_dict(self, state_dict, prefix, *rest) -> None:
        """Refuse the weights of another layer, which may have the same shapes."""
        given = state_dict.get(prefix + "spec", torch.tensor(self.SPEC))
        if not _is_spec(given, self.SPEC):
            own = self.state_dict(prefix=prefix, keep_vars=True)
            for key in [key for key in state_dict if key.startswith(prefix)]:
                del state_dict[key]
            state_dict.update(own)
            rest[-1].append(_foreign(given, f"polynomial, ab (spec {self.SPEC})"))
            return
        super()._load_from_state_dict(state_dict, prefix, *rest)

    def forward(
        self, x: torch.Tensor, measure: dict[str, torch.Tensor] | None = None
    ) -> torch.Tensor:
        """Map x (..., a, b, in_channels) to (..., a, b, out_channels).

        measure: weights of the values of an axis, a: (..., a); b: (..., b).
        """
        _check("x", x, ("a", "b"), self.in_channels, {}, self.mix["ab_cd__ef"])
        measure = _measures(measure, "a", "b")
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
