"""The ansatz: a polynomial with a free coefficient for every output entry and every monomial of the input entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations_with_replacement, islice, product
from math import prod
from typing import Any

import numpy as np

from symshare.core.actions.operators import entries
from symshare.core.algebra.polynomial import written
from symshare.core.equations.monomials import Monomials
from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.beside import check_beside
from symshare.core.notation.orders import MOST_FACTORS, USUAL_ORDER, check_order
from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature
from symshare.core.notation.sizes import witness_sizes
from symshare.errors import NotationError, TooLargeError, amount, shown

__all__ = ["Ansatz", "as_ansatz", "laurent", "taylor"]

MOST_COLUMNS = 20_000_000
"""Orbits of 18 million coefficients take 0.6 GiB and 9 s (`a->`, D(26), order 8)."""
MOST_EXPONENTS = 5_000_000
"""Laurent monomials; 4.8 million take 4 s and 0.9 GiB with the solution (`solve -s 'a->' --laurent=-1..1 --size a=14`)."""


@dataclass(frozen=True)
class Ansatz(Noun):
    """y[out] = sum over monomials of c[out, monomial] times the monomial: the coefficients that a symmetry constrains.

    `signature` has all its sizes. `parts` has the monomials by degree (Taylor), or one kind of Laurent monomials. The
    unknowns of a part are numbered output entry first: `output * len(part) + monomial`. Input entries are the variables,
    input after input, each in C order of its axes; so are the output entries.

    `free` names the axes whose size was chosen as the least at which every term exists (the witness size).
    """

    signature: Signature
    parts: tuple[Monomials, ...]
    free: tuple[str, ...] = ()

    @cached_property
    def sizes(self) -> dict[str, int]:
        """The length of every axis."""
        return dict(self.signature.sizes)

    @cached_property
    def variables(self) -> int:
        """The number of input entries."""
        return entries(self.signature.inputs, self.sizes)

    @cached_property
    def outputs(self) -> int:
        """The number of output entries."""
        return entries(self.signature.outputs, self.sizes)

    @property
    def unknowns(self) -> tuple[int, ...]:
        """The number of coefficients of each part."""
        return tuple(self.outputs * part.number for part in self.parts)

    def entry_names(self, outputs: bool = False) -> list[str]:
        """A name for each entry, its indices after the tensor's name: `x01`; the digits are parted where an axis is long."""
        tensors = self.signature.outputs if outputs else self.signature.inputs
        plain = "y" if outputs else "x"
        names = []
        for number, tensor in enumerate(tensors):
            label = tensor.name or (plain if len(tensors) == 1 else f"{plain}{number}_")
            label += "_" if tensor.name and tensor.name[-1].isdigit() and tensor.axes else ""
            shape = [self.sizes[letter] for letter in tensor.axes]
            between = "_" if max(shape, default=0) > 10 else ""
            names += [label + between.join(map(str, place)) for place in np.ndindex(*shape)]
        return names

    def monomial_names(self, part: int) -> list[str]:
        """The monomials of a part as texts: `x0 x2`, `x0^-1 x2`.

        >>> laurent("a->", (-1, 0), sizes={"a": 2}).monomial_names(0)
        ['x0^-1 x1^-1', 'x0^-1', 'x1^-1', '1']
        """
        monomials, names = self.parts[part], self.entry_names()
        if monomials.kind != "laurent":
            return [" ".join(names[place] for place in row) or "1" for row in monomials.table().tolist()]
        return [
            written(tuple([(name, power) for name, power in zip(names, row, strict=True) if power]))
            for row in monomials.table().tolist()
        ]

    def coefficient_names(self, part: int, limit: int | None = None) -> list[str]:
        """A name for each unknown of a part: `c_0_12`, output entry then the numbers of the monomial's variables.

        A side with one entry or none is left out; powers of Laurent monomials are written `c_m1_0_2`. `limit` stops there.
        """
        monomials = self.parts[part]
        between = "_" if self.variables > 10 else ""
        outs = [str(number) for number in range(self.outputs)] if self.outputs > 1 else [""]
        inner: list[str] = []
        if monomials.kind == "laurent":
            powers = product(range(monomials.least, monomials.most + 1), repeat=monomials.variables)
            inner = ["_".join(str(power).replace("-", "m") for power in row) for row in islice(powers, limit)]
        else:
            chosen: Iterable[tuple[int, ...]] = (
                product(range(self.variables), repeat=monomials.degree)
                if monomials.kind == "ordered"
                else sorted(
                    combinations_with_replacement(range(self.variables), monomials.degree), key=lambda row: row[::-1]
                )
            )
            inner = [between.join(map(str, row)) for row in islice(chosen, limit)]
        names = ("_".join(piece for piece in ("c", out, one) if piece) for out in outs for one in inner)
        return list(islice(names, limit))

    def __repr__(self) -> str:
        what = "laurent" if self.parts[0].kind == "laurent" else "taylor"
        sizes = ", ".join(f"{letter}={size}" for letter, size in self.signature.sizes)
        unknowns = ", ".join(f"{number:,}" for number in self.unknowns)
        text = repr(str(self.signature))
        return brief("Ansatz", what, text, f"{sizes}; unknowns {unknowns}" if sizes else f"unknowns {unknowns}")

    def to_dict(self) -> dict[str, Any]:
        """The ansatz as plain values: its signature with all sizes, and for each part what its monomials are."""
        kinds = {"laurent": ("variables", "least", "most"), "commuting": ("variables", "degree")}
        parts = [
            {"kind": one.kind, "unknowns": unknowns}
            | {name: getattr(one, name) for name in kinds.get(one.kind, kinds["commuting"])}
            for one, unknowns in zip(self.parts, self.unknowns, strict=True)
        ]
        return {**self.signature.to_dict(), "outputs": self.outputs, "parts": parts, "chosen_sizes": list(self.free)}

    def tables(self) -> tuple[Table, ...]:
        """For each degree how many monomials and how many unknown coefficients there are."""
        sizes = ", ".join(f"{letter} = {size}" for letter, size in self.signature.sizes)
        rows = tuple(
            (one.kind if one.kind == "laurent" else str(one.degree), f"{one.number:,}", f"{unknowns:,}")
            for one, unknowns in zip(self.parts, self.unknowns, strict=True)
        )
        title = f"ansatz for {self.signature}{', at ' + sizes if sizes else ''}"
        return (Table(title, ("degree", "monomials", "unknowns"), rows),)


def taylor(
    signature: Signature | str,
    order: int,
    *,
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str | AxisGroup] | None = None,
    sizes: Mapping[str, int] | None = None,
    ordered: bool = False,
    least: int = 0,
) -> Ansatz:
    """The coefficients of every polynomial map of degree `least` to `order`.

    A set axis without a size gets its witness size, the least at which every term of that order exists (`Ansatz.free`
    names it); a latent axis without a size is left out, since its coefficients belong to each term. `ordered` keeps the
    factors apart: coefficient tensors that are not symmetrised.

    Raises TooLargeError above twenty million coefficients.

    >>> taylor("a->", 2, sizes={"a": 3})
    Ansatz(taylor, 'a->', a=3; unknowns 1, 3, 6)
    """
    order, one, free = check_order(order), as_signature(signature, depends=depends, axes=axes, sizes=sizes), []
    if not 0 <= check_order(least) <= order:
        raise NotationError(str(least), 0, f"is a least degree above the order {order}", "give least=0 up to the order")
    if order > MOST_FACTORS:
        raise TooLargeError(f"order {order:,} is over {MOST_FACTORS:,}\n  ask for a lower order")
    one = one.without_latents(one.channels)
    for letter, size in witness_sizes(one, order).items():
        if one.size(letter) is None:
            free.append(letter)
            one = replace(one, sizes=tuple(sorted({**dict(one.sizes), letter: size}.items())))
    lengths = dict(one.sizes)
    number = entries(one.inputs, lengths)
    kind = "ordered" if ordered else "commuting"
    found = Ansatz(one, tuple(Monomials(kind, number, degree) for degree in range(least, order + 1)), tuple(free))
    _check_unknowns(found)
    return found


def laurent(
    signature: Signature | str,
    powers: tuple[int, int] = (-2, 2),
    *,
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str | AxisGroup] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Ansatz:
    """The coefficients of every Laurent polynomial with each variable's power from `powers[0]` to `powers[1]`.

    Such an ansatz is closed under permutations, signs and scalings of the variables only. Every set axis needs a size.

    Raises NotationError for powers that are none or an axis without a size, TooLargeError above five million exponents.

    >>> laurent("a->", (-2, 2), sizes={"a": 3})
    Ansatz(laurent, 'a->', a=3; unknowns 125)
    """
    one = as_signature(signature, depends=depends, axes=axes, sizes=sizes)
    one = one.without_latents(one.channels)
    text = f"{powers[0]}..{powers[1]}" if isinstance(powers, tuple) and len(powers) == 2 else repr(powers)
    if not (isinstance(powers, tuple) and len(powers) == 2 and all(type(power) is int for power in powers)):
        raise NotationError(text, 0, "is not a range of powers", "write two whole numbers: (-2, 2)")
    if powers[0] > powers[1] or max(map(abs, powers)) > 100:
        raise NotationError(text, 0, "is not a range of powers", "write the least power first, at most 100: -2..2")
    for axis in one.set_axes:
        if one.size(axis) is None:
            cure = f"give the length of {axis!r}: sizes={{{axis!r}: 3}}"
            raise NotationError(str(signature), 0, f"has the axis {axis!r} without a size", cure)
    number = entries(one.inputs, dict(one.sizes))
    base = powers[1] - powers[0] + 1
    exponents = base ** min(number, 1_000)
    if exponents > MOST_EXPONENTS:
        many = f"{exponents:,}" if number <= 40 else f"{base}^{number:,}"
        raise TooLargeError(
            f"{amount(number)} variables with powers {text} have {many} exponents, over {MOST_EXPONENTS:,}\n"
            "  give fewer powers or smaller sizes"
        )
    found = Ansatz(one, (Monomials("laurent", number, 0, *powers),))
    _check_unknowns(found)
    return found


def as_ansatz(
    problem: Ansatz | Signature | str,
    *,
    order: int | None = None,
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str | AxisGroup] | None = None,
    sizes: Mapping[str, int] | None = None,
    ordered: bool = False,
) -> Ansatz:
    """An ansatz as it is, or the Taylor ansatz of a text or a Signature to an order, by default 1.

    >>> as_ansatz("a->", sizes={"a": 3})
    Ansatz(taylor, 'a->', a=3; unknowns 1, 3)
    """
    if isinstance(problem, Ansatz):
        last = problem.parts[-1]
        degree = None if last.kind == "laurent" else last.degree
        own = {"order": (order, degree), "ordered": (ordered or None, last.kind == "ordered")}
        check_beside("ansatz", problem.signature, own, depends=depends, axes=axes, sizes=sizes)
        return problem
    signature = as_signature(problem, depends=depends, axes=axes, sizes=sizes)
    return taylor(signature, USUAL_ORDER if order is None else order, ordered=ordered)


def _check_unknowns(ansatz: Ansatz) -> None:
    total = sum(ansatz.unknowns)
    if total > MOST_COLUMNS:
        sizes = ", ".join(f"{letter} = {size}" for letter, size in ansatz.signature.sizes)
        raise TooLargeError(
            f"the ansatz has {amount(total)} coefficients at {shown(sizes, 40)}, over {MOST_COLUMNS:,}\n"
            "  give smaller sizes or a lower order"
        )


def shape(ansatz: Ansatz, part: int) -> tuple[int, ...] | None:
    """The axes of the coefficients of one part, output axes first, where one tensor goes to one tensor and none commutes."""
    monomials = ansatz.parts[part]
    one_each = len(ansatz.signature.inputs) == len(ansatz.signature.outputs) == 1
    if not one_each or monomials.kind == "laurent" or (monomials.kind == "commuting" and monomials.degree > 1):
        return None
    outer, inner = ansatz.signature.outputs[0].axes, ansatz.signature.inputs[0].axes
    found = tuple(ansatz.sizes[letter] for letter in outer + inner * monomials.degree)
    return found if prod(found) == ansatz.unknowns[part] else None
