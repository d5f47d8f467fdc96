"""Options beside what is made already: what agrees with it is taken, anything else is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from symshare.core.groups.group import AxisGroup
from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature
from symshare.errors import SymshareError

__all__ = ["check_beside"]


def check_beside(
    what: str,
    signature: Signature,
    own: Mapping[str, tuple[object, object]],
    *,
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str | AxisGroup] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> None:
    """Raise SymshareError where options beside something made, a basis say, are not those that it is made with.

    `own` has for each further option what is given and what was; None is what was.

    >>> one = as_signature("ab", sizes={"a": 3})
    >>> check_beside("basis", one, {"order": (None, 2)}, sizes={"a": 3})
    >>> check_beside("basis", one, {"order": (3, 2)})
    Traceback (most recent call last):
    ...
    symshare.errors.SymshareError: the basis of 'ab' has order=2, not 3
      leave it out, or make the basis anew with it
    """
    for name, (given, had) in own.items():
        if given is not None and given != had:
            raise SymshareError(
                f"the {what} of {str(signature)!r} has {name}={had!r}, not {given!r}\n"
                f"  leave it out, or make the {what} anew with it"
            )
    if as_signature(signature, depends=depends, axes=axes, sizes=sizes) != signature:
        asked = {"depends": depends, "axes": axes, "sizes": sizes}
        said = ", ".join(f"{name}={value!r}" for name, value in asked.items() if value)
        raise SymshareError(
            f"the {what} of {str(signature)!r} has its own symmetry, which lacks {said}\n"
            f"  leave it out, or make the {what} anew with it"
        )
