"""The text of a step with its batch and channel axes, as einsum reads it."""

from __future__ import annotations

from symshare.plans.operations import Contract, Diagonal

__all__ = ["channel_letters", "with_channels"]


def channel_letters(spec: str, number: int) -> str:
    """Letters for channel axes that no index of a spec uses."""
    return "".join([letter for letter in "CDEFGHIJKLMNOPQRSTUVWXYZAB" if letter not in spec][:number])


def with_channels(step: Contract | Diagonal) -> str:
    """The einsum string of a step with its batch (`...`) and channel axes; an array comes last and has channels only.

    >>> with_channels(Contract("t", ("u", "v"), ("ab", "bc"), "ac", 0))
    '...abC,...bcC->...acC'
    >>> with_channels(Contract("t", ("u", "v"), ("ab", "bc"), "ac", 0, first=True))
    'C...ab,C...bc->C...ac'
    """
    letter = channel_letters(step.spec, 1)
    if step.first:
        return ",".join(f"{letter}...{indices}" for indices in step.before) + f"->{letter}...{step.after}"
    given = step.channels if isinstance(step, Contract) else ()
    *inner, after = given or (letter,) * (len(step.operands) + 1)
    own = [f"...{indices}{channels}" for indices, channels in zip(step.before, inner, strict=False)]
    array = inner[len(own) :]
    return f"{','.join(own + array)}->...{step.after}{after}"
