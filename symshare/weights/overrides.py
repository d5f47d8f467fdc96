"""What a person says of the axes of weights: from Python or from a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from symshare.errors import NotationError, SpecError, plural, shown
from symshare.weights.axes import Axis, Layout, Piece, Row, Tensor, pieces_of, renamed
from symshare.weights.notation import read_layout
from symshare.weights.terms import Term
from symshare.weights.values import Trace

__all__ = ["Overrides", "overrides_of", "said", "said_of_trace", "with_words"]

SAID = "it is said to be fixed"
FORM = '[axes]\n"0.weight" = "(hidden In)"'


@dataclass(frozen=True, slots=True)
class Overrides:
    """The layouts of some weights by their names, dependencies `heads->keys`, and sizes of axes that no shape tells."""

    layouts: Mapping[str, Layout]
    depends: tuple[tuple[str, str], ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)


def overrides_of(
    given: Mapping[str, str] | Path | None, depends: Sequence[str] = (), sizes: Mapping[str, int] | None = None
) -> Overrides:
    """Overrides from texts by the names of weights, or from a TOML file with `[axes]`, `depends` and `[sizes]`.

    >>> overrides_of({"0.weight": "(hidden In)"}).layouts["0.weight"][0]
    Row(segments=((Piece(axis='hidden', member=0),),))
    """
    texts: Mapping[str, object] = {}
    if isinstance(given, Path):
        table = _table(given)
        texts, depends, sizes = table.get("axes", {}), table.get("depends", ()), table.get("sizes", {})  # type: ignore[assignment]  # checked below
    elif given is not None:
        texts = given
    if not isinstance(texts, Mapping) or not all(isinstance(text, str) for text in texts.values()):
        raise SpecError("overrides are texts by the names of weights\n  write overrides={'0.weight': '(hidden In)'}")
    pairs = []
    if not isinstance(depends, Sequence) or isinstance(depends, str):
        raise SpecError("dependencies are a list of texts\n  write depends=['heads->keys']")
    for text in depends:
        parent, arrow, child = str(text).replace(" ", "").partition("->")
        if not arrow or not parent or not child:
            raise NotationError(
                str(text), 0, "is no dependency", "write 'heads->keys': each of the heads has its own keys"
            )
        pairs.append((parent, child))
    lengths = dict(sizes) if isinstance(sizes, Mapping) else {}
    if not isinstance(sizes or {}, Mapping) or not all(isinstance(one, int) and one > 0 for one in lengths.values()):
        raise SpecError("sizes are whole numbers by the names of axes\n  write sizes={'heads': 3}")
    return Overrides({str(name): read_layout(str(text)) for name, text in texts.items()}, tuple(pairs), lengths)


def _table(path: Path) -> dict[str, object]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SpecError(f"there is no file {shown(path)}\n  name a TOML file with overrides") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SpecError(f"{shown(path)} is no TOML: {shown(error)}\n  write {FORM!r}") from None
    for key in found:
        if key not in ("axes", "depends", "sizes"):
            raise SpecError(f"{shown(path)} has {shown(key)}\n  write [axes], depends and [sizes] only")
    return found


def _sizes(one: Overrides, shapes: Mapping[str, Sequence[int]]) -> dict[Piece, int]:
    """The length of each piece, from the shapes of the tensors where only one is not known."""
    known = {Piece(name): size for name, size in one.sizes.items()}
    before = -1
    while before != (before := len(known)):
        for name, dims in one.layouts.items():
            for row, size in zip(dims, _shape(name, dims, shapes), strict=True):
                _solve(row, size, known, name)
    for name, dims in one.layouts.items():
        for piece in pieces_of(dims):
            if piece not in known:
                raise SpecError(
                    f"{shown(name)} does not tell how long {piece.axis} is\n  say it: sizes={{'{piece.axis}': 3}}"
                )
    return known


def _shape(name: str, dims: Layout, shapes: Mapping[str, Sequence[int]]) -> Sequence[int]:
    if name not in shapes:
        cure = f"name one of {', '.join(map(shown, list(shapes)[:8]))}"
        raise SpecError(f"the module has no weight {shown(name)}\n  {cure}")
    if len(shapes[name]) != len(dims):
        what = f"{shown(name)} has {plural(len(shapes[name]), 'dimension')}, what is said of it {len(dims)}"
        raise SpecError(f"{what}\n  write a word for each dimension, what is laid out as one in parentheses")
    return shapes[name]


def _length(one: Piece | Row, known: Mapping[Piece, int]) -> int | None:
    """How long something is; None where that is not known yet."""
    if isinstance(one, Piece):
        return known.get(one)
    total = 0
    for segment in one.segments:
        size = 1
        for inner in segment:
            own = _length(inner, known)
            if own is None:
                return None
            size *= own
        total += size
    return total


def _solve(row: Row, size: int, known: dict[Piece, int], name: str) -> None:
    whole = _length(row, known)
    if whole is not None:
        if whole != size:
            raise SpecError(
                f"a dimension of {shown(name)} has the length {size}, what is said of it {whole}\n  let them agree"
            )
        return
    open_pieces = list(dict.fromkeys(piece for piece in pieces_of((row,)) if piece not in known))
    if len(open_pieces) > 1:
        return
    for length in range(1, size + 1):
        if _length(row, {**known, open_pieces[0]: length}) == size:
            known[open_pieces[0]] = length
            return
    raise SpecError(
        f"a dimension of {shown(name)} has the length {size}, which its axes do not make\n  mend its layout"
    )


def said(
    one: Overrides, shapes: Mapping[str, Sequence[int]], tied: Mapping[str, tuple[str, ...]], buffers: set[str]
) -> tuple[tuple[Axis, ...], tuple[Tensor, ...]]:
    """The axes and tensors where overrides say what all weights have."""
    known = _sizes(one, shapes)
    parents = {child: parent for parent, child in one.depends}
    members: dict[str, list[int]] = {}
    for dims in one.layouts.values():
        for piece in pieces_of(dims):
            own = members.setdefault(piece.axis, [])
            own += [0] * (piece.member + 1 - len(own))
            own[piece.member] = known[piece]
    for name in (*parents, *parents.values()):
        if name not in members:
            raise SpecError(f"a dependency has the axis {shown(name)}, no tensor has it\n  name it in a tensor")
    axes = []
    for name, own in members.items():
        size = 1
        for length in own:
            size *= length
        axes.append(
            Axis(
                name, size, parents.get(name, ""), SAID if name[0].isupper() else "", tuple(own) if len(own) > 1 else ()
            )
        )
    tensors = tuple(
        Tensor(name, tuple(shape), one.layouts[name], "buffer" if name in buffers else "parameter", tied.get(name, ()))
        for name, shape in shapes.items()
    )
    return tuple(axes), tensors


def said_of_trace(one: Overrides, trace: Trace) -> None:
    """Make dimensions of a trace's weights one where they have one word, and fix those in upper case."""
    atoms = trace.atoms
    names = {other: name for name in trace.parameters for other in (name, *trace.tied.get(name, ()))}
    shapes = {name: tuple(map(atoms.size, trace.parameters[first])) for name, first in names.items()}
    known = _sizes(one, shapes)
    words = {piece: atoms.new(size, SAID if piece.axis[0].isupper() else "") for piece, size in known.items()}

    def term(row: Piece | Row) -> Term:
        if isinstance(row, Piece):
            return words[row]
        return atoms.row([atoms.product([term(inner) for inner in segment]) for segment in row.segments])

    for name, dims in one.layouts.items():
        for row, mine in zip(dims, trace.parameters[names[name]], strict=True):
            atoms.unify(mine, term(row))


def with_words(
    one: Overrides, axes: tuple[Axis, ...], tensors: tuple[Tensor, ...]
) -> tuple[tuple[Axis, ...], tuple[Tensor, ...]]:
    """Axes under the words that overrides have for them, where they are laid out as these say."""
    names: dict[str, str] = {}
    for tensor in tensors:
        for name in (tensor.name, *tensor.tied):
            wanted = list(pieces_of(one.layouts.get(name, ())))
            mine = list(pieces_of(tensor.dims))
            if len(wanted) == len(mine):
                for own, given in zip(mine, wanted, strict=True):
                    names.setdefault(own.axis, given.axis)
    kinds = {axis.name: bool(axis.fixed) for axis in axes}
    names = {own: word[:1].upper() + word[1:] if kinds[own] else word for own, word in names.items()}
    taken = {axis.name.lower() for axis in axes if axis.name not in names}
    words = [word.lower() for word in names.values()]
    names = {own: word for own, word in names.items() if word.lower() not in taken and words.count(word.lower()) == 1}
    changed = tuple(
        Axis(names.get(axis.name, axis.name), axis.size, names.get(axis.parent, axis.parent), axis.fixed, axis.members)
        for axis in axes
    )
    return changed, tuple(
        Tensor(one.name, one.shape, renamed(one.dims, names), one.kind, one.tied, names.get(one.labels, one.labels))
        for one in tensors
    )
