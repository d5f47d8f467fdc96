"""Terms of matrices in the words of matrices: products, transposes, traces."""

from __future__ import annotations

from symshare.core.terms.term import Term

__all__ = ["matrix_words"]


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
