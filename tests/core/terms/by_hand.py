"""The value of a term straight from its definition, in whole numbers."""

from itertools import product

import numpy as np


def by_hand(term, operands, sizes):
    """The sum over every value of every index; constant tensors by their nonzeros."""
    found = np.zeros([sizes[letter] for letter in term.output_tensor.axes], dtype=object)
    constants = [(dict(constant.nonzeros), where) for constant, where in term.constants]
    for values in product(*(range(sizes[letter]) for letter in term.index_axes)):
        entry = 1
        for cells, where in constants:
            entry *= cells.get(tuple(values[index] for index in where), 0)
        for operand, where in zip(operands, term.factor_indices, strict=True):
            entry *= int(operand[tuple(values[index] for index in where)])
        found[tuple(values[index] for index in term.output_indices)] += entry
    return found
