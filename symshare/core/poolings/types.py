"""The types that a network carries beside those of its inputs and outputs, as they are written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.errors import NotationError

__all__ = ["read_types", "texts_of", "with_types"]


def with_types(signature: Signature, types: Iterable[str] | str) -> Signature:
    """A signature whose inputs and outputs are all its types and some more, if there are more; each type once.

    The texts may leave out channels; their axes are among those of the signature.

    >>> print(with_types(as_signature("arH->arH"), "a,ar"), with_types(as_signature("arH->arH"), ()))
    arH,aH->arH,aH arH->arH
    """
    texts = texts_of("types", types)
    if not any(texts):
        return signature
    more: list[Tensor] = []
    for text in texts:
        for tensor in read_types(text):
            unknown = [axis for axis in tensor.axes if all(axis not in one.written_axes for one in signature)]
            if unknown:
                known = ", ".join(dict.fromkeys(axis for one in signature for axis in one.written_axes))
                raise NotationError(
                    text,
                    max(text.find(unknown[0]), 0),
                    f"has the axis {unknown[0]!r}, which no tensor has",
                    f"the axes are {known}",
                )
            latents = [one for one in signature.channels if one not in tensor.axes]
            more.append(Tensor((*tensor.axes, *latents)))
    every = dict.fromkeys(replace(tensor, name=None) for tensor in (*signature.inputs, *signature.outputs, *more))
    return replace(signature, inputs=tuple(every), outputs=tuple(every))


def texts_of(name: str, given: Iterable[str] | str) -> list[str]:
    """The texts of an option that takes one or several.

    >>> texts_of("types", "a,ar"), texts_of("types", ("a", "ar"))
    (['a,ar'], ['a', 'ar'])
    """
    if isinstance(given, str):
        return [given]
    try:
        return list(given)
    except TypeError:
        cure = f"write one, or a list of them: {name}=['a', 'ar']"
        raise NotationError(repr(given), 0, f"is no text and no list of texts ({name})", cure) from None


def read_types(text: str) -> tuple[Tensor, ...]:
    """The tensors that a text of types names; NotationError for an arrow, which would part them."""
    read = as_signature(text)
    if "->" in text:
        raise NotationError(text, text.index("->"), "has an arrow", "separate types with commas: 'a,ar'")
    return read.inputs
