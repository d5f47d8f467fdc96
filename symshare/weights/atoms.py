"""Which dimensions of a module's tensors are one axis, found by unification."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from symshare.weights.terms import UNIT, Atom, Cat, Prod, Term, Uniform, tightened

__all__ = ["Atoms"]


class Atoms:
    """A union-find of atoms that may be bound to products and rows of others (unification, Robinson 1965).

    Nothing is guessed: what cannot be aligned is fixed, which only makes the group smaller.
    """

    def __init__(self) -> None:
        self._above: list[int] = []
        self._sizes: list[int] = []
        self._bound: dict[int, Term] = {}
        self._fixed: dict[int, str] = {}
        self._slices: dict[int, dict[tuple[int, int], Term]] = {}
        self.changes = 0

    def new(self, size: int, fixed: str = "") -> Term:
        """A dimension of its own; `fixed` says why none of its values may be exchanged."""
        if size == 1:
            return UNIT
        self._above.append(len(self._above))
        self._sizes.append(size)
        atom = Atom(len(self._above) - 1)
        if fixed:
            self._fixed[atom.number] = fixed
        return atom

    def root(self, atom: Atom) -> Atom:
        """The atom that stands for all that are equal to it."""
        number = atom.number
        while self._above[number] != number:
            self._above[number] = self._above[self._above[number]]
            number = self._above[number]
        return Atom(number)

    def resolved(self, term: Term) -> Term:
        """A term with its outermost atom replaced by what it is bound to."""
        while isinstance(term, Atom):
            root = self.root(term)
            if root.number not in self._bound:
                return root
            term = self._bound[root.number]
        return term

    def size(self, term: Term) -> int:
        """The length of a dimension."""
        match term:
            case Atom(number):
                return self._sizes[number]
            case Prod(factors):
                return prod(map(self.size, factors))
            case Cat(segments):
                return sum(map(self.size, segments))
            case Uniform(size):
                return size

    def why_fixed(self, atom: Atom) -> str:
        """Why no two values of an atom may be exchanged; empty where they may."""
        return self._fixed.get(self.root(atom).number, "")

    def factors(self, term: Term) -> tuple[Term, ...]:
        """The factors of a term, each an atom, a row or a uniform dimension."""
        term = self.resolved(term)
        if not isinstance(term, Prod):
            return (term,)
        return tuple(one for factor in term.factors for one in self.factors(factor))

    def segments(self, term: Term) -> tuple[Term, ...]:
        """The segments of a term, none of them a row."""
        term = self.resolved(term)
        if not isinstance(term, Cat):
            return (term,)
        return tuple(one for segment in term.segments for one in self.segments(segment))

    def atoms(self, term: Term) -> Iterator[Atom]:
        """All atoms in a term, from left to right."""
        term = self.resolved(term)
        match term:
            case Atom():
                yield term
            case Prod(parts) | Cat(parts):
                for part in parts:
                    yield from self.atoms(part)

    def product(self, terms: Sequence[Term]) -> Term:
        """The dimension that several make together."""
        factors = tuple(one for term in terms for one in self.factors(term))
        return factors[0] if len(factors) == 1 else Prod(factors)

    def row(self, terms: Sequence[Term]) -> Term:
        """The dimension that several make one after the other."""
        segments = tuple(one for term in terms for one in self.segments(term) if self.size(one))
        return segments[0] if len(segments) == 1 else Cat(segments)

    def fix(self, term: Term, why: str) -> None:
        """Allow no exchange within a term."""
        for atom in list(self.atoms(term)):
            if atom.number not in self._fixed:
                self.changes += 1
                self._fixed[atom.number] = why
                for slice_ in list(self._slices.pop(atom.number, {}).values()):
                    self.unify(slice_, atom)

    def unify(self, one: Term, two: Term) -> None:
        """Make two dimensions of equal length the same."""
        one, two = self.resolved(one), self.resolved(two)
        if one == two or isinstance(one, Uniform) or isinstance(two, Uniform):
            return
        if isinstance(two, Atom) and not isinstance(one, Atom):
            one, two = two, one
        match one, two:
            case Atom(), Atom():
                self._join(one, two)
            case Atom(), _:
                self._bind(one, two)
            case Prod(), Prod():
                self._align(one, two)
            case Cat(), Cat():
                self._align_rows(one, two)
            case _:
                row, product = (one, two) if isinstance(one, Cat) else (two, one)
                self.unify(row, self.as_row(product))

    def at(self, term: Term, along: Term, place: int) -> Term:
        """An axis where another, fixed one has a given value: it may have a list of its own there."""
        term, along = self.resolved(term), self.resolved(along)
        match term:
            case Prod(parts):
                return self.product([self.at(part, along, place) for part in parts])
            case Cat(parts):
                return self.row([self.at(part, along, place) for part in parts])
            case Uniform():
                return term
        if self.why_fixed(term) or not isinstance(along, Atom):
            return term
        if term == along:
            return term
        known = self._slices.setdefault(term.number, {})
        for (number, where), slice_ in known.items():
            if where == place and self.root(Atom(number)) == along:
                return slice_
        fresh = self.new(self._sizes[term.number])
        known[along.number, place] = fresh
        return fresh

    def slices(self, atom: Atom) -> list[tuple[Atom, int, Term]]:
        """The axes that an atom has at single values of fixed ones: which, the value, and the axis there."""
        found = self._slices.get(self.root(atom).number, {})
        return [(self.root(Atom(along)), place, slice_) for (along, place), slice_ in found.items()]

    def sliced(self) -> list[Atom]:
        """The atoms that have axes of their own at values of fixed ones."""
        return [self.root(Atom(number)) for number in list(self._slices)]

    def cut(self, term: Term, size: int, why: str) -> tuple[Term, Term]:
        """The first values of a dimension, and the others."""
        term = self.resolved(term)
        whole = self.size(term)
        if size in (0, whole):
            return (Cat(()), term) if size == 0 else (term, Cat(()))
        match term:
            case Uniform():
                return Uniform(size), Uniform(whole - size)
            case Atom():
                why_fixed = self.why_fixed(term)
                parts = self.new(size, why_fixed), self.new(whole - size, why_fixed)
                self._bind(term, Cat(parts))
                return parts
            case Prod():
                return self.cut(self.as_row(term), size, why)
            case Cat(segments):
                first, *others = segments
                if self.size(first) >= size:
                    left, right = self.cut(first, size, why)
                    return left, self.row([right, *others])
                left, right = self.cut(self.row(others), size - self.size(first), why)
                return self.row([first, left]), right

    def split(self, term: Term, size: int) -> tuple[Term, Term] | None:
        """A dimension as one of a given length and a faster one; None where it is not made of such."""
        term = self.resolved(term)
        rest = self.size(term) // size
        if size * rest != self.size(term):
            return None
        if size == 1:
            return UNIT, term
        if rest == 1:
            return term, UNIT
        match term:
            case Uniform():
                return Uniform(size), Uniform(rest)
            case Atom():
                why = self.why_fixed(term)
                parts = self.new(size, why), self.new(rest, why)
                self._bind(term, Prod(parts))
                return parts
            case Prod():
                first, *others = self.factors(term)
                if self.size(first) > size:
                    halves = self.split(first, size)
                    return halves and (halves[0], self.product([halves[1], *others]))
                halves = self.split(self.product(others), size // self.size(first))
                if size % self.size(first):
                    return None
                return halves and (self.product([first, halves[0]]), halves[1])
            case Cat():
                return self._split_row(term, size, rest)

    def _split_row(self, term: Cat, size: int, rest: int) -> tuple[Term, Term] | None:
        """A row as one part after another of equal length, each with its own list."""
        parts: list[Term] = []
        left: Term = term
        for _ in range(size):
            part, left = self.cut(left, rest, "it is cut into equal parts")
            parts.append(part)
        outer, inner = self.new(size, "its values stand for segments"), self.new(rest)
        if isinstance(inner, Atom):
            for place, part in enumerate(parts):
                self.unify(self.at(inner, outer, place), part)
        else:
            return outer, inner
        return outer, inner

    def as_row(self, term: Term) -> Term:
        """A product as a row over its first factor, which is fixed by it."""
        first, *others = self.factors(term)
        self.fix(first, "parts of it are used apart")
        rest = self.product(others)
        first = self.resolved(first)
        return self.row([self.at(rest, first, place) for place in range(self.size(first))])

    def _join(self, one: Atom, two: Atom) -> None:
        self.changes += 1
        self._above[two.number] = one.number
        why = self._fixed.pop(two.number, "")
        if why and one.number not in self._fixed:
            self._fixed[one.number] = why
        mine, others = self._slices.pop(one.number, {}), self._slices.pop(two.number, {})
        if one.number in self._fixed:
            for slice_ in (*mine.values(), *others.values()):
                self.unify(slice_, one)
            return
        if mine or others:
            self._slices[one.number] = mine
            for key, slice_ in others.items():
                if key in mine:
                    self.unify(mine[key], slice_)
                else:
                    mine[key] = slice_

    def _bind(self, atom: Atom, term: Term) -> None:
        term = tightened(term, self.new)
        if atom in set(self.atoms(term)):
            self.fix(term, "it is laid out in itself")
            return
        self.changes += 1
        why = self._fixed.pop(atom.number, "")
        slices = self._slices.pop(atom.number, {})
        self._bound[atom.number] = term
        if why:
            self.fix(term, why)
        for (along, place), slice_ in slices.items():
            self.unify(slice_, self.at(term, Atom(along), place))

    def _align(self, one: Term, two: Term) -> None:
        """Unify products factor by factor, splitting the longer factor where two do not match."""
        left, right = list(self.factors(one)), list(self.factors(two))
        while left and right:
            first, second = left.pop(0), right.pop(0)
            short = min(self.size(first), self.size(second))
            halves = self.split(first, short), self.split(second, short)
            if halves[0] is None or halves[1] is None:
                why = "it is laid out in two ways that do not match"
                for term in (first, second, *left, *right):
                    self.fix(term, why)
                return
            self.unify(halves[0][0], halves[1][0])
            left[:0] = [one for one in (halves[0][1],) if self.size(one) > 1]
            right[:0] = [one for one in (halves[1][1],) if self.size(one) > 1]

    def _align_rows(self, one: Term, two: Term) -> None:
        left, right = one, two
        while self.size(left):
            first, second = self.segments(left)[0], self.segments(right)[0]
            short = min(self.size(first), self.size(second))
            a, left = self.cut(left, short, "")
            b, right = self.cut(right, short, "")
            self.unify(a, b)
