"""Brute force, written without the library: orbits of index tuples under a transposition and a cycle of every axis."""

from __future__ import annotations

from itertools import combinations_with_replacement, permutations, product


class Oracle:
    """One signature at fixed sizes, given as plain axes; `hangs` maps a child letter to its parent letter, which may be
    upper-case: then it is not permuted, and each of its values has a list of its own."""

    def __init__(self, inputs, outputs, sizes, hangs=None):
        self.inputs, self.outputs, self.sizes, self.hangs = inputs, outputs, sizes, hangs or {}

    def entries(self, tensors):
        """Every entry of a list of tensors: (tensor number, its index tuple)."""
        return [
            (number, place)
            for number, axes in enumerate(tensors)
            for place in product(*(range(self.sizes[letter]) for letter in axes))
        ]

    def generators(self):
        """A transposition and the cycle of each axis, below the first value of each permuted parent and, one after the other,
        below every value of an upper-case one: (letter, values of the parents, image)."""
        letters = {letter for axes in self.inputs + self.outputs for letter in axes if letter[0].islower()}
        for letter in sorted(letters):
            size, parents = self.sizes[letter], []
            while (parent := self.hangs.get((parents or [letter])[-1])) is not None:
                parents.append(parent)
            below = product(*(range(self.sizes[one]) if one[0].isupper() else (0,) for one in parents))
            for values, image in product(below, ([1, 0, *range(2, size)], [*range(1, size), 0])):
                if size > 1:
                    yield letter, list(values), image

    def move(self, generator, axes, place):
        """Where one entry goes; below parents only the list at their given values is permuted."""
        letter, values, image = generator
        moved = list(place)
        for slot, axis in enumerate(axes):
            if axis == letter and self.above(axes, place, slot) == values:
                moved[slot] = image[place[slot]]
        return tuple(moved)

    def above(self, axes, place, slot):
        """The values of the ancestors of a slot: the nearest parent to the left, else to the right."""
        values = []
        parent = self.hangs.get(axes[slot])
        while parent is not None:
            left = [at for at in range(slot) if axes[at] == parent]
            right = [at for at in range(slot + 1, len(axes)) if axes[at] == parent]
            slot = left[-1] if left else right[0]
            values.append(place[slot])
            parent = self.hangs.get(parent)
        return values

    def orbits(self, order, ordered=False):
        """The number of orbits of coefficients: one output entry with an ordered tuple or a multiset of input entries."""
        inner = self.entries(self.inputs)
        tuples = product(inner, repeat=order) if ordered else combinations_with_replacement(inner, order)
        tuples = list(tuples)
        points = [(out, factors) for out in self.entries(self.outputs) for factors in tuples]
        root = {point: point for point in points}

        def find(point):
            while root[point] != point:
                root[point] = root[root[point]]
                point = root[point]
            return point

        for generator in self.generators():
            for (number, place), factors in points:
                out = (number, self.move(generator, self.outputs[number], place))
                moved = [(which, self.move(generator, self.inputs[which], where)) for which, where in factors]
                image = (out, tuple(moved) if ordered else tuple(sorted(moved)))
                one, two = find(((number, place), factors)), find(image)
                root[one] = two
        return sum(1 for point in points if find(point) == point)


def least_form(output, factors):
    """A canonical form by trying every order of the factors: the least list of names by first appearance."""
    best = None
    for order in permutations(factors):
        names = {}
        for _, nodes in order:
            for node in nodes:
                names.setdefault(node, len(names))
        for node in output:
            names.setdefault(node, len(names))
        form = (tuple((kind, tuple(names[n] for n in nodes)) for kind, nodes in order), tuple(names[n] for n in output))
        best = form if best is None or form < best else best
    return best
