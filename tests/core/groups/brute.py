"""What generators say of a group, by brute force: its order, its Lie algebra, its forms, its invariants."""

import numpy as np

from symshare.core.algebra.matrices import Matrix, from_entries, identity
from symshare.core.algebra.numbers import as_float


def zero(size):
    return Matrix(size, ((),) * size)


def added(one, other):
    found = {(r, c): entry for r, row in enumerate(one.rows) for c, entry in row}
    for r, row in enumerate(other.rows):
        for c, entry in row:
            found[r, c] = found.get((r, c), 0) + entry
    return from_entries(one.size, found)


def trace(one):
    return sum(entry for r, row in enumerate(one.rows) for c, entry in row if r == c)


def determinant(one):
    """By Laplace's expansion, exactly."""

    def of(rows):
        if not rows:
            return 1
        total = 0
        for c, entry in rows[0]:
            minor = [[(k - (k > c), e) for k, e in row if k != c] for row in rows[1:]]
            total = total + (-1) ** c * entry * of(minor)
        return total

    return of([list(row) for row in one.rows])


def dense(matrix):
    found = np.zeros((matrix.size, matrix.size))
    for number, row in enumerate(matrix.rows):
        for column, entry in row:
            found[number, column] = as_float(entry)
    return found


def keeps(group, form):
    """Whether every generator keeps a bilinear form: g^T F g = F, and A^T F + F A = 0 in the Lie algebra."""
    whole = all(g.transpose() @ form @ g == form for g in group.elements)
    return whole and all(added(a.transpose() @ form, form @ a) == zero(group.size) for a in group.algebra)


def generated_lie_algebra(group):
    """The dimension of the Lie algebra that the algebra elements generate under brackets and the group's elements."""
    elements = [dense(g) for g in group.elements]
    found = [dense(a) for a in group.algebra]
    basis = np.zeros((0, group.size**2))
    while found:
        a = found.pop()
        grown = np.vstack([basis, a.ravel() / max(1e-300, np.abs(a).max())])
        if np.linalg.matrix_rank(grown, tol=1e-8) == len(basis):
            continue
        basis = grown
        known = [row.reshape(group.size, group.size) for row in basis]
        found += [a @ b - b @ a for b in known]
        found += [g @ a @ np.linalg.inv(g) for g in elements]
    return len(basis)


def order(group, limit=100_000):
    """The number of elements, by closure: every element times every generator until nothing is new."""
    start = identity(group.size)
    found, edge = {start}, [start]
    while edge:
        new = {one @ g for one in edge for g in group.elements} - found
        found |= new
        edge = list(new)
        assert len(found) <= limit
    return len(found)


def elements(group):
    found = {np.eye(group.size).round(6).tobytes(): np.eye(group.size)}
    queue = list(found.values())
    for one in queue:
        for generator in map(dense, group.elements):
            image = generator @ one
            key = (image.round(6) + 0.0).tobytes()
            if key not in found:
                found[key] = image
                queue.append(image)
    return queue


def on(tensors, sizes, matrices, derived):
    """What generators of single axes (the identity on others) do to the direct sum of some tensors."""
    blocks = []
    for tensor in tensors:
        axes = [matrices.get(letter) for letter in tensor.axes]
        lengths = [sizes[letter] for letter in tensor.axes]
        if derived:
            blocks.append(np.zeros((int(np.prod(lengths)),) * 2))
            for at, matrix in enumerate(axes):
                if matrix is not None:
                    left, right = int(np.prod(lengths[:at])), int(np.prod(lengths[at + 1 :]))
                    blocks[-1] += np.kron(np.kron(np.eye(left), matrix), np.eye(right))
            continue
        blocks.append(np.eye(1))
        for matrix, length in zip(axes, lengths, strict=True):
            blocks[-1] = np.kron(blocks[-1], np.eye(length) if matrix is None else matrix)
    total = np.zeros((sum(map(len, blocks)),) * 2)
    start = 0
    for block in blocks:
        total[start : start + len(block), start : start + len(block)] = block
        start += len(block)
    return total


def generators_by_axis(one):
    """The generators of a signature's group as matrices of its axes: group elements, and elements of the Lie algebra."""
    groups, sizes = dict(one.groups), dict(one.sizes)
    moves, derivations = [], []
    for letter in one.symmetric_axes:
        n = sizes[letter]
        if n > 1:
            moves += [{letter: np.eye(n)[[1, 0, *range(2, n)]]}, {letter: np.eye(n)[[*range(1, n), 0]]}]
    for block in one.blocks:
        count_elements, count_algebra = len(groups[block[0]].elements), len(groups[block[0]].algebra)
        moves += [{letter: dense(groups[letter].elements[k]) for letter in block} for k in range(count_elements)]
        derivations += [{letter: dense(groups[letter].algebra[k]) for letter in block} for k in range(count_algebra)]
    return moves, derivations


def null_space_dimension(one, order, ordered=False):
    """Brute force: coefficients c with rho_out c = c rho_in^(x order), by the rank of all linear equations."""
    sizes = dict(one.sizes)
    moves, derivations = generators_by_axis(one)
    inside = len(on(one.inputs, sizes, {}, False))
    outside = len(on(one.outputs, sizes, {}, False))
    unknowns = outside * inside**order
    equations = []
    for move in moves:
        total = on(one.outputs, sizes, move, False)
        back = np.linalg.inv(on(one.inputs, sizes, move, False)).T
        for _ in range(order):
            total = np.kron(total, back)
        equations.append(total - np.eye(unknowns))
    for move in derivations:
        total = np.kron(on(one.outputs, sizes, move, True), np.eye(inside**order))
        back = -on(one.inputs, sizes, move, True).T
        for k in range(order):
            left = outside * inside**k
            total += np.kron(np.kron(np.eye(left), back), np.eye(inside ** (order - k - 1)))
        equations.append(total)
    if not ordered:
        places = np.arange(unknowns).reshape((outside,) + (inside,) * order)
        exchanges = [np.swapaxes(places, k, k + 1).ravel() for k in range(1, order)]
        equations += [np.eye(unknowns)[images] - np.eye(unknowns) for images in exchanges]
    gram = sum((one.T @ one for one in equations), np.zeros((unknowns, unknowns)))
    return int(np.sum(np.linalg.eigvalsh(gram) < 1e-7))
