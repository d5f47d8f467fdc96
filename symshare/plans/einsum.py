"""The text of a step with its batch and channel axes, as einsum reads it: with letters, whatever its indices are called."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from string import ascii_letters
from typing import TypeVar, assert_never

from symshare.core.notation.names import has_words
from symshare.core.terms.index_names import LETTERS
from symshare.errors import TooLargeError
from symshare.plans.indices import Index, Indices
from symshare.plans.operations import (
    Add,
    Bias,
    Circulate,
    ConstantTensor,
    Contract,
    Cross,
    Diagonal,
    Fan,
    Mix,
    Part,
    Place,
    Reduce,
    Roll,
    Stack,
    Standardise,
    Step,
    Sum,
)

__all__ = ["channel_letters", "in_letters", "letters_of", "with_channels"]

CHANNELS = "CDEFGHIJKLMNOPQRSTUVWXYZAB"


def channel_letters(indices: Collection[str], number: int) -> str:
    """Letters for channel axes that no index has.

    >>> channel_letters(("a", "C"), 2)
    'DE'
    """
    found = [letter for letter in CHANNELS if letter not in indices][:number]
    if len(found) < number:
        raise _too_many(len(set(indices)) + number)
    return "".join(found)


def _too_many(number: int) -> TooLargeError:
    return TooLargeError(
        f"{number} indices meet in one step, over the {LETTERS} that einsum has letters for\n"
        "  take tensors of fewer axes, or a lower order"
    )


def letters_of(names: Collection[str], channels: Collection[str] = ()) -> dict[str, str]:
    """A letter for each index: the letters that they are, or for words a, b, .. without those of `channels`.

    Raises TooLargeError where the letters do not suffice, with one for the channels at least.

    >>> letters_of(("hidden", "in")), letters_of(("b", "a"))
    ({'hidden': 'a', 'in': 'b'}, {'b': 'b', 'a': 'a'})
    """
    number = len(names) + max(1, len(channels))
    if number > LETTERS:
        raise _too_many(number)
    if not has_words([names]):
        return {name: name for name in names}
    return dict(zip(names, [letter for letter in ascii_letters if letter not in channels], strict=False))


Kind = TypeVar("Kind", bound=Step)


def in_letters(step: Kind) -> Kind:
    """The same step with a letter for each index (`letters_of`).

    >>> in_letters(Diagonal("t", ("x",), (("hidden", "hidden", "in"),), ("hidden", "in"), 0)).spec
    'aab->ab'
    """
    names = dict.fromkeys(index for indices in (*step.before, step.after) for index in indices)
    names |= dict.fromkeys(index.name for index in step.along) if isinstance(step, Bias | Mix | Contract) else {}
    letters = letters_of(names, set("".join(step.channels)) if isinstance(step, Contract) else ())
    if all(name == letter for name, letter in letters.items()):
        return step

    def new(indices: Iterable[str]) -> Indices:
        return tuple([letters[index] for index in indices])

    def moved(indices: Iterable[Index]) -> tuple[Index, ...]:
        return tuple([Index(letters[one.name], one.axis, new(one.own)) for one in indices])

    found = replace(step, before=tuple(map(new, step.before)), after=new(step.after))
    match found:
        case Reduce():
            return replace(found, gone=moved(found.gone))
        case Standardise():
            return replace(found, over=moved(found.over), centred=new(found.centred))
        case Circulate():
            return replace(found, around=moved(found.around))
        case Contract():
            return replace(found, averaged=moved(found.averaged), along=moved(found.along))
        case Bias() | Mix():
            return replace(found, along=moved(found.along))
        case Cross():
            return replace(found, legs=new(found.legs))
        case Place():
            return replace(found, new=moved(found.new), spread=new(found.spread))
        case ConstantTensor() | Diagonal() | Sum() | Roll() | Fan() | Part() | Stack() | Add():
            return found
        case _:
            assert_never(found)


def with_channels(step: Contract | Diagonal | Mix) -> str:
    """The einsum string of a step with its batch (`...`) and channel axes, which constants lack; an array comes last and has
    channels only, after the indices that it lies along.

    >>> with_channels(Contract("t", ("u", "v"), (("a", "b"), ("b", "c")), ("a", "c"), 0))
    '...abC,...bcC->...acC'
    >>> with_channels(Contract("t", ("u", "v"), (("in", "h"), ("h",)), ("in",), 0, first=True))
    'C...ab,C...b->C...a'
    >>> with_channels(Contract("t", ("u", "g"), (("a", "r"), ("r", "s")), ("a", "s"), 0, channels=("C", "", "C")))
    '...arC,rs->...asC'
    """
    step = in_letters(step)
    before, after = ["".join(indices) for indices in step.before], "".join(step.after)
    along = "" if isinstance(step, Diagonal) else "".join([index.name for index in step.along])
    if isinstance(step, Mix):
        one, two = tuple(channel_letters(step.spec + along, 2))
        return f"...{before[0]}{one},{along}{one}{two}->...{after}{two}"
    letter = channel_letters(step.spec + along, 1)
    if step.first:
        return ",".join(f"{letter}...{indices}" for indices in before) + f"->{letter}...{after}"
    given = step.channels if isinstance(step, Contract) else ()
    *inner, outer = given or (letter,) * (len(step.operands) + 1)
    own = [_batched(indices, channels) for indices, channels in zip(before, inner, strict=False)]
    array = [along + one for one in inner[len(own) :]]
    return f"{','.join(own + array)}->{_batched(after, outer)}"


def _batched(indices: str, channels: str) -> str:
    """The axes of a value. Constants have no channels, and no batch: in ONNX each `...` stands for as many axes."""
    return f"...{indices}{channels}" if channels else indices
