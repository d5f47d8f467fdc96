"""What one term costs: multiplications, additions and memory along its best contraction path, as polynomials in the sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from symshare.core.term import Term
from symshare.errors import SymshareError

__all__ = ["Cost", "cost"]

EACH = 1_000
EXHAUSTIVE = 6


@dataclass(frozen=True, slots=True)
class Cost:
    """The steps of a contraction, and what they take, for one channel.

    `flops` has for every step the operations on each point and the indices it runs over, `intermediates` the indices of each
    step's result, the output last; `axes` gives the axis of each index.
    """

    steps: tuple[str, ...]
    flops: tuple[tuple[int, str], ...]
    intermediates: tuple[str, ...]
    axes: tuple[tuple[str, str], ...]

    @property
    def order(self) -> str:
        """The growth of the operations with the sizes, in index names; an index is as long as its axis.

        Of two products of sizes with the same axes one is shown.
        """
        return f"O({' + '.join(map(_spaced, self._leading([indices for _, indices in self.flops])))})"

    @property
    def largest(self) -> str:
        """The entries of the largest intermediate, as a product of sizes (the output, where a single step has no other)."""
        made = self.intermediates[:-1] or self.intermediates
        return " + ".join(map(_spaced, self._leading(list(made))))

    @property
    def polynomial(self) -> str:
        """Multiplications and additions of all steps, as a polynomial in the sizes of the axes.

        >>> from symshare.core.notation import signature
        >>> cost(Term.from_einsum(signature("ab"), "ab,cb,cd->ad")).polynomial
        '4 a^2 b'
        """
        total: dict[tuple[tuple[str, int], ...], int] = {}
        for each, indices in self.flops:
            powers = tuple(sorted(self._powers(indices).items()))
            total[powers] = total.get(powers, 0) + each
        ranked = sorted(total.items(), key=lambda one: (-sum(power for _, power in one[0]), one[0]))
        return " + ".join(
            " ".join([str(each), *(letter if power == 1 else f"{letter}^{power}" for letter, power in powers)])
            for powers, each in ranked
        )

    def at(self, sizes: Mapping[str, int]) -> int:
        """The number of multiplications and additions at given sizes.

        >>> from symshare.core.notation import signature
        >>> cost(Term.from_einsum(signature("aa"), "ab,bc->ac")).at({"a": 10})
        2000
        """
        axes = dict(self.axes)
        missing = sorted({letter for letter in axes.values() if letter not in sizes})
        if missing:
            raise SymshareError(
                f"the size of {', '.join(missing)} is not given\n  give it: sizes={{'{missing[0]}': 100}}"
            )
        return sum(each * prod(sizes[axes[index]] for index in indices) for each, indices in self.flops)

    def to_dict(self) -> dict[str, object]:
        """The cost as plain values, for JSON."""
        return {
            "order": self.order,
            "flops": self.polynomial,
            "largest_intermediate": self.largest,
            "path": list(self.steps),
        }

    def _powers(self, indices: str) -> dict[str, int]:
        axes = dict(self.axes)
        powers: dict[str, int] = {}
        for index in indices:
            powers[axes[index]] = powers.get(axes[index], 0) + 1
        return powers

    def _leading(self, products: list[str]) -> list[str]:
        """The products that no other one contains, one for each monomial in the sizes of the axes."""
        ranked = sorted(dict.fromkeys(products), key=lambda one: (-len(one), one))
        kept: list[str] = []
        for one in ranked:
            own = self._powers(one)
            if not any(
                all(self._powers(other).get(letter, 0) >= power for letter, power in own.items()) for other in kept
            ):
                kept.append(one)
        return kept


def cost(term: Term, sizes: Mapping[str, int] | None = None) -> Cost:
    """The best contraction path of a term of order 1 or more, two operands at a time, and what it costs.

    Axes without a size count as equally long when paths are compared. The path is the best of all up to six factors, beyond
    it comes from dynamic programming (opt_einsum, D. Smith and J. Gray, 2018). Work that two steps could share is counted
    twice. `sizes` are by axis letter.

    Raises SymshareError for a constant, which has nothing to contract.

    >>> from symshare.core.notation import signature
    >>> found = cost(Term.from_einsum(signature("ab"), "ab,ac,db,dc,de->ae"))
    >>> found.order, found.largest
    ('O(a b d)', 'a d')
    """
    import opt_einsum

    if term.order == 0:
        raise SymshareError(f"{term} is a constant\n  ask for the cost of a term with factors")
    names = term.names()
    axes = dict(zip(names, term.index_letters, strict=True))
    given = dict(term.signature.sizes) | dict(sizes or {})
    operands = ["".join(dict.fromkeys(names[index] for index in indices)) for indices in term.factor_indices]
    carried = {index for indices in term.factor_indices for index in indices}
    output = "".join(dict.fromkeys(names[index] for index in term.output_indices if index in carried))
    shapes = [tuple([given.get(axes[name], EACH) for name in operand]) for operand in operands]
    steps: list[str] = []
    flops: list[tuple[int, str]] = []
    intermediates: list[str] = []
    path = [(0,)]
    if len(operands) > 1:
        finder = "optimal" if len(operands) <= EXHAUSTIVE else "dp"
        path, _ = opt_einsum.contract_path(f"{','.join(operands)}->{output}", *shapes, shapes=True, optimize=finder)
    rest = list(operands)
    for places in path:
        taken = [rest[place] for place in sorted(places)]
        rest = [operand for place, operand in enumerate(rest) if place not in places]
        met = "".join(dict.fromkeys("".join(taken)))
        wanted = set(output).union(*rest)
        made = "".join(name for name in met if name in wanted)
        rest.append(made)
        each = len(taken) - 1 + (len(made) < len(met))
        steps.append(f"{','.join(taken)}->{made if rest[1:] else output}")
        intermediates.append(made)
        if each:
            flops.append((each, "".join(sorted(met))))
    return Cost(tuple(steps), tuple(flops or [(1, output)]), tuple(intermediates), tuple(axes.items()))


def _spaced(indices: str) -> str:
    return " ".join(sorted(indices)) or "1"
