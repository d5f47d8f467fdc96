"""Equivariant linear layer for abab.

  axis a: permuted
  axis b: permuted on its own below each a

  input x: (..., a, b, a, b, in_channels)
  output y: (..., a, b, a, b, out_channels)

Works at any axis sizes, without redundant coefficients at a >= 4, b >= 4.
An index on the left of -> but not on its right is a mean over its values; a reduced
input is named by the axes it keeps. Terms, each with coefficients of its own:

  order 0: 3
    ->abab  a constant on the diagonal of axes 1, 3 and of axes 2, 4
    ->abac  a constant on the diagonal of axes 1, 3
    ->abcd  a constant everywhere

  order 1: 60
    abab->abab  the diagonal of axes 1, 3 and of axes 2, 4, on the diagonal of axes 1, 3 and of axes 2, 4
    abab->abac  the diagonal of axes 1, 3 and of axes 2, 4, repeated along c (axis 4), on the diagonal of axes 1, 3
    abab->abcd  the diagonal of axes 1, 3 and of axes 2, 4, repeated along c (axis 3), d (axis 4)
    abab->acab  the diagonal of axes 1, 3 and of axes 2, 4, repeated along c (axis 2), on the diagonal of axes 1, 3
    abab->acac  the diagonal of axes 1, 3 and of axes 2, 4, averaged over b, repeated along c (axis 2), on the diagonal of axes 1, 3 and of axes 2, 4
    abab->acad  the diagonal of axes 1, 3 and of axes 2, 4, averaged over b, repeated along c (axis 2), d (axis 4), on the diagonal of axes 1, 3
    abab->acde  the diagonal of axes 1, 3 and of axes 2, 4, averaged over b, repeated along c (axis 2), d (axis 3), e (axis 4)
    abab->cdab  the diagonal of axes 1, 3 and of axes 2, 4, repeated along c (axis 1), d (axis 2)
    abab->cdae  the diagonal of axes 1, 3 and of axes 2, 4, averaged over b, repeated along c (axis 1), d (axis 2), e (axis 4)
    abab->cdcd  the diagonal of axes 1, 3 and of axes 2, 4, averaged over a, b, repeated along c (axis 1), d (axis 2), on the diagonal of axes 1, 3 and of axes 2, 4
    abab->cdce  the diagonal of axes 1, 3 and of axes 2, 4, averaged over a, b, repeated along c (axis 1), d (axis 2), e (axis 4), on the diagonal of axes 1, 3
    abab->cdef  the diagonal of axes 1, 3 and of axes 2, 4, averaged over a, b, repeated along c (axis 1), d (axis 2), e (axis 3), f (axis 4)
    abac->abab  the diagonal of axes 1, 3, averaged over c, on the diagonal of axes 1, 3 and of axes 2, 4
    abac->abac  the diagonal of axes 1, 3, on the diagonal of axes 1, 3
    abac->abad  the diagonal of axes 1, 3, averaged over c, repeated along d (axis 4), on the diagonal of axes 1, 3
    abac->abde  the diagonal of axes 1, 3, averaged over c, repeated along d (axis 3), e (axis 4)
    abac->acab  the diagonal of axes 1, 3, axes exchanged, on the diagonal of axes 1, 3
    abac->acac  the diagonal of axes 1, 3, averaged over b, on the diagonal of axes 1, 3 and of axes 2, 4
    abac->acad  the diagonal of axes 1, 3, averaged over b, repeated along d (axis 4), on the diagonal of axes 1, 3
    abac->acde  the diagonal of axes 1, 3, averaged over b, repeated along d (axis 3), e (axis 4)
    abac->adab  the diagonal of axes 1, 3, averaged over c, repeated along d (axis 2), on the diagonal of axes 1, 3
    abac->adac  the diagonal of axes 1, 3, averaged over b, repeated along d (axis 2), on the diagonal of axes 1, 3
    abac->adad  the diagonal of axes 1, 3, averaged over b, c, repeated along d (axis 2), on the diagonal of axes 1, 3 and of axes 2, 4
    abac->adae  the diagonal of axes 1, 3, averaged over b, c, repeated along d (axis 2), e (axis 4), on the diagonal of axes 1, 3
    abac->adef  the diagonal of axes 1, 3, averaged over b, c, repeated along d (axis 2), e (axis 3), f (axis 4)
    abac->deab  the diagonal of axes 1, 3, averaged over c, repeated along d (axis 1), e (axis 2)
    abac->deac  the diagonal of axes 1, 3, averaged over b, repeated along d (axis 1), e (axis 2)
    abac->deaf  the diagonal of axes 1, 3, averaged over b, c, repeated along d (axis 1), e (axis 2), f (axis 4)
    abac->dede  the diagonal of axes 1, 3, averaged over a, b, c, repeated along d (axis 1), e (axis 2), on the diagonal of axes 1, 3 and of axes 2, 4
    abac->dedf  the diagonal of axes 1, 3, averaged over a, b, c, repeated along d (axis 1), e (axis 2), f (axis 4), on the diagonal of axes 1, 3
    abac->defg  the diagonal of axes 1, 3, averaged over a, b, c, repeated along d (axis 1), e (axis 2), f (axis 3), g (axis 4)
    abcd->abab  averaged over c, d, on the diagonal of axes 1, 3 and of axes 2, 4
    abcd->abae  averaged over c, d, repeated along e (axis 4), on the diagonal of axes 1, 3
    abcd->abcd  the input itself
    abcd->abce  averaged over d, repeated along e (axis 4)
    abcd->abef  averaged over c, d, repeated along e (axis 3), f (axis 4)
    abcd->aeab  averaged over c, d, repeated along e (axis 2), on the diagonal of axes 1, 3
    abcd->aeae  averaged over b, c, d, repeated along e (axis 2), on the diagonal of axes 1, 3 and of axes 2, 4
    abcd->aeaf  averaged over b, c, d, repeated along e (axis 2), f (axis 4), on the diagonal of axes 1, 3
    abcd->aecd  averaged over b, repeated along e (axis 2)
    abcd->aecf  averaged over b, d, repeated along e (axis 2), f (axis 4)
    abcd->aefg  averaged over b, c, d, repeated along e (axis 2), f (axis 3), g (axis 4)
    abcd->cdab  axes exchanged
    abcd->cdae  averaged over b, axes exchanged, repeated along e (axis 4)
    abcd->cdcd  averaged over a, b, on the diagonal of axes 1, 3 and of axes 2, 4
    abcd->cdce  averaged over a, b, repeated along e (axis 4), on the diagonal of axes 1, 3
    abcd->cdef  averaged over a, b, repeated along e (axis 3), f (axis 4)
    abcd->ceab  averaged over d, axes exchanged, repeated along e (axis 2)
    abcd->ceaf  averaged over b, d, transposed, repeated along e (axis 2), f (axis 4)
    abcd->cecd  averaged over a, b, repeated along e (axis 2), on the diagonal of axes 1, 3
    abcd->cece  averaged over a, b, d, repeated along e (axis 2), on the diagonal of axes 1, 3 and of axes 2, 4
    abcd->cecf  averaged over a, b, d, repeated along e (axis 2), f (axis 4), on the diagonal of axes 1, 3
    abcd->cefg  averaged over a, b, d, repeated along e (axis 2), f (axis 3), g (axis 4)
    abcd->efab  averaged over c, d, repeated along e (axis 1), f (axis 2)
    abcd->efag  averaged over b, c, d, repeated along e (axis 1), f (axis 2), g (axis 4)
    abcd->efcd  averaged over a, b, repeated along e (axis 1), f (axis 2)
    abcd->efcg  averaged over a, b, d, repeated along e (axis 1), f (axis 2), g (axis 4)
    abcd->efef  averaged over a, b, c, d, repeated along e (axis 1), f (axis 2), on the diagonal of axes 1, 3 and of axes 2, 4
    abcd->efeg  averaged over a, b, c, d, repeated along e (axis 1), f (axis 2), g (axis 4), on the diagonal of axes 1, 3
    abcd->efgh  averaged over a, b, c, d, repeated along e (axis 1), f (axis 2), g (axis 3), h (axis 4)

Made by:
  symshare emit --symmetry abab --order 1 --kind linear --depends 'a->b'
"""

import torch

SIGNATURE = "abab"
DEPENDS = ("a->b",)
SIZES = {}
TERMS = (
    "->abab",
    "->abac",
    "->abcd",
    "abab->abab",
    "abab->abac",
    "abab->abcd",
    "abab->acab",
    "abab->acac",
    "abab->acad",
    "abab->acde",
    "abab->cdab",
    "abab->cdae",
    "abab->cdcd",
    "abab->cdce",
    "abab->cdef",
    "abac->abab",
    "abac->abac",
    "abac->abad",
    "abac->abde",
    "abac->acab",
    "abac->acac",
    "abac->acad",
    "abac->acde",
    "abac->adab",
    "abac->adac",
    "abac->adad",
    "abac->adae",
    "abac->adef",
    "abac->deab",
    "abac->deac",
    "abac->deaf",
    "abac->dede",
    "abac->dedf",
    "abac->defg",
    "abcd->abab",
    "abcd->abae",
    "abcd->abcd",
    "abcd->abce",
    "abcd->abef",
    "abcd->aeab",
    "abcd->aeae",
    "abcd->aeaf",
    "abcd->aecd",
    "abcd->aecf",
    "abcd->aefg",
    "abcd->cdab",
    "abcd->cdae",
    "abcd->cdcd",
    "abcd->cdce",
    "abcd->cdef",
    "abcd->ceab",
    "abcd->ceaf",
    "abcd->cecd",
    "abcd->cece",
    "abcd->cecf",
    "abcd->cefg",
    "abcd->efab",
    "abcd->efag",
    "abcd->efcd",
    "abcd->efcg",
    "abcd->efef",
    "abcd->efeg",
    "abcd->efgh",
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
    """All equivariant terms of order 1, each with coefficients of its own.

    in_channels, out_channels: the length of the last axis.
    """

    SPEC = (137, 104, 0)

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.in_channels = _number("in_channels", in_channels)
        self.out_channels = _number("out_channels", out_channels)

        def weight(*shape: int) -> torch.nn.Parameter:
            return torch.nn.Parameter(torch.empty(shape, device=device, dtype=dtype))

        self.bias = torch.nn.ParameterDict()
        for key in ("__abab", "__abac", "__abcd"):
            self.bias[key] = weight(self.out_channels)
        self.mix = torch.nn.ParameterDict()
        for key in (
            "abab__abab",
            "abab__abac",
            "abab__abcd",
            "abab__acab",
            "abab__acac",
            "abab__acad",
            "abab__acde",
            "abab__cdab",
            "abab__cdae",
            "abab__cdcd",
            "abab__cdce",
            "abab__cdef",
            "abac__abab",
            "abac__abac",
            "abac__abad",
            "abac__abde",
            "abac__acab",
            "abac__acac",
            "abac__acad",
            "abac__acde",
            "abac__adab",
            "abac__adac",
            "abac__adad",
            "abac__adae",
            "abac__adef",
            "abac__deab",
            "abac__deac",
            "abac__deaf",
            "abac__dede",
            "abac__dedf",
            "abac__defg",
            "abcd__abab",
            "abcd__abae",
            "abcd__abcd",
            "abcd__abce",
            "abcd__abef",
            "abcd__aeab",
            "abcd__aeae",
            "abcd__aeaf",
            "abcd__aecd",
            "abcd__aecf",
            "abcd__aefg",
            "abcd__cdab",
            "abcd__cdae",
            "abcd__cdcd",
            "abcd__cdce",
            "abcd__cdef",
            "abcd__ceab",
            "abcd__ceaf",
            "abcd__cecd",
            "abcd__cece",
            "abcd__cecf",
            "abcd__cefg",
            "abcd__efab",
            "abcd__efag",
            "abcd__efcd",
            "abcd__efcg",
            "abcd__efef",
            "abcd__efeg",
            "abcd__efgh",
        ):
            self.mix[key] = weight(self.in_channels, self.out_channels)
        self.register_buffer("spec", torch.tensor(self.SPEC, device=device))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights: each order adds the same to an output's variance."""
        for key in (
            "abab__abab",
            "abab__abac",
            "abab__abcd",
            "abab__acab",
            "abab__acac",
            "abab__acad",
            "abab__acde",
            "abab__cdab",
            "abab__cdae",
            "abab__cdcd",
            "abab__cdce",
            "abab__cdef",
            "abac__abab",
            "abac__abac",
            "abac__abad",
            "abac__abde",
            "abac__acab",
            "abac__acac",
            "abac__acad",
            "abac__acde",
            "abac__adab",
            "abac__adac",
            "abac__adad",
            "abac__adae",
            "abac__adef",
            "abac__deab",
            "abac__deac",
            "abac__deaf",
            "abac__dede",
            "abac__dedf",
            "abac__defg",
            "abcd__abab",
            "abcd__abae",
            "abcd__abce",
            "abcd__abef",
            "abcd__aeab",
            "abcd__aeae",
            "abcd__aeaf",
            "abcd__aecd",
            "abcd__aecf",
            "abcd__aefg",
            "abcd__cdae",
            "abcd__cdcd",
            "abcd__cdce",
            "abcd__cdef",
            "abcd__ceab",
            "abcd__ceaf",
            "abcd__cecd",
            "abcd__cece",
            "abcd__cecf",
            "abcd__cefg",
            "abcd__efab",
            "abcd__efag",
            "abcd__efcd",
            "abcd__efcg",
            "abcd__efef",
            "abcd__efeg",
            "abcd__efgh",
        ):
            _fill(self.mix[key], 1 / 464 / (1 + 57 / self.in_channels))
        for key in ("abcd__abcd", "abcd__cdab"):
            _fill(self.mix[key], 1 / 2)
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
            rest[-1].append(_foreign(given, f"linear, abab (spec {self.SPEC})"))
            return
        super()._load_from_state_dict(state_dict, prefix, *rest)

    def forward(
        self, x: torch.Tensor, measure: dict[str, torch.Tensor] | None = None
    ) -> torch.Tensor:
        """Map x (..., a, b, a, b, in_channels) to (..., a, b, a, b, out_channels).

        measure: weights of the values of an axis, a: (..., a); b: (..., a, b).
        """
        _check(
            "x", x, ("a", "b", "a", "b"), self.in_channels, {}, self.mix["abcd__efgh"]
        )
        measure = _measures(measure, "a", "b")
        n_a = x.shape[-5]
        n_b = x.shape[-4]
        w_a = _weights(measure, "a", x, x.shape[:-5], n_a)
        w_a = _proportions(w_a)
        w_b = _weights(measure, "b", x, x.shape[:-5], n_a, n_b)
        w_b = _proportions(w_b)
        x_abab = torch.einsum("...ababC->...abC", x)
        x_abab_a = _mean(x_abab, "abC", w_b, "ab")
        x_abab_all = _mean(x_abab_a, "aC", w_a, "a")
        x_abac = x.diagonal(dim1=-5, dim2=-3).movedim(-1, -4)
        x_abac_ab = _mean(x_abac, "abcC", w_b, "ac")
        # abac->abac: the diagonal of axes 1, 3, on the diagonal of axes 1, 3
        t4 = x_abac @ self.mix["abac__abac"]
        x_abac_ac = _mean(x_abac, "abcC", w_b, "ab")
        x_abac_a = _mean(x_abac_ab, "abC", w_b, "ab")
        x_abac_all = _mean(x_abac_a, "aC", w_a, "a")
        x_abc = _mean(x, "abcdC", w_b, "cd")
        x_ab = _mean(x_abc, "abcC", w_a, "c")
        # abcd->abcd: the input itself
        y = x @ self.mix["abcd__abcd"]
        # abcd->abce: averaged over d, repeated along e (axis 4)
        t7 = x_abc @ self.mix["abcd__abce"]
        x_a = _mean(x_ab, "abC", w_b, "ab")
        x_acd = _mean(x, "abcdC", w_b, "ab")
        # abcd->aecd: averaged over b, repeated along e (axis 2)
        t8 = x_acd @ self.mix["abcd__aecd"]
        x_ac = _mean(x_abc, "abcC", w_b, "ab")
        # abcd->aecf: averaged over b, d, repeated along e (axis 2), f (axis 4)
        t9 = x_ac @ self.mix["abcd__aecf"]
        x_cd = _mean(x_acd, "acdC", w_a, "a")
        x_c = _mean(x_ac, "acC", w_a, "a")
        x_all = _mean(x_a, "aC", w_a, "a")
        t15 = _stack(x_abab_all, x_abac_all, x_all)
        # abab->cdef: the diagonal of axes 1, 3 and of axes 2, 4, averaged over a, b,
        #   repeated along c (axis 1), d (axis 2), e (axis 3), f (axis 4)
        # abac->defg: the diagonal of axes 1, 3, averaged over a, b, c, repeated along
        #   d (axis 1), e (axis 2), f (axis 3), g (axis 4)
        # abcd->efgh: averaged over a, b, c, d, repeated along e (axis 1), f (axis 2),
        #   g (axis 3), h (axis 4)
        t16 = t15 @ _rows(self.mix, "abab__cdef", "abac__defg", "abcd__efgh")
        # ->abcd: a constant everywhere
        t16 += self.bias["__abcd"]
        # abab->cdce: the diagonal of axes 1, 3 and of axes 2, 4, averaged over a, b,
        #   repeated along c (axis 1), d (axis 2), e (axis 4), on the diagonal of axes
        #   1, 3
        # abac->dedf: the diagonal of axes 1, 3, averaged over a, b, c, repeated along
        #   d (axis 1), e (axis 2), f (axis 4), on the diagonal of axes 1, 3
        # abcd->efeg: averaged over a, b, c, d, repeated along e (axis 1), f (axis 2),
        #   g (axis 4), on the diagonal of axes 1, 3
        t18 = t15 @ _rows(self.mix, "abab__cdce", "abac__dedf", "abcd__efeg")
        # ->abac: a constant on the diagonal of axes 1, 3
        t18 += self.bias["__abac"]
        # abab->cdcd: the diagonal of axes 1, 3 and of axes 2, 4, averaged over a, b,
        #   repeated along c (axis 1), d (axis 2), on the diagonal of axes 1, 3 and of
        #   axes 2, 4
        # abac->dede: the diagonal of axes 1, 3, averaged over a, b, c, repeated along
        #   d (axis 1), e (axis 2), on the diagonal of axes 1, 3 and of axes 2, 4
        # abcd->efef: averaged over a, b, c, d, repeated along e (axis 1), f (axis 2),
        #   on the diagonal of axes 1, 3 and of axes 2, 4
        t20 = t15 @ _rows(self.mix, "abab__cdcd", "abac__dede", "abcd__efef")
        # ->abab: a constant on the diagonal of axes 1, 3 and of axes 2, 4
        t20 += self.bias["__abab"]
        t22 = _stack(x_abab_a, x_abac_a, x_a, x_c)
        # abab->acde: the diagonal of axes 1, 3 and of axes 2, 4, averaged over b,
        #   repeated along c (axis 2), d (axis 3), e (axis 4)
        # abac->adef: the diagonal of axes 1, 3, averaged over b, c, repeated along d
        #   (axis 2), e (axis 3), f (axis 4)
        # abcd->aefg: averaged over b, c, d, repeated along e (axis 2), f (axis 3), g
        #   (axis 4)
        # abcd->cefg: averaged over a, b, d, repeated along e (axis 2), f (axis 3), g
        #   (axis 4)
        t23 = t22 @ _rows(
            self.mix, "abab__acde", "abac__adef", "abcd__aefg", "abcd__cefg"
        )
        t23 += t16[..., None, :]
        # abab->cdae: the diagonal of axes 1, 3 and of axes 2, 4, averaged over b,
        #   repeated along c (axis 1), d (axis 2), e (axis 4)
        # abac->deaf: the diagonal of axes 1, 3, averaged over b, c, repeated along d
        #   (axis 1), e (axis 2), f (axis 4)
        # abcd->efag: averaged over b, c, d, repeated along e (axis 1), f (axis 2), g
        #   (axis 4)
        # abcd->efcg: averaged over a, b, d, repeated along e (axis 1), f (axis 2), g
        #   (axis 4)
        t25 = t22 @ _rows(
            self.mix, "abab__cdae", "abac__deaf", "abcd__efag", "abcd__efcg"
        )
        # abab->acad: the diagonal of axes 1, 3 and of axes 2, 4, averaged over b,
        #   repeated along c (axis 2), d (axis 4), on the diagonal of axes 1, 3
        # abac->adae: the diagonal of axes 1, 3, averaged over b, c, repeated along d
        #   (axis 2), e (axis 4), on the diagonal of axes 1, 3
        # abcd->aeaf: averaged over b, c, d, repeated along e (axis 2), f (axis 4), on
        #   the diagonal of axes 1, 3
        # abcd->cecf: averaged over a, b, d, repeated along e (axis 2), f (axis 4), on
        #   the diagonal of axes 1, 3
        t26 = t22 @ _rows(
            self.mix, "abab__acad", "abac__adae", "abcd__aeaf", "abcd__cecf"
        )
        t26 += t18[..., None, :]
        # abab->acac: the diagonal of axes 1, 3 and of axes 2, 4, averaged over b,
        #   repeated along c (axis 2), on the diagonal of axes 1, 3 and of axes 2, 4
        # abac->adad: the diagonal of axes 1, 3, averaged over b, c, repeated along d
        #   (axis 2), on the diagonal of axes 1, 3 and of axes 2, 4
        # abcd->aeae: averaged over b, c, d, repeated along e (axis 2), on the
        #   diagonal of axes 1, 3 and of axes 2, 4
        # abcd->cece: averaged over a, b, d, repeated along e (axis 2), on the
        #   diagonal of axes 1, 3 and of axes 2, 4
        t28 = t22 @ _rows(
            self.mix, "abab__acac", "abac__adad", "abcd__aeae", "abcd__cece"
        )
        t28 += t20[..., None, :]
        t30 = _stack(x_abab, x_abac_ab, x_abac_ac, x_ab, x_cd)
        # abab->abcd: the diagonal of axes 1, 3 and of axes 2, 4, repeated along c
        #   (axis 3), d (axis 4)
        # abac->abde: the diagonal of axes 1, 3, averaged over c, repeated along d
        #   (axis 3), e (axis 4)
        # abac->acde: the diagonal of axes 1, 3, averaged over b, repeated along d
        #   (axis 3), e (axis 4)
        # abcd->abef: averaged over c, d, repeated along e (axis 3), f (axis 4)
        # abcd->cdef: averaged over a, b, repeated along e (axis 3), f (axis 4)
        t31 = t30 @ _rows(
            self.mix,
            "abab__abcd",
            "abac__abde",
            "abac__acde",
            "abcd__abef",
            "abcd__cdef",
        )
        t31 += t23[..., :, None, :]
        # abcd->ceaf: averaged over b, d, transposed, repeated along e (axis 2), f
        #   (axis 4)
        t9 += (x_ac @ self.mix["abcd__ceaf"]).transpose(-3, -2)
        t9 += t25[..., None, :, :]
        # abab->cdab: the diagonal of axes 1, 3 and of axes 2, 4, repeated along c
        #   (axis 1), d (axis 2)
        # abac->deab: the diagonal of axes 1, 3, averaged over c, repeated along d
        #   (axis 1), e (axis 2)
        # abac->deac: the diagonal of axes 1, 3, averaged over b, repeated along d
        #   (axis 1), e (axis 2)
        # abcd->efab: averaged over c, d, repeated along e (axis 1), f (axis 2)
        # abcd->efcd: averaged over a, b, repeated along e (axis 1), f (axis 2)
        t36 = t30 @ _rows(
            self.mix,
            "abab__cdab",
            "abac__deab",
            "abac__deac",
            "abcd__efab",
            "abcd__efcd",
        )
        # abab->abac: the diagonal of axes 1, 3 and of axes 2, 4, repeated along c
        #   (axis 4), on the diagonal of axes 1, 3
        # abac->abad: the diagonal of axes 1, 3, averaged over c, repeated along d
        #   (axis 4), on the diagonal of axes 1, 3
        # abac->acad: the diagonal of axes 1, 3, averaged over b, repeated along d
        #   (axis 4), on the diagonal of axes 1, 3
        # abcd->abae: averaged over c, d, repeated along e (axis 4), on the diagonal
        #   of axes 1, 3
        # abcd->cdce: averaged over a, b, repeated along e (axis 4), on the diagonal
        #   of axes 1, 3
        t37 = t30 @ _rows(
            self.mix,
            "abab__abac",
            "abac__abad",
            "abac__acad",
            "abcd__abae",
            "abcd__cdce",
        )
        t37 += t26[..., :, None, :]
        # abab->acab: the diagonal of axes 1, 3 and of axes 2, 4, repeated along c
        #   (axis 2), on the diagonal of axes 1, 3
        # abac->adab: the diagonal of axes 1, 3, averaged over c, repeated along d
        #   (axis 2), on the diagonal of axes 1, 3
        # abac->adac: the diagonal of axes 1, 3, averaged over b, repeated along d
        #   (axis 2), on the diagonal of axes 1, 3
        # abcd->aeab: averaged over c, d, repeated along e (axis 2), on the diagonal
        #   of axes 1, 3
        # abcd->cecd: averaged over a, b, repeated along e (axis 2), on the diagonal
        #   of axes 1, 3
        t39 = t30 @ _rows(
            self.mix,
            "abab__acab",
            "abac__adab",
            "abac__adac",
            "abcd__aeab",
            "abcd__cecd",
        )
        # abab->abab: the diagonal of axes 1, 3 and of axes 2, 4, on the diagonal of
        #   axes 1, 3 and of axes 2, 4
        # abac->abab: the diagonal of axes 1, 3, averaged over c, on the diagonal of
        #   axes 1, 3 and of axes 2, 4
        # abac->acac: the diagonal of axes 1, 3, averaged over b, on the diagonal of
        #   axes 1, 3 and of axes 2, 4
        # abcd->abab: averaged over c, d, on the diagonal of axes 1, 3 and of axes 2,
        #   4
        # abcd->cdcd: averaged over a, b, on the diagonal of axes 1, 3 and of axes 2,
        #   4
        t40 = t30 @ _rows(
            self.mix,
            "abab__abab",
            "abac__abab",
            "abac__acac",
            "abcd__abab",
            "abcd__cdcd",
        )
        t40 += t28[..., :, None, :]
        # abcd->cdae: averaged over b, axes exchanged, repeated along e (axis 4)
        t7 += (x_acd @ self.mix["abcd__cdae"]).movedim((-3, -2, -4), (-4, -3, -2))
        t7 += t31[..., :, :, None, :]
        t7 += t9[..., :, None, :, :]
        # abcd->ceab: averaged over d, axes exchanged, repeated along e (axis 2)
        t8 += (x_abc @ self.mix["abcd__ceab"]).movedim((-2, -4, -3), (-4, -3, -2))
        t8 += t36[..., None, :, :, :]
        # abac->acab: the diagonal of axes 1, 3, axes exchanged, on the diagonal of
        #   axes 1, 3
        t50 = t4 + (x_abac @ self.mix["abac__acab"]).transpose(-3, -2)
        t50 += t37[..., :, :, None, :]
        t50 += t39[..., :, None, :, :]
        # abcd->cdab: axes exchanged
        y += (x @ self.mix["abcd__cdab"]).movedim((-3, -2, -5, -4), (-5, -4, -3, -2))
        y += t7[..., :, :, :, None, :]
        y += t8[..., :, None, :, :, :]
        placed = torch.diag_embed(t40.movedim(-3, -1), dim1=-4, dim2=-2)
        y += torch.diag_embed(placed.movedim(-3, -1), dim1=-4, dim2=-2)
        y += torch.diag_embed(t50.movedim(-4, -1), dim1=-5, dim2=-3)
        return y

    def extra_repr(self) -> str:
        return f"{self.in_channels}, {self.out_channels}"
