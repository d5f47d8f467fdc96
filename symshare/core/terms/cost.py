"""The cost of one term: multiplications, additions and memory along its best contraction path, as polynomials in the
sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from symshare.core.algebra.polynomial import Polynomial, Powers, divides, powers_of, product, total
from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table
from symshare.core.notation.names import has_words, named_few, spelled
from symshare.core.terms.term import Term
from symshare.errors import SymshareError

__all__ = ["Cost", "best_path", "cost"]

Indices = tuple[str, ...]
"""The names of the indices of a value."""

EACH = 1_000
"""The length of an axis without a size, where contraction paths are compared; a convention."""

EXACT = 10
"""Factors up to which the best path is found by our own search of all; 10, each joined to each, take 0.1 s."""

CONNECTED = 14
"""Factors up to which opt_einsum searches all paths; 14 on two rings take 0.02 s."""


@dataclass(frozen=True, slots=True)
class Cost(Noun):
    """The steps of a contraction, and what they take, for one channel.

    `flops` has for every step the operations on each point and the indices it runs over, `intermediates` the indices of each
    step's result, the output last; `axes` gives the axis of each index.
    """

    steps: tuple[str, ...]
    flops: tuple[tuple[int, tuple[str, ...]], ...]
    intermediates: tuple[tuple[str, ...], ...]
    axes: tuple[tuple[str, str], ...]

    @property
    def order(self) -> str:
        """The growth of the operations with the sizes, in index names; an index is as long as its axis.

        Of two products of sizes with the same axes one is shown.
        """
        return f"O({self._leading([indices for _, indices in self.flops])})"

    @property
    def largest(self) -> str:
        """The entries of the largest intermediate, as a product of sizes (the output, where a single step has no other)."""
        return self._leading(self.intermediates[:-1] or self.intermediates)

    @property
    def polynomial(self) -> str:
        """Multiplications and additions of all steps, as a polynomial in the sizes of the axes.

        >>> from symshare.core.notation.reading import signature
        >>> cost(Term.from_einsum(signature("ab"), "ab,cb,cd->ad")).polynomial
        '4 a^2 b'
        """
        return str(self._operations())

    def at(self, sizes: Mapping[str, int]) -> int:
        """The number of multiplications and additions at given sizes.

        >>> from symshare.core.notation.reading import signature
        >>> cost(Term.from_einsum(signature("aa"), "ab,bc->ac")).at({"a": 10})
        2000
        """
        sizes = _checked(sizes, None)
        missing = sorted({axis for _, axis in self.axes if axis not in sizes})
        if missing:
            raise SymshareError(
                f"the size of {', '.join(missing)} is not given\n  give it: sizes={{'{missing[0]}': 100}}"
            )
        return self._operations().at(sizes)

    def __repr__(self) -> str:
        return brief("Cost", repr(self.order), f"flops={self.polynomial!r}", f"steps={len(self.steps)}")

    def tables(self) -> tuple[Table, ...]:
        """The steps of the path, and the sizes of what each leaves."""
        title = f"{self.order}: {self.polynomial} operations per channel, {self.largest} held"
        rows = tuple((step, str(product(*made))) for step, made in zip(self.steps, self.intermediates, strict=True))
        return (Table(title, ("step", "entries"), rows, code=("step",)),)

    def to_dict(self) -> dict[str, Any]:
        """The cost as plain values."""
        return {
            "order": self.order,
            "flops": self.polynomial,
            "largest_intermediate": self.largest,
            "path": list(self.steps),
        }

    def _operations(self) -> Polynomial:
        axes = dict(self.axes)
        return total(product(*(axes[index] for index in indices), times=each) for each, indices in self.flops)

    def _leading(self, products: Sequence[tuple[str, ...]]) -> str:
        """The products of indices that no other one contains, one for each monomial in the sizes of the axes."""
        axes = dict(self.axes)
        kept: dict[tuple[str, ...], Powers] = {}
        for one in sorted(products, key=lambda one: (-len(one), one)):
            powers = powers_of(axes[index] for index in one)
            if not any(divides(powers, other) for other in kept.values()):
                kept[one] = powers
        return " + ".join([str(product(*one)) for one in kept])


def cost(term: Term, sizes: Mapping[str, int] | None = None) -> Cost:
    """The best contraction path of a term of order 1 or more, two operands at a time, and what it costs.

    Each factor first takes its diagonals and sums over the indices that nothing else carries. Then the order of contractions
    is the best of all up to ten factors (dynamic programming over sets of factors), beyond them opt_einsum's (D. Smith and
    J. Gray, 2018), greedy from fifteen different ones on. Axes without a size count as equally long; of paths with equally
    many operations the one that holds less is taken. Work that two steps could share is counted twice. `sizes` are by
    axis.

    Raises SymshareError for a constant, which has nothing to contract, and for sizes that are none.

    >>> from symshare.core.notation.reading import signature
    >>> found = cost(Term.from_einsum(signature("ab"), "ab,ac,db,dc,de->ae"))
    >>> found.order, found.largest
    ('O(a b d)', 'a d')
    """
    if not isinstance(term, Term):
        raise SymshareError(f"{term!r} is not a Term\n  take one of a PoolingSet or a Basis")
    if term.order == 0:
        raise SymshareError(f"{term} is a constant\n  ask for the cost of a term with factors")
    names = term.names()
    axes = dict(zip(names, term.index_axes, strict=True))
    lengths = dict(term.signature.sizes) | _checked(sizes or {}, set(axes.values()) | set(term.signature.set_axes))
    length = {name: lengths.get(axis, EACH) for name, axis in axes.items()}
    operands = [tuple(dict.fromkeys(names[index] for index in indices)) for indices in term.factor_indices]
    carried = set().union(*operands)
    output = tuple(dict.fromkeys(names[index] for index in term.output_indices if names[index] in carried))
    steps: list[tuple[tuple[Indices, ...], Indices]] = []
    reduced = []
    for place, operand in enumerate(operands):
        others = set(output).union(*(other for at, other in enumerate(operands) if at != place))
        reduced.append(tuple([name for name in operand if name in others]))
        if reduced[-1] != operand and len(operands) > 1:
            steps.append(((operand,), reduced[-1]))
    path: list[tuple[int, ...]] = [(0,)]
    if len(operands) > 1:
        path = best_path(reduced, output, length)
    rest = reduced if len(operands) > 1 else operands
    for places in path:
        taken = tuple([rest[place] for place in sorted(places)])
        rest = [operand for place, operand in enumerate(rest) if place not in places]
        wanted = set(output).union(*rest)
        met = dict.fromkeys(name for operand in taken for name in operand)
        made = tuple([name for name in met if name in wanted]) if rest else output
        rest.append(made)
        steps.append((taken, made))
    flops = []
    for taken, made in steps:
        together = tuple(sorted(set().union(*taken)))
        each = len(taken) - 1 + (len(made) < len(together))
        if each:
            flops.append((each, together))
    words = term.signature.words
    texts = [f"{','.join([spelled(one, words) for one in taken])}->{spelled(made, words)}" for taken, made in steps]
    return Cost(tuple(texts), tuple(flops or [(1, output)]), tuple([made for _, made in steps]), tuple(axes.items()))


def _checked(sizes: Mapping[str, int], known: set[str] | None) -> dict[str, int]:
    if not isinstance(sizes, Mapping):
        raise SymshareError(f"sizes={sizes!r} is no mapping\n  give a length to each axis: sizes={{'a': 100}}")
    for axis, size in sizes.items():
        if known is not None and axis not in known:
            raise SymshareError(f"sizes has {axis!r}, an unknown axis\n  the axes are {named_few(known)}")
        if not isinstance(size, int) or size < 1:
            raise SymshareError(f"sizes has {axis}={size!r}\n  a size is a whole number, 1 or more")
    return dict(sizes)


def best_path(operands: Sequence[Indices], output: Indices, length: Mapping[str, int]) -> list[tuple[int, ...]]:
    """The pairwise path with the fewest operations, and of these the one whose intermediates are smallest together; from
    eleven operands on opt_einsum's. The result of a pair is put behind the operands that are left.

    >>> best_path([("a", "b"), ("c", "b"), ("c", "d")], ("a", "d"), {"a": 9, "b": 9, "c": 9, "d": 9})
    [(0, 1), (0, 1)]
    """
    if len(operands) > EXACT:
        return _path(operands, output, length)
    number = len(operands)
    full = (1 << number) - 1
    inside = [set[str]() for _ in range(full + 1)]
    for one in range(1, full + 1):
        inside[one] = inside[one & (one - 1)] | set(operands[(one & -one).bit_length() - 1])
    left = [inside[one] & (inside[full & ~one] | set(output)) for one in range(full + 1)]
    size = {one: prod(length[name] for name in left[one]) for one in range(1, full + 1)}
    best: dict[int, tuple[int, int, int]] = {1 << place: (0, 0, 0) for place in range(number)}
    for one in range(1, full + 1):
        if one in best:
            continue
        low = one & -one
        part = (one - 1) & one
        while part:
            if part & low:
                other = one ^ part
                met = left[part] | left[other]
                operations = prod(length[name] for name in met) * (1 + (len(left[one]) < len(met)))
                found = (
                    best[part][0] + best[other][0] + operations,
                    best[part][1] + best[other][1] + size[one],
                    -part,
                )
                if one not in best or found < best[one]:
                    best[one] = found
            part = (part - 1) & one
    return _unfolded(best, full, number)


def _unfolded(best: Mapping[int, tuple[int, int, int]], full: int, number: int) -> list[tuple[int, ...]]:
    """A tree of sets of factors as the places of operands, taken out and put last in turn."""
    path: list[tuple[int, ...]] = []
    now = [1 << place for place in range(number)]

    def make(one: int) -> None:
        if one.bit_count() == 1:
            return
        part = -best[one][2]
        make(part)
        make(one ^ part)
        places = sorted((now.index(part), now.index(one ^ part)))
        for place in places[::-1]:
            now.pop(place)
        now.append(one)
        path.append(tuple(places))

    make(full)
    return path


def _path(operands: Sequence[Indices], output: Indices, length: Mapping[str, int]) -> list[tuple[int, ...]]:
    """A path for many operands: those with the same indices are multiplied first, which takes hardly more than the best order;
    the rest by dynamic programming over connected sets of them, or greedily where these would be too many."""
    import opt_einsum

    left, path = list(operands), list[tuple[int, ...]]()
    for kind in dict.fromkeys(frozenset(operand) for operand in operands):
        while len(alike := [place for place, one in enumerate(left) if set(one) == kind]) > 1:
            path.append((alike[0], alike[1]))
            left = [*(one for place, one in enumerate(left) if place not in alike[:2]), left[alike[0]]]
    if len(left) == 1:
        return path
    shapes = [tuple([length[name] for name in operand]) for operand in left]
    method = "dp" if len(left) <= CONNECTED else "greedy"
    names = dict.fromkeys(name for operand in left for name in operand)
    known = {name: opt_einsum.get_symbol(number) if has_words([names]) else name for number, name in enumerate(names)}
    inner = ",".join(["".join([known[name] for name in operand]) for operand in left])
    spec = f"{inner}->{''.join([known[name] for name in output])}"
    found, _ = opt_einsum.contract_path(spec, *shapes, shapes=True, optimize=method)
    return path + [tuple(places) for places in found]
