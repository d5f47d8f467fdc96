"""Terms of matrices in the words of matrices: products, transposes, traces."""

from __future__ import annotations

from itertools import pairwise

from symshare.core.notation.signature import Signature
from symshare.core.terms.term import Term
from symshare.errors import SymshareError

__all__ = ["matrix_words", "of_words"]


def matrix_words(term: Term) -> str:
    """A term as a product of matrices, or the trace of one; empty where it is none.

    >>> from symshare.core.notation.reading import signature
    >>> one = signature("Y:ab,X:ab->Y:ab")
    >>> from symshare.core.bases.reading import term as read
    >>> matrix_words(read(one, "Y:ab,Y:cd,X:cb->Y:ad"))
    "Y X' Y"
    >>> matrix_words(read(signature("X:aa->"), "ab,bc,ca->"))
    'tr(X X X)'
    """
    pairs = [*term.factor_indices, term.output_indices]
    if not term.order or any(len(own) not in (0, 2) for own in pairs) or not all(map(len, term.factor_indices)):
        return ""
    left = [
        (str(tensor.name), own[0], own[1]) for tensor, own in zip(term.factor_tensors, term.factor_indices, strict=True)
    ]
    if any(sum(own.count(index) for own in pairs) != 2 for index in range(len(term.index_axes))):
        return ""
    if len(term.output_indices) == 2:
        start, end = term.output_indices
        words = _walk(left, start)
        return " ".join(words) if words and not left and _ends(term, words, start) == end else ""
    words = _walk(left, left[0][1])
    return f"tr({' '.join(words)})" if words and not left else ""


def of_words(signature: Signature, text: str) -> Term:
    """The term that words are, of the first output that they fit: the inverse of `matrix_words`.

    Raises SymshareError for words that are no product of matrices of the signature.

    >>> from symshare.core.notation.reading import signature
    >>> of_words(signature("Y:ab,X:ab->Y:ab"), "Y X' Y").to_einsum()
    'ab,cd,cb->ad'
    """
    trace = text.startswith("tr(") and text.endswith(")")
    words = text.removeprefix("tr(").removesuffix(")").split() if trace else text.split()
    names = [tensor.name for tensor in signature.inputs]
    known = [word.removesuffix("'") in names for word in words]
    if not words or not all(known):
        wrong = words[known.index(False)] if words else text
        cure = f"write names ({', '.join(map(str, names))}) side by side, X' for X transposed, or an einsum, 'ab->'"
        raise SymshareError(f"{wrong!r} in {text!r} is no tensor of this line\n  {cure}")
    factors = tuple(names.index(word.removesuffix("'")) for word in words)
    places = [(at, (at + 1) % len(words) if trace else at + 1) for at in range(len(words))]
    turned = [word.endswith("'") for word in words]
    for output, tensor in enumerate(signature.outputs):
        sides = [
            signature.inputs[factor].axes[:: -1 if back else 1] for factor, back in zip(factors, turned, strict=True)
        ]
        if any(len(own) != 2 for own in sides) or len(tensor.axes) != (0 if trace else 2):
            continue
        ends = (sides[-1][1], sides[0][0]) if trace else (tensor.axes[0], sides[0][0], sides[-1][1], tensor.axes[1])
        inner = [pair for one, two in pairwise(sides) for pair in (one[1], two[0])]
        chain = [*ends[:2], *inner, *ends[2:]]
        if all(one == two for one, two in zip(chain[::2], chain[1::2], strict=True)):
            indices = tuple(own[:: -1 if back else 1] for own, back in zip(places, turned, strict=True))
            outer = () if trace else (0, len(words))
            found = Term(signature, output, factors, outer, indices, (), ((),) * len(words))
            return found.canonical()
    raise SymshareError(f"the shapes in {text!r} do not fit each other\n  write X' for X transposed, as in \"Y X' Y\"")


def _walk(left: list[tuple[str, int, int]], at: int) -> list[str]:
    """The factors along the indices from one on; they are taken out of what is left."""
    words: list[str] = []
    while True:
        place = next((number for number, (_, one, two) in enumerate(left) if at in (one, two)), None)
        if place is None:
            return words
        name, one, two = left.pop(place)
        words.append(name if at == one else f"{name}'")
        at = two if at == one else one


def _ends(term: Term, words: list[str], at: int) -> int:
    """The index at which the walk of all factors ends: the other one of the output, where it is a walk from it."""
    count = dict.fromkeys(range(len(term.index_axes)), 0)
    for own in term.factor_indices:
        for index in own:
            count[index] += 1
    return next((index for index, number in count.items() if number == 1 and index != at), at)
