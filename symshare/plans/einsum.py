"""The text of a step with its batch and channel axes, as einsum reads it."""

from __future__ import annotations

from symshare.plans.operations import Contract, Diagonal, Mix

__all__ = ["channel_letters", "with_channels"]


def channel_letters(spec: str, number: int) -> str:
    """Letters for channel axes that no index of a spec uses."""
    return "".join([letter for letter in "CDEFGHIJKLMNOPQRSTUVWXYZAB" if letter not in spec][:number])


def with_channels(step: Contract | Diagonal | Mix) -> str:
    """The einsum string of a step with its batch (`...`) and channel axes; an array comes last and has channels only, after
    the indices that it lies along.

    >>> with_channels(Contract("t", ("u", "v"), ("ab", "bc"), "ac", 0))
    '...abC,...bcC->...acC'
    >>> with_channels(Contract("t", ("u", "v"), ("ab", "bc"), "ac", 0, first=True))
    'C...ab,C...bc->C...ac'
    """
    if isinstance(step, Mix):
        own = "".join(index.name for index in step.along)
        one, two = tuple(channel_letters(step.spec + own, 2))
        return f"...{step.before[0]}{one},{own}{one}{two}->...{step.after}{two}"
    along = "".join(index.name for index in step.along) if isinstance(step, Contract) else ""
    letter = channel_letters(step.spec + along, 1)
    if step.first:
        return ",".join(f"{letter}...{indices}" for indices in step.before) + f"->{letter}...{step.after}"
    given = step.channels if isinstance(step, Contract) else ()
    *inner, after = given or (letter,) * (len(step.operands) + 1)
    texts = [f"...{indices}{channels}" for indices, channels in zip(step.before, inner, strict=False)]
    array = [along + one for one in inner[len(texts) :]]
    return f"{','.join(texts + array)}->...{step.after}{after}"
