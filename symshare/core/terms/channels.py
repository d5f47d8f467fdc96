"""A term's text with its channels or without them: both mean the same, and a mixture is refused."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from string import ascii_lowercase

from symshare.core.notation.names import is_latent, spelled
from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.core.terms.pieces import names_in, parted, pieces, tokens
from symshare.core.terms.reading import MOST_CHOICES, Written, latents_fit, readings
from symshare.errors import NotationError

__all__ = ["read_either"]

Piece = tuple[str, int, Tensor, set[str]]
"""A factor or the output as it is written, where it begins, the tensor that it is, and the channels that it has."""


def read_either(
    signature: Signature,
    text: str,
    factors: Sequence[int] | None = None,
    output: int | None = None,
    cyclic: Collection[str] = (),
    most: int = MOST_CHOICES,
) -> tuple[Signature, list[Written]]:
    """Every way to read a text, with its channels or without, and the signature as the text has it.

    What `readings` takes. Where both forms can be read the text has its channels, as terms are printed.

    >>> from symshare.core.notation.reading import signature
    >>> [str(read_either(signature("abH"), text)[0]) for text in ("abH,cbH->abH", "ab,cb->ab")]
    ['abH', 'ab']
    >>> read_either(signature("abH"), "abH,cb->abH")
    Traceback (most recent call last):
    ...
    symshare.errors.NotationError: 'abH,cb->abH' leaves out the latent axis 'H' in one place and not in another
      abH,cb->abH
          ^  write 'abH,cbH->abH', or 'ab,cb->ab'
    """
    bare = signature.without_latents(signature.channels)
    try:
        return signature, readings(signature, text, factors, output, cyclic, most)
    except NotationError as error:
        if bare == signature or not isinstance(text, str):
            raise
        whole = other = error
    if _may_be_bare(signature, text):
        try:
            return bare, readings(bare, text, factors, output, cyclic, most)
        except NotationError as error:
            other = error
    raise _fitting_error(signature, text, factors, output, whole, other)


def _may_be_bare(signature: Signature, text: str) -> bool:
    """Whether a text names nothing by a capital, but for indices on latent axes and where small letters are used up."""
    names = set(names_in(text))
    if signature.indexed:
        return not names.intersection(signature.channels)
    used_up = names.issuperset(set(ascii_lowercase) - {*signature.set_axes, *signature.duals})
    return used_up or not any(map(is_latent, names))


def _fitting_error(
    signature: Signature,
    text: str,
    factors: Sequence[int] | None,
    output: int | None,
    whole: NotationError,
    bare: NotationError,
) -> NotationError:
    """The error for a text that is no term with its channels (`whole`) and none without (`bare`): which, or a mixture."""
    left, arrow, right = text.partition("->")
    if not arrow or "->" in right:
        return bare
    sides = [(*one, signature.inputs) for one in pieces(left, factors)[0]]
    sides.append((right, len(left) + 2, signature.outputs))
    found: list[Piece] = []
    counted = True
    for place, (written, position, tensors) in enumerate(sides):
        number = output if place == len(sides) - 1 else factors[place] if factors and place < len(factors) else None
        name, axes, _ = parted(written, position)
        among = [tensor for at, tensor in enumerate(tensors) if number in (None, at) and name in ("", tensor.name)]
        given = [token for token, _ in tokens(axes)[0]]
        counted = counted and len(given) in [len(tensor.axes) for tensor in among]
        piece = _piece(signature, given, among)
        if piece is not None:
            found.append((written, position, *piece))
    if len(found) < len(sides):
        return whole if counted else bare
    lacking = [one for one in found if set(signature.free_latents(one[2])) - one[3]]
    if not lacking:
        return whole
    if not any(one[3] for one in found):
        return bare
    _, position, tensor, kept = lacking[0]
    lost = next(axis for axis in signature.free_latents(tensor) if axis not in kept)
    forms = [_rewritten(signature, text, found, with_channels=one) for one in (True, False)]
    problem = f"leaves out the latent axis {lost!r} in one place and not in another"
    return NotationError(text, min(position, len(text) - 1), problem, f"write {forms[0]!r}, or {forms[1]!r}")


def _piece(signature: Signature, given: Sequence[str], tensors: Sequence[Tensor]) -> tuple[Tensor, set[str]] | None:
    """The tensor that a piece is, some of its channels left out perhaps, and those that it has; one with all if it can."""
    found = []
    for tensor in tensors:
        free = signature.free_latents(tensor)
        kept = {axis for axis in free if axis in given}
        axes = tuple([axis for axis in tensor.axes if axis in kept or axis not in free])
        if len(axes) == len(given) and latents_fit(signature, replace(tensor, axes=axes), given):
            found.append((len(free) - len(kept), tensor, kept))
    return min(found, key=lambda one: one[0])[1:] if found else None


def _rewritten(signature: Signature, text: str, found: Sequence[Piece], *, with_channels: bool) -> str:
    """A text with all its channels, or with none."""
    made: list[str] = []
    for written, position, tensor, kept in found:
        name, axes, _ = parted(written, position)
        given = iter([token for token, _ in tokens(axes)[0]])
        free = signature.free_latents(tensor)
        parts = []
        for axis in tensor.axes:
            token = axis if axis in free and axis not in kept else next(given)
            parts += [token] if with_channels or axis not in free else []
        made.append((f"{name}:" if name else "") + spelled(parts, signature.words))
    left = [*made[:-1], *(one for one, _ in pieces(text.partition("->")[0], None)[1])]
    return ("()" if left == [""] else ",".join(left)) + "->" + made[-1]
