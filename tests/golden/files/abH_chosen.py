"""Equivariant polynomial layer for abH.

  axis a: permuted
  axis b: permuted

  input x: (..., a, b, in_channels)
  output y: (..., a, b, out_channels)

Works at any axis sizes, without redundant coefficients at a >= 4, b >= 4.
An index on the left of -> but not on its right is a mean over its values; a reduced
input is named by the axes it keeps. Terms, each with coefficients of its own:

  order 0: 1
    ->abH  a constant everywhere

  order 1: 4
    abH->abH  the input itself
    abH->acH  averaged over b, repeated along c
    abH->cbH  averaged over a, repeated along c
    abH->cdH  averaged over a, b, repeated along c, d

  order 2: 0

  order 3: 1
    abH,cbH,cdH->adH

Made by:
  symshare emit --symmetry abH --order 3 --kind polynomial --only 'abH,cbH,cdH->adH'
"""

import torch

SIGNATURE = "abH"
DEPENDS = ()
SIZES = {}
TERMS = ("->abH", "abH->abH", "abH->acH", "abH->cbH", "abH->cdH", "abH,cbH,cdH->adH")


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


def _columns(weights: torch.nn.ParameterDict, *keys: str) -> torch.Tensor:
    """Matrices side by side, for the same value."""
    return torch.cat([weights[key] for key in keys], -1)


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
    """Chosen equivariant terms of orders up to 3, each with coefficients of its own.

    in_channels, out_channels: the length of the last axis.
    rank: channels in which the factors of a product meet.
    """

    SPEC = (18, 55, 115)

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
        self.mix["ab_cb_cd__ad"] = weight(self.rank, self.out_channels)
        self.factor = torch.nn.ParameterDict()
        for key in ("ab_cb_cd__ad__0", "ab_cb_cd__ad__1", "ab_cb_cd__ad__2"):
            self.factor[key] = weight(self.in_channels, self.rank)
        self.register_buffer("spec", torch.tensor(self.SPEC, device=device))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights: each order adds the same to an output's variance."""
        _fill(self.mix["ab__ab"], 1)
        for key in ("ab__ac", "ab__cb", "ab__cd"):
            _fill(self.mix[key], 1 / 24 / (1 + 2 / self.in_channels))
        _fill(
            self.mix["ab_cb_cd__ad"],
            1 / 8 / (1 + 3 / self.in_channels),
            self.factor["ab_cb_cd__ad__0"],
            self.factor["ab_cb_cd__ad__1"],
            self.factor["ab_cb_cd__ad__2"],
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
            rest[-1].append(_foreign(given, f"polynomial, abH (spec {self.SPEC})"))
            return
        super()._load_from_state_dict(state_dict, prefix, *rest)

    def forward(
        self, x: torch.Tensor, measure: dict[str, torch.Tensor] | None = None
    ) -> torch.Tensor:
        """Map x (..., a, b, in_channels) to (..., a, b, out_channels).

        measure: weights of the values of an axis, a: (..., a); b: (..., b).
        """
        _check("x", x, ("a", "b"), self.in_channels, {}, self.mix["ab_cb_cd__ad"])
        measure = _measures(measure, "a", "b")
        n_a = x.shape[-3]
        n_b = x.shape[-2]
        w_a = _weights(measure, "a", x, x.shape[:-3], n_a)
        w_a = _proportions(w_a)
        w_b = _weights(measure, "b", x, x.shape[:-3], n_b)
        w_b = _proportions(w_b)
        # abH->abH: the input itself
        y = x @ self.mix["ab__ab"]
        x_a = _mean(x, "abC", w_b, "b")
        # abH->acH: averaged over b, repeated along c
        t3 = x_a @ self.mix["ab__ac"]
        x_b = _mean(x, "abC", w_a, "a")
        # abH->cbH: averaged over a, repeated along c
        t4 = x_b @ self.mix["ab__cb"]
        x_all = _mean(x_a, "aC", w_a, "a")
        # abH->cdH: averaged over a, b, repeated along c, d
        t5 = x_all @ self.mix["ab__cd"]
        t6 = _to_front(
            x,
            _columns(
                self.factor, "ab_cb_cd__ad__0", "ab_cb_cd__ad__1", "ab_cb_cd__ad__2"
            ),
        )
        t6 = t6.chunk(3, 0)
        # abH,cbH,cdH->adH
        t10 = torch.einsum(
            "C...ab,C...cb->C...ac", _weigh(t6[0], "ab", w_b, "b"), t6[1]
        )
        t11 = torch.einsum("C...cd,C...ac->C...ad", _weigh(t6[2], "cd", w_a, "c"), t10)
        # ->abH: a constant everywhere
        t5 += self.bias["__ab"]
        t3 += t5[..., None, :]
        y += _to_back(t11, self.mix["ab_cb_cd__ad"])
        y += t3[..., :, None, :]
        y += t4[..., None, :, :]
        return y

    def extra_repr(self) -> str:
        return f"{self.in_channels}, {self.out_channels}, rank={self.rank}"
