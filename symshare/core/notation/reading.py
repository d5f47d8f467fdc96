"""Reading a signature: its text in letters or in words, or its tensors by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from symshare.core.groups.group import AxisGroup
from symshare.core.notation.agreement import check_groups_agree, check_sizes_agree
from symshare.core.notation.axes import (
    as_dict,
    check_latent_parents,
    check_parents,
    check_set_axes,
    listed,
    read_dependencies,
    read_groups,
    read_sizes,
)
from symshare.core.notation.letters import read_letters
from symshare.core.notation.signature import Signature
from symshare.core.notation.strokes import EXAMPLE
from symshare.core.notation.tensor import Tensor
from symshare.errors import NotationError, shown

__all__ = ["Groups", "signature"]

Groups = Mapping[str, str | AxisGroup]
"""What `axes=` takes: the group of an axis by its letter, by name or as it is."""


def signature(
    text: str | Signature | Mapping[str, Sequence[str]],
    *,
    outputs: Mapping[str, Sequence[str]] | None = None,
    depends: Iterable[str] | str = (),
    axes: Groups | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Signature:
    """Read a symmetry.

    `text` has one letter per axis, commas between tensors and one arrow from inputs to outputs; without an arrow the
    outputs are the inputs. Lower-case axes are permuted, upper-case axes are latent. Tensors may be named (`W:ab`). An empty
    place is a scalar: `a,->a` takes a vector and a number, `a,s:->a` gives the number a name. Axes that are words stand in
    parentheses, `W1:(hidden in),b1:(hidden)`; their first letter tells which are latent, and one letter is a word as well:
    `(a b)` is `ab`. In place of a text the axes of each input by its name may be given, and those of other `outputs`.
    `depends` lists dependencies such as `"a->b"` (the parent may be a latent axis with a size); `axes` names the group of an
    axis (`"S"` or `"S(5)"`, the symmetric group, is the default; `"C(8)"`, `"O(3)"`, .., see `symshare.core.groups.families`;
    `"dual(a)"` for the dual of axis a) or gives it as an AxisGroup; `sizes` fixes lengths. A Signature is taken as it is,
    with these added. Every function that takes a symmetry takes it so, with the same options.

    Raises NotationError with the text, the place and the cure, also for options that a Signature contradicts.

    >>> signature("W:ba,b:b->W:ba", sizes={"a": 3}).set_axes
    ('b', 'a')
    >>> print(signature("ab", depends=["a->b"]).depends)
    (('a', 'b'),)
    >>> print(signature({"W1": ("hidden", "in"), "b1": ("hidden",)}))
    W1:(hidden in),b1:(hidden)
    >>> signature(signature("ab", sizes={"a": 3}), sizes={"b": 4}).sizes
    (('a', 3), ('b', 4))
    """
    if isinstance(text, Mapping):
        from symshare.core.notation.mappings import as_text

        return signature(as_text(text, outputs), depends=depends, axes=axes, sizes=sizes)
    lengths = as_dict(sizes, "sizes", "sizes={'a': 3}")
    named: dict[Any, Any] = as_dict(axes, "axes", "axes={'a': 'S'}")
    if outputs is not None:
        cure = "write an arrow: 'ab->a'; or name the inputs too: signature({'W': ('a', 'b')}, outputs={'v': ('a',)})"
        raise NotationError(shown(text), 0, "is given outputs beside it", cure)
    if isinstance(text, Signature):
        if not (depends or lengths or named):
            return text
        inputs, outer = (tuple([one.as_written() for one in side]) for side in (text.inputs, text.outputs))
        arrow, depends = text.arrow, [*text.dependencies, *listed(depends)]
        check_sizes_agree(text, lengths)
        lengths, named = dict(text.sizes) | lengths, text.named_groups | dict(text.groups) | named
    else:
        inputs, outer, arrow = _read(text)
    names = {axis for tensor in (*inputs, *outer) for axis in tensor.axes}
    moved = read_groups(named, names, lengths)
    inputs, outer = (tuple([one.renamed(moved.duals) for one in side]) for side in (inputs, outer))
    dependencies = _of_bases(read_dependencies(depends, names), moved.duals)
    check_parents(text, (*inputs, *outer), dependencies)
    if isinstance(text, Signature):
        check_groups_agree(text, (*moved.groups, *moved.monomial))
    check_set_axes(dependencies, moved.groups)
    known = read_sizes(lengths | moved.sizes, names)
    check_latent_parents(dependencies, dict(known))
    return Signature(inputs, outer, dependencies, known, moved.groups, moved.monomial, arrow)


def _of_bases(depends: tuple[tuple[str, str], ...], duals: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Dependencies of duals as those of the axes that they are."""
    if not duals:
        return depends
    for above, below in depends:
        if duals.get(above, above) == duals.get(below, below):
            cure = "a dual is the same list of values: leave it out, or name another axis"
            raise NotationError(f"{above}->{below}", 0, "makes an axis depend on its dual", cure)
    pairs = dict.fromkeys((duals.get(above, above), duals.get(below, below)) for above, below in depends)
    return read_dependencies([f"{above}->{below}" for above, below in pairs], {axis for pair in pairs for axis in pair})


def _read(text: str) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...], bool]:
    """The tensors that a text names, in either form."""
    if not isinstance(text, str):
        raise NotationError(repr(text), 0, "is not a text", f"write the axes, {EXAMPLE}")
    if not text:
        raise NotationError(text, 0, "is empty", f"write the axes, {EXAMPLE}")
    if "(" not in text and ")" not in text:
        return read_letters(text)
    from symshare.core.notation.words import read_words  # letters alone need no words

    return read_words(text)
