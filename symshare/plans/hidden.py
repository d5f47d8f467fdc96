"""The hidden types of a network, and the nonlinearity that keeps the group of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.core.poolings.pooling_set import PoolingSet
from symshare.core.poolings.pools import pools
from symshare.core.poolings.types import read_types, texts_of, with_types
from symshare.errors import NotationError, SymshareError

__all__ = [
    *(
        "GATE",
        "GELU",
        "NONE",
        "ODD",
        "Acting",
        "acting",
        "hidden_pools",
        "is_permuted",
        "kind_of",
        "of_types",
        "positions",
        "unkept",
    ),
    "widths_of",
]

GELU, ODD, GATE, NONE = "gelu", "odd", "gate", "none"


@dataclass(frozen=True, slots=True)
class Acting:
    """What acts on the channels of a hidden type between layers; a gate has the number of the type that opens it."""

    kind: str
    by: int = -1


def is_permuted(signature: Signature, tensor: Tensor) -> bool:
    """Whether the group only permutes the entries of a tensor, so that any function of each entry keeps it, and any constant.

    >>> from symshare.core.notation.reading import signature
    >>> one = signature("ar,at", axes={"r": "O(3)", "t": "D(4)"})
    >>> [is_permuted(one, tensor) for tensor in one.inputs]
    [False, True]
    """
    return not _turned(signature, tensor)


def _turned(signature: Signature, tensor: Tensor) -> set[str]:
    """The axes of a tensor whose group does more than permute."""
    groups = {axis: signature.group(axis) for axis in tensor.axes}
    return {axis for axis, group in groups.items() if group is not None and not group.permutes}


def kind_of(signature: Signature, tensor: Tensor) -> str:
    """What keeps the group on a tensor: GELU where entries are permuted, an odd function where they are permuted up to signs,
    elsewhere a gate.

    >>> from symshare.core.notation.reading import signature
    >>> one = signature("ar,at,ab", axes={"r": "O(3)", "t": "C(3)", "b": "B"})
    >>> [kind_of(one, tensor) for tensor in one.inputs]
    ['gate', 'gelu', 'odd']
    """
    turned, signs = _turned(signature, tensor), {signature.modulus(axis) for axis in tensor.axes} - {1}
    if not turned and not signs:
        return GELU
    signed = all((group := signature.group(axis)) is not None and group.signed for axis in turned)
    return ODD if signed and signs <= {2} else GATE


def acting(signature: Signature, nonlinearity: str | None = GELU) -> tuple[Acting, ...]:
    """The nonlinearity of each type, none if none is asked for: GELU where entries are permuted, an odd function where they are
    permuted up to signs, elsewhere a gate, opened by the type without the axes that are turned, if there is one.

    >>> from symshare.core.notation.reading import signature
    >>> one = signature("a,ar,at,as", axes={"r": "O(3)", "t": "B(2)", "s": "C(3)"})
    >>> [found.kind for found in acting(one)]
    ['gelu', 'gate', 'odd', 'gelu']
    """
    if nonlinearity is None:
        return (Acting(NONE),) * len(signature.inputs)
    axes = [tensor.axes for tensor in signature.inputs]
    found = []
    for tensor in signature.inputs:
        kind, turned = kind_of(signature, tensor), _turned(signature, tensor)
        rest = tuple([axis for axis in tensor.axes if axis not in turned])
        if kind == GATE:
            found.append(Acting(GATE, axes.index(rest)) if rest in axes else Acting(NONE))
        else:
            found.append(Acting(kind))
    return tuple(found)


def hidden_pools(asked: Signature, order: int, types: Iterable[str] | str = ()) -> PoolingSet:
    """The poolings between the hidden types of a network under groups: the types of its inputs, of its outputs and some more,
    and for each type that is neither permuted nor permuted up to signs the one without its turned axes, to open gates.

    Types with axes that no input has are left to the last layer, and those that no pooling reaches are left out.
    """
    plain = with_types(replace(asked.without_latents(), arrow=True), _without_channels(asked, types))
    given = dict.fromkeys(replace(tensor, name=None) for tensor in asked.without_latents().inputs)
    axes = {axis for tensor in given for axis in tensor.axes}
    every = dict.fromkeys((*given, *(replace(one, name=None) for one in plain if axes.issuperset(one.axes))))
    for tensor in list(every):
        turned = _turned(plain, tensor)
        if kind_of(plain, tensor) == GATE:
            every[Tensor(tuple([axis for axis in tensor.axes if axis not in turned]))] = None
    while True:
        found = pools(of_types(plain, tuple(every)), order)
        reached = {number for number, tensor in enumerate(every) if tensor in given}
        while more := {t.output for t in found if t.order and reached.issuperset(t.factors)} - reached:
            reached |= more
        if len(reached) == len(every):
            return found
        every = dict.fromkeys(tensor for number, tensor in enumerate(every) if number in reached)


def _without_channels(asked: Signature, types: Iterable[str] | str) -> list[str]:
    channels = set(asked.latent_axes)
    read = [tensor for text in texts_of("types", types) if text for tensor in read_types(text)]
    return [tensor.only(lambda axis: axis not in channels).written(asked.words) for tensor in read]


def of_types(signature: Signature, types: tuple[Tensor, ...]) -> Signature:
    """The signature with these types in and out."""
    letters = {axis for tensor in types for axis in tensor.axes}
    bases = {signature.base(axis) for axis in letters}
    return replace(
        signature,
        inputs=types,
        outputs=types,
        depends=tuple(pair for pair in signature.depends if letters.issuperset(pair)),
        sizes=tuple(pair for pair in signature.sizes if pair[0] in letters),
        groups=tuple(pair for pair in signature.groups if pair[0] in letters | bases),
        monomial=tuple(pair for pair in signature.monomial if pair[0] in letters),
    )


def unkept(found: PoolingSet) -> bool:
    """Whether some pooling has no factor whose norm the groups keep.

    >>> [unkept(pools("a,ar", 2, axes={"r": group})) for group in ("O(2)", "O(1,1)")]
    [False, True]
    """
    stretched = {axis for axis, group in found.signature.acting if not group.orthogonal}
    return any(
        all(stretched.intersection(tensor.axes) for tensor in term.factor_tensors) for term in found if term.order > 1
    )


def widths_of(signature: Signature, width: int | Mapping[str, int]) -> tuple[int, ...]:
    """The channels of each hidden type: one number for all, or one for each by its text; those not named have 64.

    Raises SymshareError for what is no number, NotationError for a text that is no hidden type.

    >>> from symshare.core.notation.reading import signature
    >>> widths_of(signature("a,ar", axes={"r": "O(3)"}), {"ar": 16})
    (64, 16)
    """
    texts = [str(replace(tensor, name=None)) or "()" for tensor in signature.inputs]
    given = dict.fromkeys(texts, width) if not isinstance(width, Mapping) else dict(width)
    for text, number in given.items():
        if text not in texts:
            raise NotationError(str(text), 0, "is no hidden type", f"these are {', '.join(map(repr, texts))}")
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise SymshareError(f"width={number!r} is not a number of channels\n  give a whole number, 1 or more")
    return tuple([given.get(text, 64) for text in texts])


def positions(asked: Signature, centred: Iterable[str] | str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The inputs and outputs that are positions of points: those with one of some names, or with one of some texts as axes.

    Raises NotationError where no input is, and SymshareError where one has no permuted axis to take the mean over, or an
    output has other axes than the inputs.

    >>> from symshare.core.notation.reading import signature
    >>> positions(signature("pos:ar,vel:ar->pos:ar", axes={"r": "O(3)"}), "pos")
    ((0,), (0,))
    """
    names = [centred] if isinstance(centred, str) else list(centred)
    plain = asked.without_latents()
    texts = [(tensor.name, str(replace(tensor, name=None))) for tensor in (*plain.inputs, *plain.outputs)]
    for name in names:
        if not any(name in pair for pair in texts[: len(plain.inputs)]):
            known = ", ".join(dict.fromkeys(one for pair in texts[: len(plain.inputs)] for one in pair if one))
            raise NotationError(str(name), 0, "is no input that could be centred", f"name one of {known}")
    chosen = [any(one in names for one in pair) for pair in texts]
    inputs = tuple([number for number in range(len(plain.inputs)) if chosen[number]])
    outputs = tuple([number for number in range(len(plain.outputs)) if chosen[len(plain.inputs) + number]])
    for number in inputs:
        tensor = plain.inputs[number]
        permuted = [axis for axis in tensor.axes if axis in plain.symmetric_axes]
        if len(permuted) == len(tensor.axes) or not permuted or plain.depends:
            raise SymshareError(
                f"{texts[number][1]!r} has no positions of points\n"
                "  centre a tensor with permuted axes and one under a group: 'ar'"
            )
    for number in outputs:
        if plain.outputs[number].axes not in [plain.inputs[one].axes for one in inputs]:
            raise SymshareError(
                f"output {number} is to be a position, but has other axes than those\n"
                f"  centre inputs of the type {texts[len(plain.inputs) + number][1]!r}"
            )
    return inputs, outputs
